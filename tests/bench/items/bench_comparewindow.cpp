// SPDX-License-Identifier: GPL-3.0-or-later
// bench_comparewindow [ENVIRONMENTS [KEYS [LINES]]]: how long the GUI thread is held while a large comparison is
// opened, filtered, shown by another view and replaced, and while two long texts are opened. Build it as Release.
#include "comparedemo.h"

#include "comparebar.h"
#include "comparepage.h"
#include "comparetable.h"
#include "filterline.h"
#include "textdiffview.h"
#include "texttab.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QComboBox>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QTabWidget>

#include <algorithm>
#include <cstdio>
#include <ctime>

using namespace taffrail;

namespace {

double milliseconds(const QElapsedTimer &timer)
{
    return double(timer.nsecsElapsed()) / 1e6;
}

/// What this thread has worked, whatever else the machine does.
double worked()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

/// Notes how long each delivery of an event from the loop holds the GUI thread.
class TurnApplication : public QApplication {
public:
    using QApplication::QApplication;
    bool notify(QObject *receiver, QEvent *event) override
    {
        if (m_depth > 0)
            return QApplication::notify(receiver, event);
        ++m_depth;
        QElapsedTimer timer;
        timer.start();
        const double before = worked();
        const bool accepted = QApplication::notify(receiver, event);
        longest = std::max(longest, milliseconds(timer));
        longestWork = std::max(longestWork, worked() - before);
        --m_depth;
        return accepted;
    }
    double longest = 0;
    double longestWork = 0;

private:
    int m_depth = 0;
};

class Bench {
public:
    Bench(TurnApplication &application, ui::ComparePage &page) : m_application(application), m_page(page) {}

    /// Does something and waits until the page shows it. What `act` itself takes is a turn, too.
    template <typename Act> void step(const char *name, Act act)
    {
        m_application.longest = 0;
        m_application.longestWork = 0;
        QElapsedTimer whole;
        whole.start();
        const double before = worked();
        act();
        const double own = milliseconds(whole), ownWork = worked() - before;
        while (m_page.model().isBusy() || m_page.textTab()->isBusy())
            QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 20);
        const double settled = milliseconds(whole);
        for (int i = 0; i < 10; ++i) // paints
            QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
        const double longest = std::max(own, m_application.longest);
        m_worst = std::max(m_worst, longest);
        const double work = std::max(ownWork, m_application.longestWork);
        m_worstWork = std::max(m_worstWork, work);
        std::printf("%-30s longest GUI turn %6.2f ms (%6.2f ms of work), settled after %7.1f ms, %d rows\n", name,
                    longest, work, settled, m_page.model().rowCount());
    }
    double worst() const { return m_worst; }
    double worstWork() const { return m_worstWork; }

private:
    TurnApplication &m_application;
    ui::ComparePage &m_page;
    double m_worst = 0;
    double m_worstWork = 0;
};

void chooseView(ui::ComparePage &page, MatrixView view)
{
    QComboBox *combo = page.bar()->view();
    combo->setCurrentIndex(combo->findData(int(view)));
    emit combo->activated(combo->currentIndex());
}

items::ComparisonPtr longTexts(int lines)
{
    QString text, other;
    for (int line = 0; line < lines; ++line) {
        text += QStringLiteral("option_%1 = value of line %1\n").arg(line);
        other += line % 100 == 3 ? QStringLiteral("option_%1 = another of line %1\n").arg(line)
                                 : QStringLiteral("option_%1 = value of line %1\n").arg(line);
    }
    auto shops = demo::comparedShops();
    shops.resize(2);
    for (size_t i = 0; i < 2; ++i) {
        ConfigSet set = *shops[i]->sources[0].set;
        set.files[0].text = i == 0 ? text : other;
        ComparedSource source = shops[i]->sources[0];
        source.set = std::make_shared<const ConfigSet>(set);
        shops[i] = demo::compared(shops[i]->id, {}, Tier::Staging, {source});
    }
    return demo::comparison(shops, {});
}

} // namespace

int main(int argc, char *argv[])
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    TurnApplication application(argc, argv);
    ui::applyTheme(application, ui::Scheme::Light);
    const auto argument
        = [&](int place, int fallback) { return argc > place ? std::max(1, std::atoi(argv[place])) : fallback; };
    const int environments = argument(1, 20), keys = argument(2, 20'000), lines = argument(3, 200'000);
    items::ConsoleModels console;
    demo::feed(console, demo::comparableStates());
    demo::FakeCompareDesk desk;
    ui::WindowModels models(console);
    models.setCompareDesk(&desk);
    ui::ComparePage page(models, nullptr);
    page.resize(1280, 800);
    page.show();
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    const items::ComparisonPtr first = demo::comparison(demo::manyShops(environments, keys), {});
    const items::ComparisonPtr second = demo::comparison(demo::manyShops(environments, keys), {});
    const items::ComparisonPtr texts = longTexts(lines);

    Bench bench(application, page);
    std::printf("%d environments x %d keys\n", environments, keys);
    bench.step("opened (unexpected)", [&] { desk.answer(first); });
    bench.step("view: everything", [&] { chooseView(page, MatrixView::Everything); });
    bench.step("filter by a key", [&] { page.bar()->filter()->setText(QStringLiteral("option_77")); });
    bench.step("filter by a value", [&] { page.bar()->filter()->setText(QStringLiteral("other 4")); });
    bench.step("filter that finds nothing", [&] { page.bar()->filter()->setText(QStringLiteral("qqq")); });
    bench.step("filter cleared", [&] { page.bar()->filter()->clear(); });
    bench.step("to the end", [&] { page.table()->scrollToBottom(); });
    bench.step("to the last column",
               [&] { page.table()->horizontalScrollBar()->setValue(page.table()->horizontalScrollBar()->maximum()); });
    bench.step("another key", [&] { page.table()->goTo(keys / 2); });
    bench.step("compared again", [&] { desk.answer(second); });
    bench.step("view: unexpected", [&] { chooseView(page, MatrixView::Unexpected); });
    bench.step("all rows folded", [&] { page.model().toggle(0); });
    bench.step("unfolded", [&] { page.model().toggle(0); });
    page.tabs()->setCurrentIndex(1);
    bench.step("comparison with long texts", [&] { desk.answer(texts); });
    bench.step("long texts opened", [&] { page.table()->goTo(2); });
    std::printf("%d lines, %d differences\n", lines, page.textTab()->view()->differenceCount());
    bench.step("next difference", [&] { page.textTab()->view()->goToNext(); });
    bench.step("end of the text",
               [&] { page.textTab()->view()->setCurrentLine(page.textTab()->view()->lineCount() - 1); });
    std::printf("longest of all: %.2f ms (%.2f ms of work)\n", bench.worst(), bench.worstWork());
    return 0;
}
