// SPDX-License-Identifier: GPL-3.0-or-later
#include "configsecrets.h"

#include <QtTest>

using namespace taffrail;

namespace {

const QString one = QStringLiteral("TFMASK_") + QString(64, QLatin1Char('1')) + QLatin1Char('_');
const QString two = QStringLiteral("TFMASK_") + QString(64, QLatin1Char('2')) + QLatin1Char('_');
const QString mark = maskMark.toString();

ConfigEntry entry(const QString &key, const QString &value)
{
    ConfigEntry made;
    made.key = key;
    made.value = value;
    return made;
}

} // namespace

class ConfigSecrets : public QObject {
    Q_OBJECT
private slots:
    void settles_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("shown");
        QTest::addColumn<QString>("fingerprint");
        QTest::addColumn<bool>("isSecret");
        const QString first(64, QLatin1Char('1'));
        const QString second(64, QLatin1Char('2'));
        const auto row = [](const char *name, const QString &key, const QString &value, const QString &shown,
                            const QString &fingerprint,
                            bool isSecret) { QTest::newRow(name) << key << value << shown << fingerprint << isSecret; };
        row("plain", QStringLiteral("port"), QStringLiteral("80"), QStringLiteral("80"), {}, false);
        row("token", QStringLiteral("password"), one, mark, first, true);
        row("token under another name", QStringLiteral("x"), one, mark, first, true);
        row("short", QStringLiteral("password"), QStringLiteral("TFMASK_short_"), mark, {}, true);
        row("no key", QStringLiteral("password"), QStringLiteral("TFMASK_none_"), mark, {}, true);
        row("part of a URL", QStringLiteral("url"), QStringLiteral("postgres://u:%1@h/d").arg(one),
            QStringLiteral("postgres://u:%1@h/d").arg(mark), first, true);
        row("two parts", QStringLiteral("urls"), QStringLiteral("a://u:%1@h,b://u:%2@h").arg(one, two),
            QStringLiteral("a://u:%1@h,b://u:%1@h").arg(mark), first + QLatin1Char(',') + second, true);
        row("one part without digest", QStringLiteral("urls"),
            QStringLiteral("a://u:%1@h,b://u:TFMASK_short_@h").arg(one),
            QStringLiteral("a://u:%1@h,b://u:%1@h").arg(mark), {}, true);
        row("quotes that stayed", QStringLiteral("password"), QLatin1Char('"') + one + QLatin1Char('"'), mark, first,
            true);
        row("more around the token", QStringLiteral("password"), one + QStringLiteral("abc"), mark, {}, true);
        row("the host missed the name", QStringLiteral("db.password"), QStringLiteral("hunter2"), mark, {}, true);
        row("the host missed a section", QStringLiteral("secrets.a.b"), QStringLiteral("hunter2"), mark, {}, true);
        row("the host missed a URL", QStringLiteral("url"), QStringLiteral("redis://:pw@h"),
            QStringLiteral("redis://:%1@h").arg(mark), {}, true);
        row("a fact", QStringLiteral("token.ttl"), QStringLiteral("30s"), QStringLiteral("30s"), {}, false);
        row("true", QStringLiteral("use_token"), QStringLiteral("true"), QStringLiteral("true"), {}, false);
        row("empty", QStringLiteral("password"), {}, {}, {}, false);
        row("nearly a token", QStringLiteral("x"), QStringLiteral("TFMASK_12_"), QStringLiteral("TFMASK_12_"), {},
            false);
    }
    void settles()
    {
        QFETCH(QString, key);
        QFETCH(QString, value);
        QFETCH(QString, shown);
        QFETCH(QString, fingerprint);
        QFETCH(bool, isSecret);
        ConfigEntry made = entry(key, value);
        settleSecrets(made);
        QCOMPARE(made.value, shown);
        QCOMPARE(made.fingerprint, fingerprint);
        QCOMPARE(made.secret, isSecret);
        const ConfigEntry once = made;
        settleSecrets(made);
        QCOMPARE(made, once);
    }

    void saysWhenTooShort()
    {
        ConfigEntry made = entry(QStringLiteral("password"), QStringLiteral("TFMASK_short_"));
        made.note = QStringLiteral("set twice");
        settleSecrets(made);
        QCOMPARE(made.note, QStringLiteral("set twice; too short to be compared"));
    }

    void shapes_data()
    {
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("shown");
        const auto row = [](const char *value, const char *shown) {
            QString wanted = QString::fromUtf8(shown);
            QTest::newRow(value) << QString::fromUtf8(value) << wanted.replace(QLatin1Char('*'), mark);
        };
        row("postgres://u:PLANT@h/d", "postgres://u:*@h/d");
        row("postgres://u:PL@A/N?T@h/d", "postgres://u:*@h/d");
        row("postgres://u@h/d", "postgres://u@h/d");
        row("https://PLANT@github.com/a", "https://*@github.com/a");
        row("postgres://u:${PW}@h/d", "postgres://u:${PW}@h/d");
        row("http://h:80/a", "http://h:80/a");
        row("AKIAPLANTPLANTPLANT7", "*");
        row("Bearer PLANTPLANT1", "Bearer *");
        row("x -----BEGIN PRIVATE KEY-----\nPLANT\n-----END PRIVATE KEY----- y", "x * y");
        row("0123456789abcdef0123456789abcdef", "*");
        row("repo@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "repo@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
        row("123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000");
        row("/usr/lib/x86_64-linux-gnu/libpq.so.5.15", "/usr/lib/x86_64-linux-gnu/libpq.so.5.15");
        row("/tmp/site-335o8jo6/pg/Shop2/data/base/16384", "/tmp/site-335o8jo6/pg/Shop2/data/base/16384");
        row("/srv/hooks/0123456789abcdef0123456789abcdef", "*");
        row("$6$abcdefgh$PLANTPLANTPLANT", "*");
    }
    void shapes()
    {
        QFETCH(QString, value);
        QFETCH(QString, shown);
        QCOMPARE(maskedValue(value), shown);
        QCOMPARE(maskedValue(shown), shown);
    }

    void textTellsSecretsApart()
    {
        QStringList known;
        QCOMPARE(maskedText(QStringLiteral("a=%1\nb=%2\nc=%1\nd=TFMASK_short_\n").arg(one, two), known),
                 QStringLiteral("a=••••⟨a⟩\nb=••••⟨b⟩\nc=••••⟨a⟩\nd=••••\n"));
        QCOMPARE(maskedText(two, known), QStringLiteral("••••⟨b⟩"));
        QCOMPARE(known.size(), 2);
        for (int i = 0; i < 60; ++i)
            known << QString::number(i);
        const QString third = QStringLiteral("TFMASK_") + QString(64, QLatin1Char('3')) + QLatin1Char('_');
        QCOMPARE(maskedText(third, known), QStringLiteral("••••⟨bk⟩"));
    }

    void textIsLockedTwice()
    {
        QStringList known;
        QCOMPARE(
            maskedText(
                QStringLiteral(
                    "port=1\n# DB_PASSWORD=PLANT x\n  token: PLANT\nttl = 1\nuse_token: true\nurl=a://u:PLANT@h\n"),
                known),
            QStringLiteral("port=1\n# DB_PASSWORD=••••\n  token: ••••\nttl = 1\nuse_token: true\nurl=a://u:••••@h\n"));
    }
};

QTEST_GUILESS_MAIN(ConfigSecrets)
#include "tst_configsecrets.moc"
