// SPDX-License-Identifier: GPL-3.0-or-later
#include "textsides.h"

#include "comparecells.h"
#include "text.h"

#include <QCoreApplication>

namespace taffrail::items {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("taffrail::items::TextSide", text);
}

QString placeText(const ConfigFile &file)
{
    const QString path = sanitizedLine(file.path.toUtf8());
    return file.host.isEmpty() ? path : sanitizedLine(file.host.toUtf8()) + QLatin1Char(':') + path;
}

QString troubleOf(const ConfigFile &file)
{
    if (file.error)
        return sanitized(sentence(*file.error));
    if (file.binary)
        return tr("%1 is binary: it is not compared by lines.").arg(placeText(file));
    if (file.text.isEmpty() && file.sizeBytes != 0)
        return tr("The text of %1 was not kept.").arg(placeText(file));
    return {};
}

} // namespace

namespace {

// A key that is secret somewhere is secret everywhere: its plain value must not stand in the text beside.
void hideKnown(QString &text, const Matrix &matrix, const MatrixRow &line, int column, QStringList &hidden)
{
    for (size_t row = 0; row < matrix.rows.size(); ++row) {
        const MatrixRow &other = matrix.rows[row];
        if (!other.secret || other.entry != line.entry || other.file != line.file)
            continue;
        QStringList values;
        for (const HostValue *value : hostValuesOf(matrix, qsizetype(row), column)) {
            if (value->entry && !value->entry->secret)
                values << value->entry->value;
        }
        const ConfigEntry *entry = matrix.cell(qsizetype(row), column).entry;
        if (entry && !entry->secret)
            values << entry->value;
        for (const QString &value : std::as_const(values)) {
            if (value.isEmpty() || !text.contains(value))
                continue;
            if (!hidden.contains(value))
                hidden << value;
            text.replace(value,
                         QStringLiteral("\u2022\u2022\u2022\u2022\u27E8p%1\u27E9").arg(hidden.indexOf(value) + 1));
        }
    }
}

} // namespace

namespace {

/// Where the row's key stands in the reference, or else in the first environment that has it.
QString placeElsewhere(const Matrix &matrix, int row)
{
    const ConfigEntry *entry = matrix.cell(row, matrix.reference).entry;
    for (int column = 0; !entry && column < int(matrix.environments.size()); ++column)
        entry = matrix.cell(row, column).entry;
    return entry ? entry->file : QString();
}

/// Several files can go by one name, such as those that nginx includes: the one at the same place is meant, or that of
/// the same name, rather than one with a text, rather than any.
int closeness(const ConfigFile &file, const QString &place)
{
    const auto baseName = [](const QString &path) { return path.section(QLatin1Char('/'), -1); };
    return (file.path == place ? 4 : 0) + (baseName(file.path) == baseName(place) ? 2 : 0)
        + (file.text.isEmpty() ? 0 : 1);
}

} // namespace

TextSide textSide(const Matrix &matrix, int row, int column, QStringList &hidden)
{
    const ComparedEnvironment &environment = *matrix.environments[size_t(column)];
    const MatrixRow &line = matrix.rows[size_t(row)];
    TextSide side;
    side.title = columnTitle(environment);
    const ComparedSource *source = comparedSource(environment, line.entry);
    if (!source || !source->set) {
        side.trouble = unknownReason(matrix, row, column);
        return side;
    }
    side.source = source->source;
    const ConfigEntry *entry = matrix.cell(row, column).entry;
    const ConfigFile *found = entry ? fileOf(*source->set, *entry) : nullptr;
    const QString place = entry ? QString() : placeElsewhere(matrix, row);
    int fitting = 0;
    for (const ConfigFile &file : source->set->files) {
        const bool fits = line.file.isEmpty() || file.name == line.file;
        fitting += fits ? 1 : 0;
        if (fits && (!found || (!entry && closeness(file, place) > closeness(*found, place))))
            found = &file;
    }
    if (found && fitting > 1 && !place.isEmpty() && closeness(*found, place) < 2)
        found = nullptr; // beside another file everything would look changed
    if (!found) {
        side.trouble = source->set->files.empty() ? tr("These settings do not come from a file.")
                                                  : tr("This environment has no such file.");
        return side;
    }
    side.place = placeText(*found);
    side.text = found->binary ? QString() : found->text;
    hideKnown(side.text, matrix, line, column, hidden);
    side.trouble = troubleOf(*found);
    return side;
}

std::vector<int> textColumns(const Matrix &matrix, int row, int column)
{
    std::vector<int> columns{matrix.reference};
    const int count = int(matrix.environments.size());
    if (column >= 0 && column < count && column != matrix.reference) {
        columns.push_back(column);
        return columns;
    }
    int first = -1;
    for (int other = 0; other < count; ++other) {
        if (other == matrix.reference)
            continue;
        const CellState state = row >= 0 ? matrix.cell(row, other).state : CellState::Equal;
        if (state != CellState::Equal && state != CellState::SecretSame) {
            first = other;
            break;
        }
        if (first < 0)
            first = other;
    }
    if (first >= 0)
        columns.push_back(first);
    return columns;
}

} // namespace taffrail::items
