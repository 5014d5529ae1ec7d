// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "executorhost.h"

#include <QFile>
#include <QStandardPaths>

#include <unistd.h>

namespace taffrail::tests {

/// This machine's own Debian, with all that is written kept in memory: a mount namespace, an overlay, a chroot. apt and
/// dpkg are the real ones and change nothing outside. It knows one repository: three versions of "shop" and
/// "shop-common", one of "addon" that needs the newest, and a "shop" 2.0-1 that cannot be set up.
class AptFixture {
public:
    AptFixture() = default;
    Q_DISABLE_COPY_MOVE(AptFixture)
    ~AptFixture() { stop(); }

    /// Why it cannot run here; null = it can.
    static const char *obstacle()
    {
        if (::geteuid() != 0)
            return "packages are installed by root only";
        for (const char *program : {"apt-get", "dpkg-deb", "unshare", "nsenter", "chroot"}) {
            if (QStandardPaths::findExecutable(QLatin1String(program)).isEmpty())
                return "this is no Debian machine";
        }
        QProcess probe;
        probe.start(
            QStringLiteral("unshare"),
            {QStringLiteral("-m"), QStringLiteral("--propagation"), QStringLiteral("private"), QStringLiteral("sh"),
             QStringLiteral("-c"),
             QStringLiteral("mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir u w r && mount -t overlay overlay -o "
                            "lowerdir=/,upperdir=u,workdir=w r")});
        probe.waitForFinished();
        return probe.exitCode() == 0 ? nullptr : "overlays cannot be mounted here";
    }

    bool start()
    {
        m_holder.start(QStringLiteral("unshare"),
                       {QStringLiteral("-m"), QStringLiteral("--propagation"), QStringLiteral("private"),
                        QStringLiteral("sh"), QStringLiteral("-s")});
        m_holder.write("set -e; cd -- " + sources::shellQuoted(m_folder.path())
                       + "\nmkdir w; mount -t tmpfs tmpfs w; cd w; mkdir upper work root\n"
                         "mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root\n"
                         "mount -t proc proc root/proc; mount --bind /dev root/dev\n"
                         "echo READY; exec sleep 1000\n");
        m_holder.closeWriteChannel();
        if (!m_holder.waitForStarted() || !m_holder.waitForReadyRead(10'000))
            return false;
        m_host = hostWith({QStringLiteral("/bin/sh"), QStringLiteral("-s")});
        m_host.setPlace(QStringLiteral("/var/tmp/jobs with 'quotes'"));
        return host().run(makeRepository()).exitCode == 0;
    }

    void stop()
    {
        if (m_holder.state() == QProcess::NotRunning)
            return;
        m_holder.kill();
        m_holder.waitForFinished();
    }

    const ExecutorHost &host() const { return m_host; }
    ExecutorHost hostWith(const QStringList &shell) const { return ExecutorHost(entrance() + shell); }
    /// Words that run in there what follows them.
    QStringList entrance() const
    {
        return {QStringLiteral("nsenter"),
                QStringLiteral("-t"),
                QString::number(m_holder.processId()),
                QStringLiteral("-m"),
                QStringLiteral("--"),
                QStringLiteral("chroot"),
                m_folder.filePath(QStringLiteral("w/root"))};
    }

    /// Runs a command there; what it printed, trimmed.
    QString run(const QByteArray &script) const { return QString::fromUtf8(m_host.run(script).out).trimmed(); }
    QString version(const char *package = "shop") const
    {
        return run(QByteArray("dpkg-query -W -f '${Version} ${db:Status-Status}' ") + package);
    }
    /// Puts a version in place as a deploy would, with plain apt-get.
    bool install(const QByteArray &words) const
    {
        return m_host
                   .run("export DEBIAN_FRONTEND=noninteractive; apt-get install -y -q --allow-downgrades "
                        "-o Dpkg::Options::=--force-confold "
                        + words + " 2>&1")
                   .exitCode
            == 0;
    }
    /// As if nothing had ever been installed or logged.
    void reset() const
    {
        m_host.run("dpkg --purge --force-all addon shop shop-common >/dev/null 2>&1; rm -f /etc/shop.conf "
                   "/var/cache/apt/archives/*.deb; cp /srv/kept/* /srv/repo/; cd /srv/repo && cp all.Packages Packages "
                   "&& apt-get update -q >/dev/null; "
                   "for f in /var/log/apt/history.log /var/log/dpkg.log; do : >$f; rm -f $f.*; done");
    }

private:
    static QByteArray makeRepository()
    {
        QFile functions(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/lab/files/debrepo.sh"));
        return functions.open(QIODevice::ReadOnly) ? functions.readAll() + packages : QByteArray("exit 1\n");
    }
    static constexpr char packages[] = R"sh(set -e
export DEBIAN_FRONTEND=noninteractive
mkdir -p /srv/repo /srv/build; cd /srv/build
build() { # NAME VERSION FIELDS
d=$1-$2; mkdir -p "$d/DEBIAN" "$d/usr/share/$1/migrations"
echo "$2" >"$d/usr/share/$1/version"; echo 'select 1;' >"$d/usr/share/$1/migrations/$2.sql"
if [ "$1" = shop ]; then mkdir "$d/etc"; echo "made for $2" >"$d/etc/shop.conf"; echo /etc/shop.conf >"$d/DEBIAN/conffiles"
if [ "$2" = 1:2.0-1 ]; then printf '#!/bin/sh\nexit 1\n' >"$d/DEBIAN/postinst"; chmod 755 "$d/DEBIAN/postinst"; fi; fi
pack "$d" "$1" "$2" /srv/kept "$3"
}
for v in 1:1.1.0-1 1:1.2.0~rc1-1 1:1.3.0-1; do build shop $v; build shop-common $v; done
build shop 1:2.0-1; build addon 1-1 'Depends: shop (= 1:1.3.0-1)
'
cp /srv/kept/* /srv/repo/; cd /srv/repo
listed . >all.Packages
cp all.Packages Packages
rm -rf /etc/apt/sources.list.d /var/lib/apt/lists; mkdir -p /etc/apt/sources.list.d
echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list
apt-get update -q
)sh";

    QTemporaryDir m_folder;
    QProcess m_holder;
    ExecutorHost m_host;
};

} // namespace taffrail::tests
