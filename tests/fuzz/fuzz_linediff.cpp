// SPDX-License-Identifier: GPL-3.0-or-later
// Two texts, divided at the first NUL: the runs must turn one into the other, the marks must lie inside the lines.
#include "linediff.h"

#include <QString>

#include <cstdlib>

using namespace taffrail;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void checkRuns(const HashedLines &a, const HashedLines &b)
{
    int atA = 0;
    int atB = 0;
    for (const LineRun &run : diffLines(a, b)) {
        require(run.aBegin == atA && run.bBegin == atB && run.aEnd >= atA && run.bEnd >= atB);
        require(!run.equal || run.aEnd - run.aBegin == run.bEnd - run.bBegin);
        for (int i = 0; run.equal && i < run.aEnd - run.aBegin; ++i)
            require(a.lines[size_t(run.aBegin + i)] == b.lines[size_t(run.bBegin + i)]);
        atA = run.aEnd;
        atB = run.bEnd;
    }
    require(size_t(atA) == a.lines.size() && size_t(atB) == b.lines.size());
}

void checkMarks(const std::vector<InlineRange> &marks, QStringView line)
{
    int at = 0;
    for (const InlineRange &mark : marks) {
        require(mark.begin >= at && mark.end > mark.begin && mark.end <= line.size());
        at = mark.end;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const qsizetype border = bytes.indexOf('\0');
    const QString left = QString::fromUtf8(bytes.left(border < 0 ? bytes.size() / 2 : border));
    const QString right = QString::fromUtf8(bytes.mid(border < 0 ? bytes.size() / 2 : border + 1));
    HashedLines a = hashedLines(left);
    HashedLines b = hashedLines(right);
    checkRuns(a, b);
    checkRuns(hashedLines(left, false), hashedLines(right, false));
    for (HashedLines *each : {&a, &b})
        each->hashes.assign(each->lines.size(), 7); // all the same: only the lines themselves tell
    checkRuns(a, b);
    alignLines({a, b, hashedLines(left + right)});
    if (!a.lines.empty() && !b.lines.empty()) {
        const InlineDiff marks = diffInside(a.lines[0], b.lines[0]);
        checkMarks(marks.a, a.lines[0]);
        checkMarks(marks.b, b.lines[0]);
    }
    return 0;
}
