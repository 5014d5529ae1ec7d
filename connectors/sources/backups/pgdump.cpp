// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgdumptext.h"
#include "registry.h"

#include "text.h"

#include <QTimeZone>

#include <algorithm>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

// $P is the folder (or one file), $G the pattern. Sidecar files are not dumps; links may dangle and count nothing.
constexpr char findFiles[] = R"sh([ -e "$P" ] || { printf 'X absent\n'; exit 0; }
if [ -d "$P" ] && [ ! -e "$P/toc.dat" ]; then
[ -r "$P" ] && [ -x "$P" ] || { printf 'X denied\n'; exit 0; }
list() { find "$P" -mindepth 1 -maxdepth 1 -name "$G" ! -type l ! -name '*.log' ! -name '*.md5' ! -name '*.sha*' ! -name '*.sig' ! -name '*.asc' ! -name '*.txt' ! -name '*.json' -exec stat -c 'F %s %Y %F|%n' {} +; }
else
list() { stat -c 'F %s %Y %F|%n' "$P"; }
fi
L=$(list | sort -k3,3nr | head -n 300)
newest() { printf '%s\n' "$L" | head -n 5 | while IFS= read -r x; do n=${x#*|}; case $n in /*) printf '%s\n' "$n";; esac; done; }
)sh";

// The cheap look: the table of contents, the head and the end of the newest files. Never the whole file.
constexpr char lookAtFiles[] = R"sh(printf 'T %s\n' "$(date +%s)"
printf 'Z %s\n' "$(env -u TZ date +%z)"
printf '%s\n' "$L"
newest | while IFS= read -r n; do
printf '==> %s\n' "$n"
[ -r "$n" ] || { printf 'denied\n'; continue; }
if [ -d "$n" ]; then
[ -e "$n/toc.dat" ] && printf 'toc yes\n' || printf 'toc no\n'
printf 'size %s\n' "$(find "$n" -type f -exec stat -c %s {} + | awk '{s+=$1} END {printf "%.0f", s}')"
find "$n" -type f -name '*.dat*' | sed 's|.*/|data |' | head -n 3000
m=5047444d50
else
m=$(head -c 5 "$n" | od -An -tx1 | tr -d ' \n'); printf 'magic %s\n' "$(head -c 16 "$n" | od -An -tx1 | tr -d ' \n')"
fi
case $m in
5047444d50|746f632e64)
if command -v pg_restore >/dev/null 2>&1; then
l=$(pg_restore -l "$n" 2>&1); r=$?
printf '%s\n' "$l" | head -n 14
[ -d "$n" ] && printf '%s\n' "$l" | grep ' TABLE DATA ' | sed 's|^\([0-9]*\);.*|table \1|' | head -n 3000
printf 'list %s\n' "$r"
else printf 'list 127\n'; fi;;
2d2d*|5c72*|5345*) head -c 4096 "$n" | grep -a -E '^-- (Started on|PostgreSQL database)'; tail -c 4096 "$n" | grep -a -E '^-- (PostgreSQL database (cluster )?dump complete|Completed on)'; printf 'plain\n';;
esac
done
now=$(date +%s)
printf '%s\n' "$L" | head -n 20 | while read -r f s t rest; do [ -n "$t" ] && [ "$t" -ge $((now - 120)) ] && printf '%s\n' "$rest"; done | { IFS= read -r first && { sleep 2; { printf '%s\n' "$first"; cat; } | while IFS= read -r x; do stat -c 'G %s %Y %F|%n' "${x#*|}"; done; }; }
:
)sh";

// The whole content of the newest files, in the slow lane.
constexpr char readFiles[] = R"sh(newest | while IFS= read -r n; do
printf '==> %s\n' "$n"
stat -c 'F %s %Y %F|%n' "$n"
[ -d "$n" ] && m=5047444d50 || m=$(head -c 5 "$n" | od -An -tx1 | tr -d ' \n')
case $m in
5047444d50|746f632e64) e=$(pg_restore -f /dev/null "$n" 2>&1); r=$?; printf '%s\n' "$e" | head -n 5; printf 'read %s\n' "$r";;
1f8b*) { e=$( { gzip -dc "$n" 2>&3 | { tail -c 4096; cat >/dev/null; } | grep -a -c -E '^-- PostgreSQL database (cluster )?dump complete' >&4; } 3>&1 ); } 4>&1; printf '%s\n' "$e" | head -n 5; gzip -t "$n" 2>/dev/null; printf 'gzip %s\n' "$?";;
esac
done
:
)sh";

