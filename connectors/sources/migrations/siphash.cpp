// SPDX-License-Identifier: GPL-3.0-or-later
#include "siphash.h"

#include <array>
#include <bit>

namespace taffrail::sources {

namespace {

using State = std::array<quint64, 4>;

void mix(State &v)
{
    v[0] += v[1];
    v[1] = std::rotl(v[1], 13) ^ v[0];
    v[0] = std::rotl(v[0], 32);
    v[2] += v[3];
    v[3] = std::rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = std::rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = std::rotl(v[1], 17) ^ v[2];
    v[2] = std::rotl(v[2], 32);
}

} // namespace

quint64 sipHash13(const QByteArray &bytes)
{
    State v{0x736f6d6570736575ULL, 0x646f72616e646f6dULL, 0x6c7967656e657261ULL, 0x7465646279746573ULL};
    const auto take = [&v](quint64 word) {
        v[3] ^= word;
        mix(v);
        v[0] ^= word;
    };
    quint64 word = 0;
    int count = 0;
    for (const char byte : bytes) {
        word |= quint64(static_cast<unsigned char>(byte)) << (8 * count);
        if (++count == 8) {
            take(word);
            word = 0;
            count = 0;
        }
    }
    take(word | (quint64(bytes.size()) << 56));
    v[2] ^= 0xff;
    for (int i = 0; i < 3; ++i)
        mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

} // namespace taffrail::sources
