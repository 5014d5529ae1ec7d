// SPDX-License-Identifier: GPL-3.0-or-later
// Settings of three environments of one service and what a comparison of them is, and a desk that answers when told.
#pragma once

#include "demoenvironments.h"

#include "comparedesk.h"

namespace taffrail::demo {

struct Setting {
    const char *key;
    const char *value; ///< null = not there
    int line = 1;
    ConfigType type = ConfigType::Text;
    const char *fingerprint = nullptr; ///< set = a secret
    const char *note = "";
};

struct SettingsFile {
    const char *entry;
    const char *path;
    const char *name;
    std::vector<Setting> settings;
    QString text;
};

inline ConfigEntry settingOf(const Setting &from, const QString &host, const QString &path)
{
    ConfigEntry entry;
    entry.host = host;
    entry.file = path;
    entry.line = from.line;
    entry.key = QString::fromUtf8(from.key);
    entry.type = from.type;
    entry.secret = from.fingerprint != nullptr;
    entry.value = entry.secret ? maskMark.toString() : QString::fromUtf8(from.value);
    entry.fingerprint = entry.secret ? QString::fromLatin1(from.fingerprint).repeated(64) : QString();
    entry.note = QString::fromUtf8(from.note);
    return entry;
}

inline ComparedSource sourceOf(const SettingsFile &from, const QString &host)
{
    ConfigSet set;
    set.source = QStringLiteral("yaml");
    ConfigFile file;
    file.host = host;
    file.path = QString::fromUtf8(from.path);
    file.name = QString::fromUtf8(from.name);
    file.text = from.text;
    file.sizeBytes = from.text.toUtf8().size();
    file.modifiedAt = before(3 * 86400);
    set.files = {file};
    for (const Setting &setting : from.settings) {
        if (setting.value || setting.fingerprint)
            set.entries.push_back(settingOf(setting, host, file.path));
    }
    ComparedSource source;
    source.entry = QString::fromUtf8(from.entry);
    source.source = set.source;
    source.set = std::make_shared<const ConfigSet>(std::move(set));
    source.readAt = before(12);
    return source;
}

inline ComparedSource failedSource(const QString &entry, const Error &error)
{
    ComparedSource source;
    source.entry = entry;
    source.source = QStringLiteral("yaml");
    source.error = error;
    source.readAt = before(12);
    return source;
}

using ComparedPtr = std::shared_ptr<const ComparedEnvironment>;

inline ComparedPtr compared(const QString &id, const QString &name, Tier tier, std::vector<ComparedSource> sources)
{
    ComparedEnvironment environment;
    environment.id = id;
    environment.name = name;
    environment.tier = tier;
    environment.sources = std::move(sources);
    return std::make_shared<const ComparedEnvironment>(std::move(environment));
}

/// A file of YAML lines with what differs in `poolMax` and `flag`; `filler` equal lines in the middle.
inline QString yamlText(const QString &poolMax, const QString &flag, int filler = 40, bool hasTimeout = true)
{
    QString text = QStringLiteral("# settings of the shop\npool:\n  max: %1\n").arg(poolMax);
    if (hasTimeout)
        text += QStringLiteral("  idle_timeout: 30s\n");
    for (int i = 0; i < filler; ++i)
        text += QStringLiteral("  option_%1: value %1\n").arg(i);
    return text
        + QStringLiteral("auth:\n  signing_key: \u2022\u2022\u2022\u2022\nfeature:\n  new_checkout: %1\n").arg(flag);
}

inline std::vector<ComparedPtr> comparedShops()
{
    const auto app = [](const char *max, const char *idle, const char *digest, const char *flag, const char *level) {
        return SettingsFile{"app-config",
                            "/srv/shop/shared/config/app.yaml",
                            "",
                            {{"pool.max", max, 3, ConfigType::Integer},
                             {"pool.idle_timeout", idle, 4},
                             {"pool.min", "5", 5, ConfigType::Integer},
                             {"auth.signing_key", "", 45, ConfigType::Text, digest},
                             {"auth.issuer", "https://login.shop.example", 46},
                             {"feature.new_checkout", flag, 48, ConfigType::Boolean},
                             {"log.level", level, 50}},
                            yamlText(QString::fromLatin1(max), QString::fromLatin1(flag), 40, idle != nullptr)};
    };
    const auto web = [](const char *name, const char *limit, const char *body) {
        return SettingsFile{
            "nginx",
            "/etc/nginx/sites-enabled/shop",
            "sites-enabled/shop",
            {{"server.server_name", name, 2}, {"server.limit_req", limit, 9}, {"server.client_max_body_size", body, 4}},
            QStringLiteral("server {\n  server_name %1;\n  client_max_body_size %2;\n}\n")
                .arg(QString::fromLatin1(name), QString::fromLatin1(body))};
    };
    const QString host = QStringLiteral("web1");
    return {compared(QStringLiteral("shop-production"), QStringLiteral("shop production"), Tier::Production,
                     {sourceOf(app("40", "30s", "a", "false", "warning"), host),
                      sourceOf(web("shop.example", "zone=one burst=20", "8m"), host)}),
            compared(QStringLiteral("shop-staging"), QStringLiteral("shop staging"), Tier::Staging,
                     {sourceOf(app("10", nullptr, "b", "true", "debug"), host),
                      sourceOf(web("staging.shop.example", nullptr, "8m"), host)}),
            compared(QStringLiteral("shop-testing"), QStringLiteral("shop testing"), Tier::Testing,
                     {sourceOf(app("5", "30s", "a", "true", "debug"), host),
                      sourceOf(web("test.shop.example", nullptr, "64m"), host)})};
}

inline ExpectedDifference rule(const QString &key, const QStringList &environments)
{
    ExpectedDifference made;
    made.entry = QStringLiteral("*");
    made.key = key;
    made.environments = environments;
    made.reason = QStringLiteral("smaller machines outside production");
    made.author = QStringLiteral("ada");
    made.since = before(10 * 86400);
    made.until = now().addDays(20);
    return made;
}

inline std::vector<ExpectedDifference> rules()
{
    return {rule(QStringLiteral("log.level"), {QStringLiteral("shop-staging"), QStringLiteral("shop-testing")}),
            rule(QStringLiteral("pool.max"), {QStringLiteral("shop-testing")}),
            rule(QStringLiteral("cache.*"), {QStringLiteral("shop-testing")})};
}

inline items::ComparisonPtr comparison(const std::vector<ComparedPtr> &environments,
                                       const std::vector<ExpectedDifference> &expected = rules(), int reference = 0)
{
    items::Comparison made;
    for (const ComparedPtr &environment : environments)
        made.question.environments << environment->id;
    made.question.reference = made.question.environments.value(reference);
    made.matrix = compareConfigs(environments, reference, {}, expected, now());
    made.matrix.comparedAt = before(12);
    made.expectedFile = QStringLiteral("/home/ops/taffrail/expected.json");
    return std::make_shared<const items::Comparison>(std::move(made));
}

/// `environments` × `keys`, one key in a hundred differs somewhere.
inline std::vector<ComparedPtr> manyShops(int environments, int keys)
{
    std::vector<ComparedPtr> made;
    for (int column = 0; column < environments; ++column) {
        ConfigSet set;
        set.source = QStringLiteral("yaml");
        ConfigFile file;
        file.host = QStringLiteral("web1");
        file.path = QStringLiteral("/srv/shop/app.yaml");
        set.files = {file};
        set.entries.reserve(size_t(keys));
        for (int key = 0; key < keys; ++key) {
            ConfigEntry entry;
            entry.host = file.host;
            entry.file = file.path;
            entry.line = key + 1;
            entry.key = QStringLiteral("section%1.group%2.option_%3").arg(key / 1000).arg(key / 50 % 20).arg(key);
            entry.value = key % 100 == 7 && column % 3 == 1 ? QStringLiteral("other %1").arg(column)
                                                            : QStringLiteral("value %1").arg(key);
            set.entries.push_back(std::move(entry));
        }
        ComparedSource source;
        source.entry = QStringLiteral("app-config");
        source.source = set.source;
        source.set = std::make_shared<const ConfigSet>(std::move(set));
        source.readAt = before(12);
        made.push_back(compared(QStringLiteral("shop-%1").arg(column), QStringLiteral("shop %1").arg(column),
                                column == 0 ? Tier::Production : Tier::Staging, {source}));
    }
    return made;
}

/// A desk that does nothing by itself and remembers what it was asked for: tests say what it answers.
class FakeCompareDesk : public items::CompareDesk {
public:
    struct Export {
        items::ComparisonPtr comparison;
        MatrixView view;
        QString format, path;
    };

