// SPDX-License-Identifier: GPL-3.0-or-later
#include "colorscheme.h"
#include "statusglyph.h"
#include "theme.h"
#include "timeformat.h"
#include "widgets.h"

#include <QImage>
#include <QLabel>
#include <QPainter>
#include <QSignalSpy>
#include <QTest>

using namespace taffrail;
using namespace taffrail::ui;

namespace {

constexpr std::array allStatuses{Status::None,  Status::Muted,   Status::Ok,      Status::Notice,  Status::Running,
                                 Status::Stale, Status::Warning, Status::Unknown, Status::Offline, Status::Critical};

QImage silhouette(Status status, int side)
{
    QImage image(side, side, QImage::Format_Grayscale8);
    image.fill(Qt::white);
    QPainter painter(&image);
    paintStatus(painter, QRectF(0, 0, side, side), status, Qt::black);
    return image;
}

int differences(const QImage &a, const QImage &b)
{
    int count = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x)
            count += std::abs(qGray(a.pixel(x, y)) - qGray(b.pixel(x, y))) > 80 ? 1 : 0;
    }
    return count;
}

} // namespace

class TestTheme : public QObject {
    Q_OBJECT

private slots:
    void pairsReachTheirRatio_data()
    {
        QTest::addColumn<QColor>("text");
        QTest::addColumn<QColor>("ground");
        QTest::addColumn<double>("ratio");
        for (const Scheme scheme : {Scheme::Light, Scheme::Dark}) {
            const Theme &theme = themeOf(scheme);
            const QString name = scheme == Scheme::Light ? QStringLiteral("light ") : QStringLiteral("dark ");
            const auto row = [&](const QString &what, const QColor &text, const QColor &ground, double ratio) {
                QTest::newRow(qPrintable(name + what)) << text << ground << ratio;
            };
            const QPalette &palette = theme.palette;
            const std::array<QPair<QString, QColor>, 4> grounds{
                {{QStringLiteral("base"), palette.color(QPalette::Base)},
                 {QStringLiteral("alternate"), palette.color(QPalette::AlternateBase)},
                 {QStringLiteral("window"), palette.color(QPalette::Window)},
                 {QStringLiteral("selection"), palette.color(QPalette::Highlight)}}};
            for (const auto &[where, ground] : grounds) {
                for (const Status status : allStatuses)
                    row(statusWord(status) + QStringLiteral(" on ") + where, theme.statusColor(status), ground, 4.5);
                row(QStringLiteral("text on ") + where, palette.color(QPalette::Text), ground, 7.0);
                row(QStringLiteral("secondary on ") + where, theme.secondary, ground, 4.5);
                row(QStringLiteral("link on ") + where, palette.color(QPalette::Link), ground, 4.5);
                row(QStringLiteral("border on ") + where, theme.border, ground, 3.0);
                row(QStringLiteral("focus on ") + where, theme.focus, ground, 3.0);
            }
            row(QStringLiteral("pill"), theme.criticalPill.text, theme.criticalPill.background, 4.5);
            row(QStringLiteral("error notice"), theme.noticeError.text, theme.noticeError.background, 7.0);
            row(QStringLiteral("stale notice"), theme.noticeStale.text, theme.noticeStale.background, 7.0);
            for (const auto &[what, ground] : {std::pair("changed", theme.changed), std::pair("missing", theme.missing),
                                               std::pair("expected", theme.expected)}) {
                row(QStringLiteral("text on ") + QLatin1String(what), palette.color(QPalette::Text), ground, 7.0);
                row(QStringLiteral("secondary on ") + QLatin1String(what), theme.secondary, ground, 4.5);
            }
            row(QStringLiteral("text on inside mark"), palette.color(QPalette::Text), theme.changedInside, 4.5);
            row(QStringLiteral("production stripes"), theme.bandProduction.text, theme.bandStripes, 4.5);
            for (const Tier tier : {Tier::Production, Tier::Staging, Tier::Testing, Tier::Development})
                row(QStringLiteral("band ") + tierWord(tier), theme.band(tier).text, theme.band(tier).background, 7.0);
            row(QStringLiteral("disabled button"), palette.color(QPalette::Disabled, QPalette::ButtonText),
                palette.color(QPalette::Button), 4.5);
        }
    }

