// SPDX-License-Identifier: GPL-3.0-or-later
#include "toolparts.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr char opens[] = "@tf ";
constexpr char closes[] = "@tf-end ";

struct Words {
    const char *text;
    ErrorKind kind;
};

// In the tools' own words; the first that is found counts.
constexpr Words known[] = {
    {"command not found", ErrorKind::NotFound},
    {"Forbidden", ErrorKind::Denied},
    {"forbidden", ErrorKind::Denied},
    {"Permission denied", ErrorKind::Denied},
    {"permission denied", ErrorKind::Denied},
    {"sudo:", ErrorKind::Denied},
    {"Unauthorized", ErrorKind::AuthRefused},
    {"must be logged in", ErrorKind::AuthRefused},
    {"ACL token not found", ErrorKind::AuthRefused},
    {"x509:", ErrorKind::CertificateRefused},
    {"certificate", ErrorKind::CertificateRefused},
    {"no such host", ErrorKind::NameNotFound},
    {"i/o timeout", ErrorKind::Timeout},
    {"deadline exceeded", ErrorKind::Timeout},
    {"Client.Timeout", ErrorKind::Timeout},
    {"imeout", ErrorKind::Timeout},
    {"connection refused", ErrorKind::Unreachable},
    {"was refused", ErrorKind::Unreachable},
    {"Unable to connect", ErrorKind::Unreachable},
    {"cluster unreachable", ErrorKind::Unreachable},
    {"no route to host", ErrorKind::Unreachable},
    {"No cluster leader", ErrorKind::Unreachable},
    {"invalid configuration", ErrorKind::BadConfig},
    {"context", ErrorKind::BadConfig},
    {"kubeconfig", ErrorKind::BadConfig},
    {"NotFound", ErrorKind::NotFound},
    {"not found", ErrorKind::NotFound},
    {"No job", ErrorKind::NotFound},
    {"does not exist", ErrorKind::NotFound},
    {"doesn't have a resource type", ErrorKind::NotFound},
};

/// What a tool said, without the log lines that libraries of Kubernetes add.
QString saidOf(const QByteArray &text)
{
    QByteArray kept;
    for (const QByteArray &line : text.split('\n')) {
        const bool isLog = line.size() > 5 && (line[0] == 'E' || line[0] == 'I' || line[0] == 'W') && line[5] == ' '
            && std::all_of(line.begin() + 1, line.begin() + 5, [](char c) { return c >= '0' && c <= '9'; });
        if (!isLog)
            kept += line + '\n';
    }
    return redacted(sanitizedLine(kept.trimmed(), 600));
}

} // namespace

QByteArray partFunction()
{
    return "exec 3>&1\n"
           "tf_part() { tf_name=$1; shift; printf '\\n@tf %s\\n' \"$tf_name\"\n"
           "tf_said=$(\"$@\" 2>&1 >&3 3>&- </dev/null); tf_code=$?\n"
           "printf '\\n@tf-end %s %s\\n' \"$tf_code\" \"$(printf '%s\\n' \"$tf_said\" | grep -v "
           "'^[EIW][0-9][0-9][0-9][0-9] ' | tr '\\000-\\037\\177' ' ' | head -c "
           "600)\"; }\n";
}

std::vector<ToolPart> toolParts(const ShellReply &reply)
{
    std::vector<ToolPart> parts;
    const QByteArray text = '\n' + reply.out;
    qsizetype at = text.indexOf("\n@tf ");
    if (at < 0) {
        parts.push_back({{}, reply.exitCode, reply.out, saidOf(reply.err), true});
        return parts;
    }
    while (at >= 0) {
        const qsizetype begin = at + 1 + qsizetype(sizeof opens) - 1;
        const qsizetype line = text.indexOf('\n', begin);
        ToolPart &part = parts.emplace_back();
        part.name = text.mid(begin, line < 0 ? -1 : line - begin).trimmed().left(60);
        const qsizetype body = line < 0 ? text.size() : line + 1;
        // An empty output ends on the very next line.
        const qsizetype end = text.indexOf(QByteArray("\n") + closes, std::max<qsizetype>(0, body - 1));
        if (end < 0) {
            part.out = text.mid(body);
            part.isWhole = false;
            return parts;
        }
        part.out = text.mid(body, std::max<qsizetype>(0, end - body));
        const qsizetype words = end + 1 + qsizetype(sizeof closes) - 1;
        const qsizetype stop = text.indexOf('\n', words);
        const QByteArray closing = text.mid(words, stop < 0 ? -1 : stop - words);
        bool isNumber = false;
        part.exitCode = closing.split(' ').first().toInt(&isNumber);
        part.isWhole = isNumber;
        const qsizetype blank = closing.indexOf(' ');
        part.said = blank < 0 ? QString() : redacted(sanitizedLine(closing.mid(blank + 1).trimmed(), 600));
        at = stop < 0 ? -1 : text.indexOf("\n@tf ", stop);
    }
    return parts;
}

const ToolPart *partNamed(const std::vector<ToolPart> &parts, const QByteArray &name)
{
    const auto found = std::ranges::find(parts, name, &ToolPart::name);
    return found == parts.end() ? nullptr : &*found;
}

Error toolError(const QString &tool, const QString &host, const ToolPart &part)
{
    const QString step = QStringLiteral("ask ") + tool;
    const QString said = part.said.isEmpty() ? redacted(sanitizedLine(part.out.left(2000).trimmed(), 300)) : part.said;
    if (part.exitCode == 127)
        return {ErrorKind::NotFound, step, host, QStringLiteral("there is no program %1").arg(tool),
                QStringLiteral("Name a host that has it.")};
    if (part.exitCode == 124 || part.exitCode == 137 || part.exitCode == 143)
        return {ErrorKind::Timeout, step, host, QStringLiteral("%1 did not answer in time").arg(tool), {}};
    Error error{part.exitCode == 126 ? ErrorKind::Denied : ErrorKind::ToolFailed,
                step,
                host,
                said.isEmpty()
                    ? QStringLiteral("%1 ended with exit code %2 and said nothing").arg(tool).arg(part.exitCode)
                    : said,
                {}};
    const auto found
        = std::ranges::find_if(known, [&](const Words &words) { return said.contains(QLatin1String(words.text)); });
    if (found != std::end(known) && error.kind == ErrorKind::ToolFailed)
        error.kind = found->kind;
    if (error.kind == ErrorKind::Denied && said.contains(QLatin1String("sudo:")))
        error.hint = QStringLiteral("Allow it in sudoers with NOPASSWD, or let the sign-in user read it.");
    else if (error.kind == ErrorKind::Denied)
        error.hint = QStringLiteral("The account that %1 uses there lacks the right to read this.").arg(tool);
    else if (error.kind == ErrorKind::AuthRefused)
        error.hint = QStringLiteral("Sign in with %1 on that host again.").arg(tool);
    return error;
}

} // namespace taffrail::sources
