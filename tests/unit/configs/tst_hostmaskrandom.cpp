// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostmask.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QtTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

/// Files with secrets under names of secrets, each secret with a number of its own.
class Planter {
public:
    explicit Planter(quint32 seed) : m_random(seed) {}

    QString secret()
    {
        const QString core = QStringLiteral("PLANT%1PLANT").arg(++m_count);
        return pick({"",   "x", "@", "#", "-",    "*",  "&", "!", "[", "{", "'",
                     "\"", "%", "|", ">", "a b ", "\\", "=", ":", "$", "`"})
            + core
            + pick({"", "abc", " b c", "'y", "\"", ";b", "#b", " # b", ",b", "}", "]", "\\n", "=b", ": v", "é", "%40",
                    "&b=c", ";Database=y"})
            + core;
    }
    QString secretName()
    {
        return pick({"password", "DB_PASSWORD", "apiKey", "api-key", "token", "client_secret", "private_key", "dsn",
                     "webhook_url", "salt", "Authorization", "redis_pass", "encryption_key", "cookie_secret"});
    }
    QString name() { return pick({"port", "host", "level", "user", "path", "region"}); }
    QString word() { return pick({"80", "true", "localhost", "a b", "it's", ""}); }
    bool chance(int percent) { return m_random.bounded(100) < percent; }
    QString pick(const QList<const char *> &words)
    {
        return QString::fromUtf8(words.at(m_random.bounded(int(words.size()))));
    }

    QJsonObject table(int depth)
    {
        QJsonObject object;
        for (int i = m_random.bounded(1, 6); i > 0; --i) {
            if (chance(40))
                object.insert(secretName(),
                              chance(20) ? QJsonValue(QJsonArray{secret(), secret()}) : QJsonValue(secret()));
            else if (chance(30))
                object.insert(QStringLiteral("env"),
                              QJsonArray{QJsonObject{{QStringLiteral("name"), secretName()},
                                                     {QStringLiteral("value"), secret()}}});
            else if (depth > 0 && chance(50))
                object.insert(name(), table(depth - 1));
            else
                object.insert(name(), word());
        }
        return object;
    }

    QByteArray lines()
    {
        QString text;
        for (int i = m_random.bounded(1, 10); i > 0; --i) {
            const QString value = secret();
            QString single = value;
            QString twice = value;
            single.replace(QLatin1Char('\''), QStringLiteral("'\\''"));
            twice.replace(QLatin1Char('\\'), QStringLiteral("\\\\")).replace(QLatin1Char('"'), QStringLiteral("\\\""));
            switch (m_random.bounded(6)) {
            case 0: text += secretName() + QLatin1Char('=') + value; break;
            case 1:
                text += QStringLiteral("export ") + secretName() + QStringLiteral("=\"") + twice + QStringLiteral("\n")
                    + QStringLiteral("PLANT2\"");
                break;
            case 2: text += secretName() + QStringLiteral(" = '") + single + QLatin1Char('\''); break;
            case 3: text += QStringLiteral("# ") + secretName() + QStringLiteral(": ") + value; break;
            case 4: text += QStringLiteral("url=postgres://u:PLANT%1@h/d").arg(++m_count); break;
            default: text += name() + QLatin1Char('=') + pick({"80", "x", "/p"});
            }
            text += QLatin1Char('\n');
        }
        return text.toUtf8();
    }

private:
    QRandomGenerator m_random;
    int m_count = 0;
};

/// A table as block YAML; its strings in double quotes, which JSON's are.
QByteArray yamlOf(const QJsonValue &value, int depth)
{
    const QByteArray indent(depth * 2, ' ');
    QByteArray text;
    if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            text += '\n' + indent + it.key().toUtf8() + ":" + yamlOf(it.value(), depth + 1);
    } else if (value.isArray()) {
        for (const QJsonValue &each : value.toArray())
            text += '\n' + indent + "-" + yamlOf(each, depth + 1);
    } else {
        const QByteArray list = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
        text = ' ' + list.mid(1, list.size() - 2);
    }
    return text;
}

} // namespace

class HostMaskRandom : public QObject {
    Q_OBJECT
private slots:
    /// No planted secret leaves the host, lines keep their numbers, and JSON stays JSON. TAFFRAIL_LEAK_FILES says how
    /// many files are tried.
    void nothingLeaks()
    {
        const int asked = qEnvironmentVariableIntValue("TAFFRAIL_LEAK_FILES");
        const quint32 files = asked > 0 ? quint32(asked) : 240;
        const QList<QStringList> programs = awks();
        for (quint32 seed = 1; seed <= files; ++seed) {
            Planter planter(seed);
            const QStringList awk = programs.at(int(seed) % programs.size());
            const int kind = int(seed / 4) % 3;
            const QJsonObject table = planter.table(3);
            const QByteArray text = kind == 0 ? planter.lines()
                : kind == 1
                ? QJsonDocument(table).toJson(planter.chance(50) ? QJsonDocument::Compact : QJsonDocument::Indented)
                : yamlOf(table, 0) + '\n';
            const MaskForm form = kind == 0 ? MaskForm::Lines : kind == 1 ? MaskForm::Json : MaskForm::Yaml;
            const QByteArray out = maskedBy(awk, form, text);
            const QByteArray told = "seed " + QByteArray::number(seed) + ' ' + awk.join(QLatin1Char(' ')).toUtf8()
                + '\n' + text + "\n->\n" + out;
            QVERIFY2(!out.contains("PLANT"), told.constData());
            QVERIFY2(out.contains("\n@TFC1 done "), told.constData());
            const QByteArray file = fileIn(out);
            QVERIFY2(file.count('\n') == text.count('\n') + (text.endsWith('\n') ? 0 : 1), told.constData());
            if (kind == 1)
                QVERIFY2(QJsonDocument::fromJson(file).isObject(), told.constData());
        }
    }
};

QTEST_GUILESS_MAIN(HostMaskRandom)
#include "tst_hostmaskrandom.moc"
