// SPDX-License-Identifier: GPL-3.0-or-later
#include "namedhistory.h"

#include <QRegularExpression>

namespace taffrail::sources::migrations {

namespace {

/// The time in a class name, its last 13 characters: what TypeORM sorts by.
QByteArray sortKey(const QByteArray &name)
{
    return name.right(13).rightJustified(13, '0') + name;
}

/// The names of the migrations in a file: of its property `name` if it sets one, else of its class.
QList<QByteArray> classesIn(const MigrationFile &file)
{
    static const QRegularExpression property(
        QStringLiteral("\\bname\\s*(?::\\s*string\\s*)?=\\s*[\"'`](\\w*\\d{13})[\"'`]"));
    static const QRegularExpression declared(QStringLiteral("\\bclass\\s+(\\w*\\d{13})\\b"));
    QList<QByteArray> names;
    const QString text = QString::fromUtf8(file.content);
    for (const QRegularExpression &pattern : {property, declared}) {
        for (auto match = pattern.globalMatch(text); match.hasNext() && names.size() < 100;) {
            const QByteArray name = match.next().captured(1).toUtf8();
            if (!names.contains(name))
                names << name;
        }
        if (!names.isEmpty())
            break;
    }
    if (!names.isEmpty() || file.isWhole)
        return names;
    static const QRegularExpression fileName(QStringLiteral("^(\\d{13})-(\\w+)$"));
    const auto match = fileName.match(QString::fromUtf8(withoutScriptEnding(file.name())));
    if (match.hasMatch())
        names << (match.captured(2) + match.captured(1)).toUtf8();
    return names;
}

} // namespace

// The same class stands in the source and in what was compiled from it: one migration.
std::vector<NamedFile> typeormFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const FileRoot *root : roots) {
        for (const MigrationFile &file : root->files) {
            const QByteArray name = file.name();
            if (!hasScriptEnding(name) || name.contains(".d.") || name.contains(".test.") || name.contains(".spec."))
                continue;
            const QByteArray speaksFor = file.isRead ? scriptTool(file.content) : QByteArray();
            if (!speaksFor.isEmpty() && speaksFor != "typeorm")
                continue;
            for (const QByteArray &found : classesIn(file))
                files.push_back({found, {}, {root, &file}, {}});
        }
    }
    sortNamed(files, sortKey);
    return files;
}

MigrationHistory readTypeOrm(const HistoryInput &input)
{
    std::vector<NamedRow> rows;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row)
        rows.push_back({cellText(*input.rows, row, "name"), {}, {}});
    NamedRules rules{"typeorm"};
    rules.key = sortKey;
    MigrationHistory history = readNamed(input, rows, typeormFiles(input.roots), rules);
    for (Migration &migration : history.migrations) {
        const qsizetype size = migration.version.size();
        if (size > 13)
            migration.name = migration.version.left(size - 13);
    }
    return history;
}

} // namespace taffrail::sources::migrations
