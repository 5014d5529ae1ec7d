// SPDX-License-Identifier: GPL-3.0-or-later
// What the slow lane says of the catalog of one database, and of how the server lets people in.
#include "postgresview.h"

#include "text.h"

#include <algorithm>
#include <cmath>

namespace taffrail::sources {

namespace {

constexpr double countedLongEnough = 30 * 86400.0; // reference health B3: counters younger than 30 days prove nothing
constexpr double largeTable = 10 * 1024 * 1024; // our own: reading a smaller table whole costs a delete little

QString names(const QStringList &all, int limit = 5)
{
    QString text = all.mid(0, limit).join(QStringLiteral(", "));
    return all.size() > limit ? QStringLiteral("%1 and %2 more").arg(text).arg(all.size() - limit) : text;
}

void addWithHint(const PostgresView &view, const char *code, const QString &subject, Status status, const QString &text,
                 const QString &hint)
{
    view.add(code, subject, status, text);
    view.report.checks.back().hint = hint;
}

/// Not valid and not being built: writes pay for it, no query uses it, a unique one guards nothing. A warning.
void readInvalidIndexes(const PostgresView &view)
{
    const SqlReply *rows = view.rows("invalid");
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const QString index = cellLine(*rows, row, "index", 120);
        addWithHint(view, "postgres.index_invalid", index, Status::Warning,
                    cellTrue(*rows, row, "leftover")
                        ? QStringLiteral("index %1 is left over from a REINDEX CONCURRENTLY that failed").arg(index)
                        : QStringLiteral("index %1 of %2 is invalid: written to, and never used")
                              .arg(index, cellLine(*rows, row, "relation", 120)),
                    QStringLiteral("DROP INDEX CONCURRENTLY %1; and create it again if it is needed").arg(index));
    }
    if (rows && rows->rows.empty())
        view.add("postgres.index_invalid", {}, Status::Ok, QStringLiteral("every index is valid"));
}

/// The same index twice: a notice per pair; the first is the one to keep.
void readDuplicateIndexes(const PostgresView &view)
{
    const SqlReply *rows = view.rows("duplicate");
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const QString all = cellLine(*rows, row, "names", 300);
        const double bytes = cellNumber(*rows, row, "bytes").value_or(0);
        view.add("postgres.index_duplicate", cellLine(*rows, row, "relation", 120), Status::Notice,
                 QStringLiteral("the same index more than once: %1").arg(all), bytes, "B");
        view.report.checks.back().hint
            = QStringLiteral("Keep %1; drop the others one at a time").arg(all.section(QLatin1String(", "), 0, 0));
    }
}

/// Never scanned in 30 days or more, on a server without standbys: a notice.
void readUnusedIndexes(const PostgresView &view)
{
    const SqlReply *rows = view.rows("unused");
    if (!rows || rows->rows.empty() || view.inRecovery || cellNumber(*rows, 0, "standbys").value_or(1) > 0
        || cellNumber(*rows, 0, "counted_s").value_or(0) < countedLongEnough)
        return;
    QStringList unused;
    double bytes = 0;
    for (size_t row = 0; row < rows->rows.size(); ++row) {
        if (const QString index = cellLine(*rows, row, "index", 120); !index.isEmpty())
            unused << index;
        bytes += cellNumber(*rows, row, "bytes").value_or(0);
    }
    if (!unused.isEmpty())
        view.add("postgres.index_unused", {}, Status::Notice,
                 QStringLiteral("never used in %1: %2 (%3)")
                     .arg(spanText(*cellNumber(*rows, 0, "counted_s")), names(unused), sizeText(bytes)),
                 bytes, "B");
}

/// A large table that is read whole whenever a row it refers to is deleted: a notice. A parent that nothing is deleted
/// from costs nothing.
void readForeignKeys(const PostgresView &view)
{
    const SqlReply *rows = view.rows("foreign_keys");
    const double least = limitsOf(view.entry, "foreign_key_bytes", {largeTable, largeTable}).warning;
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const double bytes = cellNumber(*rows, row, "bytes").value_or(0);
        const double deletes = cellNumber(*rows, row, "deletes").value_or(0);
        if (bytes < least || deletes <= 0)
            continue;
        const QString relation = cellLine(*rows, row, "relation", 120);
        view.add("postgres.foreign_key", relation + QLatin1Char(' ') + cellLine(*rows, row, "name"), Status::Notice,
                 QStringLiteral("%1 (%2) has no index for its reference to %3, from which %4 rows were deleted")
                     .arg(relation, sizeText(bytes), cellLine(*rows, row, "parent", 120))
                     .arg(deletes, 0, 'f', 0),
                 bytes, "B");
    }
}

