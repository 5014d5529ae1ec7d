// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QStringList>

#include <utility>

namespace taffrail::tests {

/// One lab (tests/lab) for one test program: up() in initTestCase, down() in cleanupTestCase. It also ends when the
/// object goes, and when the whole test program dies. Programs that use it link taffrail_labfixture.
class LabFixture {
public:
    /// A host as the lab made it; see state.json.
    struct Host {
        QString address;
        int port = 0;
        QString user;
        QString hostKey; ///< "SHA256:…"
        QString srv; ///< what the host calls its /srv, for paths given to a source
        QString folder; ///< the host's files as seen from here: folder + "/srv/shop"
    };
    struct Cluster {
        QString address;
        int port = 0;
        QString passwordFile; ///< of role taffrail
    };

    LabFixture() = default;
    Q_DISABLE_COPY_MOVE(LabFixture)
    ~LabFixture() { down(); }

    /// Starts the lab; false with problem() set when that fails. The first start on a machine takes half a minute,
    /// later ones some seconds; a machine with systemd is made in some minutes.
    bool up(const QStringList &more = {})
    {
        QStringList words{QStringLiteral("up"), QStringLiteral("--dir"), QStringLiteral("auto"),
                          QStringLiteral("--owner"), QString::number(QCoreApplication::applicationPid())};
        QString printed;
        if (!call(words + more, &printed, more.isEmpty() ? 180'000 : 1'000'000))
            return false;
        m_dir = printed.trimmed();
        return reload();
    }

    /// Ends every process of the lab and removes its folder. True when nothing is left.
    bool down()
    {
        if (m_dir.isEmpty())
            return true;
        const QString folder = std::exchange(m_dir, {});
        return call({QStringLiteral("down"), QStringLiteral("--dir"), folder}, nullptr, 60'000)
            && !QDir(folder).exists();
    }

    /// Makes something go wrong; `tests/lab/lab fault list` names the faults. `where`: host or cluster, "" = its
    /// default.
    bool breakThing(const QString &fault, const QString &where = {}, int value = 0)
    {
        QStringList words{QStringLiteral("fault"), QStringLiteral("--dir"), m_dir, fault, QStringLiteral("on")};
        if (!where.isEmpty())
            words << QStringLiteral("--on") << where;
        if (value > 0)
            words << QStringLiteral("--value") << QString::number(value);
        return call(words) && reload();
    }

    bool mendThing(const QString &fault)
    {
        return call({QStringLiteral("fault"), QStringLiteral("--dir"), m_dir, fault, QStringLiteral("off")})
            && reload();
    }

    /// Runs SQL as the superuser of a cluster ("shop", "ledger"); rows as text, columns joined by '|'. Null when it
    /// fails.
    QString sql(const QString &cluster, const QString &text, const QString &database = QStringLiteral("postgres"))
    {
        QString printed;
        const QStringList words{QStringLiteral("sql"),
                                QStringLiteral("--dir"),
                                m_dir,
                                QStringLiteral("--database"),
                                database,
                                cluster,
                                text};
        return call(words, &printed) ? printed.trimmed() : QString();
    }

    QString problem() const { return m_problem; } ///< why the last call failed, for QVERIFY2
    QString dir() const { return m_dir; }
    QString inventory() const { return m_dir + QStringLiteral("/inventory.json"); }
    QString sshConfig() const { return m_dir + QStringLiteral("/ssh_config"); } ///< aliases = host names of the lab
    QString knownHosts() const { return m_dir + QStringLiteral("/known_hosts"); }
    QString identityFile() const { return m_dir + QStringLiteral("/keys/ops"); }
    QString caFile() const { return m_dir + QStringLiteral("/tls/ca.pem"); }
    QJsonObject state() const { return m_state; }

    Host host(const QString &name) const
    {
        const QJsonObject about = part("hosts", name);
        return {text(about, "address"), about.value(QLatin1String("port")).toInt(),
                text(about, "user"),    text(about, "host_key"),
                text(about, "srv"),     text(about, "folder")};
    }

    Cluster cluster(const QString &name) const
    {
        const QJsonObject about = part("clusters", name);
        return {text(about, "address"), about.value(QLatin1String("port")).toInt(), text(about, "password_file")};
    }

    /// The live release that the lab deployed on a web host, and the address of its health page.
    QString liveRelease(const QString &webHost) const { return text(part("web", webHost), "live"); }
    QString healthUrl(const QString &webHost) const { return text(part("web", webHost), "url"); }

private:
    bool call(const QStringList &words, QString *printed = nullptr, int milliseconds = 60'000)
    {
        QProcess lab;
        lab.setStandardInputFile(QProcess::nullDevice());
        lab.start(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/lab/lab"), words);
        const bool ended = lab.waitForStarted(10'000) && lab.waitForFinished(milliseconds);
        const QString complaint = QString::fromUtf8(lab.readAllStandardError()).trimmed();
        if (printed)
            *printed = QString::fromUtf8(lab.readAllStandardOutput());
        if (ended && lab.exitStatus() == QProcess::NormalExit && lab.exitCode() == 0)
            return true;
        m_problem = QStringLiteral("lab %1: %2")
                        .arg(words.join(QLatin1Char(' ')), complaint.isEmpty() ? lab.errorString() : complaint);
        return false;
    }

    bool reload()
    {
        QFile file(m_dir + QStringLiteral("/state.json"));
        if (!file.open(QIODevice::ReadOnly)) {
            m_problem = file.errorString();
            return false;
        }
        m_state = QJsonDocument::fromJson(file.readAll()).object();
        m_problem = m_state.isEmpty() ? QStringLiteral("state.json cannot be read") : QString();
        return !m_state.isEmpty();
    }

    QJsonObject part(const char *kind, const QString &name) const
    {
        return m_state.value(QLatin1String(kind)).toObject().value(name).toObject();
    }

    static QString text(const QJsonObject &object, const char *key)
    {
        return object.value(QLatin1String(key)).toString();
    }

    QString m_dir;
    QString m_problem;
    QJsonObject m_state;
};

} // namespace taffrail::tests
