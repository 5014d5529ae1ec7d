// SPDX-License-Identifier: GPL-3.0-or-later
// Differences by lines and inside lines.
#include "linediff.h"

#include <QTest>

#include <random>

using namespace taffrail;

namespace {

/// Length of the longest common subsequence, by the book: what a shortest script leaves alone.
int longestCommon(const QStringList &a, const QStringList &b)
{
    std::vector<std::vector<int>> best(size_t(a.size()) + 1, std::vector<int>(size_t(b.size()) + 1, 0));
    for (int i = int(a.size()) - 1; i >= 0; --i) {
        for (int j = int(b.size()) - 1; j >= 0; --j) {
            best[size_t(i)][size_t(j)] = a.at(i) == b.at(j)
                ? best[size_t(i) + 1][size_t(j) + 1] + 1
                : std::max(best[size_t(i) + 1][size_t(j)], best[size_t(i)][size_t(j) + 1]);
        }
    }
    return best[0][0];
}

QStringList linesOf(const HashedLines &hashed)
{
    QStringList lines;
    for (const QStringView line : hashed.lines)
        lines << line.toString();
    return lines;
}

/// Why these runs don't turn one text into the other; "" when they do.
QString problemOf(const std::vector<LineRun> &runs, const QStringList &a, const QStringList &b)
{
    int atA = 0;
    int atB = 0;
    bool before = false;
    for (size_t i = 0; i < runs.size(); ++i) {
        const LineRun &run = runs[i];
        if (run.aBegin != atA || run.bBegin != atB)
            return QStringLiteral("run %1 has a hole before it").arg(i);
        if (run.aEnd < run.aBegin || run.bEnd < run.bBegin || (run.aEnd == run.aBegin && run.bEnd == run.bBegin))
            return QStringLiteral("run %1 is empty").arg(i);
        if (i > 0 && run.equal == before)
            return QStringLiteral("run %1 should be one with that before it").arg(i);
        before = run.equal;
        if (run.equal && a.mid(run.aBegin, run.aEnd - run.aBegin) != b.mid(run.bBegin, run.bEnd - run.bBegin))
            return QStringLiteral("run %1 is not equal").arg(i);
        atA = run.aEnd;
        atB = run.bEnd;
    }
    return atA == a.size() && atB == b.size() ? QString() : QStringLiteral("the end is missing");
}

int equalIn(const std::vector<LineRun> &runs)
{
    int count = 0;
    for (const LineRun &run : runs)
        count += run.equal ? run.aEnd - run.aBegin : 0;
    return count;
}

class Dice {
public:
    explicit Dice(unsigned seed) : m_random(seed) {}
    int below(int limit) { return int(m_random() % unsigned(std::max(1, limit))); }

private:
    std::mt19937 m_random;
};

QStringList someLines(Dice &dice, int count, int distinct)
{
    QStringList lines;
    for (int i = 0; i < count; ++i)
        lines << QStringLiteral("line %1").arg(dice.below(distinct));
    return lines;
}

QStringList edited(Dice &dice, QStringList lines, int edits, int distinct)
{
    for (int i = 0; i < edits; ++i) {
        const int at = dice.below(int(lines.size()) + 1);
        const int kind = dice.below(4);
        if (kind == 0 || lines.isEmpty())
            lines.insert(at, QStringLiteral("line %1").arg(dice.below(distinct)));
        else if (kind == 1)
            lines.removeAt(std::min(at, int(lines.size()) - 1));
        else if (kind == 2)
            lines[std::min(at, int(lines.size()) - 1)] += QLatin1Char('x');
        else // a block moves
            lines = lines.mid(at) + lines.mid(0, at / 2) + lines.mid(at / 2, at - at / 2);
    }
    return lines;
}

QString joined(const QStringList &lines)
{
    return lines.isEmpty() ? QString() : lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

} // namespace

class TestLineDiff : public QObject {
    Q_OBJECT

private slots:
    void splitting_data();
    void splitting();
    void longLinesHash();
    void shortestOnSmallTexts();
    void largeTexts_data();
    void largeTexts();
    void hashesThatSayTooMuch();
    void lineEnds();
    void reorderedText();
    void aligned();
    void alignedByLikeness();
    void alignedAtRandom();
    void inside_data();
    void inside();
    void insideAtRandom();
};

void TestLineDiff::splitting_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("lines");
    QTest::newRow("empty") << "" << QStringList();
    QTest::newRow("one") << "a" << QStringList{QStringLiteral("a")};
    QTest::newRow("one ended") << "a\n" << QStringList{QStringLiteral("a")};
    QTest::newRow("blank") << "\n\n" << QStringList{QString(), QString()};
    QTest::newRow("cr") << "a\r\nb\r" << QStringList{QStringLiteral("a"), QStringLiteral("b\r")};
    const QString longLine(200, QLatin1Char('x'));
    QTest::newRow("long") << longLine + QLatin1Char('\n') + longLine << QStringList{longLine, longLine};
    QStringList many;
    for (int i = 0; i < 300; ++i)
        many << QString(i % 67, QLatin1Char('a'));
    QTest::newRow("many") << joined(many) << many;
}

