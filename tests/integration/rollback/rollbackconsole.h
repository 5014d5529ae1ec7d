// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

namespace taffrail::test {

/// One run of the program.
struct CliResult {
    int exitCode = -1;
    QByteArray out, err;
};

/// The program as people run it, with homes and a memory of their own.
class RollbackConsole {
public:
    QString file(const QString &name) const { return m_folder.filePath(name); }

    /// Further consoles have this variable.
    void setVariable(const QString &name, const QString &value) { m_variables.insert(name, value); }
    /// Further consoles are started by these words, which end by starting what follows them.
    void setWrapper(const QStringList &words) { m_wrapper = words; }
    /// Starts the program; `state`: what it remembers, as that of one person on one machine.
    std::unique_ptr<QProcess> start(const QStringList &arguments, const QString &state = QStringLiteral("state")) const
    {
        auto process = std::make_unique<QProcess>();
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        variables.insert(QStringLiteral("XDG_STATE_HOME"), file(state));
        variables.insert(QStringLiteral("HOME"), file(QStringLiteral("home")));
        variables.remove(QStringLiteral("SSH_AUTH_SOCK"));
        for (auto each = m_variables.constBegin(); each != m_variables.constEnd(); ++each)
            variables.insert(each.key(), each.value());
        process->setProcessEnvironment(variables);
        const QStringList words = m_wrapper + QStringList{QStringLiteral(TAFFRAIL_BINARY)} + arguments;
        process->start(words.first(), words.mid(1));
        return process;
    }
    static CliResult finish(QProcess &process, int limitMs = 120'000)
    {
        if (process.state() != QProcess::NotRunning
            && !QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, limitMs))
            return {};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
                process.readAllStandardError()};
    }
    CliResult cli(const QStringList &arguments, const QString &state = QStringLiteral("state")) const
    {
        const auto process = start(arguments, state);
        return finish(*process);
    }

    /// Arguments that confirm the plan as it is now; every warning is accepted. Empty when there is no plan.
    QStringList confirmation(const QString &environment, const QString &inventory, const QString &target = {},
                             const QString &state = QStringLiteral("state"), QJsonObject *planOut = nullptr) const
    {
        QStringList base{QStringLiteral("rollback"), environment, QStringLiteral("--inventory"), inventory};
        if (!target.isEmpty())
            base << QStringLiteral("--to") << target;
        const CliResult planned = cli(base + QStringList{QStringLiteral("--plan"), QStringLiteral("--json")}, state);
        const QJsonObject plan = QJsonDocument::fromJson(planned.out).object();
        if (planOut)
            *planOut = plan;
        if (plan.isEmpty())
            return {};
        base << QStringLiteral("--confirm") << environment << QStringLiteral("--plan-digest")
             << plan.value(QStringLiteral("digest")).toString() << QStringLiteral("--reason")
             << QStringLiteral("5xx after the deploy; it's \"bad\" $(really)");
        QStringList accepted;
        for (const QJsonValue &gate : plan.value(QStringLiteral("gates")).toArray()) {
            const QString code = gate[QStringLiteral("code")].toString();
            if (gate[QStringLiteral("verdict")].toString() != QLatin1String("pass") && !accepted.contains(code)) {
                accepted << code;
                base << QStringLiteral("--accept") << code + QStringLiteral("=known");
            }
        }
        return base;
    }
    /// The id in "run ID; should this console go …".
    static QString runIn(const QByteArray &err)
    {
        static const QRegularExpression shape(QStringLiteral("run ([0-9a-f-]{36});"));
        return shape.match(QString::fromUtf8(err)).captured(1);
    }
    /// Whether the audit's chain is whole, and how many entries have this action.
    bool auditIsWhole(const QString &state = QStringLiteral("state")) const
    {
        return cli({QStringLiteral("audit"), QStringLiteral("verify")}, state).exitCode == 0;
    }
    int audited(const QString &action, const QString &state = QStringLiteral("state")) const
    {
        const QByteArray text = cli({QStringLiteral("audit"), QStringLiteral("export")}, state).out;
        return int(text.count("\"action\":\"" + action.toUtf8() + '"'));
    }

private:
    QTemporaryDir m_folder;
    QStringList m_wrapper;
    QMap<QString, QString> m_variables;
};

} // namespace taffrail::test
