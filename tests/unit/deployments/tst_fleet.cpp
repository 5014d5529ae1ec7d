// SPDX-License-Identifier: GPL-3.0-or-later
#include "fleet.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

struct Facts {
    QString host;
    std::optional<Error> error;
    QByteArray said;
};

Facts readFacts(const QString &host, const Reply &reply)
{
    Facts facts{host, {}, {}};
    if (const Error *error = reply.error())
        facts.error = *error;
    else
        facts.said = reply.as<ShellReply>()->out;
    return facts;
}

Reply answer(const QString &host, const QByteArray &out)
{
    return {{}, host, {}, {}, std::variant<ShellReply, SqlReply, HttpReply, TlsReply>(ShellReply{0, out, {}})};
}

Reply broken(const QString &host)
{
    return {
        {}, host, {}, {}, failure(ErrorKind::Unreachable, QStringLiteral("connect"), host, QStringLiteral("refused"))};
}

SourceEntry entryOf(const QStringList &hosts)
{
    SourceEntry entry;
    entry.id = QStringLiteral("deployments/fleet");
    entry.hosts = hosts;
    return entry;
}

DeployEvent happened(const QString &host, int minute, const QString &from = QStringLiteral("1"),
                     ReleaseStatus outcome = ReleaseStatus::Superseded)
{
    DeployEvent made;
    made.release = QStringLiteral("2");
    made.from = from;
    made.host = host;
    made.outcome = outcome;
    made.kind = ReleaseKind::Deploy;
    if (minute >= 0)
        made.at = QDateTime({2026, 3, 1}, {10, minute}, Qt::UTC);
    return made;
}

} // namespace

class TestFleet : public QObject {
    Q_OBJECT
private slots:
    void asksEveryHostOnce();
    void readsInTheInventorysOrder();
    void namesAHostThatGaveNoAnswer();
    void readsCapturedOutputOfNoHost();
    void failsWhenNoHostCouldBeRead();
    void mergesWhatHostsDidAlike_data();
    void mergesWhatHostsDidAlike();
    void agreesOnLive_data();
    void agreesOnLive();
};

void TestFleet::asksEveryHostOnce()
{
    const SourceEntry entry = entryOf({QStringLiteral("a"), QStringLiteral("b")});
    const ShellPart part{"true\n"};
    const auto asked = fleet::askEveryHost(entry, {}, part);
    QCOMPARE(asked.size(), size_t(2));
    QCOMPARE(asked[1].subject, QStringLiteral("b"));
    QVERIFY(fleet::askEveryHost(entry, {answer(QStringLiteral("a"), "x")}, part).empty());
}

void TestFleet::readsInTheInventorysOrder()
{
    const auto facts
        = fleet::readEveryHost<Facts>(entryOf({QStringLiteral("a"), QStringLiteral("b")}),
                                      {answer(QStringLiteral("b"), "second"), answer(QStringLiteral("a"), "first")},
                                      QStringLiteral("ask"), readFacts);
    QVERIFY(facts);
    QCOMPARE((*facts)[0].said, QByteArray("first"));
    QCOMPARE((*facts)[1].said, QByteArray("second"));
}

void TestFleet::namesAHostThatGaveNoAnswer()
{
    const auto facts
        = fleet::readEveryHost<Facts>(entryOf({QStringLiteral("a"), QStringLiteral("b")}),
                                      {answer(QStringLiteral("b"), "here")}, QStringLiteral("ask"), readFacts);
    QVERIFY(facts);
    QVERIFY((*facts)[0].error);
    QCOMPARE((*facts)[0].error->subject, QStringLiteral("a"));
    QCOMPARE(fleet::readableHosts(*facts), qsizetype(1));
}

void TestFleet::readsCapturedOutputOfNoHost()
{
    const auto facts
        = fleet::readEveryHost<Facts>(entryOf({}), {answer({}, "captured")}, QStringLiteral("ask"), readFacts);
    QVERIFY(facts);
    QCOMPARE(facts->front().said, QByteArray("captured"));
}

