// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqitchplan.h"

#include <QCryptographicHash>
#include <QHash>
#include <QRegularExpression>

namespace taffrail::sources::migrations {

namespace {

constexpr int mostFaults = 20;

/// The note of a line: what follows "#", with its escapes undone.
QByteArray noteOf(QByteArray &line)
{
    const qsizetype hash = line.startsWith('#') ? 0 : line.indexOf(" #");
    if (hash < 0)
        return {};
    QByteArray note = line.mid(line[hash] == '#' ? hash + 1 : hash + 2).trimmed();
    line.truncate(hash);
    note.replace("\\n", "\n").replace("\\r", "\r").replace("\\\\", "\\");
    return note;
}

QByteArray idOf(const SqitchPlan &plan, const PlannedChange &change, const QByteArray &parent)
{
    QByteArrayList lines{"project " + plan.project};
    if (!plan.uri.isEmpty())
        lines << "uri " + plan.uri;
    lines << "change " + change.name;
    if (!parent.isEmpty())
        lines << "parent " + parent;
    lines << "planner " + change.planner << "date " + change.planned;
    if (!change.needs.isEmpty())
        lines << "requires"
              << "  + " + change.needs.join("\n  + ");
    if (!change.conflicts.isEmpty())
        lines << "conflicts"
              << "  - " + change.conflicts.join("\n  - ");
    if (!change.note.isEmpty())
        lines << QByteArray() << change.note;
    const QByteArray info = lines.join('\n');
    return QCryptographicHash::hash("change " + QByteArray::number(info.size()) + '\0' + info, QCryptographicHash::Sha1)
        .toHex();
}

class PlanReader {
public:
    explicit PlanReader(SqitchPlan &plan) : m_plan(plan) {}

    void take(QByteArray line)
    {
        line = line.trimmed();
        if (line.isEmpty() || line.startsWith('#'))
            return;
        if (line.startsWith('%'))
            pragma(line.mid(1));
        else if (line.startsWith('@'))
            tag(line);
        else
            change(line);
    }

private:
    void fault(const QByteArray &line)
    {
        if (m_plan.faults.size() < mostFaults)
            m_plan.faults << line.left(120);
    }

    void pragma(const QByteArray &text)
    {
        const qsizetype equals = text.indexOf('=');
        if (equals < 0)
            return;
        const QByteArray name = text.left(equals).trimmed();
        if (name == "project")
            m_plan.project = text.mid(equals + 1).trimmed();
        else if (name == "uri")
            m_plan.uri = text.mid(equals + 1).trimmed();
    }

    void tag(const QByteArray &line)
    {
        if (m_plan.changes.empty()) {
            fault(line);
            return;
        }
        const QByteArray name = line.left(line.indexOf(' ') < 0 ? line.size() : line.indexOf(' '));
        m_plan.changes.back().tags << name;
        m_lastTag = name;
    }

    void change(QByteArray line)
    {
        static const QRegularExpression shape(
            QStringLiteral("^([+-]?)\\s*([^\\s\\[\\]]+)\\s*(?:\\[([^\\]]*)\\])?\\s+(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:"
                           "\\d\\dZ)\\s+(.*\\S)\\s*$"));
        const QByteArray whole = line;
        PlannedChange planned;
        planned.note = noteOf(line);
        const auto match = shape.match(QString::fromUtf8(line));
        if (!match.hasMatch()) {
            fault(whole);
            return;
        }
        planned.name = match.captured(2).toUtf8();
        for (const QString &word : match.captured(3).split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
            if (word.startsWith(QLatin1Char('!')))
                planned.conflicts << word.mid(1).toUtf8();
            else
                planned.needs << (word.startsWith(QLatin1Char(':')) ? word.mid(1) : word).toUtf8();
        }
        planned.planned = match.captured(4).toLatin1();
        planned.planner = match.captured(5).toUtf8();
        planned.id = idOf(m_plan, planned, m_plan.changes.empty() ? QByteArray() : m_plan.changes.back().id);
        if (const auto earlier = m_byName.constFind(planned.name); earlier != m_byName.cend())
            m_plan.changes[*earlier].reworkedAt = m_lastTag;
        m_byName.insert(planned.name, m_plan.changes.size());
        m_plan.changes.push_back(std::move(planned));
    }

    SqitchPlan &m_plan;
    QByteArray m_lastTag;
    QHash<QByteArray, size_t> m_byName;
};

} // namespace

SqitchPlan sqitchPlanOf(const QByteArray &text)
{
    SqitchPlan plan;
    PlanReader reader(plan);
    for (const QByteArray &line : text.split('\n'))
        reader.take(line);
    return plan;
}

} // namespace taffrail::sources::migrations
