// SPDX-License-Identifier: GPL-3.0-or-later
#include "nagiosoutput.h"

#include "healthsupport.h"

#include "text.h"

namespace taffrail::sources {

namespace {

constexpr size_t mostValues = 200;

/// "10" and "0:10" are upper limits; "10:", "~:10" … and "@5:6" have other meanings (the first and third too, but a
/// pair of numbers cannot say so).
std::optional<double> upperLimit(const QByteArray &range)
{
    const QByteArray text = range.startsWith("0:") ? range.mid(2) : range.startsWith("~:") ? range.mid(2) : range;
    return numberOf(text);
}

/// One figure from `at` on; false when there is none any more.
bool takeValue(const QByteArray &text, qsizetype &at, NagiosValue &value)
{
    while (at < text.size()
           && (text.at(at) == ' ' || text.at(at) == '\t' || text.at(at) == '\n' || text.at(at) == '\r'))
        ++at;
    if (at >= text.size())
        return false;
    QByteArray label;
    if (text.at(at) == '\'') {
        // A quote within a label is doubled.
        for (++at; at < text.size(); ++at) {
            if (text.at(at) != '\'')
                label.append(text.at(at));
            else if (at + 1 < text.size() && text.at(at + 1) == '\'')
                label.append(text.at(++at));
            else
                break;
        }
        ++at;
    } else {
        while (at < text.size() && text.at(at) != '=' && !isspace(static_cast<unsigned char>(text.at(at))))
            label.append(text.at(at++));
    }
    QByteArray rest;
    const bool hasValue = at < text.size() && text.at(at) == '=';
    for (++at; hasValue && at < text.size() && !isspace(static_cast<unsigned char>(text.at(at))); ++at)
        rest.append(text.at(at));
    value.label = sanitizedLine(label, 120);
    const QList<QByteArray> fields = rest.split(';');
    const QByteArray whole = fields.value(0);
    qsizetype digits = 0;
    while (digits < whole.size() && QByteArrayView("+-.,0123456789eE").contains(whole.at(digits)))
        ++digits;
    // "1e" of "1eb": the unit begins where the number ends.
    while (digits > 0 && !isdigit(static_cast<unsigned char>(whole.at(digits - 1))))
        --digits;
    QByteArray number = whole.left(digits);
    number.replace(',', '.');
    value.value = numberOf(number);
    value.shown = sanitizedLine(number, 40);
    value.unit = value.value ? sanitizedLine(whole.mid(digits), 20) : QString();
    value.warning = upperLimit(fields.value(1));
    value.critical = upperLimit(fields.value(2));
    return true;
}

Status statusOf(int exitCode)
{
    switch (exitCode) {
    case 0: return Status::Ok;
    case 1: return Status::Warning;
    case 2: return Status::Critical;
    default: return Status::Unknown;
    }
}

} // namespace

NagiosOutput readNagiosOutput(const ShellReply &reply)
{
    NagiosOutput output;
    output.status = statusOf(reply.exitCode);
    QByteArray figures;
    QStringList details;
    bool isFigures = false, isFirst = true;
    for (const QByteArray &line : reply.out.split('\n')) {
        // First line: text | figures. Further lines are text until one has a "|"; from there on all are figures.
        const qsizetype bar = isFigures ? -1 : line.indexOf('|');
        const QByteArray words = isFigures ? QByteArray() : line.left(bar < 0 ? line.size() : bar);
        if (isFirst)
            output.text = sanitizedLine(words.trimmed(), 300);
        else if (!words.trimmed().isEmpty() && details.size() < 20)
            details << sanitizedLine(words.trimmed(), 300);
        if (isFigures || bar >= 0)
            figures += (isFigures ? line : line.mid(bar + 1)) + '\n';
        isFigures = isFigures || (!isFirst && bar >= 0);
        isFirst = false;
    }
    output.details = details.join(QLatin1Char('\n'));
    qsizetype at = 0;
    for (NagiosValue value; takeValue(figures, at, value); value = {}) {
        if (output.values.size() >= mostValues) {
            output.isCut = true;
            break;
        }
        output.values.push_back(value);
    }
    if (reply.exitCode < 0 || reply.exitCode > 3) {
        const QString said = output.text;
        output.text = QStringLiteral("the plugin did not end as one: %1").arg(reasonOf(reply));
        if (!said.isEmpty())
            output.text += QStringLiteral("; it said: ") + said;
    } else if (output.text.isEmpty()) {
        const QString error = sanitizedLine(reply.err.trimmed(), 200);
        output.text = QStringLiteral("exit code %1 without a word%2")
                          .arg(reply.exitCode)
                          .arg(error.isEmpty() ? error : QStringLiteral(": ") + error);
        if (reply.exitCode == 0)
            output.status = Status::Unknown;
    }
    return output;
}

} // namespace taffrail::sources
