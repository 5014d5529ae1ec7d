// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "context.h"
#include "session.h"

namespace taffrail::ssh {

/// The identity of one login while it is being loaded on a worker.
class IdentityLoad {
public:
    IdentityLoad(Context &context, ResolvedHost host, SshSpec spec);
    /// Calls back on the network thread once it is there; at once if it is.
    void whenReady(std::function<void(Result<std::shared_ptr<Identity>>)> ready);

private:
    Guard m_guard;
    std::optional<Result<std::shared_ptr<Identity>>> m_result;
    std::function<void(Result<std::shared_ptr<Identity>>)> m_ready;
};

/// Signs in over a session whose host key was accepted: one identity, then keyboard-interactive, then a password;
/// several in turn where the server wants that. Steps that sign with the agent or an RSA key run on a worker, which
/// owns the session meanwhile. The owner calls drive() when the socket is ready and isWorking() is false. Destroying it
/// stops it.
class SignIn {
public:
    SignIn(Context &context, SessionPtr session, QString subject, std::unique_ptr<IdentityLoad> identity,
           std::function<void(std::optional<Error>)> done);
    Q_DISABLE_COPY_MOVE(SignIn)

    void start();
    void drive();
    /// A worker has the session: nobody else may touch it.
    bool isWorking() const { return m_working; }
    /// For a person, or for a key that is being loaded: nothing is asked of the server meanwhile.
    bool isWaiting() const { return m_asking || m_step == Step::Loading; }
    QString doing() const;
    /// Told when isWorking() or isWaiting() may have changed.
    std::function<void()> moved;

private:
    enum class Step { Loading, PublicKey, Interactive, Password, Over };
    struct KeyJob;

    void tellMoved() const
    {
        if (moved)
            moved();
    }
    void identityReady(Result<std::shared_ptr<Identity>> loaded);
    void stepOnWorker();
    void stepped(int rc);
    int callServer();
    void nextMethod();
    void answerPrompts();
    void askPassword();
    void ask(const QString &prompt, bool echo, std::function<void(QByteArray)> answered);
    void denied(bool partial);
    void fail(ErrorKind kind, const QString &text, const QString &hint = {});
    void failRefused();
    void failBroken();
    void succeed();

    Context &m_context;
    SessionPtr m_session;
    QString m_subject;
    std::unique_ptr<IdentityLoad> m_load;
    std::function<void(std::optional<Error>)> m_done;
    std::shared_ptr<Identity> m_identity;
    std::shared_ptr<KeyJob> m_job;
    Step m_step = Step::Loading;
    bool m_working = false;
    bool m_asking = false;
    bool m_onWorker = false;
    bool m_offered = false; ///< a key was refused
    bool m_partial = false; ///< the server took one proof and wants another
    int m_methods = 0; ///< what the server would take next
    int m_interactiveTries = 0;
    int m_passwordTries = 0;
    unsigned int m_prompt = 0; ///< next one to answer
    QByteArray m_password;
    Guard m_guard;
};

} // namespace taffrail::ssh