void TestLineDiff::splitting()
{
    QFETCH(QString, text);
    QFETCH(QStringList, lines);
    const HashedLines hashed = hashedLines(text);
    QCOMPARE(linesOf(hashed), lines);
    QCOMPARE(hashed.lines.size(), size_t(lines.size()));
}

void TestLineDiff::longLinesHash()
{
    for (int length = 1; length < 150; ++length) {
        const QString line(length, QLatin1Char('a'));
        QSet<quint64> distinct{lineHash(line)};
        for (int at = 0; at < length; ++at) {
            QString other = line;
            other[at] = QLatin1Char('b');
            distinct.insert(lineHash(other));
        }
        QCOMPARE(distinct.size(), length + 1);
    }
}

void TestLineDiff::shortestOnSmallTexts()
{
    Dice dice(7);
    for (int round = 0; round < 1500; ++round) {
        const int distinct = 1 + dice.below(30);
        const QStringList a = someLines(dice, dice.below(60), distinct);
        const QStringList b = dice.below(3) == 0 ? someLines(dice, dice.below(60), distinct)
                                                 : edited(dice, a, dice.below(12), distinct);
        const QString left = joined(a);
        const QString right = joined(b);
        const std::vector<LineRun> runs = diffLines(hashedLines(left), hashedLines(right));
        QCOMPARE(problemOf(runs, a, b), QString());
        QCOMPARE(equalIn(runs), longestCommon(a, b));
    }
}

void TestLineDiff::largeTexts_data()
{
    QTest::addColumn<int>("lines");
    QTest::addColumn<int>("distinct");
    QTest::addColumn<int>("edits");
    QTest::newRow("few edits") << 20000 << 100000 << 50;
    QTest::newRow("many edits") << 5000 << 3000 << 2500;
    QTest::newRow("few words") << 5000 << 3 << 300;
    QTest::newRow("one word") << 5000 << 1 << 300;
    QTest::newRow("nothing left") << 3000 << 100000 << 20000;
}

void TestLineDiff::largeTexts()
{
    QFETCH(int, lines);
    QFETCH(int, distinct);
    QFETCH(int, edits);
    Dice dice(unsigned(lines + distinct));
    for (int round = 0; round < 3; ++round) {
        const QStringList a = someLines(dice, lines, distinct);
        const QStringList b = edited(dice, a, edits, distinct);
        const QString left = joined(a);
        const QString right = joined(b);
        QCOMPARE(problemOf(diffLines(hashedLines(left), hashedLines(right)), a, b), QString());
        QCOMPARE(problemOf(diffLines(hashedLines(right), hashedLines(left)), b, a), QString());
    }
}