QByteArray placeOf(const SourceEntry &entry)
{
    QString path = optionText(entry, "path");
    QString pattern = QStringLiteral("*");
    const QString last = path.section(QLatin1Char('/'), -1);
    if (last.contains(QLatin1Char('*')) || last.contains(QLatin1Char('?')) || last.contains(QLatin1Char('['))) {
        pattern = last;
        path.chop(last.size() + 1);
    }
    while (path.size() > 1 && path.endsWith(QLatin1Char('/')))
        path.chop(1);
    return "P=" + shellQuoted(path.isEmpty() ? QStringLiteral("/") : path) + "\nG=" + shellQuoted(pattern) + '\n';
}

std::vector<Request> dumpRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    for (const QString &host : entry.hosts) {
        requests.push_back(
            {QStringLiteral("files"), host, ShellPart{placeOf(entry) + findFiles + lookAtFiles, 20s}, Lane::Fast});
        requests.push_back(
            {QStringLiteral("read"), host, ShellPart{placeOf(entry) + findFiles + readFiles, 300s}, Lane::Slow});
    }
    return requests;
}

/// "F SIZE MTIME KIND|PATH" → a file.
std::optional<DumpFile> fileOf(const QByteArray &line)
{
    const QList<QByteArray> words = line.left(line.indexOf('|')).split(' ');
    const qsizetype bar = line.indexOf("|/");
    if (words.size() < 4 || bar < 0)
        return std::nullopt;
    bool isSize = false;
    bool isTime = false;
    DumpFile file;
    file.size = words[1].toLongLong(&isSize);
    file.modifiedAt = timeOf(words[2].toLongLong(&isTime));
    file.path = line.mid(bar + 1);
    file.isDirectory = words[3] == "directory";
    if (!isSize || !isTime || file.size < 0)
        return std::nullopt;
    if (file.isDirectory)
        file.size = -1; // of the folder itself; the sum of its files is told apart
    return file;
}

struct Piece {
    QByteArray path, text;
};

QList<Piece> piecesOf(const QByteArray &out)
{
    QList<Piece> pieces;
    for (const QByteArray &line : out.split('\n')) {
        if (line.startsWith("==> /"))
            pieces.append({line.mid(4), {}});
        else if (!pieces.isEmpty())
            pieces.last().text += line + '\n';
    }
    return pieces;
}

QByteArray valueOf(const QByteArray &text, const QByteArray &key)
{
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith(key + ' '))
            return line.mid(key.size() + 1).trimmed();
    }
    return {};
}

/// Every TABLE DATA entry of a directory dump must have its file.
void checkDirectory(DumpFile &file, const QByteArray &text)
{
    QSet<QByteArray> there;
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith("data "))
            there.insert(line.mid(5, line.indexOf('.', 5) - 5));
    }
    for (const QByteArray &line : text.split('\n')) {
        if (file.problem.isEmpty() && line.startsWith("table ") && !there.contains(line.mid(6).trimmed())) {
            file.problem = QStringLiteral("file_missing");
            file.detail = QStringLiteral("the data of table entry %1 is missing").arg(sanitizedLine(line.mid(6), 20));
        }
    }
}

void readPiece(DumpFile &file, const QByteArray &text, DumpZone zone)
{
    if (text.startsWith("denied")) {
        file.detail = QStringLiteral("no right to read it");
        return;
    }
    file.isProbed = true;
    file.magic = QByteArray::fromHex(valueOf(text, "magic"));
    const QByteArray listed = valueOf(text, "list");
    if (file.isDirectory) {
        file.size = valueOf(text, "size").isEmpty() ? -1 : valueOf(text, "size").toLongLong();
        if (valueOf(text, "toc") == "no") {
            file.problem = QStringLiteral("manifest_missing");
            file.detail = QStringLiteral("the folder has no toc.dat");
            return;
        }
        checkDirectory(file, text);
    }
    if (!listed.isEmpty() && listed != "127") {
        file.startedAt = createdAtOf(text, zone);
        file.trust = listed == "0" ? Trust::Metadata : Trust::Listed;
        if (listed != "0") {
            const QString known = problemOfDumpError(text);
            file.problem = known.isEmpty() ? QStringLiteral("not_a_dump") : known;
            file.detail = firstLine(text.mid(text.indexOf("pg_restore:")));
        }
    } else if (text.contains("\nplain\n") || text.startsWith("plain\n")) {
        file.startedAt = commentTimeOf(text, "Started on", zone);
        file.completedAt = commentTimeOf(text, "Completed on", zone);
        file.isComplete = text.contains("dump complete");
        file.trust = file.isComplete ? Trust::Metadata : Trust::Listed;
        if (!file.isComplete) {
            file.problem = QStringLiteral("truncated");
            file.detail = QStringLiteral("the closing line of the dump is missing");
        }
    } else if (listed.isEmpty() && !file.magic.isEmpty() && !file.magic.startsWith("\x1f\x8b")
               && !file.magic.startsWith("age-") && (file.path.endsWith(".dump") || file.path.endsWith(".sql"))) {
        file.problem = QStringLiteral("not_a_dump");
        file.detail = QStringLiteral("it does not begin like a dump");
    }
}

