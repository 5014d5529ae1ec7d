// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentform.h"
#include "inlinemessage.h"
#include "inventorydraft.h"
#include "mainwindow.h"
#include "setuppage.h"
#include "windowmodels.h"

#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

class TestSetupPage : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_console = std::make_unique<items::ConsoleModels>();
        m_models = std::make_unique<WindowModels>(*m_console);
        SetupWays &ways = m_models->setup;
        ways.lookedIn = QStringList{QStringLiteral("/home/ops/.config/taffrail/inventory.json")};
        ways.inventoryText = inventory::inventoryTextOf;
        ways.freePath = [this] { return m_folder->filePath(QStringLiteral("inventory.json")); };
        ways.writeNew = [this](const QString &path, const QByteArray &text) -> Result<void> {
            QFile file(path);
            if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly))
                return failure(ErrorKind::Denied, QStringLiteral("write"), path, QStringLiteral("a file stands there"));
            m_written = text;
            file.write(text);
            return {};
        };
        ways.candidates = [] {
            return ImportCandidates{{QStringLiteral("web1"), QStringLiteral("Web1")}, {QStringLiteral("shop")}, {}, {}};
        };
        ways.problemsOf = [](const QString &path) {
            return path.contains(QStringLiteral("bad"))
                ? QStringLiteral("bad.json:3:5: $.environments: expected a list")
                : QString();
        };
        ways.startWith = [this](const QString &path) {
            m_started << path;
            return true;
        };
        m_written.clear();
        m_started.clear();
    }

    void cleanup()
    {
        m_window.reset();
        m_models.reset();
        m_console.reset();
    }

    void opensWithoutEnvironments()
    {
        open();
        QCOMPARE(m_window->currentPage(), page());
        QVERIFY(m_window->windowTitle().startsWith(QStringLiteral("Set up")));
        QVERIFY(page()->addButton()->hasFocus());
        QVERIFY(allText().contains(QStringLiteral("/home/ops/.config/taffrail/inventory.json")));
        QVERIFY(!page()->preview()->isVisible() && !page()->startButton()->isVisible());
        m_window->showBoard();
        m_window->goBack();
        QCOMPARE(m_window->currentPage(), page());
        QVERIFY(page()->addButton()->hasFocus());
    }

    void troubleStaysVisible()
    {
        m_models->setup.trouble = QStringLiteral("inventory.json is wrong");
        m_models->setup.troubleDetail = QStringLiteral("/etc/i.json:7:15: $.environments[0].tier: expected …");
        open();
        QVERIFY(allText().contains(QStringLiteral("/etc/i.json:7:15: $.environments[0].tier")));
        QToolButton *again = nullptr;
        for (QToolButton *button : page()->findChildren<QToolButton *>()) {
            if (button->text() == QStringLiteral("Read the inventory again") && button->isVisible())
                again = button;
        }
        QVERIFY(again);
        page()->addButton()->click(); // still there while one types
        QVERIFY(page()->findChild<QLabel *>(QStringLiteral("inventoryTrouble"))->isVisible());
        again->click();
        QCOMPARE(m_started, QStringList{QString()});
        m_window->showBoard();
        QVERIFY(allText().contains(QStringLiteral("/etc/i.json:7:15")));
    }

    void addingShowsThenWrites()
    {
        open();
        page()->addButton()->click();
        EnvironmentForm *form = page()->form();
        QVERIFY(form->name()->hasFocus());
        QVERIFY(!page()->writeButton()->isEnabled());
        QTest::keyClicks(form->name(), QStringLiteral("Shop production"));
        QVERIFY(allText().contains(QStringLiteral("Choose its kind")));
        form->tier()->setCurrentIndex(1);
        QVERIFY(allText().contains(QStringLiteral("Name its host or its database")));
        QTest::keyClicks(form->host(), QStringLiteral("web1"));
        QTest::keyClicks(form->user(), QStringLiteral("deploy"));
        QTest::keyClicks(form->capistrano(), QStringLiteral("/srv/shop"));
        const QString shown = page()->preview()->toPlainText();
        QVERIFY(shown.contains(QStringLiteral("\"id\": \"shop-production\"")));
        QVERIFY(shown.contains(QStringLiteral("\"tier\": \"production\"")));
        QVERIFY(page()->writeButton()->isEnabled());
        QVERIFY(m_written.isEmpty());
        QTest::keyClick(form->host(), Qt::Key_Return); // Enter writes nothing
        QVERIFY(m_written.isEmpty());
        page()->writeButton()->click();
        QCOMPARE(QString::fromUtf8(m_written), shown);
        QVERIFY(page()->startButton()->isVisible() && page()->startButton()->hasFocus());
        page()->startButton()->click();
        QCOMPARE(m_started, QStringList{m_folder->filePath(QStringLiteral("inventory.json"))});
    }

    void mistakesAreToldBeforeWriting()
    {
        open();
        page()->addButton()->click();
        EnvironmentForm *form = page()->form();
        form->name()->setText(QStringLiteral("Shop"));
        form->tier()->setCurrentIndex(2);
        form->dsn()->setText(QStringLiteral("host=db password=hunter2"));
        QVERIFY(!page()->writeButton()->isEnabled());
        QVERIFY(page()->preview()->toPlainText().isEmpty());
        QVERIFY(allText().contains(QStringLiteral("an inline password")));
        QVERIFY(!allText().contains(QStringLiteral("hunter2")));
        form->dsn()->setText(QStringLiteral("host=db dbname=shop"));
        QVERIFY(page()->writeButton()->isEnabled());
    }

    void anExistingFileStays()
    {
        QFile existing(m_folder->filePath(QStringLiteral("inventory.json")));
        QVERIFY(existing.open(QIODevice::WriteOnly));
        existing.write("mine");
        existing.close();
        open();
        page()->importButton()->click();
        page()->candidates()->item(0)->setCheckState(Qt::Checked);
        page()->writeButton()->click();
        QVERIFY(page()->message()->text().contains(QStringLiteral("a file stands there")));
        QVERIFY(!page()->startButton()->isVisible());
        QVERIFY(page()->preview()->isVisible()); // nothing typed is lost
        QVERIFY(existing.open(QIODevice::ReadOnly));
        QCOMPARE(existing.readAll(), QByteArray("mine"));
    }

    void importTakesWhatIsTicked()
    {
        open();
        page()->importButton()->click();
        QCOMPARE(page()->candidates()->count(), 3);
        QVERIFY(page()->candidates()->hasFocus());
        QVERIFY(!page()->writeButton()->isEnabled());
        QTest::keyClick(page()->candidates(), Qt::Key_Space); // ticks the first
        QTest::keyClick(page()->candidates(), Qt::Key_Down);
        QTest::keyClick(page()->candidates(), Qt::Key_Space);
        page()->candidates()->item(2)->setCheckState(Qt::Checked);
        const QString text = page()->preview()->toPlainText();
        QVERIFY(text.contains(QStringLiteral("\"id\": \"web1\""))
                && text.contains(QStringLiteral("\"id\": \"web1-2\"")));
        QVERIFY(text.contains(QStringLiteral("service='shop'")));
        QCOMPARE(text.count(QStringLiteral("\"mode\": \"locked\"")), 3);
        QVERIFY(page()->writeButton()->isEnabled());
    }

    void aChosenFileIsCheckedFirst()
    {
        open();
        page()->chooseButton()->click();
        auto *dialog = page()->findChild<QFileDialog *>();
        QVERIFY(dialog && dialog->isVisible()); // and we are here: it does not block
        dialog->close();
        page()->choose(QStringLiteral("/tmp/bad.json"));
        QVERIFY(page()->message()->text().contains(QStringLiteral("bad.json:3:5")));
        QVERIFY(!page()->startButton()->isVisible());
        page()->choose(QStringLiteral("/tmp/good.json"));
        QVERIFY(page()->startButton()->isVisible());
        page()->startButton()->click();
        QCOMPARE(m_started, QStringList{QStringLiteral("/tmp/good.json")});
    }

    void tabCrossesAndNothingIsCut()
    {
        open();
        const QFont usual = QApplication::font();
        QFont large = usual;
        large.setPointSizeF(usual.pointSizeF() * 2);
        QApplication::setFont(large);
        m_window->resize(800, 600);
        page()->addButton()->click();
        QCoreApplication::processEvents();
        QSet<const QWidget *> visited;
        for (int i = 0; i < 60; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            visited.insert(QApplication::focusWidget());
        }
        const QWidget *wanted[]{page()->addButton(),    page()->chooseButton(), page()->importButton(),
                                page()->form()->name(), page()->form()->tier(), page()->form()->capistrano(),
                                page()->preview(),      page()->path()};
        for (const QWidget *widget : wanted) {
            QVERIFY2(visited.contains(widget), qPrintable(widget->accessibleName()));
            QVERIFY(!widget->accessibleName().isEmpty());
        }
        for (const QToolButton *button : page()->findChildren<QToolButton *>()) {
            if (button->isVisible()) {
                QVERIFY2(button->width() >= button->fontMetrics().horizontalAdvance(button->text()),
                         qPrintable(button->text()));
            }
        }
        QApplication::setFont(usual);
    }

private:
    void open()
    {
        m_window = std::make_unique<MainWindow>(*m_models, QString());
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    SetupPage *page() const { return m_window->setupPage(); }
    QString allText() const
    {
        QStringList texts;
        for (const QLabel *label : m_window->currentPage()->findChildren<QLabel *>()) {
            if (label->isVisible())
                texts << label->text();
        }
        return texts.join(QLatin1Char('\n'));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<MainWindow> m_window;
    QByteArray m_written;
    QStringList m_started;
};

QTEST_MAIN(TestSetupPage)
#include "tst_setuppage.moc"
