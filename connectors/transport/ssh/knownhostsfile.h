// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QStringList>

#include <vector>

namespace taffrail::ssh {

/// One usable line of a known_hosts file.
struct KnownLine {
    enum class Marker { Plain, Revoked, Authority };
    Marker marker = Marker::Plain;
    int number = 0; ///< from 1
    QByteArray hosts; ///< the host field, lower case unless hashed
    QByteArray keyType;
    QByteArray blob;
};

/// One known_hosts file in memory, indexed by host name and by key. Not thread-safe.
class KnownHostsFile {
public:
    explicit KnownHostsFile(QString path);

    const QString &path() const { return m_path; }
    /// Reads the file again if its time, size or inode changed. A missing file, a device or a pipe is empty.
    void refresh();
    bool hasHashedLines() const { return !m_hashed.empty(); }
    const QStringList &problems() const { return m_problems; }

    /// Lines whose host field matches the name (as knownHostsName() writes it), in file order.
    std::vector<const KnownLine *> linesOf(const QByteArray &name) const;
    /// Lines with this very key, whatever their hosts, in file order.
    std::vector<const KnownLine *> linesWithKey(const QByteArray &blob) const;
    static bool matches(const KnownLine &line, const QByteArray &name);

private:
    struct Stamp {
        qint64 device = -1, inode = -1, size = -1, changedNs = -1;
        bool operator==(const Stamp &) const = default;
    };
    void load(const QByteArray &bytes);
    void addLine(int number, const QByteArray &text);
    void indexLast();
    void report(int number, const QString &why);

    QString m_path;
    Stamp m_stamp;
    std::vector<KnownLine> m_lines;
    QHash<QByteArray, std::vector<int>> m_exact; ///< name → lines without wildcard or negation
    QHash<QByteArray, std::vector<int>> m_byKey;
    std::vector<int> m_patterns, m_hashed;
    mutable QHash<QByteArray, std::vector<int>> m_hashedMatches; ///< one HMAC per hashed line is spent once per name
    QStringList m_problems;
};

/// "|1|salt|hmac" of a name with a fresh random salt.
QByteArray hashedHostField(const QByteArray &name);

} // namespace taffrail::ssh
