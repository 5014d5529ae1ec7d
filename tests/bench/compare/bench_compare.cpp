// SPDX-License-Identifier: GPL-3.0-or-later
// bench_compare [LINES [KEYS [ENVIRONMENTS]]]: texts by lines against GNU diff in the same run, and the matrix of many
// environments. Both sides are timed from files in the page cache or bytes in memory to the finished result; what GNU
// diff needs to start is measured on its own. Processor time is given beside the time of the clock: a shared machine
// disturbs the latter. Build it as Release.
#include "comparison.h"
#include "linediff.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <malloc.h>
#include <random>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace taffrail;

namespace {

struct Times {
    std::vector<double> wall, cpu;
};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double cpuMs()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) * 1e3 + double(time.tv_nsec) * 1e-6;
}

double childrenMs()
{
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    const auto ms = [](const timeval &time) { return double(time.tv_sec) * 1e3 + double(time.tv_usec) * 1e-3; };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

template <typename Function> void timed(Times &times, Function function)
{
    QElapsedTimer timer;
    timer.start();
    const double before = cpuMs();
    function();
    times.cpu.push_back(cpuMs() - before);
    times.wall.push_back(double(timer.nsecsElapsed()) / 1e6);
}

/// Bytes that the heap holds now, large blocks among them.
double heapMb()
{
    const struct mallinfo2 info = mallinfo2();
    return double(info.uordblks + info.hblkhd) / 1e6;
}

/// One `diff A B`, its output into a file, as a person would keep it.
void runDiff(Times &times, const QString &a, const QString &b, const QString &into)
{
    const QByteArray left = QFile::encodeName(a), right = QFile::encodeName(b), out = QFile::encodeName(into);
    std::string program("diff"), first = left.toStdString(), second = right.toStdString();
    char *const argv[] = {program.data(), first.data(), second.data(), nullptr};
    char *const environment[] = {nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, out.constData(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const double before = childrenMs();
    QElapsedTimer timer;
    timer.start();
    pid_t pid = 0;
    int status = 0;
    if (posix_spawnp(&pid, "diff", &actions, nullptr, argv, environment) != 0 || waitpid(pid, &status, 0) != pid
        || !WIFEXITED(status) || WEXITSTATUS(status) > 1) {
        std::fprintf(stderr, "bench_compare: diff could not be run\n");
        std::exit(1);
    }
    times.wall.push_back(double(timer.nsecsElapsed()) / 1e6);
    times.cpu.push_back(childrenMs() - before);
    posix_spawn_file_actions_destroy(&actions);
}

std::vector<QByteArray> baseLines(int count)
{
    std::mt19937 random(42);
    std::vector<QByteArray> lines;
    lines.reserve(size_t(count));
    for (int i = 0; i < count; ++i)
        lines.push_back("service." + QByteArray::number(i / 40) + ".option_" + QByteArray::number(i % 40) + " = "
                        + QByteArray::number(random() % 100000));
    return lines;
}

/// One in a hundred lines changed, removed or joined by a new one.
std::vector<QByteArray> editedLines(std::vector<QByteArray> lines, unsigned seed)
{
    std::mt19937 random(seed);
    const size_t edits = lines.size() / 100;
    std::vector<QByteArray> result;
    result.reserve(lines.size() + edits);
    for (QByteArray &line : lines) {
        const unsigned dice = random() % 300;
        if (dice == 0)
            result.push_back(line + " # local");
        else if (dice == 1)
            result.push_back("added.option = " + QByteArray::number(random()));
        if (dice != 0 && dice != 2)
            result.push_back(std::move(line));
    }
    return result;
}

QByteArray textOf(const std::vector<QByteArray> &lines)
{
    QByteArray text;
    for (const QByteArray &line : lines)
        text += line + '\n';
    return text;
}

void report(const char *what, const Times &ours, const Times &theirs)
{
    std::printf("  %-34s clock %6.2f ms (%4.1fx)   processor %6.2f ms (%4.1fx)\n", what, median(ours.wall),
                median(theirs.wall) / median(ours.wall), median(ours.cpu), median(theirs.cpu) / median(ours.cpu));
}

void benchTexts(int count)
{
    const QTemporaryDir folder;
    std::vector<QByteArray> texts;
    std::vector<QString> paths;
    const std::vector<QByteArray> base = baseLines(count);
    for (int side = 0; side < 8; ++side) {
        texts.push_back(textOf(side == 0 ? base : editedLines(base, unsigned(side))));
        paths.push_back(folder.filePath(QString::number(side)));
        QFile file(paths.back());
        if (!file.open(QIODevice::WriteOnly) || file.write(texts.back()) != texts.back().size())
            std::exit(1);
    }
    std::vector<QString> strings;
    for (const QByteArray &text : texts)
        strings.push_back(QString::fromUtf8(text));

    Times gnu, start, fromBytes, fromText, diffOnly, gnuAll, oursAll, oursAligned;
    const QString out = folder.filePath(QStringLiteral("out"));
    qsizetype changed = 0;
    for (int round = 0; round < 15; ++round) { // in turns, so that both meet the same machine
        runDiff(gnu, paths[0], paths[1], out);
        runDiff(start, QStringLiteral("/dev/null"), QStringLiteral("/dev/null"), out);
        timed(fromBytes, [&] {
            const QString a = QString::fromUtf8(texts[0]), b = QString::fromUtf8(texts[1]);
            changed = qsizetype(diffLines(hashedLines(a), hashedLines(b)).size());
        });
        timed(fromText,
              [&] { changed = qsizetype(diffLines(hashedLines(strings[0]), hashedLines(strings[1])).size()); });
        const HashedLines a = hashedLines(strings[0]), b = hashedLines(strings[1]);
        timed(diffOnly, [&] { changed = qsizetype(diffLines(a, b).size()); });
    }
    for (int round = 0; round < 5; ++round) {
        Times each;
        for (size_t side = 1; side < paths.size(); ++side)
            runDiff(each, paths[0], paths[side], out);
        const auto sum = [](const std::vector<double> &values) {
            double total = 0;
            for (const double value : values)
                total += value;
            return total;
        };
        gnuAll.wall.push_back(sum(each.wall));
        gnuAll.cpu.push_back(sum(each.cpu));
        timed(oursAll, [&] {
            const HashedLines first = hashedLines(strings[0]);
            for (size_t side = 1; side < strings.size(); ++side)
                changed += qsizetype(diffLines(first, hashedLines(strings[side])).size());
        });
        timed(oursAligned, [&] {
            std::vector<HashedLines> sides;
            for (const QString &text : strings)
                sides.push_back(hashedLines(text));
            changed += qsizetype(alignLines(sides).rows.size());
        });
    }
    std::printf(
        "two texts of %d lines, %.1f MB each, 1 %% changed: GNU diff clock %.1f ms, processor %.1f ms, of which its "
        "start %.1f ms\n",
        count, double(texts[0].size()) / 1e6, median(gnu.wall), median(gnu.cpu), median(start.wall));
    report("decode UTF-8, hash, diff", fromBytes, gnu);
    report("hash, diff", fromText, gnu);
    report("diff of hashed lines", diffOnly, gnu);
    std::printf("eight texts against the first: seven GNU diffs clock %.1f ms, processor %.1f ms\n",
                median(gnuAll.wall), median(gnuAll.cpu));
    report("hash all, seven diffs", oursAll, gnuAll);
    report("hash all, one aligned table", oursAligned, gnuAll);
    const double before = heapMb();
    const HashedLines a = hashedLines(strings[0]), b = hashedLines(strings[1]);
    const std::vector<LineRun> runs = diffLines(a, b);
    const double input = double(texts[0].size() + texts[1].size()) / 1e6;
    const double held = heapMb() - before + 2 * input;
    std::printf(
        "  memory: texts (UTF-16), lines and %zu runs hold %.1f MB: %.2fx the %.1f MB of the files (seen %lld)\n",
        runs.size(), held, held / input, input, static_cast<long long>(changed));
}

std::shared_ptr<const ComparedEnvironment> environmentOf(int number, int keys)
{
    std::mt19937 random(static_cast<unsigned>(number));
    ConfigSet set;
    set.source = QStringLiteral("dotenv");
    ConfigFile file;
    file.host = QStringLiteral("web1");
    file.path = QStringLiteral("/srv/shop/shared/.env");
    set.files.push_back(file);
    set.entries.reserve(size_t(keys));
    for (int i = 0; i < keys; ++i) {
        if (random() % 200 == 0) // missing here
            continue;
        ConfigEntry entry;
        entry.host = file.host;
        entry.file = file.path;
        entry.line = i + 1;
        entry.key = QStringLiteral("service_%1.option_%2").arg(i / 40).arg(i % 40);
        entry.value = QStringLiteral("value of %1").arg(random() % 100 == 0 ? -i : i);
        set.entries.push_back(std::move(entry));
    }
    auto environment = std::make_shared<ComparedEnvironment>();
    environment->id = QStringLiteral("env-%1").arg(number);
    ComparedSource source;
    source.entry = QStringLiteral("app");
    source.source = set.source;
    source.set = std::make_shared<const ConfigSet>(std::move(set));
    environment->sources.push_back(source);
    return environment;
}

void benchMatrix(int keys, int environments)
{
    const double empty = heapMb();
    std::vector<std::shared_ptr<const ComparedEnvironment>> columns;
    for (int i = 0; i < environments; ++i)
        columns.push_back(environmentOf(i, keys));
    const double input = heapMb() - empty;
    std::vector<ExpectedDifference> expected;
    for (int i = 0; i < 50; ++i) {
        ExpectedDifference each;
        each.entry = QStringLiteral("*");
        each.key = QStringLiteral("service_%1.*").arg(i);
        each.environments = {QStringLiteral("env-1")};
        each.until = QDateTime::currentDateTimeUtc().addDays(1);
        expected.push_back(each);
    }
    Times times, filter;
    double held = 0;
    qsizetype shown = 0;
    for (int round = 0; round < 7; ++round) {
        const double before = heapMb();
        Matrix matrix;
        timed(times, [&] { matrix = compareConfigs(columns, 0, {}, expected, QDateTime::currentDateTimeUtc()); });
        held = heapMb() - before;
        timed(filter, [&] {
            for (const MatrixRow &row : matrix.rows)
                shown += isShown(row, MatrixView::Unexpected);
        });
    }
    std::printf(
        "matrix of %d environments x %d keys: clock %.1f ms, processor %.1f ms; filtered in %.2f ms; input %.1f MB, "
        "matrix %.1f MB, together %.2fx the input (seen %lld)\n",
        environments, keys, median(times.wall), median(times.cpu), median(filter.wall), input, held,
        (input + held) / input, static_cast<long long>(shown));
}

} // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    const auto argument
        = [&](int place, int fallback) { return argc > place ? std::max(1, std::atoi(argv[place])) : fallback; };
    benchTexts(argument(1, 200'000));
    benchMatrix(argument(2, 20'000), argument(3, 20));
    return 0;
}
