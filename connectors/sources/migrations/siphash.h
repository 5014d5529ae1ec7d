// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace taffrail::sources {

/// SipHash-1-3 with a key of zeros: what Rust's DefaultHasher computes.
quint64 sipHash13(const QByteArray &bytes);

} // namespace taffrail::sources
