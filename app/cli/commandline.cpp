// SPDX-License-Identifier: GPL-3.0-or-later
#include "commandline.h"

#include <algorithm>
#include <array>
#include <functional>

namespace taffrail {

namespace {

struct Verb {
    const char *name;
    int minOperands, maxOperands;
    const char *usage;
    const char *help;
};

constexpr int any = 1000;

constexpr std::array<Verb, 18> verbs{{
    {"status", 0, any, "status [ENV…] [--json [--values]] [--watch]",
     "The board: every environment with its panes and what is wrong.\n"
     "Exit code: 0 ok, 1 warning, 2 critical, 3 unknown, stale or offline."},
    {"deployments", 1, 1, "deployments ENV [--json]", "Releases and what each host really runs."},
    {"migrations", 1, 1, "migrations ENV [--json]", "Every migration history found, with what is pending or wrong."},
    {"backups", 1, 1, "backups ENV [--json]", "Backups, how far each was proved, and what would be lost now."},
    {"health", 1, 1, "health ENV [--json]", "Every check with its value and limits."},
    {"configs", 1, 1, "configs ENV [--json]", "Every setting that is read, with file and line; secrets are masked."},
    {"check", 1, 1, "check ENV", "One line with performance data, as a Nagios plugin."},
    {"compare", 1, 50,
     "compare ENV ENV… [--source ENTRY]… [--reference ENV] [--all | --differences | --missing | --secrets]\n"
     "               [--strict NAME,…] [--host-names REGEX]… [--expected FILE] [--json | --markdown | --csv | --html "
     "FILE | --pdf FILE]\n"
     "       taffrail compare ENV --baseline | ENV --save-baseline",
     "The settings of environments side by side, key by key; without more, the differences that nobody has agreed to.\n"
     "Secrets are compared by digests under a key of this run alone, and are never shown. --strict switches off what\n"
     "counts as the same otherwise: order, quoting, units, booleans, comments. --baseline compares with what\n"
     "--save-baseline kept.\n"
     "Exit code: 0 no difference, 1 differences, 3 something could not be read or compared."},
    {"readiness", 1, any, "readiness ENV… [--json | --markdown]",
     "Whether an environment is ready for production: every criterion with its evidence and what to do.\n"
     "Exit code: 0 all pass, 1 something fails, 3 nothing fails but something is not known."},
    {"rollback", 1, 1,
     "rollback ENV [--app APP] [--to RELEASE] (--plan | --confirm ENV --plan-digest D --reason TEXT "
     "[--accept GATE=REASON]…) [--json]\n"
     "       taffrail rollback ENV --attach RUN | --continue RUN | --retry RUN | --abort RUN [--json]",
     "Take a release back, or forward again: --to names a release, its version or its revision; without it the last "
     "good one\nis suggested. --plan shows what would be done and what stands in the way (exit code 0 startable, 1 "
     "with "
     "warnings,\n77 blocked). The same with --confirm starts it, if the plan still has that digest. The job runs on "
     "the "
     "hosts to its end,\nwhoever is connected; --attach watches it again from its first byte.\n"
     "Exit code: 0 succeeded and verified, 2 failed, 3 paused or not known, 75 another run or the deploy tool holds "
     "the lock, 77 "
     "refused."},
    {"drill", 1, 1,
     "drill ENV [--source ENTRY] [--backup ID] [--host HOST] [--target immediate|latest] (--plan | --confirm ENV "
     "--plan-digest D --reason TEXT) [--json]\n"
     "       taffrail drill ENV --attach RUN | --abort RUN | --list | --sweep [--json]",
     "Try a backup: restore it into a scratch directory on a host, start PostgreSQL on a private socket, ask it, "
     "check\n"
     "its pages, remove it. Nothing of the live system is touched. Without --backup the newest usable one is tried;\n"
     "--target latest recovers to the end of the archived WAL and so measures what would be lost. --plan shows what\n"
     "would be done and what stands in the way (exit code 0 startable, 1 with warnings, 77 blocked). The job runs to "
     "its\n"
     "end, whoever is connected. --sweep removes what killed drills left.\n"
     "Exit code: 0 passed, 2 failed, 3 not known, 75 another drill runs there, 77 refused."},
    {"audit", 1, 1, "audit list [--json] | audit verify | audit export [--format jsonl|markdown] [--output FILE]",
     "Who did what: the append-only record, each entry tied to the one before by its hash.\n"
     "Exit code of verify: 0 whole, 2 broken."},
    {"host-setup", 1, 1, "host-setup ENV",
     "The commands that an admin runs once on each host, where several people roll back the same application."},
    {"sources", 0, 0, "sources [--json]", "What can be read, with the options of each source."},
    {"parse", 1, 1,
     "parse KIND/SOURCE[.PART] [--at TIME] [--exit-code N] [--stderr FILE] [--options JSON] [--part NAME=FILE]…",
     "What a source makes of captured output (on standard input), as JSON: value, error, findings.\n"
     "SQL parts are JSON arrays of row objects. Exit code: 0 with a value, 65 with an error."},
    {"inventory", 1, any, "inventory check [FILE…] | inventory schema",
     "Check inventory files, or print their JSON Schema."},
    {"version", 0, 0, "version", "The version and what it was built with."},
    {"help", 0, 1, "help [VERB]", "This text."},
}};

const Verb *findVerb(const QString &name)
{
    const auto found = std::ranges::find_if(verbs, [&](const Verb &verb) { return name == QLatin1String(verb.name); });
    return found == verbs.end() ? nullptr : &*found;
}

using Take = std::function<tl::expected<void, QString>(const QString &value)>;
struct Option {
    bool hasValue;
    Take take;
};

tl::expected<void, QString> oneOf(QString &target, const QString &value, const QString &option,
                                  const QStringList &allowed)
{
    if (!allowed.contains(value))
        return tl::make_unexpected(
            QStringLiteral("%1 takes one of %2, not \"%3\"").arg(option, allowed.join(QStringLiteral(", ")), value));
    target = value;
    return {};
}

QMap<QString, Option> optionTable(CommandLine &line)
{
    const auto flag = [](bool &target) {
        return Option{false, [&target](const QString &) -> tl::expected<void, QString> {
                          target = true;
                          return {};
                      }};
    };
    const auto text = [](QString &target) {
        return Option{true, [&target](const QString &value) -> tl::expected<void, QString> {
                          target = value;
                          return {};
                      }};
    };
    QMap<QString, Option> table{
        {QStringLiteral("--json"), flag(line.json)},
        {QStringLiteral("--watch"), flag(line.watch)},
        {QStringLiteral("--values"), flag(line.values)},
        {QStringLiteral("--accept-new-host-keys"), flag(line.acceptNewHostKeys)},
        {QStringLiteral("--help"), flag(line.help)},
        {QStringLiteral("-h"), flag(line.help)},
        {QStringLiteral("--version"), flag(line.version)},
        {QStringLiteral("--reset-layout"), flag(line.resetLayout)},
        {QStringLiteral("--startup-time"), flag(line.startupTime)},
        {QStringLiteral("--plan"), flag(line.plan)},
        {QStringLiteral("--app"), text(line.app)},
        {QStringLiteral("--backup"), text(line.backup)},
        {QStringLiteral("--host"), text(line.host)},
        {QStringLiteral("--list"), flag(line.list)},
        {QStringLiteral("--sweep"), flag(line.sweep)},
        {QStringLiteral("--to"), text(line.to)},
        {QStringLiteral("--confirm"), text(line.confirm)},
        {QStringLiteral("--plan-digest"), text(line.planDigest)},
        {QStringLiteral("--reason"), text(line.reason)},
        {QStringLiteral("--attach"), text(line.attach)},
        {QStringLiteral("--abort"), text(line.abort)},
        {QStringLiteral("--continue"), text(line.proceed)},
        {QStringLiteral("--retry"), text(line.retry)},
        {QStringLiteral("--output"), text(line.output)},
        {QStringLiteral("--at"), text(line.at)},
        {QStringLiteral("--stderr"), text(line.stderrFile)},
        {QStringLiteral("--options"), text(line.options)},
        {QStringLiteral("--screenshot"), text(line.screenshot)},
        {QStringLiteral("--environment"), text(line.environment)},
        {QStringLiteral("--size"), text(line.size)},
    };
    table.insert(QStringLiteral("--inventory"), {true, [&line](const QString &value) -> tl::expected<void, QString> {
                                                     line.inventoryFiles << value;
                                                     return {};
                                                 }});
    const auto view = [&line](const char *name) {
        return Option{false, [&line, name](const QString &) -> tl::expected<void, QString> {
                          line.view = QString::fromLatin1(name);
                          return {};
                      }};
    };
    const auto list = [](QStringList &target, bool splits) {
        return Option{true, [&target, splits](const QString &value) -> tl::expected<void, QString> {
                          target << (splits ? value.split(QLatin1Char(','), Qt::SkipEmptyParts) : QStringList{value});
                          return {};
                      }};
    };
    table.insert(QStringLiteral("--all"), view("everything"));
    table.insert(QStringLiteral("--differences"), view("differences"));
    table.insert(QStringLiteral("--missing"), view("missing"));
    table.insert(QStringLiteral("--secrets"), view("secrets"));
    table.insert(QStringLiteral("--source"), list(line.sources, true));
    table.insert(QStringLiteral("--strict"), list(line.strict, true));
    table.insert(QStringLiteral("--host-names"), list(line.hostNames, false));
    table.insert(QStringLiteral("--reference"), text(line.reference));
    table.insert(QStringLiteral("--expected"), text(line.expectedFile));
    table.insert(QStringLiteral("--html"), text(line.html));
    table.insert(QStringLiteral("--pdf"), text(line.pdf));
    table.insert(QStringLiteral("--markdown"), flag(line.markdown));
    table.insert(QStringLiteral("--csv"), flag(line.csv));
    table.insert(QStringLiteral("--baseline"), flag(line.baseline));
    table.insert(QStringLiteral("--save-baseline"), flag(line.saveBaseline));
    table.insert(QStringLiteral("--accept"),
                 {true, [&line](const QString &value) -> tl::expected<void, QString> {
                      const qsizetype equals = value.indexOf(QLatin1Char('='));
                      if (equals < 1 || value.mid(equals + 1).trimmed().isEmpty())
                          return tl::make_unexpected(
                              QStringLiteral("--accept takes GATE=REASON, not \"%1\"").arg(value));
                      line.accepted.insert(value.left(equals), value.mid(equals + 1));
                      return {};
                  }});
    table.insert(QStringLiteral("--format"), {true, [&line](const QString &value) {
                                                  return oneOf(line.format, value, QStringLiteral("--format"),
                                                               {QStringLiteral("jsonl"), QStringLiteral("markdown")});
                                              }});
    table.insert(QStringLiteral("--target"), {true, [&line](const QString &value) {
                                                  return oneOf(line.target, value, QStringLiteral("--target"),
                                                               {QStringLiteral("immediate"), QStringLiteral("latest")});
                                              }});
    table.insert(QStringLiteral("--theme"),
                 {true, [&line](const QString &value) {
                      return oneOf(line.theme, value, QStringLiteral("--theme"),
                                   {QStringLiteral("light"), QStringLiteral("dark"), QStringLiteral("auto")});
                  }});
    table.insert(QStringLiteral("--page"),
                 {true, [&line](const QString &value) {
                      return oneOf(line.page, value, QStringLiteral("--page"),
                                   {QStringLiteral("board"), QStringLiteral("environment"), QStringLiteral("compare"),
                                    QStringLiteral("connections"), QStringLiteral("audit"), QStringLiteral("readiness"),
                                    QStringLiteral("setup")});
                  }});
    table.insert(QStringLiteral("--exit-code"),
                 {true, [&line](const QString &value) -> tl::expected<void, QString> {
                      bool ok = false;
                      line.replyExitCode = value.toInt(&ok);
                      if (!ok)
                          return tl::make_unexpected(
                              QStringLiteral("--exit-code takes a number, not \"%1\"").arg(value));
                      return {};
                  }});
    table.insert(QStringLiteral("--part"),
                 {true, [&line](const QString &value) -> tl::expected<void, QString> {
                      const qsizetype equals = value.indexOf(QLatin1Char('='));
                      if (equals < 1)
                          return tl::make_unexpected(QStringLiteral("--part takes NAME=FILE, not \"%1\"").arg(value));
                      line.parts.insert(value.left(equals), value.mid(equals + 1));
                      return {};
                  }});
    return table;
}

} // namespace

tl::expected<CommandLine, QString> readCommandLine(const QStringList &arguments)
{
    CommandLine line;
    const QMap<QString, Option> options = optionTable(line);
    QStringList words;
    bool optionsOver = false;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString &argument = arguments[i];
        if (optionsOver || !argument.startsWith(QLatin1Char('-')) || argument == QLatin1String("-")) {
            words << argument;
            continue;
        }
        if (argument == QLatin1String("--")) {
            optionsOver = true;
            continue;
        }
        const qsizetype equals = argument.indexOf(QLatin1Char('='));
        const QString name = equals > 0 ? argument.left(equals) : argument;
        const auto option = options.constFind(name);
        if (option == options.cend())
            return tl::make_unexpected(QStringLiteral("there is no option %1; taffrail help lists them").arg(name));
        QString value;
        if (option->hasValue) {
            if (equals > 0)
                value = argument.mid(equals + 1);
            else if (i + 1 < arguments.size())
                value = arguments[++i];
            else
                return tl::make_unexpected(QStringLiteral("%1 needs a value").arg(name));
        } else if (equals > 0) {
            return tl::make_unexpected(QStringLiteral("%1 takes no value").arg(name));
        }
        if (const auto taken = option->take(value); !taken)
            return tl::make_unexpected(taken.error());
    }
    if (words.isEmpty())
        return line;
    const Verb *verb = findVerb(words.first());
    if (!verb)
        return tl::make_unexpected(
            QStringLiteral("there is no command \"%1\"; taffrail help lists them").arg(words.first()));
    line.verb = words.takeFirst();
    line.operands = words;
    if (!line.help && (words.size() < verb->minOperands || words.size() > verb->maxOperands))
        return tl::make_unexpected(QStringLiteral("usage: taffrail %1").arg(QString::fromUtf8(verb->usage)));
    return line;
}

