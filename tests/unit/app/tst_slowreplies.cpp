// SPDX-License-Identifier: GPL-3.0-or-later
#include "slowreplies.h"

#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;

/// When an answer of the slow lane is asked for again.
class TestSlowReplies : public QObject {
    Q_OBJECT

    const QDateTime m_noon = QDateTime::fromString(QStringLiteral("2026-11-20T12:00:00Z"), Qt::ISODate);
    const QString m_entry = QStringLiteral("dumps");
    const sources::Request m_request{QStringLiteral("read"), QStringLiteral("db1"), sources::ShellPart{"read", 300s},
                                     sources::Lane::Slow};

    sources::Reply answer(std::chrono::milliseconds took, int secondsLater = 0) const
    {
        sources::Reply reply;
        reply.at = m_noon.addSecs(secondsLater);
        reply.took = took;
        reply.result = sources::ShellReply{0, "fine", {}};
        return reply;
    }
    sources::Reply refusal(int secondsLater) const
    {
        sources::Reply reply;
        reply.at = m_noon.addSecs(secondsLater);
        reply.result = failure(ErrorKind::Timeout, {}, {}, {});
        return reply;
    }

private slots:
    void aGoodAnswerHoldsForHours()
    {
        SlowReplies slow;
        QVERIFY(slow.isDue(m_entry, m_request, m_noon));
        QVERIFY(!slow.mayAskEarly(m_entry, m_request, m_noon)); // there is nothing to be early for
        slow.keep(m_entry, m_request, answer(1s));
        QVERIFY(!slow.isDue(m_entry, m_request, m_noon.addSecs(6 * 3600 - 1)));
        QVERIFY(slow.isDue(m_entry, m_request, m_noon.addSecs(6 * 3600)));
        slow.keep(m_entry, m_request, answer(1s), 12min); // settings
        QVERIFY(!slow.isDue(m_entry, m_request, m_noon.addSecs(12 * 60 - 1)));
        QVERIFY(slow.isDue(m_entry, m_request, m_noon.addSecs(12 * 60)));
    }

    void anOutdatedOneIsAskedAgainInProportionToItsCost()
    {
        SlowReplies slow;
        slow.keep(m_entry, m_request, answer(60s));
        QVERIFY(!slow.mayAskEarly(m_entry, m_request, m_noon.addSecs(599)));
        QVERIFY(slow.mayAskEarly(m_entry, m_request, m_noon.addSecs(600)));
        slow.keep(m_entry, m_request, answer(200ms));
        QVERIFY(slow.mayAskEarly(m_entry, m_request, m_noon.addSecs(2)));
        slow.setUnderWay(m_entry, m_request);
        QVERIFY(!slow.mayAskEarly(m_entry, m_request, m_noon.addSecs(2)));
        slow.keep(m_entry, m_request, answer(200ms, 3));
        QVERIFY(slow.mayAskEarly(m_entry, m_request, m_noon.addSecs(5)));
    }

    void aRefusalIsWaitedOut()
    {
        SlowReplies slow;
        slow.keep(m_entry, m_request, answer(1s));
        slow.keep(m_entry, m_request, refusal(100));
        QVERIFY(slow.find(m_entry, m_request)->result); // the good one stays
        QVERIFY(!slow.mayAskEarly(m_entry, m_request, m_noon.addSecs(100 + 299)));
        QVERIFY(slow.mayAskEarly(m_entry, m_request, m_noon.addSecs(100 + 300)));
        SlowReplies never;
        never.keep(m_entry, m_request, refusal(0));
        QVERIFY(!never.mayAskEarly(m_entry, m_request, m_noon.addSecs(1000)));
        QVERIFY(never.isDue(m_entry, m_request, m_noon.addSecs(1000)));
    }
};

QTEST_GUILESS_MAIN(TestSlowReplies)
#include "tst_slowreplies.moc"
