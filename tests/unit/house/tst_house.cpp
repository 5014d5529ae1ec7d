// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of the house that the compiler cannot check: layers by include form, sizes, names, waits.
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QHash>
#include <QRegularExpression>
#include <QTest>

namespace {

struct SourceFile {
    QString path; // relative to the top
    QString text;
};

const QString top = QStringLiteral(TAFFRAIL_SOURCE_DIR);

QList<SourceFile> filesUnder(const QStringList &folders)
{
    QList<SourceFile> files;
    for (const QString &folder : folders) {
        QDirIterator walk(top + QLatin1Char('/') + folder, {QStringLiteral("*.cpp"), QStringLiteral("*.h")},
                          QDir::Files, QDirIterator::Subdirectories);
        while (walk.hasNext()) {
            QFile file(walk.next());
            if (file.open(QIODevice::ReadOnly))
                files << SourceFile{QDir(top).relativeFilePath(file.fileName()), QString::fromUtf8(file.readAll())};
        }
    }
    return files;
}

const QStringList product{QStringLiteral("app"), QStringLiteral("ui"), QStringLiteral("models"),
                          QStringLiteral("connectors")};
const QStringList everything = product + QStringList{QStringLiteral("tests")};

QStringList matching(const QStringList &folders, const QRegularExpression &pattern)
{
    QStringList found;
    for (const SourceFile &file : filesUnder(folders)) {
        const auto match = pattern.match(file.text);
        if (match.hasMatch())
            found << file.path + QStringLiteral(": ") + match.captured().trimmed();
    }
    return found;
}

QRegularExpression lines(const char *pattern)
{
    return QRegularExpression(QString::fromLatin1(pattern), QRegularExpression::MultilineOption);
}

} // namespace

class TestHouse : public QObject {
    Q_OBJECT
private slots:
    void thereIsSomethingToCheck() { QVERIFY(filesUnder(product).size() > 50); }

    void forbidden_data()
    {
        QTest::addColumn<QStringList>("folders");
        QTest::addColumn<QString>("pattern");
        const QStringList domain{QStringLiteral("models/domain")}, models{QStringLiteral("models")},
            ui{QStringLiteral("ui")}, connectors{QStringLiteral("connectors")};
        const auto row = [](const char *name, const QStringList &folders, const char *pattern) {
            QTest::newRow(name) << folders << QString::fromLatin1(pattern);
        };
        row("domain knows Qt Core only", domain,
            R"(^#include <Q?t?(?:Widgets|Gui|Network|Sql|Concurrent)\b.*|^#include <(?:QWidget|QColor|QFuture|QThread|QTimer|QFile|QProcess).*)");
        row("domain and ui see no JSON, no libraries of connectors", models + ui,
            R"(^#include [<\x22](?:pqxx|libpq|libssh|nlohmann|libfyaml|QSql|QNetwork).*)");
        row("models know no colour and no widget", models,
            R"(^#include <(?:QColor|QIcon|QPalette|QBrush|QFont|QWidget|QtWidgets|QtGui).*)");
        row("nobody includes over folders", product, R"(^#include \x22\.\./.*)");
        row("connectors see no window", connectors, R"(^#include <(?:QWidget|QApplication|QtWidgets|QGui).*)");
        // The keychain's library speaks through a loop only; it runs on a helper thread of the pool that needs the
        // secret.
        row("no nested loop", QStringList{QStringLiteral("app"), QStringLiteral("ui"), QStringLiteral("models")},
            R"(processEvents|QEventLoop|BlockingQueuedConnection)");
        row("no nested loop below", connectors, R"(processEvents|BlockingQueuedConnection)");
        row("no exec() of dialogs", ui, R"((?:->|\.)exec\(\))");
        row("no resting in code or tests", everything,
            R"(QThread::m?u?sleep|qSleep\(|std::this_thread::sleep|qWait\()");
        row("no skipped tests", QStringList{QStringLiteral("tests")}, R"(Q(?:SKIP)\()");
        row("nothing left open", everything, R"(\b(?:TO)(?:DO)\b|\b(?:FIX)(?:ME)\b)");
        row("plain text labels only", ui, R"(Qt::(?:AutoText|RichText))");
    }