/// What reading all bytes showed, if the file is still the one that was read.
void applyRead(std::vector<DumpFile> &files, const ShellReply &reply, const QDateTime &at)
{
    for (DumpFile &file : files)
        file.isUnread = isToBeRead(file);
    for (const Piece &piece : piecesOf(reply.out)) {
        const qsizetype stat = piece.text.indexOf("F ");
        const std::optional<DumpFile> seen
            = stat == 0 ? fileOf(piece.text.left(piece.text.indexOf('\n'))) : std::nullopt;
        const auto same = std::find_if(files.begin(), files.end(), [&](const DumpFile &file) {
            return seen && file.path == piece.path && file.modifiedAt == seen->modifiedAt
                && (file.isDirectory || file.size == seen->size);
        });
        const QByteArray read = valueOf(piece.text, "read");
        const QByteArray gzip = valueOf(piece.text, "gzip");
        if (same != files.end())
            same->isUnread = false;
        if (same == files.end() || (read.isEmpty() && gzip.isEmpty()) || read == "127" || gzip == "127")
            continue;
        const bool hasEnd = read == "0" || (gzip == "0" && piece.text.contains("\n1\n"));
        if (hasEnd) {
            same->trust = Trust::AllBytes;
            same->verifiedAt = at;
            same->isComplete = true;
        } else if (same->problem.isEmpty()) {
            const QString known = problemOfDumpError(piece.text.mid(piece.text.indexOf('\n')));
            same->problem = known.isEmpty() ? QStringLiteral("truncated") : known;
            same->detail = read.isEmpty() && gzip == "0" ? QStringLiteral("the closing line of the dump is missing")
                                                         : firstLine(piece.text.mid(piece.text.indexOf('\n')));
        }
    }
}

DumpZone zoneOf(const SourceEntry &entry, const QByteArray &out, const QDateTime &now)
{
    const QString name = optionText(entry, "timezone");
    if (const QTimeZone zone(name.toLatin1()); !name.isEmpty() && zone.isValid())
        return {zone.offsetFromUtc(now.isValid() ? now : QDateTime::fromSecsSinceEpoch(0, Qt::UTC))};
    const QByteArray offset = valueOf(out, "Z"); // "+0130"
    if (offset.size() != 5)
        return {};
    const int seconds = offset.mid(1, 2).toInt() * 3600 + offset.mid(3, 2).toInt() * 60;
    return {offset[0] == '-' ? -seconds : seconds};
}

std::vector<DumpFile> filesOf(const ShellReply &reply, DumpZone zone)
{
    std::vector<DumpFile> files;
    for (const QByteArray &line : reply.out.split('\n')) {
        if (line.startsWith("==> /"))
            break;
        if (const std::optional<DumpFile> file = line.startsWith("F ") ? fileOf(line) : std::nullopt)
            files.push_back(*file);
    }
    const auto find = [&](const QByteArray &path) {
        return std::find_if(files.begin(), files.end(), [&](const DumpFile &file) { return file.path == path; });
    };
    for (const Piece &piece : piecesOf(reply.out)) {
        if (const auto file = find(piece.path); file != files.end())
            readPiece(*file, piece.text, zone);
    }
    for (const QByteArray &line : reply.out.split('\n')) {
        const std::optional<DumpFile> again = line.startsWith("G ") ? fileOf(line) : std::nullopt;
        const auto file = again ? find(again->path) : files.end();
        if (file != files.end() && !file->isDirectory
            && (file->size != again->size || file->modifiedAt != again->modifiedAt))
            file->isGrowing = true;
        else if (file != files.end() && file->isDirectory && file->modifiedAt != again->modifiedAt)
            file->isGrowing = true;
    }
    return files;
}