QString helpText(const QString &name)
{
    if (const Verb *verb = findVerb(name))
        return QStringLiteral("usage: taffrail %1\n\n%2\n")
            .arg(QString::fromUtf8(verb->usage), QString::fromUtf8(verb->help));
    QString text = QStringLiteral("taffrail                     open the console\n");
    for (const Verb &verb : verbs)
        text += QStringLiteral("taffrail %1\n").arg(QString::fromUtf8(verb.usage));
    text += QStringLiteral(
        "\n"
        "--inventory FILE             read this inventory instead of "
        "$XDG_CONFIG_HOME/taffrail/inventory.json (repeatable)\n"
        "--accept-new-host-keys       remember an unknown host's key (never in production)\n"
        "--page board|environment|compare|connections|setup, --environment ID\n"
        "                             what the window opens with\n"
        "--theme light|dark|auto      colours of the window\n"
        "--reset-layout               forget the window's places and column widths\n"
        "--screenshot FILE [--size WIDTHxHEIGHT]\n"
        "                             save a picture of the window once everything was read, then quit\n"
        "--startup-time               print the milliseconds until the first paint, then quit\n"
        "--help, --version\n"
        "\n"
        "Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown; 64 usage, 65 bad data, 69 unreachable, "
        "75 lock held, 77 refused, 130 interrupted.\n");
    return text;
}

bool isHeadless(const CommandLine &line)
{
    return !line.verb.isEmpty() || line.help || line.version;
}

} // namespace taffrail
