// SPDX-License-Identifier: GPL-3.0-or-later
#include "codec.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void demand(bool holds)
{
    if (!holds)
        std::abort();
}

/// What can be read can be written, and reads back to the same text.
template <typename T> void tryAs(const taffrail::codec::Json &json)
{
    using namespace taffrail;
    const Result<T> value = codec::fromJson<T>(json);
    if (!value) {
        demand(value.error().subject.startsWith(QLatin1Char('$')) && !value.error().text.isEmpty());
        return;
    }
    const QByteArray text = codec::jsonText(codec::toJson(*value));
    const Result<codec::Json> again = codec::parseJson(text);
    demand(again.has_value());
    const Result<T> second = codec::fromJson<T>(*again);
    demand(second.has_value());
    demand(codec::jsonText(codec::toJson(*second)) == text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    using namespace taffrail;
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const Result<codec::Json> json = codec::parseJson(bytes);
    if (!json)
        return 0;
    tryAs<Error>(*json);
    tryAs<Value>(*json);
    tryAs<Finding>(*json);
    tryAs<Observation>(*json);
    tryAs<Link>(*json);
    tryAs<Snapshot>(*json);
    return 0;
}