/// A finished dump is listed that the last reading did not meet.
bool isReadingOutdated(const SourceEntry &, const Reply &kept, const Replies &replies)
{
    const Reply *reply = replyOf(replies, QStringLiteral("files"), kept.subject);
    const ShellReply *listed = reply ? reply->as<ShellReply>() : nullptr;
    const ShellReply *read = kept.as<ShellReply>();
    if (kept.name != QLatin1String("read") || !listed || !read)
        return false;
    std::vector<DumpFile> files = filesOf(*listed, {});
    applyRead(files, *read, kept.at);
    return std::ranges::any_of(files, &DumpFile::isUnread);
}

Result<Value> readHostFiles(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    std::vector<DumpFile> files;
    QStringList notes;
    DumpZone zone;
    QDateTime now = context.now;
    bool isAnswered = false;
    for (const Reply *reply : repliesNamed(replies, QStringLiteral("files"))) {
        const ShellReply *shell = reply->as<ShellReply>();
        if (!shell || (shell->exitCode != 0 && shell->out.trimmed().isEmpty())) {
            notes.append(
                QStringLiteral("%1: %2").arg(reply->subject, shell ? firstLine(shell->err) : reply->error()->text));
            continue;
        }
        if (shell->out.startsWith("X ")) {
            notes.append(QStringLiteral("%1: %2 %3")
                             .arg(reply->subject, optionText(entry, "path"),
                                  shell->out.startsWith("X denied") ? QStringLiteral("may not be read")
                                                                    : QStringLiteral("does not exist")));
            isAnswered = isAnswered || !shell->out.startsWith("X denied");
            continue;
        }
        isAnswered = true;
        zone = zoneOf(entry, shell->out, context.now);
        // Ages of files are judged by the clock that stamped them.
        if (const qint64 clock = valueOf(shell->out, "T").toLongLong(); clock > 0)
            now = timeOf(clock);
        std::vector<DumpFile> found = filesOf(*shell, zone);
        const Reply *read = replyOf(replies, QStringLiteral("read"), reply->subject);
        if (const ShellReply *whole = read ? read->as<ShellReply>() : nullptr)
            applyRead(found, *whole, read->at);
        files.insert(files.end(), found.begin(), found.end());
    }
    if (!isAnswered) {
        if (notes.isEmpty())
            return failure(whyNoAnswer(replies, entry));
        return failure(ErrorKind::Denied, QStringLiteral("read"), entry.id, notes.first());
    }
    BackupSet set = setOf(files, zone, now);
    set.repository = optionText(entry, "path");
    set.notes = notes;
    return Value(std::move(set));
}

Result<Value> parseDumps(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    if (const Reply *files = firstAnswer(replies, QStringLiteral("files")); replies.size() == 1 || !files) {
        const Reply *any = files;
        for (const Reply &reply : replies)
            any = any || !reply.as<ShellReply>() ? any : &reply;
        const ShellReply *shell = any ? any->as<ShellReply>() : nullptr;
        const bool isOwn = shell && (shell->out.startsWith("T ") || shell->out.startsWith("X "));
        if (shell && !isOwn && shell->exitCode != 127) {
            const QString command = optionText(entry, "command");
            const QString part = any->name == QLatin1String("verify") || any->name == QLatin1String("read")
                ? QStringLiteral("verify")
                : command;
            return Value(readCapturedDump({command.isEmpty() ? part : command, *shell, any->at},
                                          zoneOf(entry, {}, context.now)));
        }
    }
    return readHostFiles(entry, replies, context);
}

} // namespace

const Source pgdumpSource{
    PaneKind::Backups,
    "pg_dump",
    "pg_dump files",
    true,
    false,
    {
        {"path", "string", true, "folder of the dumps, one dump, or a pattern such as /srv/dumps/shop-*.dump",
         R"("pattern":"^/")"},
        {"timezone", "string", false, "zone of the machine that makes the dumps (default: that of the host)",
         R"("minLength":1)"},
    },
    {"files", "read", "list", "verify", "stat"},
    dumpRequests,
    parseDumps,
    isReadingOutdated,
    "read access to the dump files; pg_restore on the host to read them whole",
};

} // namespace taffrail::sources
