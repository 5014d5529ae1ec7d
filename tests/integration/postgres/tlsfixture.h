// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

namespace taffrail::tests {

/// A certificate authority of its own, made with the openssl program, with an intermediate and server certificates.
class CertificateAuthority {
public:
    CertificateAuthority() { m_good = makeRoot() && makeIntermediate(); }

    bool isGood() const { return m_good; }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QByteArray bytes(const QString &name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray root() const { return bytes(QStringLiteral("root.pem")); }
    QByteArray intermediate() const { return bytes(QStringLiteral("middle.pem")); }

    /// NAME.pem and NAME.key for these alternative names ("DNS:db.test,IP:127.0.0.1"), signed by the intermediate;
    /// valid from 30 days ago for `days` (negative: expired that many days ago).
    bool issue(const QString &name, const QString &alternativeNames, int days = 60)
    {
        write(QStringLiteral("%1.ext").arg(name),
              "subjectAltName=" + alternativeNames.toLatin1()
                  + "\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n");
        const QStringList ends = days < 0
            ? QStringList{QStringLiteral("20200101000000Z"), QStringLiteral("20200201000000Z")}
            : QStringList{};
        return request(name, QStringLiteral("/CN=%1").arg(name)) && sign(name, QStringLiteral("middle"), ends, days);
    }
    /// NAME.pem and NAME.key signed by itself.
    bool issueSelfSigned(const QString &name, const QString &alternativeNames)
    {
        return openssl(
            {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"),
             QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:P-256"), QStringLiteral("-nodes"),
             QStringLiteral("-days"), QStringLiteral("30"), QStringLiteral("-subj"), QStringLiteral("/CN=%1").arg(name),
             QStringLiteral("-addext"), QStringLiteral("subjectAltName=") + alternativeNames, QStringLiteral("-keyout"),
             path(name + QStringLiteral(".key")), QStringLiteral("-out"), path(name + QStringLiteral(".pem"))});
    }
    /// NAME.chain.pem: the certificate and the intermediate, as a server should send them.
    QString chainFile(const QString &name)
    {
        return write(name + QStringLiteral(".chain.pem"), bytes(name + QStringLiteral(".pem")) + intermediate());
    }
    QByteArray log() const { return m_log; }

    QString write(const QString &name, const QByteArray &text)
    {
        QFile file(path(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(text);
        return path(name);
    }

private:
    bool makeRoot()
    {
        return openssl({QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"),
                        QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:P-256"), QStringLiteral("-nodes"),
                        QStringLiteral("-days"), QStringLiteral("90"), QStringLiteral("-subj"),
                        QStringLiteral("/CN=Test root"), QStringLiteral("-keyout"), path(QStringLiteral("root.key")),
                        QStringLiteral("-out"), path(QStringLiteral("root.pem"))});
    }
    bool makeIntermediate()
    {
        write(QStringLiteral("middle.ext"),
              "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign,cRLSign\n");
        return request(QStringLiteral("middle"), QStringLiteral("/CN=Test intermediate"))
            && sign(QStringLiteral("middle"), QStringLiteral("root"), {}, 90);
    }
    bool request(const QString &name, const QString &subject)
    {
        return openssl({QStringLiteral("req"), QStringLiteral("-new"), QStringLiteral("-newkey"), QStringLiteral("ec"),
                        QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:P-256"), QStringLiteral("-nodes"),
                        QStringLiteral("-subj"), subject, QStringLiteral("-keyout"),
                        path(name + QStringLiteral(".key")), QStringLiteral("-out"),
                        path(name + QStringLiteral(".csr"))});
    }
    /// `openssl x509 -req` knows only days from now on, so a past period goes through `openssl ca`.
    bool sign(const QString &name, const QString &signer, const QStringList &ends, int days)
    {
        const QString out = path(name + QStringLiteral(".pem"));
        const QString csr = path(name + QStringLiteral(".csr"));
        const QString extensions = path(name + QStringLiteral(".ext"));
        if (ends.isEmpty())
            return openssl({QStringLiteral("x509"), QStringLiteral("-req"), QStringLiteral("-in"), csr,
                            QStringLiteral("-CA"), path(signer + QStringLiteral(".pem")), QStringLiteral("-CAkey"),
                            path(signer + QStringLiteral(".key")), QStringLiteral("-CAcreateserial"),
                            QStringLiteral("-days"), QString::number(days), QStringLiteral("-extfile"), extensions,
                            QStringLiteral("-out"), out});
        write(QStringLiteral("index.txt"), {});
        write(QStringLiteral("ca.cnf"),
              "[ca]\ndefault_ca=own\n[own]\ndatabase=" + path(QStringLiteral("index.txt")).toUtf8()
                  + "\nnew_certs_dir=" + m_folder.path().toUtf8()
                  + "\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n");
        return openssl({QStringLiteral("ca"), QStringLiteral("-batch"), QStringLiteral("-config"),
                        path(QStringLiteral("ca.cnf")), QStringLiteral("-in"), csr, QStringLiteral("-cert"),
                        path(signer + QStringLiteral(".pem")), QStringLiteral("-keyfile"),
                        path(signer + QStringLiteral(".key")), QStringLiteral("-startdate"), ends[0],
                        QStringLiteral("-enddate"), ends[1], QStringLiteral("-extfile"), extensions,
                        QStringLiteral("-notext"), QStringLiteral("-out"), out});
    }
    bool openssl(const QStringList &arguments)
    {
        QProcess tool;
        tool.setProcessChannelMode(QProcess::MergedChannels);
        tool.start(QStringLiteral("openssl"), arguments);
        const bool ended = tool.waitForFinished(30'000);
        m_log += tool.readAll();
        return ended && tool.exitCode() == 0;
    }

    QTemporaryDir m_folder;
    QByteArray m_log;
    bool m_good = false;
};

} // namespace taffrail::tests