void TestLineDiff::hashesThatSayTooMuch()
{
    Dice dice(11);
    for (int round = 0; round < 300; ++round) {
        const QStringList a = someLines(dice, dice.below(40), 12);
        const QStringList b = edited(dice, a, dice.below(10), 12);
        const QString left = joined(a);
        const QString right = joined(b);
        HashedLines hashedA = hashedLines(left);
        HashedLines hashedB = hashedLines(right);
        for (HashedLines *each : {&hashedA, &hashedB}) {
            for (const QStringView line : each->lines)
                each->hashes.push_back(lineHash(line) % quint64(1 + round % 3)); // many lines share one
        }
        const std::vector<LineRun> runs = diffLines(hashedA, hashedB);
        QCOMPARE(problemOf(runs, a, b), QString());
        QCOMPARE(equalIn(runs), longestCommon(a, b));
    }
    const QStringList large = someLines(dice, 6000, 500);
    const QStringList other = edited(dice, large, 100, 500);
    const QString left = joined(large);
    HashedLines hashedA = hashedLines(left);
    // Parts that are long and far apart, so that lines are looked up by their hashes; all have the same one.
    const QStringList turned = other.mid(3000) + other.mid(0, 3000);
    for (const QStringList &lines : {other, turned}) {
        const QString right = joined(lines);
        HashedLines hashedB = hashedLines(right);
        hashedA.hashes.assign(hashedA.lines.size(), 1);
        hashedB.hashes.assign(hashedB.lines.size(), 1);
        QCOMPARE(problemOf(diffLines(hashedA, hashedB), large, lines), QString());
        hashedA.hashes.clear();
        hashedB.hashes.clear();
        QCOMPARE(problemOf(diffLines(hashedA, hashedB), large, lines), QString());
    }
}

void TestLineDiff::lineEnds()
{
    const QString unix = QStringLiteral("a\nb\nc\n");
    const QString dos = QStringLiteral("a\r\nb\r\nc\r\n");
    QCOMPARE(diffLines(hashedLines(unix), hashedLines(dos)), (std::vector<LineRun>{{0, 3, 0, 3, true}}));
    QCOMPARE(diffLines(hashedLines(unix, false), hashedLines(dos, false)), (std::vector<LineRun>{{0, 3, 0, 3, false}}));
    QVERIFY(diffLines(hashedLines(QString()), hashedLines(QString())).empty());
    QCOMPARE(diffLines(hashedLines(QString()), hashedLines(unix)), (std::vector<LineRun>{{0, 0, 0, 3, false}}));
}

/// A large block that moved: what stays in its place is found, not the whole text called different.
void TestLineDiff::reorderedText()
{
    QStringList a;
    for (int i = 0; i < 4000; ++i)
        a << QStringLiteral("key %1").arg(i);
    const QStringList b = a.mid(1000, 1000) + a.mid(0, 1000) + a.mid(2000);
    const QString left = joined(a);
    const QString right = joined(b);
    const std::vector<LineRun> runs = diffLines(hashedLines(left), hashedLines(right));
    QCOMPARE(problemOf(runs, a, b), QString());
    QCOMPARE(equalIn(runs), 3000);
}

void TestLineDiff::aligned()
{
    const QString one = QStringLiteral("a\nb\nc\n");
    const QString two = QStringLiteral("a\nB\nx\nc\ny\n");
    const QString three = QStringLiteral("b\nx\nc\ny\n");
    const AlignedLines lines = alignLines({hashedLines(one), hashedLines(two), hashedLines(three)});
    const std::vector<std::vector<int>> rows{{0, 0, -1}, {1, 1, 0}, {-1, 2, 1}, {2, 3, 2}, {-1, 4, 3}};
    QCOMPARE(lines.rows.size(), rows.size());
    for (size_t i = 0; i < rows.size(); ++i)
        QVERIFY2(std::ranges::equal(lines.rows[i], rows[i]), qPrintable(QString::number(i)));
    QCOMPARE(lines.differs, (std::vector<bool>{true, true, true, false, true}));
    QVERIFY(alignLines({}).rows.empty());
    QCOMPARE(alignLines({hashedLines(one)}).differs, (std::vector<bool>{false, false, false}));
}

void TestLineDiff::alignedByLikeness()
{
    const QString left = QStringLiteral("A=1\nURL=postgres://shop\nKEY=old\nZ=1\n");
    const QString right = QStringLiteral("A=2\nGIFT=https://cards\nURL=postgres://other\nKEY=new\nZ=1\n");
    const AlignedLines lines = alignLines({hashedLines(left), hashedLines(right)});
    const std::vector<std::vector<int>> rows{{0, 0}, {-1, 1}, {1, 2}, {2, 3}, {3, 4}};
    QCOMPARE(lines.rows.size(), rows.size());
    for (size_t i = 0; i < rows.size(); ++i)
        QVERIFY2(std::ranges::equal(lines.rows[i], rows[i]), qPrintable(QString::number(i)));
    QCOMPARE(lines.differs, (std::vector<bool>{true, true, true, true, false}));
}

