// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationfiles.h"

#include "text.h"

#include <QVariantMap>

#include <algorithm>
#include <cstring>

namespace taffrail::sources::migrations {

namespace {

constexpr size_t maxFiles = 5000; // as in the script

// Names and contents go out by their length: nothing in them can forge a record. A few processes read any number of
// files. A file that changes meanwhile shows as a length that doesn't fit.
constexpr char looking[] = R"sh(look() {
find -L . -maxdepth 6 \( -name '.?*' -o -name node_modules -o -name __pycache__ -o -name site-packages -o -name venv \) -prune \
)sh";

// Taken before any content is read: a file that changes meanwhile makes the next stamp differ.
constexpr char stamping[] = R"sh(
}
if cd -- "$R" 2>/dev/null && [ -r . ]; then printf 'STAMP %s\n' "$(look -exec stat -L -c '%i %s %y %z %n' {} + 2>/dev/null | sort | cksum)"
else echo 'STAMP none'
fi
)sh";

constexpr char reading[] = R"sh(if cd -- "$R" 2>/dev/null && [ -r . ]; then
n=$(look -print 2>/dev/null | wc -l)
n=$((n))
if [ "$n" -gt 5000 ]; then printf 'TOOMANY %s\n' "$n"
else look -exec sh -c '
u=
for f do [ -r "$f" ] || u=1; done
if [ -n "$u" ]; then
for f do
shift
if [ -r "$f" ]; then set -- "$@" "$f"; else printf "HIDDEN %s %s\n" "${#f}" "$f"; fi
done
fi
[ "$#" -gt 0 ] || exit 0
printf "BATCH %s\n" "$#"
for f do printf "%s %s\n" "${#f}" "$f"; done
s=$(stat -L -c %s -- "$@")
t=0
for z in $s; do [ "$z" -le 65536 ] || z=65536; t=$((t + z)); done
l=65536
if [ "$((t * $0 / $#))" -gt 1048576 ]; then
l=$((1048576 / $0))
[ "$l" -le 1024 ] || l=1024
[ "$l" -ge 512 ] || l=0
fi
printf "LIMIT %s\n%s\nDATA\n" "$l" "$s"
[ "$l" -eq 0 ] || head -q -c "$l" -- "$@"
printf "\nENDBATCH\n"
' "$n" {} + 2>/dev/null
fi
echo DONE
else
P=$R
while [ -n "$P" ] && [ ! -e "$P" ]; do P=${P%/*}; done
P=${P:-/}
if [ "$P" = "$R" ] && [ ! -d "$P" ]; then echo NOTDIRECTORY
elif [ -x "$P" ] && [ "$P" != "$R" ]; then echo NOPATH
else echo PATHHIDDEN
fi
echo DONE
fi
)sh";

constexpr char python[] = R"sh(-name '*.py' \( -path '*/migrations/*' -o -path '*/versions/*' -o ! -path './*/*' \))sh";
constexpr char ruby[] = R"sh(-name '[0-9]*_*.rb')sh";
constexpr char sql[] = R"sh(-name '*.sql')sh";
// Anything may be called so in an application: in a folder of migrations, at the top, or with a migration's number.
constexpr char scripts[]
    = R"sh(\( -name '*.js' -o -name '*.ts' -o -name '*.[cm]js' -o -name '*.[cm]ts' \) ! -name '*.d.ts' \( -path '*igration*/*' -o ! -path './*/*' -o -name '[0-9][0-9][0-9]*' -o -name 'Migration[0-9]*' \))sh";
constexpr char journals[] = R"sh(-name _journal.json -path '*meta/_journal.json')sh";

/// What `find` looks for, by tool.
struct FilePattern {
    const char *tool;
    const char *names;
};
constexpr FilePattern furtherPatterns[] = {
    {"atlas", R"sh(\( -name '*.sql' -o -name 'atlas.sum' \))sh"},
    {"dbmate", sql},
    {"diesel", R"sh(\( -name 'up.sql' -o -name 'down.sql' \))sh"},
    {"doctrine", R"sh(-name '*.php' \( -name 'Version*' -o -path '*igrations/*' -o ! -path './*/*' \))sh"},
    {"ecto", R"sh(-name '[0-9]*_*.exs')sh"},
    {"efcore", R"sh(-name '[0-9]*_*.cs' ! -name '*.Designer.cs')sh"},
    {"golang-migrate", R"sh(\( -name '[0-9]*_*.up.*' -o -name '[0-9]*_*.down.*' \))sh"},
    {"goose", R"sh(\( -name '[0-9]*_*.sql' -o -name '[0-9]*_*.go' \))sh"},
    {"graphile-migrate", R"sh(-name '[0-9]*.sql')sh"},
    {"laravel", R"sh(\( -name '[0-9]*_*.php' -o -name '*.sql' -path '*schema/*' \))sh"},
    {"liquibase", R"sh(\( -name '*.sql' -o -name '*.xml' -o -name '*.yaml' -o -name '*.yml' -o -name '*.json' \))sh"},
    {"pgroll", R"sh(\( -name '*.json' -o -name '*.yaml' -o -name '*.yml' \))sh"},
    {"phinx", R"sh(-name '[0-9]*_*.php')sh"},
    {"postgrator", R"sh(\( -name '[0-9]*.do.*' -o -name '[0-9]*.undo.*' \))sh"},
    {"refinery", R"sh(\( -name '[UV][0-9]*__*.sql' -o -name '[UV][0-9]*__*.rs' \))sh"},
    {"sqitch", R"sh(\( -name '*.sql' -o -name '*.plan' \))sh"},
    {"sql-migrate", sql},
    {"sqlx", R"sh(-name '[0-9]*_*.sql')sh"},
    {"yoyo", R"sh(\( -name '*.sql' -o -name '*.py' \))sh"},
};
// Where no tool is named: names that only migrations have, and settings only where they lie among changelogs.
constexpr char furtherNames[]
    = R"sh( -o -name '*.plan' -o -name atlas.sum -o -name '[0-9]*_*.exs' -o -name '[0-9]*_*.php' -o -name 'Version[0-9]*.php')sh"
      R"sh( -o -name '[0-9]*_*.cs' ! -name '*.Designer.cs' -o -name '[0-9]*_*.go' ! -name '*_test.go' -o -name '[UV][0-9]*__*.rs')sh"
      R"sh( -o -path '*pgroll*' \( -name '*.json' -o -name '*.yaml' -o -name '*.yml' \))sh"
      R"sh( -o \( -path '*changelog*' -o -path '*liquibase*' -o -path '*changes/*' \) \( -name '*.xml' -o -name '*.yaml' -o -name '*.yml' -o -name '*.json' \))sh";

Error filesError(ErrorKind kind, const FilesSpec &spec, const QString &text, const QString &hint = {})
{
    return {kind, QStringLiteral("read migration files"), spec.host, text, hint};
}

/// Reads the frames; false as soon as something doesn't fit.
class Reader {
public:
    Reader(const QByteArray &out, FileRoot &root) : m_out(out), m_root(root) {}

    bool read()
    {
        while (m_at < m_out.size()) {
            const QByteArray text = line();
            if (text == "DONE")
                return true;
            if (text.startsWith("STAMP "))
                continue;
            if (text == "NOPATH")
                m_root.error = filesError(ErrorKind::NotFound, m_root.spec,
                                          QStringLiteral("%1 does not exist").arg(m_root.spec.path),
                                          QStringLiteral("Check \"files\" in the inventory."));
            else if (text == "NOTDIRECTORY")
                m_root.error = filesError(ErrorKind::NotFound, m_root.spec,
                                          QStringLiteral("%1 is not a directory").arg(m_root.spec.path));
            else if (text == "PATHHIDDEN")
                m_root.error = filesError(ErrorKind::Denied, m_root.spec,
                                          QStringLiteral("no right to read %1").arg(m_root.spec.path));
            else if (text.startsWith("TOOMANY "))
                m_root.error = filesError(
                    ErrorKind::TooLarge, m_root.spec,
                    QStringLiteral("%1 holds too many files: name the folder of the migrations").arg(m_root.spec.path));
            else if (text.startsWith("HIDDEN "))
                readHidden();
            else if (!text.startsWith("BATCH ") || !readBatch(number(text.mid(6))))
                return false;
        }
        return false;
    }

private:
    QByteArray line()
    {
        const qsizetype end = m_out.indexOf('\n', m_at);
        QByteArray text = m_out.mid(m_at, (end < 0 ? m_out.size() : end) - m_at);
        m_lineStart = m_at;
        m_at = end < 0 ? m_out.size() : end + 1;
        return text;
    }

    static qint64 number(const QByteArray &text)
    {
        bool ok = false;
        const qint64 value = text.toLongLong(&ok);
        return ok && value >= 0 ? value : -1;
    }

    /// "LENGTH NAME" where the name may hold anything, then a newline; null when it doesn't fit.
    QByteArray name(qsizetype from)
    {
        const qsizetype space = m_out.indexOf(' ', from);
        if (space < 0 || space - from > 6)
            return {};
        const qint64 length = number(m_out.mid(from, space - from));
        if (length <= 0 || space + 1 + length >= m_out.size() || m_out[space + 1 + length] != '\n')
            return {};
        m_at = space + 2 + length;
        QByteArray text = m_out.mid(space + 1, length);
        return text.startsWith("./") ? text.mid(2) : text;
    }

    void readHidden()
    {
        const QByteArray path = name(m_lineStart + qsizetype(strlen("HIDDEN ")));
        if (path.isEmpty())
            return;
        m_root.files.push_back({path, 0, {}, false, false});
        m_root.notes << QStringLiteral("%1: no right to read %2").arg(m_root.spec.host, sanitizedLine(path, 100));
    }

    bool readBatch(qint64 count)
    {
        if (count <= 0 || m_root.files.size() + size_t(count) > maxFiles)
            return false;
        std::vector<MigrationFile> batch;
        for (qint64 i = 0; i < count; ++i) {
            const QByteArray path = name(m_at);
            if (path.isEmpty())
                return false;
            batch.push_back({path, 0, {}, false, false});
        }
        const QByteArray limitLine = line();
        const qint64 limit = limitLine.startsWith("LIMIT ") ? number(limitLine.mid(6)) : -1;
        if (limit < 0 || limit > 65536)
            return false;
        bool isSteady = true;
        for (MigrationFile &file : batch) {
            const qint64 size = number(line());
            isSteady &= size >= 0;
            file.size = size;
        }
        if (line() != "DATA" || !isSteady)
            return false;
        qint64 total = 0;
        for (const MigrationFile &file : batch)
            total += std::min(file.size, limit);
        if (m_at + total > m_out.size() || !QByteArrayView(m_out).sliced(m_at + total).startsWith("\nENDBATCH\n"))
            return false;
        for (MigrationFile &file : batch) {
            const qint64 length = std::min(file.size, limit);
            file.content = m_out.mid(m_at, length);
            file.isRead = limit > 0;
            file.isWhole = limit > 0 && length == file.size;
            m_at += length;
            m_root.files.push_back(std::move(file));
        }
        m_at += qsizetype(strlen("\nENDBATCH\n"));
        return true;
    }

    const QByteArray &m_out;
    FileRoot &m_root;
    qsizetype m_at = 0;
    qsizetype m_lineStart = 0;
};

Result<FilesSpec> specOf(const QVariant &value, const QString &entry)
{
    const QVariantMap map = value.toMap();
    FilesSpec spec{map.value(QStringLiteral("host")).toString(), map.value(QStringLiteral("path")).toString(),
                   map.value(QStringLiteral("table")).toString()};
    while (spec.path.size() > 1 && spec.path.endsWith(QLatin1Char('/')))
        spec.path.chop(1);
    if (spec.host.isEmpty() || !spec.path.startsWith(QLatin1Char('/')) || spec.path.contains(QChar(0)))
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry,
                       QStringLiteral("\"files\" needs a \"host\" and an absolute \"path\""));
    return spec;
}

} // namespace

