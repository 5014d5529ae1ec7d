// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe.h"

#include <QList>

#include <algorithm>

namespace taffrail::sources {

namespace {

using std::chrono::milliseconds;

// A part with a longer limit may hang on something that even SIGKILL can't end (a dead network mount): it runs in the
// background and is given up on when its time is over.
constexpr milliseconds foregroundLimit{3'000};
constexpr milliseconds slack{5'000}; // for starting, collecting and the way back
constexpr qsizetype keptError = 4096; // of each section; the rest of standard error is dropped

// What every part needs. `lim SECONDS COMMAND…` ends a command that takes too long; without timeout(1) a watcher does
// it. A part in the background is held in memory (`hold`) until it is collected: a pipe takes only 64 KiB before it
// blocks. `body` sends the output of one part, cut to its limit, and leaves its exit code in $r: the code travels on
// descriptor 3 past the pipe. The text of a part travels in the environment, which other accounts can't read, and not
// in an argument, which they can: it may hold the key of a comparison. `part` keeps the last of standard error and
// writes it in one piece (below PIPE_BUF), because parts run side by side. `gather` copies what a background part has
// written, as long as that part's time lasts. The background part is detached from the pipeline, because a shell waits
// for all members of a pipeline, also for one that can't die.
constexpr char helpers[] = R"sh(LC_ALL=C TZ=UTC PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL TZ PATH
umask 077
cd / || :
now() { u=; { read -r u x </proc/uptime; } 2>/dev/null; u=${u%%.*}; [ -n "$u" ] || u=$(date +%s); [ -n "$u" ] || u=0; }
if command -v timeout >/dev/null 2>&1; then
lim() { timeout -s KILL "$@"; }
else
lim() {
exec 7<&0
s=$1; shift
"$@" <&7 7<&- & p=$!
( sleep "$s" & trap "kill $!; exit" TERM; wait $!; kill -9 "$p" ) </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 7<&- & w=$!
wait "$p"; z=$?
kill "$w" 2>/dev/null; wait "$w" 2>/dev/null
exec 7<&-
return "$z"
}
fi
open() { printf '\n@TFR1 %s S %s\n' "$N" "$1"; }
shut() { printf '\n@TFR1 %s E %s %s\n' "$N" "$1" "$2"; }
cut() { head -c "$1"; }
hold() { head -c "$1" | tail -c "$1"; }
body() {
{ r=$( TFR_PART=$3; export TFR_PART
{ { lim "$1" /bin/sh -c 'p=$TFR_PART; unset TFR_PART; eval "$p"' </dev/null 3>&- 4>&- 5>&-; printf %s "$?" >&3; } | "$4" "$2" >&5; } 3>&1 ); } 5>&1
}
part() {
open "$1"
{ e=$( { body "$2" "$3" "$4" "$5"; shut "$1" "$r"; } 2>&1 >&4 | tail -c 3900 ); } 4>&1
[ -z "$e" ] || printf '\n@TFR1 %s S %s\n%s\n' "$N" "$1" "$e" >&2
}
clock() { open clock; date +%s </dev/null; shut clock "$?"; }
gather() {
now; s=$(( $2 + 2 - u + T ))
[ "$s" -ge 3 ] || s=3
lim "$s" cat 2>/dev/null || shut "$1" 124
}
)sh";

QByteArray seconds(milliseconds limit)
{
    return QByteArray::number(std::max<qint64>(1, (limit.count() + 999) / 1000));
}

bool isBackground(const ProbePart &part)
{
    return part.part.limit > foregroundLimit;
}

/// KEY SECONDS BYTES 'TEXT'
QByteArray arguments(const ProbePart &part)
{
    const qint64 bytes = std::max<qint64>(1, part.part.maxBytes);
    const QByteArray filter = isBackground(part) ? " hold" : " cut";
    return part.key + ' ' + seconds(part.part.limit) + ' ' + QByteArray::number(bytes) + ' '
        + shellQuoted(QString::fromUtf8(part.part.script)) + filter;
}

/// One marker line of the reply: "\n@TFR1 NONCE WORD REST\n".
struct Marker {
    qsizetype at = -1; ///< of the newline before it, or of the '@' at the very start; -1 = none
    qsizetype after = 0; ///< of the first byte behind its line
    QByteArray word, rest;
};

Marker nextMarker(const QByteArray &text, const QByteArray &prefix, qsizetype from)
{
    Marker marker;
    qsizetype start = -1;
    if (from == 0 && text.startsWith(prefix)) {
        marker.at = start = 0;
    } else {
        marker.at = text.indexOf('\n' + prefix, from);
        start = marker.at + 1;
    }
    if (marker.at < 0)
        return marker;
    const qsizetype end = text.indexOf('\n', start);
    if (end < 0) { // a marker without its newline was cut: its number can't be trusted
        marker.at = -1;
        return marker;
    }
    const QByteArray line = text.mid(start + prefix.size(), end - start - prefix.size());
    const qsizetype space = line.indexOf(' ');
    marker.word = space < 0 ? line : line.left(space);
    marker.rest = space < 0 ? QByteArray() : line.mid(space + 1);
    // The newline that ends this line may be the one before the next marker (an empty standard error section).
    marker.after = end + 1;
    return marker;
}

struct Section {
    QByteArray name;
    ShellReply reply;
};

struct Frames {
    std::vector<Section> closed;
    int opened = 0;
    bool ended = false;
    int endCount = -1;
    qsizetype begin = -1;
};

bool readClosing(const Marker &marker, const QByteArray &open, int &exitCode)
{
    const qsizetype space = marker.rest.lastIndexOf(' ');
    if (space < 0 || marker.rest.left(space) != open)
        return false;
    bool isNumber = false;
    exitCode = marker.rest.mid(space + 1).toInt(&isNumber);
    return isNumber;
}

Frames readFrames(const QByteArray &out, const QByteArray &prefix)
{
    Frames frames;
    std::optional<QByteArray> open;
    qsizetype bodyStart = 0;
    for (Marker marker = nextMarker(out, prefix, 0); marker.at >= 0;
         marker = nextMarker(out, prefix, marker.after - 1)) {
        if (marker.word == "BEGIN" && frames.begin < 0)
            frames.begin = marker.at;
        if (frames.begin < 0 || frames.ended)
            continue;
        if (marker.word == "S") {
            ++frames.opened;
            open = marker.rest;
            bodyStart = marker.after;
        } else if (marker.word == "E" && open) {
            Section section{*open, {}};
            if (readClosing(marker, *open, section.reply.exitCode)) {
                section.reply.out = out.mid(bodyStart, std::max<qsizetype>(0, marker.at - bodyStart));
                frames.closed.push_back(std::move(section));
            }
            open.reset();
        } else if (marker.word == "END") {
            bool isNumber = false;
            frames.endCount = marker.rest.toInt(&isNumber);
            frames.ended = isNumber;
        }
    }
    return frames;
}

QHash<QByteArray, QByteArray> readErrors(const QByteArray &err, const QByteArray &prefix)
{
    QHash<QByteArray, QByteArray> errors;
    std::optional<QByteArray> open;
    qsizetype bodyStart = 0;
    const auto close = [&](qsizetype end) {
        if (!open || end <= bodyStart)
            return;
        QByteArray &kept = errors[*open];
        kept += err.mid(bodyStart, end - bodyStart);
        kept = kept.right(keptError);
    };
    for (Marker marker = nextMarker(err, prefix, 0); marker.at >= 0;
         marker = nextMarker(err, prefix, marker.after - 1)) {
        close(marker.at);
        open = marker.word == "S" ? std::optional<QByteArray>(marker.rest) : std::nullopt;
        bodyStart = marker.after;
    }
    close(err.size());
    return errors;
}

std::optional<qint64> clockOf(const Section &section)
{
    bool isNumber = false;
    const qint64 value = section.reply.out.trimmed().toLongLong(&isNumber);
    return section.name == "clock" && section.reply.exitCode == 0 && isNumber ? std::optional<qint64>(value)
                                                                              : std::nullopt;
}

} // namespace

Probe assembleProbe(const QByteArray &nonce, const std::vector<ProbePart> &parts)
{
    QByteArray opening;
    QByteArray middle;
    QByteArray closing;
    milliseconds foreground{0};
    milliseconds background{0};
    qint64 bytes = 4096;
    for (const ProbePart &part : parts) {
        bytes += std::max<qint64>(1, part.part.maxBytes) + 512;
        if (isBackground(part)) {
            opening += "( part " + arguments(part) + " & ) </dev/null | {\n";
            closing.prepend("gather " + part.key + ' ' + seconds(part.part.limit) + "\n}\n");
            background = std::max(background, part.part.limit);
        } else {
            middle += "part " + arguments(part) + '\n';
            foreground += part.part.limit;
        }
    }
    // A group must hold a command, also when every part runs in the background.
    middle += ":\n";
    const QByteArray count = QByteArray::number(qint64(parts.size()) + 2);
    const QByteArray script = "taffrail_probe() (\nN=" + nonce + '\n' + helpers
        + "now; T=$u\nprintf '\\n@TFR1 %s BEGIN probe\\n' \"$N\"\nclock\n" + opening + middle + closing
        + "clock\nprintf '\\n@TFR1 %s END %s\\n' \"$N\" " + count
        + "\n)\ntaffrail_probe </dev/null\nunset -f taffrail_probe\n";
    return {script, std::max(foreground, background) + slack, bytes};
}

ProbeAnswer parseProbe(const QByteArray &nonce, const QByteArray &out, const QByteArray &err)
{
    ProbeAnswer answer;
    const QByteArray prefix = "@TFR1 " + nonce + ' ';
    Frames frames = readFrames(out, prefix);
    answer.noise = frames.begin < 0 ? out.left(keptError) : out.left(std::min(frames.begin, keptError));
    if (frames.begin < 0)
        return answer;
    const QHash<QByteArray, QByteArray> errors = readErrors(err, prefix);
    answer.complete = frames.ended && frames.endCount == frames.opened && frames.endCount == int(frames.closed.size());
    for (size_t i = 0; i < frames.closed.size(); ++i) {
        Section &section = frames.closed[i];
        if (i == 0 && section.name == "clock") {
            answer.clockStart = clockOf(section);
        } else if (answer.complete && i + 1 == frames.closed.size() && section.name == "clock") {
            answer.clockEnd = clockOf(section);
        } else if (!answer.sections.contains(section.name)) {
            section.reply.err = errors.value(section.name);
            answer.sections.insert(section.name, section.reply);
        }
    }
    return answer;
}

} // namespace taffrail::sources