/// Constraints that hold for new rows only: a migration that stopped half-way, or forgot its second half. A notice.
void readConstraints(const PostgresView &view)
{
    const SqlReply *rows = view.rows("constraints");
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const QString name = cellLine(*rows, row, "name");
        const QString relation = cellLine(*rows, row, "relation", 120);
        addWithHint(view, "postgres.constraint", relation + QLatin1Char(' ') + name, Status::Notice,
                    QStringLiteral("constraint %1 of %2 is not validated: older rows may break it").arg(name, relation),
                    QStringLiteral("ALTER TABLE %1 VALIDATE CONSTRAINT %2;").arg(relation, name));
    }
}

/// What is left of each sequence, or of the column that it fills: warning at 75 %, critical at 90 % (health reference).
void readSequences(const PostgresView &view)
{
    const SqlReply *rows = view.rows("sequences");
    if (!rows || rows->rows.empty())
        return;
    const Limits limits = limitsOf(view.entry, "sequence", {75, 90});
    const double all = cellNumber(*rows, 0, "sequences").value_or(0);
    const double hidden = cellNumber(*rows, 0, "hidden").value_or(0);
    bool isToldOne = false;
    for (size_t row = 0; row < rows->rows.size(); ++row) {
        const std::optional<double> percent = cellNumber(*rows, row, "percent");
        const bool wraps = cellTrue(*rows, row, "is_cycle");
        if (!percent || (isToldOne && (wraps || *percent < limits.warning)))
            continue;
        isToldOne = true;
        const QString owner = cellLine(*rows, row, "owner", 120);
        view.add("postgres.sequence", cellLine(*rows, row, "name", 120), wraps ? Status::Ok : above(*percent, limits),
                 QStringLiteral("%1 % used up (%2 of %3%4)%5")
                     .arg(oneDigit(*percent), cellLine(*rows, row, "last_value"), cellLine(*rows, row, "last_possible"),
                          owner.isEmpty() ? QString() : QStringLiteral(" in %1").arg(owner),
                          wraps ? QStringLiteral(", then it starts again") : QString()),
                 *percent, "%", limits);
    }
    if (hidden > 0)
        addWithHint(view, "postgres.sequence", {}, Status::Notice,
                    QStringLiteral("%1 of %2 sequences cannot be judged: no right to read their values")
                        .arg(hidden, 0, 'f', 0)
                        .arg(all, 0, 'f', 0),
                    QStringLiteral("GRANT SELECT ON ALL SEQUENCES IN SCHEMA %1 TO %2;")
                        .arg(cellLine(*rows, 0, "hidden_schemas", 300), view.role));
}

/// Files of a newer extension than the database uses: a warning (health reference).
void readExtensions(const PostgresView &view)
{
    const SqlReply *rows = view.rows("extensions");
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const QString name = cellLine(*rows, row, "name");
        addWithHint(view, "postgres.extension", name, Status::Warning,
                    QStringLiteral("extension %1 is at %2, its files are %3")
                        .arg(name, cellLine(*rows, row, "installed_version"), cellLine(*rows, row, "default_version")),
                    QStringLiteral("ALTER EXTENSION %1 UPDATE;").arg(name));
    }
}

/// Sessions from other machines, as they were at this look: without TLS a notice, below TLS 1.2 a warning.
void readEncryption(const PostgresView &view)
{
    const SqlReply *rows = view.rows("encryption");
    if (!rows || rows->rows.empty() || !view.seesEverything)
        return;
    const double plain = cellNumber(*rows, 0, "plain").value_or(0);
    const double old = cellNumber(*rows, 0, "old").value_or(0);
    if (old > 0)
        view.add("postgres.encryption", QStringLiteral("version"), Status::Warning,
                 QStringLiteral("%1 sessions use TLS older than 1.2").arg(old, 0, 'f', 0), old, "");
    if (plain > 0)
        view.add("postgres.encryption", QStringLiteral("plain"), Status::Notice,
                 QStringLiteral("%1 of %2 sessions from other machines are not encrypted: %3")
                     .arg(plain, 0, 'f', 0)
                     .arg(cellNumber(*rows, 0, "remote").value_or(0), 0, 'f', 0)
                     .arg(cellLine(*rows, 0, "who", 200)),
                 plain, "");
}

} // namespace

