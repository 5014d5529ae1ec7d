// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostshell.h"

namespace taffrail {

HostShell::HostShell(Transports transports, QObject *owner)
    : m_transports(transports),
      m_mailbox(std::make_shared<Mailbox<QObject>>(owner))
{
}

HostShell::~HostShell()
{
    m_mailbox->close();
}

void HostShell::run(const EnvironmentSpecPtr &environment, const QString &host, ExecRequest request, Answer answer)
{
    // The answer may have been dropped with its owner by then: `alive` ends with this object.
    auto done = [mailbox = m_mailbox, answer = std::move(answer)](const Result<ExecReply> &reply) {
        mailbox->post([answer, reply](QObject &) { answer(reply); });
    };
    const HostSpec *spec = environment->host(host);
    if (!spec)
        done(failure(ErrorKind::BadConfig, QStringLiteral("run"), host,
                     QStringLiteral("the inventory has no such host any more")));
    else if (spec->local)
        m_transports.local.exec(std::move(request), std::move(done));
    else
        m_transports.ssh.exec(endpointOf(*environment, *spec), std::move(request), std::move(done));
}

} // namespace taffrail
