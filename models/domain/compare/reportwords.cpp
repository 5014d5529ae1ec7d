// SPDX-License-Identifier: GPL-3.0-or-later
#include "report.h"

#include "text.h"

namespace taffrail {

namespace {

QString line(const QString &text)
{
    return sanitizedLine(redacted(text).toUtf8());
}

QString agreed(const ExpectedDifference &difference)
{
    return QStringLiteral("%1 %2 (%3)").arg(difference.entry, difference.key, difference.reason);
}

/// "quoting (3 cells equal by it)", "units off"
QStringList normaliserWords(const Matrix &matrix)
{
    const auto word = [](const char *name, bool on, qsizetype count) {
        if (!on)
            return QStringLiteral("%1 off").arg(QLatin1String(name));
        return count > 0 ? QStringLiteral("%1 (%2 equal by it)").arg(QLatin1String(name)).arg(count)
                         : QString::fromLatin1(name);
    };
    const Normalisers &in = matrix.normalisers;
    const NormaliserCounts &count = matrix.normalised;
    QStringList words{word("order", in.order, count.order), word("quoting", in.quoting, count.quoting),
                      word("units", in.units, count.units), word("booleans", in.booleans, count.booleans),
                      word("comments", in.comments, 0)};
    if (!in.hostNames.isEmpty())
        words << word("host names", true, count.hostNames)
                + line(QStringLiteral(" by ") + in.hostNames.join(QLatin1Char(' ')));
    if (in.order && !in.unorderedKeys.isEmpty())
        words << line(QStringLiteral("lists without order: ") + in.unorderedKeys.join(QLatin1Char(' ')));
    return words;
}

} // namespace

QString cellMark(CellState state)
{
    switch (state) {
    case CellState::Changed:
    case CellState::TypeDiffers: return QStringLiteral("\u2260 ");
    case CellState::Extra: return QStringLiteral("+ ");
    case CellState::Expected: return QStringLiteral("\u2248 ");
    case CellState::Unknown: return QStringLiteral("? ");
    case CellState::Missing:
    case CellState::SecretSame:
    case CellState::SecretDiffers:
    case CellState::Equal: break;
    }
    return {};
}

QString groupTitle(const MatrixRow &row)
{
    return line(row.file.isEmpty() ? row.entry : row.entry + QStringLiteral(": ") + row.file);
}

QString viewTitle(MatrixView view)
{
    switch (view) {
    case MatrixView::Unexpected: return QStringLiteral("Unexpected differences");
    case MatrixView::Differences: return QStringLiteral("All differences");
    case MatrixView::Everything: return QStringLiteral("Everything");
    case MatrixView::Missing: return QStringLiteral("Missing keys");
    case MatrixView::Secrets: return QStringLiteral("Secrets");
    }
    return {};
}

QString countsText(const Matrix &matrix)
{
    QStringList parts;
    for (size_t state = 0; state < matrix.counts.size(); ++state) {
        if (matrix.counts[state] > 0)
            parts << QStringLiteral("%1 %2").arg(QString::number(matrix.counts[state]),
                                                 cellStateWord(CellState(state)));
    }
    return parts.isEmpty() ? QStringLiteral("no keys") : parts.join(QStringLiteral(", "));
}

QStringList reportNotes(const Matrix &matrix)
{
    QStringList notes{QStringLiteral("Not counted as differences: ")
                      + normaliserWords(matrix).join(QStringLiteral(", "))};
    for (const auto &environment : matrix.environments) {
        QStringList read;
        for (const ComparedSource &source : environment->sources) {
            if (source.set)
                read << QStringLiteral("%1 (%2) %3").arg(source.entry, source.source, rfc3339(source.readAt)).trimmed();
        }
        notes << line(
            QStringLiteral("Read of %1: %2")
                .arg(environment->id, read.isEmpty() ? QStringLiteral("nothing") : read.join(QStringLiteral(", "))));
    }
    for (const int index : matrix.expired) {
        const ExpectedDifference &each = matrix.expected[size_t(index)];
        notes << line(QStringLiteral("Expired: %1 was expected until %2").arg(agreed(each), rfc3339(each.until)));
    }
    for (const int index : matrix.stale)
        notes << line(QStringLiteral("Stale: %1 is expected to differ, and does not")
                          .arg(agreed(matrix.expected[size_t(index)])));
    for (const QString &note : matrix.notes)
        notes << line(note);
    return notes;
}

} // namespace taffrail
