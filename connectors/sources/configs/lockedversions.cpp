// SPDX-License-Identifier: GPL-3.0-or-later
#include "lockedversions.h"

#include <QCryptographicHash>
#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

/// "4" of 4.17.21, "0.8" of 0.8.5: what semantic versions promise to be compatible.
QString seriesOf(const QString &version)
{
    static const QRegularExpression numbers(QStringLiteral("\\A[vV=]*(\\d+)(?:\\.(\\d+))?"));
    const QRegularExpressionMatch match = numbers.match(version);
    if (!match.hasMatch())
        return version.left(40);
    return match.captured(1) == QLatin1String("0") && match.hasCaptured(2) ? QStringLiteral("0.") + match.captured(2)
                                                                           : match.captured(1);
}

int compareNumbers(QStringView left, QStringView right)
{
    const auto stripped = [](QStringView digits) {
        while (digits.size() > 1 && digits.front() == QLatin1Char('0'))
            digits = digits.mid(1);
        return digits;
    };
    const QStringView a = stripped(left), b = stripped(right);
    return a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
}

bool isDigit(QChar c)
{
    return c >= QLatin1Char('0') && c <= QLatin1Char('9');
}

void addUnique(QStringList &list, const QString &text)
{
    if (!text.isEmpty() && !list.contains(text))
        list << text;
}

} // namespace

int compareVersions(const QString &left, const QString &right)
{
    qsizetype a = 0, b = 0;
    while (a < left.size() && b < right.size()) {
        const bool number = isDigit(left.at(a));
        if (number != isDigit(right.at(b)))
            return left.at(a) == QLatin1Char('-') ? -1
                : right.at(b) == QLatin1Char('-') ? 1
                                                  : (left.at(a) < right.at(b) ? -1 : 1);
        qsizetype endA = a, endB = b;
        while (endA < left.size() && isDigit(left.at(endA)) == number)
            ++endA;
        while (endB < right.size() && isDigit(right.at(endB)) == number)
            ++endB;
        const QStringView pieceA = QStringView(left).mid(a, endA - a), pieceB = QStringView(right).mid(b, endB - b);
        const int order = number ? compareNumbers(pieceA, pieceB) : pieceA.compare(pieceB);
        if (order != 0)
            return order < 0 ? -1 : 1;
        a = endA;
        b = endB;
    }
    if (a >= left.size() && b >= right.size())
        return 0;
    // 1.0 is above 1.0-rc1, and below 1.0.1.
    const QChar more = a < left.size() ? left.at(a) : right.at(b);
    const int longer = more == QLatin1Char('-') || more.isLetter() ? -1 : 1;
    return a < left.size() ? longer : -longer;
}

QString joinedHashes(QStringList hashes)
{
    hashes.removeDuplicates();
    hashes.sort();
    if (hashes.size() < 2)
        return hashes.value(0);
    const QByteArray digest
        = QCryptographicHash::hash(hashes.join(QLatin1Char('\n')).toUtf8(), QCryptographicHash::Sha256).toHex();
    return QStringLiteral("%1 hashes, together %2").arg(hashes.size()).arg(QString::fromLatin1(digest));
}

void LockedVersions::add(LockedPackage package)
{
    std::vector<LockedPackage> &all = m_packages[package.name];
    for (LockedPackage &other : all) {
        if (other.version == package.version && other.integrity == package.integrity) {
            other.isMain = other.isMain || package.isMain;
            return;
        }
    }
    all.push_back(std::move(package));
}

void LockedVersions::write(ParsedConfig &parsed, const SourceEntry &entry) const
{
    const bool withIntegrity = entry.options.value(QStringLiteral("integrity"), true).toBool();
    for (auto it = m_packages.cbegin(); it != m_packages.cend(); ++it) {
        std::vector<LockedPackage> all = *it;
        std::stable_sort(all.begin(), all.end(), [](const LockedPackage &left, const LockedPackage &right) {
            return left.isMain != right.isMain ? left.isMain : compareVersions(left.version, right.version) > 0;
        });
        struct Row {
            QStringList versions, hashes;
            const LockedPackage *first = nullptr;
        };
        QMap<QString, Row> rows; // "" is the main one, which comes first
        for (const LockedPackage &package : all) {
            const bool isFirst = package.version == all.front().version;
            Row &row = rows[isFirst ? QString() : QLatin1Char('@') + seriesOf(package.version)];
            row.first = row.first ? row.first : &package;
            addUnique(row.versions, package.version);
            addUnique(row.hashes, package.integrity);
        }
        for (auto row = rows.cbegin(); row != rows.cend(); ++row) {
            const QString key = joinKey({}, it.key() + row.key());
            addEntry(parsed, key, row->versions.join(QStringLiteral(", ")), row->first->line, ConfigType::Text,
                     row->first->note);
            if (withIntegrity && !row->hashes.isEmpty())
                addEntry(parsed, joinKey(key, QStringLiteral("integrity")), joinedHashes(row->hashes),
                         row->first->line);
        }
    }
}

} // namespace taffrail::sources
