// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>

namespace taffrail::tests {

/// Environments of this machine, each with a folder of files of its own, and the program run on them.
class CompareSite {
public:
    struct Outcome {
        int code = -1;
        QByteArray out, err;

        QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
    };

    QString path(const QString &name) const { return m_folder.filePath(name); }

    void write(const QString &name, const QByteArray &content)
    {
        QDir().mkpath(QFileInfo(path(name)).path());
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write %s", qPrintable(file.fileName()));
    }

    /// One environment per name; `configs` are its entries, in which "$ENV" stands for its folder and ' for ".
    void writeInventory(const QStringList &names, const QByteArray &configs, const QByteArray &more = {})
    {
        QByteArrayList environments;
        for (const QString &name : names) {
            QByteArray entries = configs;
            entries.replace("$ENV", path(name).toUtf8()).replace('\'', '"');
            environments << "{\"id\":\"" + name.toUtf8()
                    + "\",\"service\":\"shop\",\"tier\":\"testing\",\"hosts\":[{\"id\":\"here\",\"local\":true}],"
                      "\"configs\":"
                    + entries + more + "}";
        }
        write(QStringLiteral("inventory.json"), "{\"version\":1,\"environments\":[" + environments.join(',') + "]}");
    }

    Outcome run(const QStringList &words) const
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_STATE_HOME"), path(QStringLiteral("state")));
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), path(QStringLiteral("config")));
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(TAFFRAIL_BINARY),
                      QStringList{QStringLiteral("--inventory"), path(QStringLiteral("inventory.json"))} + words);
        Outcome outcome;
        if (process.waitForFinished(60'000) && process.exitStatus() == QProcess::NormalExit)
            outcome.code = process.exitCode();
        else
            process.kill();
        outcome.out = process.readAllStandardOutput();
        outcome.err = process.readAllStandardError();
        return outcome;
    }

    QByteArray content(const QString &name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private:
    QTemporaryDir m_folder;
};

/// The state of a key in `compare --json`; "" when there is no such row.
inline QString stateOf(const QJsonObject &comparison, const QString &key)
{
    for (const QJsonValue &row : comparison.value(QStringLiteral("rows")).toArray()) {
        if (row[QStringLiteral("key")].toString() == key)
            return row[QStringLiteral("state")].toString();
    }
    return {};
}

} // namespace taffrail::tests