void TestFleet::failsWhenNoHostCouldBeRead()
{
    const auto none = fleet::readEveryHost<Facts>(entryOf({}), {}, QStringLiteral("ask"), readFacts);
    QVERIFY(!none);
    QCOMPARE(none.error().kind, ErrorKind::BadConfig);
    const auto all = fleet::readEveryHost<Facts>(
        entryOf({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}),
        {broken(QStringLiteral("a")), broken(QStringLiteral("b"))}, QStringLiteral("ask"), readFacts);
    QVERIFY(!all);
    QCOMPARE(all.error().kind, ErrorKind::Unreachable);
    QVERIFY(all.error().text.endsWith(QStringLiteral("(and 2 further hosts could not be read)")));
}

void TestFleet::mergesWhatHostsDidAlike_data()
{
    QTest::addColumn<std::vector<DeployEvent>>("events");
    QTest::addColumn<int>("readable");
    QTest::addColumn<QStringList>("hosts");

    const QString a = QStringLiteral("a"), b = QStringLiteral("b");
    QTest::newRow("everywhere") << std::vector{happened(b, 9), happened(a, 0)} << 2 << QStringList{QString()};
    QTest::newRow("on two of three") << std::vector{happened(b, 9), happened(a, 0)} << 3
                                     << QStringList{QStringLiteral("b, a")};
    QTest::newRow("one host is named") << std::vector{happened(a, 0)} << 1 << QStringList{a};
    QTest::newRow("too far apart") << std::vector{happened(b, 15), happened(a, 0)} << 2 << QStringList{b, a};
    QTest::newRow("one host twice") << std::vector{happened(a, 5), happened(a, 0)} << 2 << QStringList{a, a};
    QTest::newRow("from elsewhere") << std::vector{happened(b, 5, QStringLiteral("0")), happened(a, 0)} << 2
                                    << QStringList{b, a};
    QTest::newRow("failed on one") << std::vector{happened(b, 5, QStringLiteral("1"), ReleaseStatus::Failed),
                                                  happened(a, 0)}
                                   << 2 << QStringList{b, a};
    QTest::newRow("without a time") << std::vector{happened(b, -1), happened(a, -1)} << 2 << QStringList{b, a};
}

void TestFleet::mergesWhatHostsDidAlike()
{
    QFETCH(std::vector<DeployEvent>, events);
    QFETCH(int, readable);
    QFETCH(QStringList, hosts);
    QStringList found;
    for (const DeployEvent &each : fleet::mergedEvents(events, readable))
        found << each.host;
    QCOMPARE(found, hosts);
}

void TestFleet::agreesOnLive_data()
{
    QTest::addColumn<QStringList>("liveOf"); // "!" = the host could not be read
    QTest::addColumn<QString>("live");
    QTest::addColumn<QString>("note");

    const QString said = QStringLiteral("the hosts disagree about what is live: ");
    QTest::newRow("one") << QStringList{QStringLiteral("7"), QStringLiteral("7")} << QStringLiteral("7") << QString();
    QTest::newRow("none") << QStringList{} << QString() << QString();
    QTest::newRow("nothing anywhere") << QStringList{QString(), QString()} << QString() << QString();
    QTest::newRow("unread hosts say nothing")
        << QStringList{QStringLiteral("!"), QStringLiteral("7")} << QStringLiteral("7") << QString();
    QTest::newRow("two") << QStringList{QStringLiteral("7"), QStringLiteral("8")} << QString()
                         << said + QStringLiteral("v7 on h0, v8 on h1");
    QTest::newRow("one has nothing") << QStringList{QStringLiteral("7"), QString()} << QString()
                                     << said + QStringLiteral("v7 on h0, nothing on h1");
}

void TestFleet::agreesOnLive()
{
    QFETCH(QStringList, liveOf);
    DeploymentHistory history;
    history.live = QStringLiteral("stale");
    for (const QString &live : liveOf) {
        HostRelease &host = history.hosts.emplace_back();
        host.host = QStringLiteral("h%1").arg(history.hosts.size() - 1);
        if (live == QLatin1String("!"))
            host.error = fleet::unanswered(QStringLiteral("ask"), host.host);
        else
            host.live = live;
    }
    fleet::agreeOnLive(history, [](const QString &id) { return QLatin1Char('v') + id; });
    QTEST(history.live, "live");
    QTEST(history.notes.value(0), "note");
}

QTEST_GUILESS_MAIN(TestFleet)
#include "tst_fleet.moc"
