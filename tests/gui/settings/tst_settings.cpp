// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "actionregistry.h"
#include "boardpage.h"
#include "mainwindow.h"
#include "opstable.h"
#include "settingsdialog.h"
#include "shortcuttable.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QComboBox>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

class TestSettings : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        applyTheme(*qApp, Scheme::Light);
        open();
    }

    void cleanup() { close(); }

    void opensBesideAndClosesBack()
    {
        QWidget *origin = QApplication::focusWidget();
        QTest::keyClick(origin, Qt::Key_Comma, Qt::ControlModifier);
        QVERIFY(dialog() && dialog()->isVisible() && !dialog()->isModal());
        QVERIFY(QTest::qWaitForWindowActive(dialog()));
        QTRY_VERIFY2(dialog()->pageList()->hasFocus(),
                     QApplication::focusWidget() ? QApplication::focusWidget()->metaObject()->className() : "none");
        QTest::keyClick(dialog()->pageList(), Qt::Key_Escape);
        QVERIFY(!dialog()->isVisible());
        m_window->activateWindow();
        QTRY_COMPARE(QApplication::focusWidget(), origin);
    }

    void choicesCountAtOnceAndNextTime()
    {
        m_window->showSettings();
        const int compact = m_window->boardPage()->mainTable()->verticalHeader()->defaultSectionSize();
        QCOMPARE(dialog()->origin(Preferences::Scheme)->text(), QStringLiteral("default"));
        QVERIFY(!dialog()->applyButton()->isEnabled());
        choose(Preferences::Scheme, QStringLiteral("dark"));
        choose(Preferences::Density, QStringLiteral("comfortable"));
        choose(Preferences::Zone, QStringLiteral("local"));
        QCOMPARE(dialog()->origin(Preferences::Scheme)->text(), QStringLiteral("not applied yet"));
        QCOMPARE(themeOf(qApp->palette()).scheme, Scheme::Light); // not before Apply
        dialog()->applyButton()->click();
        QCOMPARE(themeOf(qApp->palette()).scheme, Scheme::Dark);
        QCOMPARE(m_window->boardPage()->mainTable()->verticalHeader()->defaultSectionSize(), compact + 6);
        QVERIFY(m_models->time.isLocal());
        QCOMPARE(dialog()->origin(Preferences::Scheme)->text(), QStringLiteral("set by you"));
        QVERIFY(!dialog()->applyButton()->isEnabled());
        close();
        applyTheme(*qApp, Scheme::Light);
        open();
        QCOMPARE(themeOf(qApp->palette()).scheme, Scheme::Dark);
        QVERIFY(m_models->time.isLocal());
        m_window->showSettings();
        QCOMPARE(dialog()->choice(Preferences::Scheme)->currentData().toString(), QStringLiteral("dark"));
        choose(Preferences::Scheme, QStringLiteral("follow"));
        dialog()->apply();
        QCOMPARE(themeOf(qApp->palette()).scheme, Scheme::Light); // no desktop answers here
        QVERIFY(!QSettings(iniPath(), QSettings::IniFormat).contains(QStringLiteral("appearance/scheme")));
    }

    void wordsThatAreNoneAreTheDefault()
    {
        close();
        {
            QSettings file(iniPath(), QSettings::IniFormat);
            file.setValue(QStringLiteral("appearance/scheme"), QStringLiteral("pink"));
            file.setValue(QStringLiteral("notifications/level"), QStringLiteral("everything"));
        }
        open();
        QCOMPARE(m_window->preferences().value(Preferences::Scheme), QStringLiteral("follow"));
        QCOMPARE(m_window->preferences().value(Preferences::Notify), QStringLiteral("critical"));
        QVERIFY(m_window->preferences().isDefault(Preferences::Notify));
        QVERIFY(!m_window->preferences().setValue(Preferences::Sound, QStringLiteral("loud")));
        QCOMPARE(m_window->preferences().value(Preferences::Sound), QStringLiteral("off"));
    }

    void aGivenThemeWins()
    {
        m_window->showSettings();
        choose(Preferences::Scheme, QStringLiteral("dark"));
        dialog()->apply();
        close();
        applyTheme(*qApp, Scheme::Light); // as --theme light does
        open(true);
        QCOMPARE(themeOf(qApp->palette()).scheme, Scheme::Light);
    }

    void aShortcutIsRecordedAndCounts()
    {
        m_window->showSettings();
        QVERIFY(QTest::qWaitForWindowActive(dialog()));
        dialog()->pageList()->setCurrentRow(2);
        QTableWidget *table = dialog()->shortcutTable()->table();
        table->setCurrentCell(rowOf(QStringLiteral("go.connections")), 1);
        table->setFocus();
        QTest::keyClick(table, Qt::Key_F2);
        auto *edit = table->findChild<QKeySequenceEdit *>();
        QVERIFY(edit);
        QTest::keyClick(edit, Qt::Key_F9, Qt::ControlModifier);
        QTRY_COMPARE(table->item(table->currentRow(), 1)->text(), QStringLiteral("Ctrl+F9")); // a second after the key
        QCOMPARE(table->item(table->currentRow(), 2)->text(), QStringLiteral("set by you"));
        dialog()->apply();
        dialog()->close();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        QTest::keyClick(m_window.get(), Qt::Key_8, Qt::ControlModifier);
        QCOMPARE(m_window->currentPage(), m_window->boardPage()); // the old key is free
        QTest::keyClick(m_window.get(), Qt::Key_F9, Qt::ControlModifier);
        QVERIFY(m_window->currentPage() != m_window->boardPage());
        close();
        open();
        QCOMPARE(m_window->actions().action(QStringLiteral("go.connections"))->shortcut(),
                 QKeySequence(Qt::CTRL | Qt::Key_F9));
        QVERIFY(m_window->actions().shortcutList().contains(QStringLiteral("Ctrl+F9")));
    }

    void doubledAndUnfitKeysAreRefused_data()
    {
        QTest::addColumn<QKeySequence>("keys");
        QTest::addColumn<QString>("why");
        QTest::newRow("taken") << QKeySequence(Qt::CTRL | Qt::Key_K) << QStringLiteral("Find or run");
        QTest::newRow("letter") << QKeySequence(Qt::Key_J) << QStringLiteral("needed to type");
        QTest::newRow("escape") << QKeySequence(Qt::Key_Escape) << QStringLiteral("needed to type");
        QTest::newRow("tab") << QKeySequence(Qt::SHIFT | Qt::Key_Tab) << QStringLiteral("needed to type");
        QTest::newRow("field") << QKeySequence(Qt::CTRL | Qt::Key_U) << QStringLiteral("needed to type");
        QTest::newRow("chord") << QKeySequence(Qt::CTRL | Qt::Key_J, Qt::Key_J) << QStringLiteral("one key");
        QTest::newRow("fits") << QKeySequence(Qt::ALT | Qt::SHIFT | Qt::Key_J) << QString();
    }

    void doubledAndUnfitKeysAreRefused()
    {
        QFETCH(QKeySequence, keys);
        QFETCH(QString, why);
        m_window->showSettings();
        ShortcutTable *table = dialog()->shortcutTable();
        const QString told = table->setShortcut(QStringLiteral("view.zone"), keys);
        QVERIFY2(why.isEmpty() ? told.isEmpty() : told.contains(why), qPrintable(told));
        if (!why.isEmpty()) {
            QCOMPARE(table->message(), told);
            QVERIFY(table->edited().isEmpty());
        }
    }

    void keysMayChangePlaces()
    {
        m_window->showSettings();
        ShortcutTable *table = dialog()->shortcutTable();
        table->setShortcut(QStringLiteral("view.zone"), {});
        QCOMPARE(table->setShortcut(QStringLiteral("view.wall"), QKeySequence(Qt::Key_F8)), QString());
        QCOMPARE(table->setShortcut(QStringLiteral("view.zone"), QKeySequence(Qt::Key_F11)), QString());
        dialog()->apply();
        dialog()->close();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        QTest::keyClick(m_window.get(), Qt::Key_F11);
        QVERIFY(m_models->time.isLocal());
        close();
        open(); // a stored "none" stays none, and no default takes a key that a person gave away
        QCOMPARE(m_window->actions().action(QStringLiteral("view.wall"))->shortcut(), QKeySequence(Qt::Key_F8));
    }

    void everyWayLeavesNoKeyTwice()
    {
        // What a hand-made file may hold: doubled keys, unknown actions, keys of defaults.
        ActionRegistry &actions = m_window->actions();
        const QStringList told = actions.remap({{QStringLiteral("go.board"), {QKeySequence(Qt::Key_F5)}},
                                                {QStringLiteral("go.back"), {QKeySequence(Qt::Key_F5)}},
                                                {QStringLiteral("no.such"), {QKeySequence(Qt::Key_F2)}}});
        QCOMPARE(told.size(), 2); // go.back, and the default of refresh
        QSet<QString> seen;
        for (const QAction *action : actions.actions()) {
            for (const QKeySequence &keys : action->shortcuts()) {
                QVERIFY2(!seen.contains(keys.toString()), qPrintable(keys.toString()));
                seen.insert(keys.toString());
            }
        }
        actions.remap({});
        QCOMPARE(actions.action(QStringLiteral("environment.refresh"))->shortcut(), QKeySequence(Qt::Key_F5));
    }

    void mutatingActionsGetNoKey()
    {
        ActionRegistry &actions = m_window->actions();
        actions.add({QStringLiteral("x.rollback"), QStringLiteral("Roll back"), {}, QStringLiteral("window"), true},
                    [] {});
        QVERIFY(!actions.refusal(QStringLiteral("x.rollback"), QKeySequence(Qt::CTRL | Qt::Key_R), {}).isEmpty());
        actions.remap({{QStringLiteral("x.rollback"), {QKeySequence(Qt::CTRL | Qt::Key_R)}}});
        QVERIFY(actions.action(QStringLiteral("x.rollback"))->shortcuts().isEmpty());
    }

    void shortcutsGoOutAndIn()
    {
        m_window->showSettings();
        ShortcutTable *table = dialog()->shortcutTable();
        table->setShortcut(QStringLiteral("view.zone"), QKeySequence(Qt::ALT | Qt::Key_Z));
        const QByteArray file = table->exported();
        table->load({});
        QVERIFY(table->edited().isEmpty());
        const auto told = table->import(file);
        QVERIFY(told && told->isEmpty());
        QCOMPARE(table->edited().value(QStringLiteral("view.zone")),
                 QList<QKeySequence>{QKeySequence(Qt::ALT | Qt::Key_Z)});
        QCOMPARE(table->edited().size(), 1);
        const auto odd
            = table->import(R"({"version":1,"shortcuts":{"no.such":["F2"],"view.zone":["F2"],"view.wall":["F2"]}})");
        QVERIFY(odd);
        QCOMPARE(odd->size(), 2);
        for (const char *wrong : {"", "[]", "{\"version\":2,\"shortcuts\":{}}", "\xff\xfe"})
            QVERIFY(!table->import(wrong));
    }

    void storageSaysWhere()
    {
        m_window->showSettings();
        QStringList texts;
        for (const QLabel *label : dialog()->findChildren<QLabel *>())
            texts << label->text();
        QVERIFY(texts.contains(QStringLiteral("/etc/inventory.json")));
        QVERIFY(texts.contains(QStringLiteral("--inventory")));
        QVERIFY(texts.contains(iniPath()));
    }

    void unwritableIsTold()
    {
        m_refuseSaving = true;
        m_window->showSettings();
        choose(Preferences::Notify, QStringLiteral("off"));
        dialog()->apply();
        bool told = false;
        for (const QLabel *label : dialog()->findChildren<QLabel *>())
            told = told || label->text().contains(QStringLiteral("for this run only"));
        QVERIFY(told);
        m_refuseSaving = false;
    }

    void enterAppliesNothing()
    {
        m_window->showSettings();
        choose(Preferences::Density, QStringLiteral("comfortable"));
        for (const QPushButton *button : dialog()->findChildren<QPushButton *>())
            QVERIFY(!button->isDefault() && !button->autoDefault());
        QTest::keyClick(dialog()->pageList(), Qt::Key_Return);
        QCOMPARE(m_window->preferences().value(Preferences::Density), QStringLiteral("compact"));
        for (const QLabel *label : dialog()->findChildren<QLabel *>())
            QCOMPARE(label->textFormat(), Qt::PlainText);
    }

    void largeFontCutsNoButton()
    {
        const QFont usual = QApplication::font();
        QFont large = usual;
        large.setPointSizeF(usual.pointSizeF() * 2);
        QApplication::setFont(large);
        m_window->showSettings();
        dialog()->resize(800, 600);
        for (int page = 0; page < dialog()->pageList()->count(); ++page) {
            dialog()->pageList()->setCurrentRow(page);
            QCoreApplication::processEvents();
            for (const QAbstractButton *button : dialog()->findChildren<QAbstractButton *>()) {
                if (!button->isVisible() || button->text().isEmpty())
                    continue;
                QVERIFY2(button->width() >= button->fontMetrics().horizontalAdvance(button->text())
                             && button->height() >= button->fontMetrics().height(),
                         qPrintable(button->text()));
            }
        }
        QApplication::setFont(usual);
    }

