// SPDX-License-Identifier: GPL-3.0-or-later
// rollbackshots FOLDER: pictures of the rollback window, the open runs and the audit, light and dark, large and small.
#include "fakedesk.h"

#include "armedbutton.h"
#include "auditpage.h"
#include "bottomdocks.h"
#include "changespage.h"
#include "confirmpage.h"
#include "mainwindow.h"
#include "preflightpage.h"
#include "rollbacksession.h"
#include "rollbackwindows.h"
#include "rollbackwizard.h"
#include "runpage.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QCheckBox>
#include <QDir>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QPushButton>
#include <QTabWidget>

#include <cstdio>

using namespace taffrail;

namespace {

void settle(int milliseconds)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < milliseconds)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
}

struct Camera {
    QDir folder;
    QString scheme;
    QSize size;

    void take(QWidget &window, const QString &name) const
    {
        window.resize(size);
        settle(60);
        const QString path = folder.filePath(QStringLiteral("%1-%2-%3.png").arg(name, scheme).arg(size.width()));
        if (!window.grab().save(path))
            std::fprintf(stderr, "cannot write %s\n", qPrintable(path));
        if (window.size() != size)
            std::fprintf(stderr, "%s: %d x %d instead\n", qPrintable(path), window.width(), window.height());
    }
};

void takePlanPages(const Camera &camera, ui::RollbackWizard &wizard, demo::FakeDesk &desk)
{
    camera.take(wizard, QStringLiteral("rollback1-target"));
    wizard.next();
    camera.take(wizard, QStringLiteral("rollback2-planning"));
    desk.answer(demo::plan(demo::warningGates()));
    camera.take(wizard, QStringLiteral("rollback2-changes"));
    wizard.changesPage()->tabs()->setCurrentIndex(1);
    camera.take(wizard, QStringLiteral("rollback2-commands"));
    wizard.changesPage()->tabs()->setCurrentIndex(2);
    camera.take(wizard, QStringLiteral("rollback2-undo"));
    wizard.next();
    camera.take(wizard, QStringLiteral("rollback3-preflight"));
    const auto acceptance = wizard.preflightPage()->acceptances().first();
    acceptance.tick->click();
    acceptance.reason->setText(QStringLiteral("web3 is watched by hand, its agent is being replaced"));
    emit acceptance.reason->textEdited(acceptance.reason->text());
    wizard.next();
    camera.take(wizard, QStringLiteral("rollback4-approval"));
    wizard.next();
    camera.take(wizard, QStringLiteral("rollback5-confirm"));
    auto *confirm = wizard.confirmPage();
    for (const auto &[field, text] : {std::pair(confirm->reason(), "5xx after 2.14.3, incident 4711"),
                                      std::pair(confirm->typed(), "shop-production")}) {
        field->setText(QString::fromLatin1(text));
        emit field->textEdited(field->text());
    }
    settle(ui::ArmedButton::armMs + 60);
    camera.take(wizard, QStringLiteral("rollback5-armed"));
}

void takeRunPages(const Camera &camera, ui::RollbackWizard &wizard, demo::FakeDesk &desk)
{
    wizard.startButton()->click();
    RollbackRun run = demo::runAt(demo::run(demo::plan(demo::warningGates())), 1, 1);
    desk.tell(run);
    QString log;
    for (int line = 1; line < 60; ++line)
        log += QStringLiteral("14:33:%1Z web2: shop[%2]: listening on 127.0.0.1:8080, worker %3 is up\n")
                   .arg(line % 60, 2, 10, QLatin1Char('0'))
                   .arg(4000 + line)
                   .arg(line);
    emit desk.logGrew(run.id, QStringLiteral("web2"), 0, log);
    camera.take(wizard, QStringLiteral("rollback6-run"));
    wizard.runPage()->abort()->click();
    camera.take(wizard, QStringLiteral("rollback6-abort"));
    run.stage = RunStage::Paused;
    ++run.version;
    run.hosts[1].stage = HostStage::Switched;
    run.message = QStringLiteral("web3 waits: the console that ran this was closed");
    desk.tell(run);
    settle(ui::ArmedButton::armMs + 60);
    camera.take(wizard, QStringLiteral("rollback6-paused"));
    RollbackRun failed = demo::runAt(demo::run(demo::plan(demo::warningGates())), 1, 1);
    failed.version = run.version + 1;
    failed.stage = RunStage::Failed;
    failed.endedAt = demo::now();
    failed.hosts[1].stage = HostStage::Failed;
    failed.hosts[1].steps[1].stage = StepState::Stage::Failed;
    failed.hosts[1].steps[1].exitCode = 1;
    failed.hosts[1].trouble = QStringLiteral("mv: cannot move '/srv/shop/.current.new': Permission denied");
    failed.message = QStringLiteral("web2 failed at step 2: web1 runs 20262.14.2, web2 and web3 run 20262.14.3.");
    desk.tell(failed);
    settle(ui::ArmedButton::armMs + 60);
    camera.take(wizard, QStringLiteral("rollback6-failed"));
    wizard.next();
    camera.take(wizard, QStringLiteral("rollback7-failed"));
    RollbackRun verifying = demo::verifying(failed);
    verifying.version = failed.version + 1;
    verifying.message.clear();
    for (HostRun &host : verifying.hosts)
        host.trouble.clear();
    verifying.endedAt = {};
    verifying.verification.problems = QStringList{QStringLiteral("host.disk web1 is warning: /srv is 91 % full")};
    desk.tell(verifying);
    camera.take(wizard, QStringLiteral("rollback7-verifying"));
    verifying.stage = RunStage::Succeeded;
    verifying.verification.problems.clear();
    verifying.endedAt = demo::now();
    ++verifying.version;
    desk.tell(verifying);
    camera.take(wizard, QStringLiteral("rollback7-verified"));
}

