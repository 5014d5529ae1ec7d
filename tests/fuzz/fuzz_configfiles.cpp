// SPDX-License-Identifier: GPL-3.0-or-later
// Replies with files in frames, and the second lock over whatever is in them: no input may crash or hang, and what was
// settled once stays as it is.
#include "configfiles.h"
#include "configsecrets.h"

#include <cstdlib>

using namespace taffrail;
using namespace taffrail::sources;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    Reply reply;
    reply.name = QStringLiteral("files");
    reply.subject = QStringLiteral("web1");
    reply.result = std::variant<ShellReply, SqlReply, HttpReply, TlsReply>(ShellReply{0, bytes, {}});
    for (const ReadFile &file : filesOf(reply)) {
        if (file.file.error && !file.bytes.isEmpty())
            std::abort();
    }
    QStringList known;
    (void)maskedText(QString::fromUtf8(bytes), known);
    const qsizetype half = bytes.size() / 2;
    ConfigEntry entry;
    entry.key = QString::fromUtf8(bytes.left(half));
    entry.value = QString::fromUtf8(bytes.mid(half));
    settleSecrets(entry);
    const ConfigEntry once = entry;
    settleSecrets(entry);
    if (!(once == entry))
        std::abort();
    return 0;
}
