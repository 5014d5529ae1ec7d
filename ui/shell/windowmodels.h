// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparedesk.h"
#include "consolemodels.h"
#include "environmentdraft.h"
#include "questions.h"
#include "readinessdesk.h"
#include "drilldesk.h"
#include "rollbackdesk.h"
#include "rollbackmodels.h"
#include "timeformat.h"

#include <QDateTime>
#include <QObject>
#include <QPointer>

#include <functional>

namespace taffrail::ui {

/// A file that the program reads or writes, and why that one: "--inventory", "default".
struct StoredPlace {
    QString what;
    QString path;
    QString origin;
};

/// How the first inventory gets written. All of it is the application's; a function that is missing is not offered.
struct SetupWays {
    /// Where inventories are looked for, for words.
    QStringList lookedIn;
    /// What is wrong with the inventory that there is; "" = nothing, or there is none.
    QString trouble;
    /// Every mistake with file, line and path.
    QString troubleDetail;
    /// The text of an inventory file, checked as when it is read.
    std::function<Result<QByteArray>(const std::vector<EnvironmentDraft> &)> inventoryText;
    /// A path that no file has yet.
    std::function<QString()> freePath;
    /// Writes a file that must not exist yet.
    std::function<Result<void>(const QString &path, const QByteArray &text)> writeNew;
    /// What is wrong with an inventory file, line by line; empty = it can be read.
    std::function<QString(const QString &path)> problemsOf;
    std::function<ImportCandidates()> candidates;
    /// Starts the program again; "" = with the inventory that it finds by itself. False = it could not.
    std::function<bool(const QString &path)> startWith;
};

/// Everything between the window and the application: the models it shows, what it is told, what it wishes.
/// All in the GUI thread; the application owns it and it outlives the window.
class WindowModels : public QObject {
    Q_OBJECT

public:
    explicit WindowModels(items::ConsoleModels &models, QObject *parent = nullptr);

    items::ConsoleModels &console;
    TimeFormat time;
    /// Saves a small file without ever harming the old one; empty = QSaveFile.
    std::function<bool(const QString &path, const QByteArray &bytes)> save;
    QStringList inventoryFiles; ///< absolute paths, for words
    QList<StoredPlace> places; ///< inventory files, stores
    SetupWays setup;
    bool themeGiven = false; ///< light or dark was named for this run: the stored choice waits
    bool isDemo = false; ///< the environments are the demo's

    /// Rollbacks and their audit; null = neither is offered. Set before the window is made.
    items::RollbackDesk *desk() const { return m_desk; }
    void setDesk(items::RollbackDesk *desk);
    items::RunModel runs; ///< of the desk
    /// Restore drills; null = none are offered. Set before the window is made.
    items::DrillDesk *drillDesk() const { return m_drillDesk; }
    void setDrillDesk(items::DrillDesk *desk);
    /// Comparisons; null = none are offered. Set before the window is made.
    items::CompareDesk *compareDesk() const { return m_compareDesk; }
    void setCompareDesk(items::CompareDesk *desk) { m_compareDesk = desk; }
    /// Scorecards; null = none are made. Set before the window is made.
    items::ReadinessDesk *readiness() const { return m_readiness; }
    void setReadiness(items::ReadinessDesk *desk) { m_readiness = desk; }

    QDateTime nextPoll() const { return m_nextPoll; }

public slots:
    /// Shows a question in place. The answer comes by hostKeyAnswered with the same id.
    void askHostKey(const taffrail::HostKeyQuestion &question) { emit hostKeyAsked(question); }
    /// Shows a question in place. The answer comes by secretAnswered with the same id.
    void askSecret(const taffrail::SecretQuestion &question) { emit secretAsked(question); }
    /// The question is no longer asked (answered elsewhere, timed out).
    void withdrawHostKey(quint64 id) { emit hostKeyWithdrawn(id); }
    void withdrawSecret(quint64 id) { emit secretWithdrawn(id); }
    /// When the next read of any environment is due, UTC; invalid = not scheduled.
    void setNextPoll(const QDateTime &at);
    /// A connection test that was put in line, came further or ended.
    void takeTest(const taffrail::ConnectionTestPtr &test);
    /// A line that concerns the whole window (inventory unreadable, store refused); "" clears it.
    void tell(taffrail::Status severity, const QString &text, const QString &detail = {});

signals:
    // Wishes of the person.
    /// `environment` "" = all.
    void refreshRequested(const QString &environment);
    void cancelRequested(const QString &environment);
    /// Connect again now, without waiting for the back-off.
    void retryRequested(const QString &environment);
    /// Connect to this host or database from nothing and say stage by stage how it went.
    void testRequested(const QString &environment, const QString &subject, bool isDatabase);
    /// `fingerprint` as compared by the person, "" = refused.
    void hostKeyAnswered(quint64 id, const QString &fingerprint);
    /// A null QByteArray = refused. The window wipes its own copy.
    void secretAnswered(quint64 id, const QByteArray &secret);
    void quitRequested();

    // For the widgets.
    void hostKeyAsked(const taffrail::HostKeyQuestion &question);
    void secretAsked(const taffrail::SecretQuestion &question);
    void hostKeyWithdrawn(quint64 id);
    void secretWithdrawn(quint64 id);
    void nextPollChanged();
    void told(taffrail::Status severity, const QString &text, const QString &detail);

private:
    void noteRun(const RollbackRun &run);

    QPointer<items::RollbackDesk> m_desk;
    QPointer<items::DrillDesk> m_drillDesk;
    QHash<QString, DrillStage> m_drillStages;
    QPointer<items::CompareDesk> m_compareDesk;
    QPointer<items::ReadinessDesk> m_readiness;
    QDateTime m_nextPoll;
};

} // namespace taffrail::ui