QByteArray MigrationFile::name() const
{
    return path.mid(path.lastIndexOf('/') + 1);
}

QByteArray MigrationFile::folder() const
{
    return path.left(std::max<qsizetype>(0, path.lastIndexOf('/')));
}

QByteArray FileRoot::rootName() const
{
    return spec.path.section(QLatin1Char('/'), -1).toUtf8();
}

QByteArray FileRoot::rootParent() const
{
    return spec.path.section(QLatin1Char('/'), -2, -2).toUtf8();
}

Result<std::vector<FilesSpec>> filesOf(const SourceEntry &entry)
{
    const QVariant option = entry.options.value(QStringLiteral("files"));
    std::vector<FilesSpec> specs;
    if (!option.isValid() || option.isNull())
        return specs;
    const QVariantList list = option.typeId() == QMetaType::QVariantList ? option.toList() : QVariantList{option};
    for (const QVariant &value : list) {
        Result<FilesSpec> spec = specOf(value, entry.id);
        if (!spec)
            return failure(spec.error());
        specs.push_back(*spec);
    }
    return specs;
}

namespace {

QByteArray anyOf(const QList<QByteArray> &patterns)
{
    return "\\( " + patterns.join(" -o ") + " \\)";
}

bool isScripted(const QString &tool)
{
    static const QStringList tools{QStringLiteral("knex"),      QStringLiteral("typeorm"),
                                   QStringLiteral("sequelize"), QStringLiteral("mikro-orm"),
                                   QStringLiteral("kysely"),    QStringLiteral("db-migrate")};
    return tools.contains(tool);
}

/// The place and the function that walks over its files.
QByteArray lookScript(const QString &path, const QString &tool)
{
    QByteArray names;
    const auto *further = std::ranges::find_if(
        furtherPatterns, [&tool](const FilePattern &pattern) { return tool == QLatin1String(pattern.tool); });
    if (further != std::end(furtherPatterns))
        names = further->names;
    else if (tool == QLatin1String("rails"))
        names = ruby;
    else if (tool == QLatin1String("flyway"))
        names = sql;
    else if (tool == QLatin1String("alembic") || tool == QLatin1String("django"))
        names = python;
    else if (tool == QLatin1String("prisma"))
        names = "-name migration.sql";
    else if (tool == QLatin1String("drizzle"))
        names = anyOf({sql, journals});
    else if (tool == QLatin1String("node-pg-migrate"))
        names = anyOf({sql, scripts});
    else if (isScripted(tool))
        names = scripts;
    else
        names = QByteArray("\\( ") + python + " -o " + ruby + " -o " + sql + " -o " + scripts + " -o " + journals
            + furtherNames + " \\)";
    return "R=" + shellQuoted(path) + '\n' + looking + "-o -type f " + names + " \"$@\"";
}

} // namespace

