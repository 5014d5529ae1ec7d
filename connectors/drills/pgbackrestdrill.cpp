// SPDX-License-Identifier: GPL-3.0-or-later
#include "drilltool.h"

#include "drillwords.h"

#include <QRegularExpression>

#include <nlohmann/json.hpp>

namespace taffrail::drills {

namespace {

using nlohmann::json;
using sources::shellQuoted;

QByteArray commonOptions(const DrillSubject &subject)
{
    QByteArray line = " --stanza=" + shellQuoted(optionOf(subject.entry, "stanza"));
    if (const QString config = optionOf(subject.entry, "config"); !config.isEmpty())
        line += " --config=" + shellQuoted(config);
    return line;
}

/// The repository that the backup lies in: the entry's, else the one that its place names; 0 = not told.
int repositoryOf(const DrillSubject &subject)
{
    const int wanted = subject.entry.options.value(QStringLiteral("repo")).toInt();
    static const QRegularExpression shape(QStringLiteral("\\Arepository ([0-9]{1,4})\\z"));
    return wanted > 0 ? wanted : shape.match(subject.backup.location).captured(1).toInt();
}

QByteArray look(const DrillSubject &subject)
{
    return "command -v pgbackrest >/dev/null || tf_say missing pgbackrest\n"
           "tf_say info \"$(tf_as pgbackrest info --output=json --log-level-console=off --log-level-file=off"
        + commonOptions(subject) + " 2>/dev/null </dev/null)\"\n";
}

const json &at(const json &object, const char *key)
{
    static const json none;
    if (!object.is_object())
        return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

qint64 numberAt(const json &object, const char *key)
{
    const json &value = at(object, key);
    return value.is_number_integer() || value.is_number_unsigned() ? value.get<qint64>() : -1;
}

void readDatabase(const json &stanza, const json &backup, DrillLook &into)
{
    const json &of = at(backup, "database");
    for (const json &database : at(stanza, "db")) {
        if (numberAt(database, "id") != numberAt(of, "id")
            || numberAt(database, "repo-key") != numberAt(of, "repo-key"))
            continue;
        if (const json &version = at(database, "version"); version.is_string())
            into.major = int(std::strtol(version.get<std::string>().c_str(), nullptr, 10));
        if (const json &id = at(database, "system-id"); id.is_number())
            into.systemId = QString::fromStdString(id.dump());
    }
}

void read(const DrillSubject &subject, const LookLines &lines, DrillLook &into)
{
    const json all = json::parse(lines.value(QStringLiteral("info")).value(0).toStdString(), nullptr, false);
    if (!all.is_array()) {
        into.toolTrouble = QStringLiteral("pgbackrest info gives no list to this user");
        return;
    }
    into.extraBytes = subject.target == DrillTarget::Latest ? qint64(1) << 30 : qint64(64) << 20;
    const int repository = repositoryOf(subject);
    for (const json &stanza : all) {
        const json &name = at(stanza, "name");
        if (!name.is_string() || name.get<std::string>() != optionOf(subject.entry, "stanza").toStdString())
            continue;
        const json &held = at(at(at(at(stanza, "status"), "lock"), "backup"), "held");
        into.backupRunning = held.is_boolean() && held.get<bool>();
        for (const json &backup : at(stanza, "backup")) {
            const json &label = at(backup, "label");
            if (!label.is_string() || label.get<std::string>() != subject.backup.id.toStdString()
                || (repository > 0 && numberAt(at(backup, "database"), "repo-key") != repository))
                continue;
            into.sizeBytes = numberAt(at(backup, "info"), "size");
            readDatabase(stanza, backup, into);
            return;
        }
    }
    into.toolTrouble = QStringLiteral("pgbackrest does not list %1 there").arg(subject.backup.id);
    into.toolHint = QStringLiteral("Name a host in the entry's drill that can read the repository.");
}

DrillRestore restore(const DrillSubject &subject, const DrillLook &, const DrillPlan &plan)
{
    const bool isLatest = plan.target == DrillTarget::Latest;
    QByteArray repository;
    if (const int key = repositoryOf(subject); key > 0)
        repository = " --repo=" + QByteArray::number(key);
    const QByteArray path = " --pg1-path=" + shellQuoted(plan.scratch + QStringLiteral("/data"));
    const QByteArray command = "pgbackrest restore" + commonOptions(subject) + repository + " --set="
        + shellQuoted(subject.backup.id) + (isLatest ? " --type=default" : " --type=immediate --target-action=promote")
        + path + " --archive-mode=off --tablespace-map-all="
        + shellQuoted(plan.scratch + QStringLiteral("/tablespaces")) + " --log-level-file=off --log-level-console=info";
    DrillRestore made;
    made.shell = "tf_long \"$tf_limit\" " + command + " || tf_give_up";
    made.shown = QString::fromUtf8(command);
    made.restoreCommand = QString::fromUtf8("pgbackrest" + commonOptions(subject) + repository + path
                                            + " --no-archive-async --log-level-file=off archive-get %f \"%p\"");
    return made;
}

} // namespace

const DrillTool pgbackrestDrill{"pgbackrest", false, true, look, read, restore};

} // namespace taffrail::drills
