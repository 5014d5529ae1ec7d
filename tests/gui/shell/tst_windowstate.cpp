// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "boardpage.h"
#include "environmentpage.h"
#include "mainwindow.h"
#include "opstable.h"
#include "windowmodels.h"

#include <QFile>
#include <QHeaderView>
#include <QSplitter>
#include <QTemporaryDir>
#include <QTest>

using namespace taffrail;
using namespace taffrail::ui;

class TestWindowState : public QObject {
    Q_OBJECT

private slots:
    void sizesComeBack()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("state/ui.ini"));
        int width = 0;
        QList<int> sizes;
        {
            Console console;
            MainWindow window(console.models, path);
            window.resize(1100, 700);
            window.show();
            QVERIFY(QTest::qWaitForWindowExposed(&window));
            OpsTable *table = window.boardPage()->mainTable();
            table->setColumnWidth(2, 222);
            table->horizontalHeader()->moveSection(5, 2);
            window.openEnvironment(QStringLiteral("shop-production"));
            window.environmentPage()->splitters().first()->setSizes({100, 300});
            QCoreApplication::processEvents();
            sizes = window.environmentPage()->splitters().first()->sizes();
            width = window.width();
            window.close();
        }
        QVERIFY(QFile::exists(path));
        Console console;
        MainWindow window(console.models, path);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        QCOMPARE(window.width(), width);
        QCOMPARE(window.boardPage()->mainTable()->columnWidth(2), 222);
        QCOMPARE(window.boardPage()->mainTable()->horizontalHeader()->visualIndex(5), 2);
        window.openEnvironment(QStringLiteral("shop-production"));
        QCoreApplication::processEvents();
        const QList<int> now = window.environmentPage()->splitters().first()->sizes();
        QVERIFY2(std::abs(now[0] - sizes[0]) <= 3, qPrintable(QStringLiteral("%1 %2").arg(now[0]).arg(sizes[0])));
        window.resetLayout();
        QCOMPARE(window.boardPage()->mainTable()->horizontalHeader()->visualIndex(5), 5);
    }

    void refusedSaveKeepsTheOldFile()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("ui.ini"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[main]\nkept=1\n");
        file.close();
        int asked = 0;
        {
            Console console;
            console.models.save = [&](const QString &, const QByteArray &bytes) {
                ++asked;
                return bytes.isEmpty();
            };
            MainWindow window(console.models, path);
            window.show();
            window.close();
        }
        QVERIFY(asked > 0);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("[main]\nkept=1\n"));
    }

    void damagedFilesAreHarmless_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("binary") << QByteArray("\0\xff\xfe[main\n\0=", 11);
        QTest::newRow("wrong types") << QByteArray("[main]\ngeometry=7\nstate=@ByteArray(xx)\n[headers]\nboard-7=@"
                                                   "ByteArray(garbage)\n[splitters]\nenvironmentRows=no\n");
        QTest::newRow("long") << QByteArray(300000, '[');
    }

    void damagedFilesAreHarmless()
    {
        QFETCH(QByteArray, bytes);
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("ui.ini"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        Console console;
        MainWindow window(console.models, path);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        QVERIFY(window.boardPage()->mainTable()->columnWidth(0) > 50);
        QVERIFY(window.width() > 300);
    }

    void withoutAPathNothingIsWritten()
    {
        Console console;
        bool asked = false;
        console.models.save = [&](const QString &, const QByteArray &) { return asked = true; };
        MainWindow window(console.models, {});
        window.show();
        window.close();
        QVERIFY(!asked);
    }

private:
    struct Console {
        items::ConsoleModels console;
        WindowModels models{console};
        Console() { demo::feed(console, demo::allStates()); }
    };
};

QTEST_MAIN(TestWindowState)
#include "tst_windowstate.moc"
