// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparecells.h"

#include "text.h"
#include "words.h"

#include <QCoreApplication>

#include <algorithm>

namespace taffrail::items {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("taffrail::items::CompareModel", text);
}

QString plainLine(const QString &text)
{
    return sanitizedLine(text.toUtf8());
}

} // namespace

QString markedText(const Matrix &matrix, qsizetype row, int column)
{
    const CellState state = matrix.cell(row, column).state;
    QString text = cellText(matrix, row, column);
    if (state == CellState::Expected)
        text = tr("%1 (expected)").arg(text);
    else if (state == CellState::Extra)
        text = tr("%1 (extra)").arg(text);
    return cellMark(state) + text;
}

QString cellStateTitle(CellState state)
{
    switch (state) {
    case CellState::Equal: return tr("equal");
    case CellState::Changed: return tr("changed");
    case CellState::Missing: return tr("missing");
    case CellState::Extra: return tr("extra");
    case CellState::TypeDiffers: return tr("type differs");
    case CellState::Expected: return tr("expected");
    case CellState::SecretSame: return tr("secret same");
    case CellState::SecretDiffers: return tr("secret differs");
    case CellState::Unknown: break;
    }
    return tr("unknown");
}

QString viewWord(MatrixView view)
{
    switch (view) {
    case MatrixView::Unexpected: return tr("Unexpected");
    case MatrixView::Differences: return tr("All differences");
    case MatrixView::Everything: return tr("Everything");
    case MatrixView::Missing: return tr("Missing");
    case MatrixView::Secrets: break;
    }
    return tr("Secrets");
}

QString columnTitle(const ComparedEnvironment &environment)
{
    const QString name = plainLine(environment.name.isEmpty() ? environment.id : environment.name);
    const bool says = name.contains(tierWord(environment.tier), Qt::CaseInsensitive);
    return says ? name : tierTitle(environment.tier) + QStringLiteral(" \u00b7 ") + name;
}

QString spokenCell(const Matrix &matrix, qsizetype row, int column)
{
    const MatrixRow &line = matrix.rows[size_t(row)];
    if (column < 0)
        return joined({plainLine(line.key), cellStateTitle(line.state), line.note});
    const MatrixCell &cell = matrix.cell(row, column);
    const QString text = cellText(matrix, row, column);
    QStringList parts{text.isEmpty() ? tr("empty") : text};
    const QString state
        = column == matrix.reference && cell.state == CellState::Equal ? tr("reference") : cellStateTitle(cell.state);
    if (!text.contains(state, Qt::CaseInsensitive))
        parts << state;
    if (cell.mixed)
        parts << tr("the hosts disagree");
    else if (cell.note != CellNote::None && !text.contains(cellNoteText(cell.note)))
        parts << cellNoteText(cell.note);
    return parts.join(QStringLiteral(", "));
}

QString placeOf(const ConfigEntry &entry)
{
    if (entry.file.isEmpty())
        return {};
    const QString path = plainLine(entry.file);
    return entry.line > 0 ? path + QLatin1Char(':') + QString::number(entry.line) : path;
}

const ConfigFile *fileOf(const ConfigSet &set, const ConfigEntry &entry)
{
    const auto found = std::ranges::find_if(
        set.files, [&](const ConfigFile &file) { return file.path == entry.file && file.host == entry.host; });
    return found == set.files.end() ? nullptr : &*found;
}

QString unknownReason(const Matrix &matrix, qsizetype row, int column)
{
    const MatrixRow &line = matrix.rows[size_t(row)];
    const ComparedSource *source = comparedSource(*matrix.environments[size_t(column)], line.entry);
    if (!source)
        return tr("No such config entry in this environment.");
    if (source->error)
        return sentence(*source->error);
    if (!source->set)
        return tr("Not read.");
    QStringList troubles;
    for (const ConfigFile &file : source->set->files) {
        if (file.error && (line.file.isEmpty() || file.name == line.file))
            troubles << sentence(*file.error);
    }
    return troubles.join(QLatin1Char(' '));
}

DetailLines cellDetails(const Matrix &matrix, qsizetype row)
{
    const MatrixRow &line = matrix.rows[size_t(row)];
    DetailLines lines{{tr("Key"), plainLine(line.key), {}},
                      {tr("Config entry"), plainLine(line.entry), {}},
                      {tr("State"), cellStateTitle(line.state), {}}};
    if (!line.file.isEmpty())
        lines.push_back({tr("File"), plainLine(line.file), {}});
    if (!line.note.isEmpty())
        lines.push_back({tr("Note"), plainLine(line.note), {}});
    for (const int column : columnOrder(matrix)) {
        const MatrixCell &cell = matrix.cell(row, column);
        QString text = spokenCell(matrix, row, column);
        if (cell.entry && !placeOf(*cell.entry).isEmpty())
            text += QStringLiteral("  ") + placeOf(*cell.entry);
        if (cell.state == CellState::Unknown)
            text = joined({text, unknownReason(matrix, row, column)});
        lines.push_back({columnTitle(*matrix.environments[size_t(column)]), text, {}});
    }
    return lines;
}

QString sectionTitle(const Matrix &matrix, const CompareSection &section)
{
    QString name = plainLine(section.entry);
    if (!section.file.isEmpty()) {
        name = plainLine(section.file) + QStringLiteral(" \u00b7 ") + name;
    } else {
        // The entry names one file: its path says more than the id alone.
        for (const int column : columnOrder(matrix)) {
            const ComparedSource *source = comparedSource(*matrix.environments[size_t(column)], section.entry);
            if (source && source->set && source->set->files.size() == 1) {
                name += QStringLiteral(" \u00b7 ")
                    + plainLine(source->set->files.front().path).section(QLatin1Char('/'), -1);
                break;
            }
        }
    }
    return QStringLiteral("%1 (%2)").arg(name).arg(section.shown);
}

QString sourceTitle(const Matrix &matrix, const CompareSection &section, int column, bool inFull)
{
    const ComparedSource *source = comparedSource(*matrix.environments[size_t(column)], section.entry);
    if (!source)
        return tr("no such entry");
    if (!source->set || source->error)
        return tr("? not read");
    const bool hurt = std::ranges::any_of(source->set->files, [&](const ConfigFile &file) {
        return file.error && (section.file.isEmpty() || file.name == section.file);
    });
    if (hurt)
        return tr("? not all was read");
    return inFull ? tr("read") : QString();
}

DetailLines sectionDetails(const Matrix &matrix, const CompareSection &section)
{
    DetailLines lines{{tr("Config entry"), plainLine(section.entry), {}}};
    if (!section.file.isEmpty())
        lines.push_back({tr("File"), plainLine(section.file), {}});
    for (const int column : columnOrder(matrix)) {
        const ComparedEnvironment &environment = *matrix.environments[size_t(column)];
        const ComparedSource *source = comparedSource(environment, section.entry);
        const QString text = sourceTitle(matrix, section, column, true);
        lines.push_back({columnTitle(environment), source && source->error ? sentence(*source->error) : text,
                         source ? source->readAt : QDateTime()});
        if (!source || !source->set)
            continue;
        for (const ConfigFile &file : source->set->files) {
            if (file.error && (section.file.isEmpty() || file.name == section.file))
                lines.push_back({plainLine(file.path), sentence(*file.error), {}});
        }
    }
    return lines;
}

} // namespace taffrail::items
