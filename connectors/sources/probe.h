// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

namespace taffrail::sources {

/// One part of a host's probe. Keys are unique within one probe and match [a-z0-9_.-]+.
struct ProbePart {
    QByteArray key;
    ShellPart part;
};

struct Probe {
    QByteArray script; ///< one function definition and its call; prints @TFR1 frames, ends with END, no `exit`
    std::chrono::milliseconds limit; ///< for the whole
    qint64 maxBytes;
};

/// Joins parts into one probe. `nonce` is 32 hex digits, fresh per request. Parts with a long limit run in the
/// background, so that one hung part costs only itself.
Probe assembleProbe(const QByteArray &nonce, const std::vector<ProbePart> &parts);

struct ProbeAnswer {
    QHash<QByteArray, ShellReply> sections; ///< closed sections only
    bool complete = false; ///< END seen and its count fits
    QByteArray noise; ///< what came before BEGIN
    std::optional<qint64> clockStart, clockEnd; ///< host's epoch seconds at both ends
};

/// Byte-wise parser of the frames of reference A2; never fails: what is not closed is not there.
ProbeAnswer parseProbe(const QByteArray &nonce, const QByteArray &out, const QByteArray &err);

} // namespace taffrail::sources