void readCatalog(const PostgresView &view)
{
    readInvalidIndexes(view);
    readDuplicateIndexes(view);
    readUnusedIndexes(view);
    readForeignKeys(view);
    readConstraints(view);
    readSequences(view);
    readExtensions(view);
    readEncryption(view);
}

/// Lines of pg_hba.conf that let people in too easily: trust or a clear-text password over the network, and lines that
/// the server cannot read, are warnings; md5 and "from anywhere" are notices (health reference names them, we weigh).
void readHba(const PostgresView &view)
{
    const SqlReply *rows = view.rows(hbaPart().name);
    QStringList trust, password, weak, anywhere, broken;
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const QByteArray method = cellText(*rows, row, "auth_method");
        const QByteArray address = cellText(*rows, row, "address");
        const QString line = cellLine(*rows, row, "line_number", 10);
        if (!cellText(*rows, row, "error").isEmpty()) {
            broken << QStringLiteral("line %1: %2").arg(line, cellLine(*rows, row, "error", 120));
            continue;
        }
        const QString about = QStringLiteral("line %1 (%2 for %3 on %4)")
                                  .arg(line, sanitizedLine(address, 60), cellLine(*rows, row, "users", 60),
                                       cellLine(*rows, row, "databases", 60));
        QStringList *kind = method == "trust" ? &trust
            : method == "password"            ? &password
            : method == "md5"                 ? &weak
                                              : nullptr;
        if (kind)
            *kind << about;
        const QByteArray mask = cellText(*rows, row, "netmask");
        const bool isAny = address == "all" || address.endsWith("/0")
            || ((address == "0.0.0.0" || address == "::") && (mask.isEmpty() || mask == "0.0.0.0" || mask == "::"));
        if (isAny)
            anywhere << about;
    }
    const auto tell = [&](const char *subject, Status status, const QStringList &lines, const char *words) {
        if (!lines.isEmpty())
            view.add("postgres.hba", QString::fromLatin1(subject), status,
                     QStringLiteral("pg_hba.conf %1: %2").arg(QString::fromLatin1(words), names(lines, 3)));
    };
    tell("error", Status::Warning, broken, "has lines that are not read");
    tell("trust", Status::Warning, trust, "asks for no password over the network");
    tell("password", Status::Warning, password, "takes passwords in clear text");
    tell("md5", Status::Notice, weak, "takes md5 passwords");
    tell("anywhere", Status::Notice, anywhere, "lets in from any address");
    if (rows && rows->rows.empty())
        view.add("postgres.hba", {}, Status::Ok, QStringLiteral("no line of pg_hba.conf lets in too easily"));
    const SqlReply *session = view.rows("session");
    if (session && cellText(*session, 0, "sees_hba") == "f")
        view.report.notes.append(QStringLiteral("pg_hba.conf is not judged: GRANT SELECT ON pg_hba_file_rules TO %1; "
                                                "GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO %1;")
                                     .arg(view.role));
}

/// Lines of the configuration files that the server refused: the next restart fails. A warning.
void readFileSettings(const PostgresView &view)
{
    const SqlReply *rows = view.rows(filesPart().name);
    for (size_t row = 0; rows && row < rows->rows.size(); ++row)
        view.add("postgres.settings", QStringLiteral("line %1").arg(cellLine(*rows, row, "sourceline", 10)),
                 Status::Warning,
                 QStringLiteral("%1 line %2 will stop the next restart: %3 (%4)")
                     .arg(cellLine(*rows, row, "sourcefile", 120), cellLine(*rows, row, "sourceline", 10),
                          cellLine(*rows, row, "error", 160), cellLine(*rows, row, "name")));
}

} // namespace taffrail::sources