    void forbidden()
    {
        QFETCH(QStringList, folders);
        QFETCH(QString, pattern);
        QStringList found;
        for (const QString &line : matching(folders, lines(pattern.toLatin1().constData()))) {
            if (!line.startsWith(QLatin1String("tests/unit/house/")))
                found << line;
        }
        QVERIFY2(found.isEmpty(), qPrintable(found.join(QLatin1Char('\n'))));
    }

    void nothingResetsOnRefresh()
    {
        // A filter over a million rows may: telling each row would take longer than showing them anew. So may a
        // comparison of other environments than before, which has other columns.
        const QStringList allowed{QStringLiteral("models/items/filteredtable.cpp"),
                                  QStringLiteral("models/items/comparemodel.cpp")};
        for (const QString &line : matching({QStringLiteral("models"), QStringLiteral("ui")}, lines("beginResetModel")))
            QVERIFY2(allowed.contains(line.section(QLatin1Char(':'), 0, 0)), qPrintable(line));
    }

    void filesAreShort()
    {
        QStringList tooLong;
        for (const SourceFile &file : filesUnder(everything)) {
            const qsizetype count = file.text.count(QLatin1Char('\n'));
            if (count > 500)
                tooLong << QStringLiteral("%1: %2 lines").arg(file.path).arg(count);
        }
        QVERIFY2(tooLong.isEmpty(), qPrintable(tooLong.join(QLatin1Char('\n'))));
    }

    void everyFileNamesItsLicence()
    {
        QStringList without;
        for (const SourceFile &file : filesUnder(everything)) {
            if (!file.text.startsWith(QLatin1String("// SPDX-License-Identifier: GPL-3.0-or-later\n")))
                without << file.path;
        }
        QVERIFY2(without.isEmpty(), qPrintable(without.join(QLatin1Char('\n'))));
    }

    void fileNamesAreUnique()
    {
        QHash<QString, QString> seen;
        QStringList twice;
        for (const SourceFile &file : filesUnder(everything)) {
            const QString name = file.path.section(QLatin1Char('/'), -1);
            if (seen.contains(name))
                twice << seen.value(name) + QStringLiteral(" and ") + file.path;
            seen.insert(name, file.path);
        }
        QVERIFY2(twice.isEmpty(), qPrintable(twice.join(QLatin1Char('\n'))));
    }

    void linksGoDownOnly()
    {
        // A library may link only what stands under it; the folder's CMakeLists.txt says what it links.
        const QHash<QString, QRegularExpression> forbidden{
            {QStringLiteral("models/domain"),
             lines("taffrail_(?:items|ui|app|sources|ssh|postgres|http|codec|store|inventory)\\b")},
            {QStringLiteral("models/items"),
             lines("taffrail_(?:ui|app|sources|ssh|postgres|http|codec|store|inventory)\\b|Qt6::(?:Gui|Widgets)")},
            {QStringLiteral("ui"), lines("taffrail_(?:app|sources|ssh|postgres|http|codec|store|inventory)\\b")},
            {QStringLiteral("connectors/sources"), lines("taffrail_(?:ui|app|items|ssh|postgres|http|store)\\b")},
            {QStringLiteral("connectors/transport/ssh"), lines("taffrail_(?:ui|app|items|sources|store|codec)\\b")},
        };
        for (auto folder = forbidden.cbegin(); folder != forbidden.cend(); ++folder) {
            QFile file(top + QLatin1Char('/') + folder.key() + QStringLiteral("/CMakeLists.txt"));
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(folder.key()));
            QString text = QString::fromUtf8(file.readAll());
            text.replace(QRegularExpression(QStringLiteral("taffrail_library\\(taffrail_\\w+")), {});
            const auto match = folder.value().match(text);
            QVERIFY2(!match.hasMatch(), qPrintable(folder.key() + QStringLiteral(" links ") + match.captured()));
        }
    }
};

QTEST_GUILESS_MAIN(TestHouse)
#include "tst_house.moc"
