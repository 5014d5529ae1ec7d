// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparedemo.h"

#include "textsides.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

namespace {

TextSide sideOf(const QString &text, const char *source = "ini")
{
    return {QStringLiteral("a"), {}, text, {}, QString::fromLatin1(source)};
}

QString lines(int count, const QString &prefix = QStringLiteral("line"))
{
    QString text;
    for (int i = 0; i < count; ++i)
        text += prefix + QStringLiteral(" %1\n").arg(i);
    return text;
}

} // namespace

class TestTextComparison : public QObject {
    Q_OBJECT

private slots:
    void findsDifferences()
    {
        const auto made
            = compareTexts({sideOf(QStringLiteral("a\nb\nc\nd\n")), sideOf(QStringLiteral("a\nB\nc\nd\ne\n"))}, true);
        QCOMPARE(made->differences.size(), size_t(2));
        QCOMPARE(made->textOf(made->differences[0], 0).toString(), QStringLiteral("b"));
        QCOMPARE(made->textOf(made->differences[0], 1).toString(), QStringLiteral("B"));
        QCOMPARE(made->lineOf(made->differences[1], 0), -1);
        QCOMPARE(made->textOf(made->differences[1], 1).toString(), QStringLiteral("e"));
    }

    void commentsAreShownButDoNotCount()
    {
        const QString left = QStringLiteral("# old words\nmax = 1\n"), right = QStringLiteral("# new words\nmax = 1\n");
        const auto ignoring = compareTexts({sideOf(left), sideOf(right)}, true);
        QCOMPARE(ignoring->differences.size(), size_t(0));
        QVERIFY(ignoring->states[0] == TextRowState::Comment);
        QCOMPARE(foldedLines(*ignoring, 0, {})[0].folded, 0); // never folded away
        QCOMPARE(compareTexts({sideOf(left), sideOf(right)}, false)->differences.size(), size_t(1));
        // A comment against a setting is a difference.
        QCOMPARE(compareTexts({sideOf(QStringLiteral("#max = 1\n")), sideOf(QStringLiteral("max = 1\n"))}, true)
                     ->differences.size(),
                 size_t(1));
    }

    void foldsEqualRuns()
    {
        const QString text = lines(100);
        QString other = text;
        other.replace(QStringLiteral("line 50\n"), QStringLiteral("line fifty\n"));
        const auto made = compareTexts({sideOf(text), sideOf(other)}, true);
        const std::vector<TextLine> folded = foldedLines(*made, 3, {});
        int rows = 0, folds = 0;
        for (const TextLine &line : folded) {
            rows += std::max(1, line.folded);
            folds += line.folded > 0 ? 1 : 0;
        }
        QCOMPARE(rows, made->rowCount()); // nothing is lost
        QCOMPARE(folds, 2);
        QCOMPARE(folded.size(), size_t(9));
        const std::vector<TextLine> open = foldedLines(*made, 3, {folded[0].row});
        QCOMPARE(open.size(), folded.size() - 1 + size_t(folded[0].folded));
        QVERIFY(foldedLines(*compareTexts({sideOf(text), sideOf(text)}, true), 3, {})[0].folded > 90);
    }

    void emptyAndEqual()
    {
        QCOMPARE(compareTexts({sideOf({}), sideOf({})}, true)->differences.size(), size_t(0));
        const auto made = compareTexts({sideOf({}), sideOf(QStringLiteral("a\n"))}, true);
        QCOMPARE(made->differences.size(), size_t(1));
        QCOMPARE(compareTexts({sideOf(QStringLiteral("a\r\nb\r\n")), sideOf(QStringLiteral("a\nb\n"))}, true)
                     ->differences.size(),
                 size_t(0));
    }

    void threeTexts()
    {
        const auto made = compareTexts({sideOf(QStringLiteral("a\nb\nc\n")), sideOf(QStringLiteral("a\nx\nc\n")),
                                        sideOf(QStringLiteral("a\nb\nc\n"))},
                                       true);
        QCOMPARE(made->differences.size(), size_t(1));
        QCOMPARE(made->textOf(made->differences[0], 2).toString(), QStringLiteral("b"));
    }

