// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "questions.h"
#include "sshpool.h"

#include <QObject>

#include <map>
#include <mutex>

namespace taffrail {

/// Carries questions from transports (their threads) to a person (this object's thread) and the answers back. A
/// question is answered once; those left open when the broker goes are refused.
class QuestionBroker : public QObject {
    Q_OBJECT
public:
    explicit QuestionBroker(QObject *parent = nullptr);
    ~QuestionBroker() override;

    /// For ssh::Settings: ask through this broker, which must outlive the pool.
    ssh::Asking asking();
public slots:
    /// The fingerprint that the person confirmed, or "" to refuse.
    void answerHostKey(quint64 id, const QString &fingerprint);
    /// A null QByteArray refuses.
    void answerSecret(quint64 id, QByteArray secret);

signals:
    void hostKeyAsked(const taffrail::HostKeyQuestion &question);
    void secretAsked(const taffrail::SecretQuestion &question);
    /// Answered or withdrawn: take it off the screen.
    void closed(quint64 id);

private:
    std::mutex m_mutex;
    std::map<quint64, std::function<void(QString)>> m_hostKeys;
    std::map<quint64, std::function<void(QByteArray)>> m_secrets;
    quint64 m_next = 1;
};

} // namespace taffrail