    void compare(const items::CompareQuestion &question) override { compares.push_back(question); }
    void judgeAgain(const items::CompareQuestion &question) override { judgements.push_back(question); }
    void expect(const ExpectedDifference &difference) override { expects.push_back(difference); }
    void withdraw(const ExpectedDifference &difference) override { withdrawals.push_back(difference); }
    void saveBaseline(const QString &environment) override { baselines << environment; }
    void exportReport(const items::ComparisonPtr &made, MatrixView view, const QString &format,
                      const QString &path) override
    {
        exports.push_back({made, view, format, path});
    }
    QString author() const override { return QStringLiteral("ada"); }

    void answer(const items::ComparisonPtr &made) { emit compared(made); }
    /// How often anything was asked that writes.
    size_t acts() const { return expects.size() + withdrawals.size() + size_t(baselines.size()) + exports.size(); }

    std::vector<items::CompareQuestion> compares, judgements;
    std::vector<ExpectedDifference> expects, withdrawals;
    std::vector<Export> exports;
    QStringList baselines;
};

/// Environments with config entries for the inventory: three shops of one chain, and one that stands alone.
inline std::vector<EnvironmentStatePtr> comparableStates()
{
    std::vector<EnvironmentStatePtr> states;
    const auto add = [&](const char *id, const char *name, const char *service, Tier tier, const char *from) {
        Draft made = draft(QString::fromLatin1(id), QString::fromLatin1(name), QString::fromLatin1(service), tier);
        made.spec.promotesFrom = QString::fromLatin1(from);
        for (const char *entryId : {"app-config", "nginx"}) {
            SourceEntry one = entry(PaneKind::Configs, QStringLiteral("yaml"), QStringLiteral("web1"));
            one.id = QString::fromLatin1(entryId);
            made.spec.entries.push_back(one);
        }
        fill(made);
        states.push_back(stateOf(made));
    };
    add("shop-testing", "shop testing", "shop", Tier::Testing, "");
    add("shop-production", "shop production", "shop", Tier::Production, "shop-staging");
    add("shop-staging", "shop staging", "shop", Tier::Staging, "shop-testing");
    add("ledger-production", "ledger production", "ledger", Tier::Production, "");
    states.push_back(stateOf(well(QStringLiteral("bare-production"))));
    return states;
}

} // namespace taffrail::demo
