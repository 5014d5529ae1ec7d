// SPDX-License-Identifier: GPL-3.0-or-later
#include "context.h"

#include <QTest>

using namespace taffrail;

/// Who asks about the same host key shares one question.
class TestPrompter : public QObject {
    Q_OBJECT

    std::vector<std::pair<HostKeyQuestion, std::function<void(QString)>>> m_asked;
    QStringList m_given;

    ssh::Asking asking()
    {
        ssh::Asking asking;
        asking.hostKey = [this](const HostKeyQuestion &question, std::function<void(QString)> give) {
            m_asked.emplace_back(question, std::move(give));
        };
        return asking;
    }
    std::function<void(QString)> note(const char *who)
    {
        return [this, who](const QString &given) { m_given << QString::fromLatin1(who) + given; };
    }
    static HostKeyQuestion question(const char *host = "10.0.0.5", const char *key = "SHA256:one",
                                    bool production = false)
    {
        HostKeyQuestion question;
        question.host = QString::fromLatin1(host);
        question.fingerprint = QString::fromLatin1(key);
        question.production = production;
        return question;
    }

private slots:
    void init()
    {
        m_asked.clear();
        m_given.clear();
    }

    void bothGetTheOneAnswer_data()
    {
        QTest::addColumn<QString>("answer");
        QTest::addColumn<int>("questionsAfterAThird");
        QTest::newRow("confirmed") << "SHA256:one" << 1;
        QTest::newRow("confirmed, written otherwise") << " one=" << 1;
        QTest::newRow("refused") << "" << 2;
        QTest::newRow("another fingerprint") << "SHA256:two" << 2;
    }
    void bothGetTheOneAnswer()
    {
        QFETCH(QString, answer);
        QFETCH(int, questionsAfterAThird);
        ssh::Prompter prompter(asking());
        prompter.askHostKey(question(), note("a:"));
        prompter.askHostKey(question(), note("b:"));
        QCOMPARE(int(m_asked.size()), 1);
        m_asked[0].second(answer);
        QCOMPARE(m_given, (QStringList{QStringLiteral("a:") + answer, QStringLiteral("b:") + answer}));
        m_asked[0].second(QStringLiteral("SHA256:one")); // an answer counts once
        QCOMPARE(int(m_given.size()), 2);
        prompter.askHostKey(question(), note("c:"));
        QCOMPARE(int(m_asked.size()), questionsAfterAThird);
        QCOMPARE(m_given.contains(QStringLiteral("c:SHA256:one")), questionsAfterAThird == 1);
    }

    void differentThingsAreDifferentQuestions_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<bool>("production");
        QTest::newRow("another host") << QByteArray("10.0.0.6") << QByteArray("SHA256:one") << false;
        QTest::newRow("another key") << QByteArray("10.0.0.5") << QByteArray("SHA256:two") << false;
        QTest::newRow("production") << QByteArray("10.0.0.5") << QByteArray("SHA256:one") << true;
    }
    void differentThingsAreDifferentQuestions()
    {
        QFETCH(QByteArray, host);
        QFETCH(QByteArray, key);
        QFETCH(bool, production);
        ssh::Prompter prompter(asking());
        prompter.askHostKey(question(), note("a:"));
        prompter.askHostKey(question(host.constData(), key.constData(), production), note("b:"));
        QCOMPARE(int(m_asked.size()), 2);
        QVERIFY(m_asked[0].first.id != m_asked[1].first.id);
        m_asked[0].second(QStringLiteral("SHA256:one"));
        QCOMPARE(m_given, QStringList{QStringLiteral("a:SHA256:one")});
        prompter.askHostKey(question(host.constData(), key.constData(), production), note("c:"));
        QCOMPARE(int(m_asked.size()), 2);
        QCOMPARE(int(m_given.size()), 1); // a plain yes confirmed nothing for the others
    }

    void anAnswerAtOnceIsNoDeadlock()
    {
        ssh::Asking asking;
        asking.hostKey = [](const HostKeyQuestion &question, const std::function<void(QString)> &give) {
            give(question.fingerprint);
        };
        ssh::Prompter prompter(asking);
        prompter.askHostKey(question(), note("a:"));
        prompter.askHostKey(question(), note("b:"));
        QCOMPARE(m_given, (QStringList{QStringLiteral("a:SHA256:one"), QStringLiteral("b:SHA256:one")}));
    }
};

QTEST_GUILESS_MAIN(TestPrompter)
#include "tst_prompter.moc"