    void aShownLineIsSafeAndBounded()
    {
        QCOMPARE(shownLine(u"\ta", 100), QStringLiteral("    a"));
        QVERIFY(!shownLine(u"x\u202Ey", 100).contains(QChar(0x202E)));
        const QString longLine(5000, QLatin1Char('w'));
        QVERIFY(shownLine(longLine, 2000).size() < 2020);
        QVERIFY(shownLine(longLine, 2000).endsWith(QStringLiteral("+3000")));
    }

    void sidesOfAFile()
    {
        const auto made = demo::comparison(demo::comparedShops());
        QStringList hidden;
        const TextSide side = textSide(made->matrix, 0, 1, hidden);
        QCOMPARE(side.title, QStringLiteral("shop staging"));
        QCOMPARE(side.place, QStringLiteral("web1:/srv/shop/shared/config/app.yaml"));
        QVERIFY(side.text.contains(QStringLiteral("max: 10")));
        QCOMPARE(side.trouble, QString());
        QCOMPARE(textColumns(made->matrix, 0, 2), std::vector<int>({0, 2}));
        QCOMPARE(textColumns(made->matrix, 0, 0), std::vector<int>({0, 1}));
        QCOMPARE(textColumns(made->matrix, 0, -1), std::vector<int>({0, 1}));
    }

    void aTextThatWasNotReadSaysSo()
    {
        auto shops = demo::comparedShops();
        ConfigSet set = *shops[1]->sources[0].set;
        set.files[0].text.clear();
        ComparedSource source = shops[1]->sources[0];
        source.set = std::make_shared<const ConfigSet>(set);
        shops[1] = demo::compared(QStringLiteral("shop-staging"), {}, Tier::Staging, {source});
        shops[2] = demo::compared(
            QStringLiteral("shop-testing"), {}, Tier::Testing,
            {demo::failedSource(
                QStringLiteral("app-config"),
                Error{ErrorKind::Timeout, QStringLiteral("read"), {}, QStringLiteral("no answer"), {}})});
        const auto made = demo::comparison(shops);
        QStringList hidden;
        QVERIFY(textSide(made->matrix, 0, 1, hidden).trouble.contains(QStringLiteral("not kept")));
        QVERIFY(textSide(made->matrix, 0, 2, hidden).trouble.contains(QStringLiteral("no answer")));
    }

    void plainValuesOfSecretKeysAreHiddenAndStayDifferent()
    {
        const auto file = [](const char *digest, const char *value) {
            return demo::SettingsFile{
                "app-config",
                "/srv/a.env",
                "",
                {{"PIN", value, 1, ConfigType::Text, digest}},
                QStringLiteral("PIN=%1\n").arg(digest ? maskMark.toString() : QString::fromLatin1(value))};
        };
        const QString host = QStringLiteral("web1");
        const auto made = demo::comparison(
            {demo::compared(QStringLiteral("a"), {}, Tier::Testing, {demo::sourceOf(file("a", ""), host)}),
             demo::compared(QStringLiteral("b"), {}, Tier::Testing,
                            {demo::sourceOf(file(nullptr, "plain-4711"), host)}),
             demo::compared(QStringLiteral("c"), {}, Tier::Testing,
                            {demo::sourceOf(file(nullptr, "plain-4712"), host)})},
            {});
        QStringList hidden;
        std::vector<TextSide> sides;
        for (int column = 1; column < 3; ++column)
            sides.push_back(textSide(made->matrix, 0, column, hidden));
        for (const TextSide &side : sides)
            QVERIFY2(!side.text.contains(QStringLiteral("471")), qPrintable(side.text));
        QCOMPARE(compareTexts(sides, true)->differences.size(), size_t(1));
    }
};

QTEST_GUILESS_MAIN(TestTextComparison)
#include "tst_textcomparison.moc"
