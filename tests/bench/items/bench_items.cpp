// SPDX-License-Identifier: GPL-3.0-or-later
// bench_items [ROWS [ENVIRONMENTS [SECONDS]]]: the table of long histories against QSortFilterProxyModel over the same
// rows in the same run, and how long the GUI thread is held while many environments refresh every 10 s. Build it as
// Release.
#include "demoenvironments.h"

#include "boardpage.h"
#include "filteredtable.h"
#include "opstable.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>

using namespace taffrail;
using namespace taffrail::items;

namespace {

double milliseconds(const QElapsedTimer &timer)
{
    return double(timer.nsecsElapsed()) / 1e6;
}

template <typename Function> double timed(Function function)
{
    QElapsedTimer timer;
    timer.start();
    function();
    return milliseconds(timer);
}

/// Notes how long each delivery of an event from the loop holds the GUI thread (timers, paints, posted calls).
class TimedApplication : public QApplication {
public:
    using QApplication::QApplication;
    bool notify(QObject *receiver, QEvent *event) override
    {
        if (m_depth > 0)
            return QApplication::notify(receiver, event);
        ++m_depth;
        QElapsedTimer timer;
        timer.start();
        const bool accepted = QApplication::notify(receiver, event);
        turns.push_back(milliseconds(timer));
        --m_depth;
        return accepted;
    }
    std::vector<double> turns;

private:
    int m_depth = 0;
};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// Turns the event loop until `done`, and notes the longest time that one turn took.
template <typename Function> double longestTurn(Function done)
{
    double longest = 0;
    while (!done()) {
        QElapsedTimer turn;
        turn.start();
        QCoreApplication::processEvents(QEventLoop::AllEvents);
        longest = std::max(longest, milliseconds(turn));
    }
    return longest;
}

struct HistoryRow {
    QString environment, host, service, version, state, note;
    qint64 at;
};

std::vector<HistoryRow> historyRows(int count)
{
    std::mt19937_64 random(42);
    const auto pick = [&](const char *prefix, int distinct) {
        return QString::fromLatin1(prefix) + QString::number(random() % unsigned(distinct));
    };
    std::vector<HistoryRow> rows;
    rows.reserve(size_t(count));
    for (int i = 0; i < count; ++i) {
        rows.push_back({pick("env-", 5), pick("web-", 1000), pick("service-", 120), pick("2.", 5000), pick("state-", 5),
                        pick("release note OPS-", 20000), 1'700'000'000'000LL + qint64(random() % 30'000'000'000ULL)});
    }
    return rows;
}

/// The same rows as strings, the way a table is usually written; sorted and filtered by the stock proxy.
class PlainTable : public QAbstractTableModel {
public:
    explicit PlainTable(const std::vector<HistoryRow> &rows) : m_rows(rows) {}
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_rows.size()); }
    int columnCount(const QModelIndex & = {}) const override { return 7; }
    QVariant data(const QModelIndex &index, int role) const override
    {
        if (role != Qt::DisplayRole)
            return {};
        const HistoryRow &row = m_rows[size_t(index.row())];
        switch (index.column()) {
        case 0: return row.environment;
        case 1: return row.host;
        case 2: return row.service;
        case 3: return row.version;
        case 4: return row.state;
        case 5: return row.note;
        default: return row.at;
        }
    }

private:
    const std::vector<HistoryRow> &m_rows;
};

struct Figures {
    double filter = 0, clear = 0, sort = 0, longest = 0;
};

Figures measureStock(const std::vector<HistoryRow> &rows)
{
    Figures figures;
    PlainTable table(rows);
    QSortFilterProxyModel proxy;
    proxy.setDynamicSortFilter(false);
    proxy.setFilterCaseSensitivity(Qt::CaseInsensitive);
    proxy.setFilterKeyColumn(-1);
    proxy.setSourceModel(&table);
    int shown = proxy.rowCount();
    figures.filter = timed([&] {
        proxy.setFilterFixedString(QStringLiteral("ops-13"));
        shown += proxy.rowCount();
    });
    figures.clear = timed([&] {
        proxy.setFilterFixedString({});
        shown += proxy.rowCount();
    });
    figures.sort = timed([&] {
        proxy.sort(5);
        shown += proxy.index(0, 0).row();
    });
    std::printf("stock proxy: filter %.0f ms, clear %.0f ms, sort %.0f ms (rows seen %d)\n", figures.filter,
                figures.clear, figures.sort, shown);
    return figures;
}

HistorySnapshotPtr snapshotOf(const std::vector<HistoryRow> &rows)
{
    HistoryBuilder builder({{QStringLiteral("Environment"), QStringLiteral("env"), HistoryColumn::Kind::Text},
                            {QStringLiteral("Host"), QStringLiteral("host"), HistoryColumn::Kind::Text},
                            {QStringLiteral("Service"), QStringLiteral("service"), HistoryColumn::Kind::Text},
                            {QStringLiteral("Version"), {}, HistoryColumn::Kind::Text},
                            {QStringLiteral("State"), QStringLiteral("state"), HistoryColumn::Kind::Text},
                            {QStringLiteral("Note"), {}, HistoryColumn::Kind::Text},
                            {QStringLiteral("At"), {}, HistoryColumn::Kind::Time}});
    for (const HistoryRow &row : rows) {
        builder.addRow();
        builder.setText(0, row.environment);
        builder.setText(1, row.host);
        builder.setText(2, row.service);
        builder.setText(3, row.version);
        builder.setText(4, row.state);
        builder.setText(5, row.note);
        builder.setNumber(6, row.at);
    }
    return builder.build();
}

Figures measureOurs(const std::vector<HistoryRow> &rows)
{
    FilteredTable table;
    QTableView view; // what the person waits for: a view is attached
    view.verticalHeader()->hide();
    view.verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    view.setModel(&table);
    view.resize(1200, 800);
    view.show();
    table.setSnapshot(snapshotOf(rows));
    longestTurn([&] { return !table.isBusy(); });
    Figures figures;
    std::vector<double> filters, clears, sorts;
    const auto settle = [&](auto wish) {
        return timed([&] {
            const double called = timed(wish);
            const double turned = longestTurn([&] { return !table.isBusy(); });
            figures.longest = std::max({figures.longest, called, turned});
        });
    };
    for (int round = 0; round < 5; ++round) {
        filters.push_back(settle([&] { table.setFilter(TableFilter(QStringLiteral("ops-13"))); }));
        clears.push_back(settle([&] { table.setFilter({}); }));
        sorts.push_back(settle([&] { table.sort(5, round % 2 ? Qt::DescendingOrder : Qt::AscendingOrder); }));
    }
    figures.filter = median(filters);
    figures.clear = median(clears);
    figures.sort = median(sorts);
    std::printf("filtered table: filter %.1f ms, clear %.2f ms, sort %.1f ms\n", figures.filter, figures.clear,
                figures.sort);
    return figures;
}

void compareHistories(int count)
{
    const std::vector<HistoryRow> rows = historyRows(count);
    const Figures stock = measureStock(rows);
    const Figures ours = measureOurs(rows);
    std::printf("%d rows: filter %.0fx faster, clear %.0fx, sort %.0fx; longest GUI turn %.1f ms\n", count,
                stock.filter / ours.filter, stock.clear / ours.clear, stock.sort / ours.sort, ours.longest);
}

EnvironmentStatePtr refreshed(int number, quint64 generation, const QDateTime &now)
{
    demo::Draft draft = demo::draft(QStringLiteral("env-%1").arg(number, 4, 10, QLatin1Char('0')),
                                    QStringLiteral("Environment %1").arg(number),
                                    QStringLiteral("service-%1").arg(number / 4), Tier(number % 4));
    demo::fill(draft);
    const bool bad = (number + int(generation)) % 23 == 0;
    demo::good(draft, PaneKind::Health, demo::health(bad ? Status::Warning : Status::Ok), 0,
               bad ? Status::Warning : Status::Ok, QStringLiteral("%1 of 3").arg(generation % 3));
    draft.snapshot.generation = generation;
    const qint64 shift = demo::now().secsTo(now);
    for (Observation &observation : draft.snapshot.observations) {
        observation.lastGood->at = observation.lastGood->at.addSecs(shift);
        observation.lastAttempt->at = observation.lastGood->at;
    }
    for (PaneAssessment &pane : draft.assessment.panes)
        pane.observedAt = pane.observedAt.isValid() ? pane.observedAt.addSecs(shift) : pane.observedAt;
    return demo::stateOf(draft);
}

/// `count` environments, each refreshed once in 10 s, on a visible board that is sorted by rank.
void measureBoard(int count, int seconds)
{
    ConsoleModels console;
    ui::WindowModels models(console);
    ui::BoardPage page(models, nullptr);
    page.resize(1200, 800);
    page.show();
    std::vector<EnvironmentStatePtr> states;
    for (int i = 0; i < count; ++i)
        states.push_back(refreshed(i, 1, demo::now()));
    demo::feed(console, states);
    console.select(QStringLiteral("env-0000"));
    page.mainTable()->setFocus();
    longestTurn([turns = 0]() mutable { return ++turns > 20; });

    // Judged beforehand, as workers do: only what the GUI thread has to do is measured.
    const int each = std::max(1, count / 200); // one batch per 50 ms
    std::vector<EnvironmentStatePtr> coming;
    for (int second = 0; second < seconds; ++second) {
        for (int i = 0; i < count / 10; ++i) {
            const int number = (second * (count / 10) + i) % count;
            coming.push_back(refreshed(number, quint64(second / 10 + 2), demo::now().addSecs(second)));
        }
    }
    size_t next = 0;
    int ticks = 0;
    QTimer feed, clock;
    QObject::connect(&feed, &QTimer::timeout, &feed, [&] {
        for (int i = 0; i < each && next < coming.size(); ++i)
            console.apply(coming[next++]);
    });
    QObject::connect(&clock, &QTimer::timeout, &clock, [&] { console.setNow(demo::now().addSecs(++ticks)); });
    feed.start(50);
    clock.start(1000);
    auto *application = static_cast<TimedApplication *>(QCoreApplication::instance());
    application->turns.clear();
    QElapsedTimer run;
    run.start();
    const std::clock_t cpuBefore = std::clock();
    while (run.elapsed() < seconds * 1000LL)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    std::vector<double> turns = application->turns;
    const double cpu = double(std::clock() - cpuBefore) / CLOCKS_PER_SEC;
    std::ranges::sort(turns);
    std::printf("%d environments every 10 s for %d s: longest GUI turn %.1f ms, p99 %.1f ms, %zu applied, CPU %.1f %% "
                "of a core\n",
                count, seconds, turns.back(), turns[size_t(double(turns.size()) * 0.99)], next, 100 * cpu / seconds);
}

} // namespace

int main(int argc, char *argv[])
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    TimedApplication application(argc, argv);
    ui::applyTheme(application, ui::Scheme::Light);
    const auto argument
        = [&](int place, int fallback) { return argc > place ? std::max(1, std::atoi(argv[place])) : fallback; };
    measureBoard(argument(2, 1000), argument(3, 20));
    compareHistories(argument(1, 1'000'000));
    return 0;
}