void TestLineDiff::alignedAtRandom()
{
    Dice dice(3);
    for (int round = 0; round < 200; ++round) {
        const QStringList base = someLines(dice, dice.below(40), 20);
        std::vector<QStringList> lines{base};
        for (int side = 0; side < 4; ++side)
            lines.push_back(edited(dice, base, dice.below(8), 20));
        std::vector<QString> texts;
        for (const QStringList &each : lines)
            texts.push_back(joined(each));
        std::vector<HashedLines> sides;
        for (const QString &text : texts)
            sides.push_back(hashedLines(text));
        const AlignedLines aligned = alignLines(sides);
        std::vector<int> next(sides.size(), 0);
        for (size_t row = 0; row < aligned.rows.size(); ++row) {
            QSet<QString> seen;
            for (size_t side = 0; side < sides.size(); ++side) {
                const int line = aligned.rows[row][side];
                seen.insert(line < 0 ? QStringLiteral("\\none") : lines[side].at(line));
                if (line >= 0)
                    QCOMPARE(line, next[side]++); // each line once, in order
            }
            QCOMPARE(aligned.differs[row], seen.size() > 1);
        }
        for (size_t side = 0; side < sides.size(); ++side)
            QCOMPARE(next[side], int(lines[side].size()));
    }
}

void TestLineDiff::inside_data()
{
    QTest::addColumn<QString>("a");
    QTest::addColumn<QString>("b");
    QTest::addColumn<QString>("markedA");
    QTest::addColumn<QString>("markedB");
    QTest::newRow("same") << "pool = 5"
                          << "pool = 5"
                          << "pool = 5"
                          << "pool = 5";
    QTest::newRow("word") << "pool = 5"
                          << "pool = 20"
                          << "pool = [5]"
                          << "pool = [20]";
    QTest::newRow("inside a word") << "timeout: 30s"
                                   << "timeout: 35s"
                                   << "timeout: 3[0]s"
                                   << "timeout: 3[5]s";
    QTest::newRow("word added") << "a b"
                                << "a x b"
                                << "a b"
                                << "a [x ]b";
    QTest::newRow("to nothing") << "abc"
                                << ""
                                << "[abc]"
                                << "";
    QTest::newRow("surrogates") << "x \U0001F600 y"
                                << "x \U0001F601 y"
                                << "x [\U0001F600] y"
                                << "x [\U0001F601] y";
    QTest::newRow("combining") << "cafe"
                               << "cafe\u0301"
                               << "caf[e]"
                               << "caf[e\u0301]";
    QTest::newRow("separators") << "a,b,c"
                                << "a;b,c"
                                << "a[,]b,c"
                                << "a[;]b,c";
}

void TestLineDiff::inside()
{
    QFETCH(QString, a);
    QFETCH(QString, b);
    QFETCH(QString, markedA);
    QFETCH(QString, markedB);
    const auto marked = [](QString text, const std::vector<InlineRange> &ranges) {
        for (size_t i = ranges.size(); i-- > 0;) {
            text.insert(ranges[i].end, QLatin1Char(']'));
            text.insert(ranges[i].begin, QLatin1Char('['));
        }
        return text;
    };
    const InlineDiff diff = diffInside(a, b);
    QCOMPARE(marked(a, diff.a), markedA);
    QCOMPARE(marked(b, diff.b), markedB);
}

/// What is not marked is the same on both sides.
void TestLineDiff::insideAtRandom()
{
    Dice dice(5);
    const auto without = [](const QString &text, const std::vector<InlineRange> &ranges) {
        QString rest;
        int at = 0;
        for (const InlineRange &range : ranges) {
            rest += text.mid(at, range.begin - at);
            at = range.end;
        }
        return rest + text.mid(at);
    };
    for (int round = 0; round < 2000; ++round) {
        QString a;
        QString b;
        const int most = round % 100 == 0 ? 9000 : 30;
        for (QString *each : {&a, &b}) {
            for (int i = dice.below(most); i > 0; --i)
                *each += QStringLiteral("ab ,=x\u00E9\u0301").at(dice.below(8));
        }
        if (dice.below(2) == 0)
            b = a.left(dice.below(20)) + b + a.mid(dice.below(20));
        const InlineDiff diff = diffInside(a, b);
        QCOMPARE(without(a, diff.a), without(b, diff.b));
    }
}

QTEST_GUILESS_MAIN(TestLineDiff)
#include "tst_linediff.moc"
