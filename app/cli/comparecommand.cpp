// SPDX-License-Identifier: GPL-3.0-or-later
// taffrail compare: settings of environments side by side, without a window.
#include "agreedfiles.h"
#include "backend.h"
#include "commands.h"
#include "comparing.h"
#include "comparetext.h"
#include "statepaths.h"

#include <algorithm>
#include <array>

namespace taffrail {

namespace {

MatrixView viewOf(const QString &word)
{
    constexpr std::array<std::pair<const char *, MatrixView>, 4> views{{{"differences", MatrixView::Differences},
                                                                        {"everything", MatrixView::Everything},
                                                                        {"missing", MatrixView::Missing},
                                                                        {"secrets", MatrixView::Secrets}}};
    for (const auto &[name, view] : views) {
        if (word == QLatin1String(name))
            return view;
    }
    return MatrixView::Unexpected;
}

tl::expected<Normalisers, QString> normalisersOf(const CommandLine &line)
{
    Normalisers normalisers;
    for (const QString &name : line.strict) {
        if (name == QLatin1String("order"))
            normalisers.order = false;
        else if (name == QLatin1String("quoting"))
            normalisers.quoting = false;
        else if (name == QLatin1String("comments"))
            normalisers.comments = false;
        else if (name == QLatin1String("units"))
            normalisers.units = false;
        else if (name == QLatin1String("booleans"))
            normalisers.booleans = false;
        else
            return tl::make_unexpected(
                QStringLiteral("--strict takes order, quoting, comments, units or booleans, not \"%1\"").arg(name));
    }
    normalisers.hostNames = line.hostNames;
    return normalisers;
}

/// What is wrong with the words on the command line; "" = nothing.
QString usageTrouble(const CommandLine &line, const Inventory &inventory)
{
    for (const QString &id : line.operands) {
        if (!inventory.environment(id))
            return unknownEnvironment(inventory, id);
    }
    if ((line.baseline || line.saveBaseline) && line.operands.size() != 1)
        return QStringLiteral("a baseline is of one environment: taffrail compare ENV --baseline");
    if (!line.baseline && !line.saveBaseline && line.operands.size() < 2)
        return QStringLiteral("name two environments or more, or one with --baseline");
    if (line.operands.size() != QSet<QString>(line.operands.begin(), line.operands.end()).size())
        return QStringLiteral("each environment can be named once");
    if (!line.reference.isEmpty() && !line.operands.contains(line.reference))
        return QStringLiteral("--reference names one of the environments that are compared");
    if (int(line.json) + int(line.markdown) + int(line.csv) > 1)
        return QStringLiteral("say one of --json, --markdown, --csv");
    return {};
}

class CompareCommand : public QObject {
public:
    CompareCommand(const CommandLine &line, Comparing &comparing, QCoreApplication &application)
        : m_line(line),
          m_application(application)
    {
        connect(&comparing, &Comparing::compared, this, &CompareCommand::show);
        connect(&comparing, &Comparing::refused, this, [this](const Error &error) {
            complain(sentence(error));
            m_application.exit(exitcode::badData);
        });
        connect(&comparing, &Comparing::baselineSaved, this,
                [this](const QString &environment, const QString &trouble) {
                    if (trouble.isEmpty())
                        print(QStringLiteral("The settings of %1 are its baseline from now on.\n").arg(environment));
                    else
                        complain(trouble);
                    m_application.exit(trouble.isEmpty() ? 0 : exitcode::unreachable);
                });
    }

private:
    void show(const items::ComparisonPtr &comparison)
    {
        const Matrix &matrix = comparison->matrix;
        const MatrixView view = viewOf(m_line.view);
        int code = exitCodeOf(matrix);
        for (const auto &[format, path] :
             {std::pair(QStringLiteral("html"), m_line.html), std::pair(QStringLiteral("pdf"), m_line.pdf)}) {
            if (!path.isEmpty() && !write(matrix, view, format, path))
                code = exitcode::unreachable;
        }
        if (m_line.json)
            printReport(matrix, view, QStringLiteral("json"));
        else if (m_line.markdown)
            printReport(matrix, view, QStringLiteral("markdown"));
        else if (m_line.csv)
            printReport(matrix, view, QStringLiteral("csv"));
        else if (m_line.html.isEmpty() && m_line.pdf.isEmpty())
            print(comparisonText(matrix, view));
        m_application.exit(code);
    }

    static bool write(const Matrix &matrix, MatrixView view, const QString &format, const QString &path)
    {
        const Result<void> saved = saveReport(matrix, view, format, path);
        if (!saved)
            complain(sentence(saved.error()));
        return saved.has_value();
    }

    static void printReport(const Matrix &matrix, MatrixView view, const QString &format)
    {
        if (const Result<QByteArray> report = reportOf(matrix, view, format))
            print(QString::fromUtf8(*report));
        else
            complain(sentence(report.error()));
    }

    const CommandLine &m_line;
    QCoreApplication &m_application;
};

} // namespace

int runCompare(const CommandLine &line, const Inventory &inventory, QCoreApplication &application)
{
    const auto normalisers = normalisersOf(line);
    const QString trouble = normalisers ? usageTrouble(line, inventory) : normalisers.error();
    if (!trouble.isEmpty()) {
        complain(trouble);
        return exitcode::usage;
    }
    std::vector<EnvironmentSpecPtr> environments;
    for (const QString &id : line.operands)
        environments.push_back(inventory.environment(id));
    Backend::Options options;
    options.acceptNewHostKeys = line.acceptNewHostKeys;
    options.askOnTerminal = true;
    Backend backend(environments, options);
    Comparing::Options keeping;
    keeping.expectedFile = line.expectedFile.isEmpty() ? expectedFileFor(inventory.files) : line.expectedFile;
    keeping.baselineFolder = statePath(QStringLiteral("baselines"));
    Comparing comparing(environments, backend.transports(), keeping);
    CompareCommand command(line, comparing, application);
    QMetaObject::invokeMethod(
        &comparing,
        [&] {
            if (line.saveBaseline)
                comparing.saveBaseline(line.operands.first());
            else
                comparing.compare({line.operands, line.reference.isEmpty() ? line.operands.first() : line.reference,
                                   line.sources, *normalisers, line.baseline});
        },
        Qt::QueuedConnection);
    return QCoreApplication::exec();
}

} // namespace taffrail
