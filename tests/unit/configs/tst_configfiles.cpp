// SPDX-License-Identifier: GPL-3.0-or-later
#include "configfiles.h"

#include "../deployments/posixshell.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

void put(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), qint64(bytes.size()));
}

SourceEntry entryFor(const QVariant &path)
{
    SourceEntry entry;
    entry.id = entry.source = QStringLiteral("dotenv");
    entry.hosts = {QStringLiteral("web1")};
    entry.options.insert(QStringLiteral("path"), path);
    return entry;
}

std::vector<ReadFile> filesRead(const SourceEntry &entry, MaskForm form = MaskForm::Lines)
{
    const std::vector<Request> requests = fileRequests(entry, form);
    const ShellReply shell = tests::runShell(std::get<ShellPart>(requests.at(0).what).script);
    return filesOf(tests::replyFrom(QStringLiteral("web1"), shell, QStringLiteral("files")));
}

} // namespace

class ConfigFiles : public QObject {
    Q_OBJECT
private slots:
    void readsAFile()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("it's a $(file).env"));
        put(path, "PORT=80\nDB_PASSWORD=hunter2hunter2\nlast");
        const std::vector<ReadFile> files = filesRead(entryFor(path));
        QCOMPARE(files.size(), size_t(1));
        QVERIFY2(!files[0].file.error, qPrintable(files[0].file.error ? files[0].file.error->text : QString()));
        QCOMPARE(files[0].bytes, QByteArray("PORT=80\nDB_PASSWORD=TFMASK_none_\nlast"));
        QCOMPARE(files[0].file.path, path);
        QCOMPARE(files[0].file.name, QString());
        QCOMPARE(files[0].file.sizeBytes, qint64(39));
    }
};

QTEST_GUILESS_MAIN(ConfigFiles)
#include "tst_configfiles.moc"