    void pairsReachTheirRatio()
    {
        QFETCH(QColor, text);
        QFETCH(QColor, ground);
        QFETCH(double, ratio);
        const double reached = contrastRatio(text, ground);
        QVERIFY2(reached >= ratio, qPrintable(QString::number(reached)));
    }

    void knownRatio()
    {
        QCOMPARE(qRound(contrastRatio(Qt::black, Qt::white)), 21);
        QCOMPARE(contrastRatio(Qt::red, Qt::red), 1.0);
    }

    void silhouettesDifferWithoutColour_data()
    {
        QTest::addColumn<int>("side");
        for (const int side : {14, 16, 24})
            QTest::addRow("%d px", side) << side;
    }

    void silhouettesDifferWithoutColour()
    {
        QFETCH(int, side);
        for (const Status a : allStatuses) {
            QVERIFY(differences(silhouette(a, side), silhouette(Status(-1), side)) > side / 2); // not empty
            for (const Status b : allStatuses) {
                if (a < b)
                    QVERIFY2(differences(silhouette(a, side), silhouette(b, side)) > side,
                             qPrintable(statusWord(a) + statusWord(b)));
            }
        }
    }

    void themeIsToldByThePalette()
    {
        QVERIFY(themeOf(themeOf(Scheme::Dark).palette).scheme == Scheme::Dark);
        QVERIFY(themeOf(themeOf(Scheme::Light).palette).scheme == Scheme::Light);
        QVERIFY(schemeFromWord(QStringLiteral("dark")) == Scheme::Dark);
        QVERIFY(!schemeFromWord(QStringLiteral("auto")));
    }

    void schemeIsSilentWithoutPortal()
    {
        ColorScheme scheme;
        QSignalSpy changed(&scheme, &ColorScheme::changed);
        scheme.follow();
        QVERIFY(!QTest::qWaitFor([&changed] { return !changed.isEmpty(); }, 50));
    }

    void timesPrintTheirOffset()
    {
        qputenv("TZ", "Asia/Kolkata");
        TimeFormat format;
        const QDateTime time = QDateTime::fromString(QStringLiteral("2026-11-20T20:03:22Z"), Qt::ISODate);
        QCOMPARE(format.clock(time), QStringLiteral("20:03:22Z"));
        QCOMPARE(format.cell(time), QStringLiteral("2026-11-20 20:03Z"));
        QSignalSpy changed(&format, &TimeFormat::changed);
        format.setLocal(true);
        format.setLocal(true);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(format.clock(time), QStringLiteral("01:33:22 +05:30"));
        QCOMPARE(format.full(time), QStringLiteral("2026-11-21 01:33:22 +05:30"));
        QCOMPARE(TimeFormat::utc(time), QStringLiteral("2026-11-20 20:03:22Z"));
        QCOMPARE(format.both(time), QStringLiteral("2026-11-20 20:03:22Z (local 2026-11-21 01:33:22 +05:30)"));
        QCOMPARE(format.clock({}), QString());
        qputenv("TZ", "America/St_Johns");
        QCOMPARE(format.clock(time), QStringLiteral("16:33:22 -03:30"));
        qunsetenv("TZ");
    }

    void labelsArePlain()
    {
        QWidget parent;
        QCOMPARE(plainLabel(QStringLiteral("<b>x</b>"), &parent)->textFormat(), Qt::PlainText);
        QCOMPARE(plainTextBlock(QStringLiteral("<b>x</b>"), &parent)->textFormat(), Qt::PlainText);
        QCOMPARE(withoutMnemonic(QStringLiteral("a&b")), QStringLiteral("a&&b"));
        QVERIFY(plainToolTip(QStringLiteral("<b>x")).contains(QStringLiteral("&lt;b&gt;")));
    }
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
