// SPDX-License-Identifier: GPL-3.0-or-later
#include "gate.h"

#include "wordtable.h"

namespace taffrail {

namespace {

constexpr WordTable<Verdict, 4> verdictWords{{
    {Verdict::Pass, "pass"},
    {Verdict::Warn, "warn"},
    {Verdict::Unknown, "unknown"},
    {Verdict::Block, "block"},
}};

} // namespace

GateDemand demandOf(const Gate &gate)
{
    if (gate.verdict == Verdict::Pass)
        return GateDemand::Nothing;
    if (!gate.overridable)
        return GateDemand::Closed;
    return gate.verdict == Verdict::Warn ? GateDemand::Reason : GateDemand::SecondPerson;
}

QString verdictWord(Verdict verdict)
{
    return wordOf(verdictWords, verdict);
}

Verdict verdictFromWord(const QString &word)
{
    return valueOf(verdictWords, word, Verdict::Unknown);
}

} // namespace taffrail