QByteArray filesScript(const QString &path, const QString &tool)
{
    return lookScript(path, tool) + stamping + reading;
}

QByteArray stampScript(const QString &path, const QString &tool)
{
    return lookScript(path, tool) + stamping;
}

QByteArray stampOf(const Reply &reply)
{
    const ShellReply *shell = reply.as<ShellReply>();
    const QByteArray line = shell ? shell->out.left(std::max<qsizetype>(0, shell->out.indexOf('\n'))) : QByteArray();
    return line.startsWith("STAMP ") && line.size() < 100 ? line.mid(6) : QByteArray();
}

FileRoot readFiles(const FilesSpec &spec, const Reply &reply)
{
    FileRoot root;
    root.spec = spec;
    if (const Error *error = reply.error()) {
        root.error = *error;
        return root;
    }
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell) {
        root.error = filesError(ErrorKind::Internal, spec, QStringLiteral("not the answer of a shell"));
        return root;
    }
    if (!Reader(shell->out, root).read() && !root.error) {
        const bool isLate = shell->exitCode == 124 || shell->exitCode == 137 || shell->exitCode == 143;
        root.error = isLate
            ? filesError(ErrorKind::Timeout, spec, QStringLiteral("reading %1 took too long").arg(spec.path))
            : filesError(ErrorKind::BadData, spec,
                         QStringLiteral("the files of %1 can't be read, or changed meanwhile").arg(spec.path));
    }
    if (root.error)
        root.files.clear();
    std::ranges::sort(root.files, {}, &MigrationFile::path);
    if (std::ranges::any_of(root.files, [](const MigrationFile &file) { return !file.isWhole && file.isRead; }))
        root.notes << QStringLiteral("%1: too much text: of long files only the beginning is read").arg(spec.shown());
    return root;
}

} // namespace taffrail::sources::migrations
