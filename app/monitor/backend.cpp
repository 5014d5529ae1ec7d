// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend.h"

#include "secretreference.h"
#include "snapshotstore.h"
#include "startingsnapshot.h"
#include "terminalasker.h"

namespace taffrail {

Backend::Backend(const std::vector<EnvironmentSpecPtr> &environments, const Options &options, QObject *parent)
    : QObject(parent)
{
    ssh::Settings settings;
    settings.acceptNewHostKeys = options.acceptNewHostKeys;
    if (options.askPeople)
        settings.asking = m_questions.asking();
    else if (options.askOnTerminal)
        settings.asking = terminalAsking();
    std::function<void(QString, std::function<void(QByteArray)>)> askPassword;
    if (settings.asking.secret) {
        askPassword = [ask = settings.asking.secret](const QString &subject, std::function<void(QByteArray)> answer) {
            ask({0, subject, tr("Password for %1").arg(subject), false}, std::move(answer));
        };
    }
    const pg::SecretResolver resolveSecret
        = [](const QString &reference) { return inventory::resolveSecret(reference); };
    ConnectionTester::Options testing;
    testing.ssh = settings;
    testing.askPassword = askPassword;
    testing.resolveSecret = resolveSecret;
    m_tester = std::make_unique<ConnectionTester>(environments, std::move(testing));
    m_ssh = std::make_unique<ssh::Pool>(std::move(settings));
    m_local = std::make_unique<LocalShell>();
    m_postgres = std::make_unique<pg::Pool>(4, std::move(askPassword), resolveSecret);
    m_http = std::make_unique<http::Client>(resolveSecret);

    Monitor::Options monitoring;
    monitoring.once = options.once;
    monitoring.expectedFile = options.expectedFile;
    monitoring.baselineFolder = options.baselineFolder;
    if (!options.proofsFile.isEmpty()) {
        m_proofs = std::make_shared<ProofBook>(options.proofsFile);
        m_storeTrouble = m_proofs->trouble();
        monitoring.proofs = m_proofs;
    }
    if (!options.stateFile.isEmpty())
        openStore(options.stateFile, monitoring);
    if (m_store) {
        QStringList ids;
        for (const EnvironmentSpecPtr &environment : environments)
            ids << environment->id;
        m_store->keep(ids);
    }
    m_remembered = rememberedStates(environments, monitoring.remembered, QDateTime::currentDateTimeUtc());
    m_monitor = new Monitor(environments, Transports{*m_ssh, *m_local, *m_postgres, *m_http}, std::move(monitoring));
    m_monitor->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_monitor, &QObject::deleteLater);
    if (m_store) {
        connect(
            m_monitor, &Monitor::snapshotMade, m_monitor,
            [store = m_store.get()](const SnapshotPtr &snapshot) { store->save(snapshot); }, Qt::DirectConnection);
    }
    m_thread.setObjectName(QStringLiteral("monitor"));
}

void Backend::openStore(const QString &file, Monitor::Options &monitoring)
{
    auto store = SnapshotStore::open(file);
    if (!store) {
        m_storeTrouble = sentence(store.error());
        return;
    }
    m_store = std::move(*store);
    if (!m_store->notice().isEmpty())
        m_storeTrouble = m_store->notice();
    monitoring.remembered = m_store->loadAll();
    connect(m_store.get(), &SnapshotStore::failed, this,
            [this](const Error &error) { emit storeFailed(sentence(error)); });
    connect(m_store.get(), &SnapshotStore::recovered, this, [this] { emit storeFailed({}); });
}

Backend::~Backend()
{
    if (!m_thread.isRunning())
        delete m_monitor; // never started: no thread ends it
    m_thread.quit();
    m_thread.wait();
    // The monitor is gone; now the transports may go, then what they ask through.
}

void Backend::start()
{
    m_thread.start();
    QMetaObject::invokeMethod(m_monitor, &Monitor::start, Qt::QueuedConnection);
}

void Backend::refresh(const QString &environment)
{
    QMetaObject::invokeMethod(
        m_monitor, [monitor = m_monitor, environment] { monitor->refresh(environment); }, Qt::QueuedConnection);
}

void Backend::retry(const QString &environment)
{
    m_ssh->wake();
    m_postgres->wake();
    refresh(environment);
}

} // namespace taffrail
