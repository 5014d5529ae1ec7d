// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparison.h"

#include "configsecrets.h"
#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

const QString &absentText()
{
    static const QString text(QChar(0x2014));
    return text;
}

/// On one line, to its end. A line end shows, so that "a\nb" and "a b" look different.
QString oneLine(const QString &text)
{
    QString line = sanitized(text);
    line.replace(QLatin1Char('\n'), QChar(0x23CE)).replace(QLatin1Char('\t'), QChar(0x21E5));
    return line;
}

bool isSecretRow(const Matrix &matrix, qsizetype row)
{
    return matrix.rows[size_t(row)].secret;
}

/// A plain value of a key that is secret elsewhere is nobody's to read: where one environment hides it, the others do.
QString shownEntry(const ConfigEntry &entry, bool hidden)
{
    return hidden && !entry.secret && !entry.value.isEmpty() ? maskMark.toString() : entry.value;
}

QString valueText(const ConfigEntry &entry, bool hidden)
{
    const QString value = shownEntry(entry, hidden);
    if (value.isEmpty() && entry.type == ConfigType::Text)
        return QStringLiteral("(empty)");
    const bool hasEdge = !value.isEmpty() && (value.front().isSpace() || value.back().isSpace());
    const QString shown = hasEdge ? QLatin1Char('"') + oneLine(value) + QLatin1Char('"') : oneLine(value);
    if (entry.unit.isEmpty())
        return shown;
    const bool isFactor = entry.unit.front().isDigit();
    return shown + (isFactor ? QStringLiteral(" \u00D7 ") : QStringLiteral(" ")) + oneLine(entry.unit);
}

bool hasTypeDifference(const Matrix &matrix, qsizetype row)
{
    for (size_t column = 0; column < matrix.environments.size(); ++column) {
        if (matrix.cell(row, int(column)).state == CellState::TypeDiffers)
            return true;
    }
    return false;
}

QString typedText(const ConfigEntry &entry)
{
    const QString value = valueText(entry, false);
    const QString type = configTypeWord(entry.type);
    return entry.type == ConfigType::Text && !entry.value.isEmpty() && !value.startsWith(QLatin1Char('"'))
        ? QStringLiteral("\"%1\" %2").arg(value, type)
        : QStringLiteral("%1 %2").arg(value, type);
}

QString hostText(const HostValue &value, bool hidden)
{
    const QString what = value.entry ? valueText(*value.entry, hidden)
        : value.read                 ? QStringLiteral("MISSING")
                                     : QStringLiteral("not read");
    return QStringLiteral("%1: %2").arg(oneLine(value.host), what);
}

QString secretText(const MatrixCell &cell, bool isReference)
{
    const QString value = valueText(*cell.entry, true);
    if (isReference || cell.state == CellState::Extra)
        return value;
    switch (cell.state) {
    case CellState::SecretSame: return value + QStringLiteral(" same");
    case CellState::Unknown:
        return value + QLatin1Char(' ')
            + (cell.note == CellNote::NotComparable ? QStringLiteral("cannot be compared")
                                                    : QStringLiteral("not known"));
    case CellState::Expected:
        return cell.note == CellNote::NotComparable ? value + QStringLiteral(" cannot be compared")
                                                    : value + QStringLiteral(" differs");
    default: return value + QStringLiteral(" differs");
    }
}

} // namespace

std::vector<const HostValue *> hostValuesOf(const Matrix &matrix, qsizetype row, int column)
{
    const qsizetype cell = row * qsizetype(matrix.environments.size()) + column;
    std::vector<const HostValue *> values;
    auto at = std::ranges::lower_bound(matrix.hostValues, cell, {}, &HostValue::cell);
    for (; at != matrix.hostValues.end() && at->cell == cell; ++at)
        values.push_back(&*at);
    return values;
}

QString shownValue(const Matrix &matrix, qsizetype row, int column)
{
    const MatrixCell &cell = matrix.cell(row, column);
    return cell.entry ? shownEntry(*cell.entry, isSecretRow(matrix, row)) : QString();
}

QString shownValue(const Matrix &matrix, qsizetype row, const ConfigEntry &entry)
{
    return shownEntry(entry, isSecretRow(matrix, row));
}

QString cellText(const Matrix &matrix, qsizetype row, int column)
{
    const MatrixCell &cell = matrix.cell(row, column);
    if (cell.mixed || (cell.entry && cell.note == CellNote::HostNotRead)) {
        QStringList parts;
        for (const HostValue *value : hostValuesOf(matrix, row, column))
            parts << hostText(*value, isSecretRow(matrix, row));
        return parts.join(QStringLiteral(" \u00B7 "));
    }
    if (!cell.entry) {
        if (cell.state == CellState::Missing || cell.state == CellState::Expected)
            return QStringLiteral("MISSING");
        return cell.state == CellState::Unknown ? cellNoteText(cell.note) : absentText();
    }
    if (isSecretRow(matrix, row))
        return secretText(cell, column == matrix.reference);
    const bool isTyped
        = cell.state == CellState::TypeDiffers || (column == matrix.reference && hasTypeDifference(matrix, row));
    return isTyped ? typedText(*cell.entry) : valueText(*cell.entry, false);
}

QStringList cellNotes(const Matrix &matrix, qsizetype row, int column)
{
    const MatrixCell &cell = matrix.cell(row, column);
    QStringList notes;
    if (cell.note != CellNote::None)
        notes << cellNoteText(cell.note);
    if (!cell.entry)
        return notes;
    if (!cell.entry->note.isEmpty())
        notes << oneLine(cell.entry->note);
    if (!cell.entry->file.isEmpty()) {
        const QString line = cell.entry->line > 0 ? QStringLiteral(":%1").arg(cell.entry->line) : QString();
        const QString host = cell.entry->host.isEmpty() ? QString() : QStringLiteral(" on ") + cell.entry->host;
        notes << oneLine(cell.entry->file + line + host);
    }
    return notes;
}

} // namespace taffrail