private:
    void open(bool themeGiven = false)
    {
        m_console = std::make_unique<items::ConsoleModels>();
        demo::feed(*m_console, demo::allStates());
        m_models = std::make_unique<WindowModels>(*m_console);
        m_models->themeGiven = themeGiven;
        m_models->places
            = {{QStringLiteral("Inventory"), QStringLiteral("/etc/inventory.json"), QStringLiteral("--inventory")}};
        m_models->save = [this](const QString &path, const QByteArray &bytes) {
            QFile file(path);
            return !m_refuseSaving && file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
        };
        m_window = std::make_unique<MainWindow>(*m_models, iniPath());
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    void close()
    {
        m_window.reset();
        m_models.reset();
        m_console.reset();
    }
    SettingsDialog *dialog() const { return m_window->settingsDialog(); }
    QString iniPath() const { return m_folder->filePath(QStringLiteral("ui.ini")); }
    void choose(Preferences::Key key, const QString &word)
    {
        dialog()->choice(key)->setCurrentIndex(dialog()->choice(key)->findData(word));
    }
    int rowOf(const QString &action) const
    {
        const QTableWidget *table = dialog()->shortcutTable()->table();
        for (int row = 0; row < table->rowCount(); ++row) {
            if (table->item(row, 0)->data(Qt::UserRole).toString() == action)
                return row;
        }
        return -1;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<items::ConsoleModels> m_console;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<MainWindow> m_window;
    bool m_refuseSaving = false;
};

QTEST_MAIN(TestSettings)
#include "tst_settings.moc"