void takeBlocked(const Camera &camera, ui::MainWindow &window, demo::FakeDesk &desk)
{
    ui::RollbackWizard *wizard = window.rollbacks()->open(QStringLiteral("shop-production"));
    wizard->next();
    desk.answer(demo::plan(demo::goodGates()));
    wizard->next();
    wizard->next();
    std::vector<Gate> gates = demo::warningGates();
    gates[3].verdict = Verdict::Block;
    gates[3].answer = QStringLiteral("capistrano holds its lock on web1 since 14:31Z, by ci-1");
    gates[3].hint = QStringLiteral("Wait until the deploy has ended");
    gates[4].verdict = Verdict::Block;
    gates[4].answer = QStringLiteral("20261112 drop_legacy_totals takes a column away that the target reads");
    desk.answer(demo::plan(gates, 'b'));
    camera.take(*wizard, QStringLiteral("rollback3-changed"));
    wizard->reject();
    settle(20);
}

void takeAudit(const Camera &camera, ui::MainWindow &window, demo::FakeDesk &desk)
{
    window.showAudit();
    std::vector<AuditEntry> entries;
    const QList<QByteArray> details{
        R"({"reason":"5xx after 2.14.3, incident 4711","target":"20262.14.2","digest":"7c1e90ab55","hosts":["web1","web2","web3"]})",
        R"({"result":"succeeded","message":"3 of 3 hosts report 20262.14.2"})", R"({"host":"web2","token":8})"};
    const QStringList actions{QStringLiteral("rollback.start"), QStringLiteral("rollback.end"),
                              QStringLiteral("rollback.host")};
    for (qint64 seq = 980; seq > 780; --seq)
        entries.push_back(
            demo::auditEntry(seq, actions[seq % 3], details[seq % 3],
                             seq % 5 ? QStringLiteral("shop-production") : QStringLiteral("ledger-production")));
    emit desk.auditListed(entries, 0, true);
    camera.take(window, QStringLiteral("audit-new"));
    emit desk.auditVerified({980, {}}, {}, demo::before(125));
    camera.take(window, QStringLiteral("audit-verified"));
    emit desk.auditVerified({976, {}}, {977, QStringLiteral("its bytes are not those that were hashed")},
                            demo::before(4));
    camera.take(window, QStringLiteral("audit-broken"));
}

} // namespace

int main(int argc, char *argv[])
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const QDir folder(argc > 1 ? QString::fromLocal8Bit(argv[1]) : QStringLiteral("shots"));
    if (!folder.mkpath(QStringLiteral("."))) {
        std::fprintf(stderr, "cannot make %s\n", qPrintable(folder.path()));
        return 1;
    }
    const QFont usual = QApplication::font();
    QFont doubled = usual;
    doubled.setPointSizeF(usual.pointSizeF() * 2);
    for (const auto &[scheme, name] : {std::pair(ui::Scheme::Light, "light"), std::pair(ui::Scheme::Dark, "dark")}) {
        ui::applyTheme(application, scheme);
        // The smallest one stands for a font of 200 %.
        for (const QSize size : {QSize(1280, 800), QSize(900, 600), QSize(800, 600)}) {
            QApplication::setFont(size.width() == 800 ? doubled : usual);
            items::ConsoleModels console;
            std::vector<EnvironmentStatePtr> states = demo::allStates();
            states[0] = demo::stateOf(demo::rollbackEnvironment());
            demo::feed(console, states);
            demo::FakeDesk desk;
            ui::WindowModels models(console);
            models.setDesk(&desk);
            ui::MainWindow window(models, {});
            const Camera camera{folder, QString::fromLatin1(name), size};
            window.resize(size);
            window.show();
            takeBlocked(camera, window, desk);
            window.openEnvironment(QStringLiteral("shop-production"));
            camera.take(window, QStringLiteral("environment-strip"));
            ui::RollbackWizard *wizard = window.rollbacks()->open(QStringLiteral("shop-production"));
            takePlanPages(camera, *wizard, desk);
            takeRunPages(camera, *wizard, desk);
            wizard->reject();
            RollbackRun open = demo::runAt(demo::run(demo::plan(demo::goodGates()), QStringLiteral("open")), 1, 1);
            desk.tell(open);
            window.activityDock()->raise();
            camera.take(window, QStringLiteral("runs-open"));
            open.stage = RunStage::Succeeded;
            ++open.version;
            desk.tell(open);
            takeAudit(camera, window, desk);
        }
    }
    return 0;
}
