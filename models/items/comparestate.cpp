// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparestate.h"

#include "celltable.h"
#include "comparecells.h"
#include "text.h"
#include "words.h"

#include <QCoreApplication>

namespace taffrail::items {

namespace {

QString tr(const char *text, int count = -1)
{
    return QCoreApplication::translate("taffrail::items::CompareState", text, nullptr, count);
}

QString sentenceOf(const QString &text)
{
    return text.endsWith(QLatin1Char('.')) ? text : text + QLatin1Char('.');
}

void describeRefusal(PaneCondition &condition, const Error &error)
{
    switch (error.kind) {
    case ErrorKind::Denied: condition.state = PaneState::NotAllowed; break;
    case ErrorKind::Timeout:
    case ErrorKind::TooLarge: condition.state = PaneState::Limited; break;
    case ErrorKind::Unreachable:
    case ErrorKind::NameNotFound:
    case ErrorKind::ConnectionLost: condition.state = PaneState::Offline; break;
    default: condition.state = PaneState::Error;
    }
    condition.status = Status::Critical;
    condition.copyText = sanitized(sentence(error));
    condition.details = {{tr("Step"), error.step, {}},
                         {tr("On"), error.subject, {}},
                         {tr("Why"), sanitized(error.text), {}},
                         {tr("What to do"), error.hint, {}}};
    condition.actions = {PaneAction::RetryNow, PaneAction::Details, PaneAction::CopyError};
    if (condition.showsData)
        condition.notice = condition.copyText;
    else
        condition.sentence = condition.copyText;
}

// What of the chosen environments is not in the matrix, named.
QString missingWords(const Matrix &matrix)
{
    QStringList words;
    for (const auto &environment : matrix.environments) {
        for (const ComparedSource &source : environment->sources) {
            if (source.error)
                words << tr("%1, %2: %3")
                             .arg(columnTitle(*environment), sanitizedLine(source.entry.toUtf8()),
                                  sanitized(sentence(*source.error)));
        }
    }
    for (const QString &note : matrix.notes) {
        // What failed as a whole was said with what to do about it.
        const bool known = std::ranges::any_of(matrix.environments, [&](const auto &environment) {
            return std::ranges::any_of(environment->sources, [&](const ComparedSource &source) {
                return source.error && !source.error->text.isEmpty() && note.contains(sanitized(source.error->text))
                    && note.contains(source.entry);
            });
        });
        if (!known)
            words << sentenceOf(sanitizedLine(note.toUtf8()));
    }
    words.removeDuplicates();
    constexpr qsizetype most = 6;
    if (words.size() > most) {
        const qsizetype more = words.size() - most;
        words = words.first(most);
        words << tr("%n more", int(more)).replace(QLatin1String("%n"), QString::number(more));
    }
    return words.join(QLatin1Char('\n'));
}

void describeEmpty(PaneCondition &condition, const CompareShown &shown)
{
    condition.showsData = false;
    if (!shown.look.filter.isEmpty()) {
        const int all = shown.counts[size_t(shown.look.view)];
        condition.state = PaneState::FilteredToNothing;
        condition.sentence = tr("%1 of %2 shown").arg(0).arg(all);
        condition.actions = {PaneAction::ClearFilter};
        return;
    }
    if (condition.state == PaneState::Ready)
        condition.state = PaneState::Empty;
    if (condition.actions.empty())
        condition.actions = {PaneAction::RetryNow};
    const bool partial = condition.state == PaneState::Partial;
    switch (shown.look.view) {
    case MatrixView::Unexpected:
        condition.sentence = shown.hiddenExpected > 0
            ? tr("No unexpected differences in %1 keys; %2 are expected.").arg(shown.keys).arg(shown.hiddenExpected)
            : tr("No differences in %1 keys.").arg(shown.keys);
        break;
    case MatrixView::Differences: condition.sentence = tr("No differences in %1 keys.").arg(shown.keys); break;
    case MatrixView::Everything: condition.sentence = tr("No keys were found."); break;
    case MatrixView::Missing: condition.sentence = tr("No key is missing anywhere, of %1.").arg(shown.keys); break;
    case MatrixView::Secrets: condition.sentence = tr("No secrets among %1 keys.").arg(shown.keys); break;
    }
    // Never good news of what was not read.
    if (partial)
        condition.sentence += QLatin1Char(' ') + tr("Not everything was read.");
    else if (condition.state == PaneState::Empty && shown.keys > 0 && shown.look.view <= MatrixView::Differences)
        condition.status = Status::Ok;
    else if (condition.state != PaneState::Empty && !condition.asOf.isEmpty())
        condition.sentence += QLatin1Char(' ') + tr("That is %1.").arg(condition.asOf);
}

} // namespace

PaneCondition compareState(const CompareView &view)
{
    PaneCondition condition;
    const bool compared = view.shown && view.shown->comparison;
    condition.showsData = compared;
    condition.refreshing = compared && !view.reading.isEmpty();
    if (!view.offered || view.environments < 2) {
        condition.state = PaneState::NotSetUp;
        condition.showsData = false;
        condition.sentence = !view.offered ? tr("This console reads no configurations.")
                                           : tr("Fewer than two environments have config entries. Add entries to "
                                                "\u201cconfigs\u201d in the inventory.");
        return condition;
    }
    if (compared) {
        const QDateTime at = view.shown->comparison->matrix.comparedAt;
        const QString clock = view.clockText ? view.clockText(at) : utcText(at);
        if (at.isValid())
            condition.asOf = tr("as of %1, %2").arg(clock, relativeText(at, view.now));
        condition.age = relativeText(at, view.now);
    }
    if (!view.reading.isEmpty()) {
        condition.state = compared ? PaneState::Refreshing : PaneState::FirstLoad;
        if (!compared) {
            condition.sentence = sanitized(view.reading);
            return condition;
        }
    }
    if (!compared && !view.refused) {
        condition.state = PaneState::NotSetUp;
        condition.showsData = false;
        condition.sentence = tr("Choose the environments to put side by side: 2 to 50.");
        return condition;
    }
    if (view.refused && view.reading.isEmpty())
        describeRefusal(condition, *view.refused);
    if (!compared)
        return condition;
    const CompareShown &shown = *view.shown;
    if (const QString missing = missingWords(shown.comparison->matrix); !missing.isEmpty()) {
        if (condition.state == PaneState::Ready) {
            condition.state = PaneState::Partial;
            condition.status = Status::Warning;
            condition.copyText = missing;
            condition.actions = {PaneAction::RetryNow, PaneAction::CopyError};
        }
        condition.notice += (condition.notice.isEmpty() ? QString() : QStringLiteral("\n")) + missing;
    }
    const QDateTime at = shown.comparison->matrix.comparedAt;
    if (condition.state == PaneState::Ready && at.isValid() && view.now.isValid()
        && ageOf(at, view.now) > comparisonFresh) {
        condition.state = PaneState::Stale;
        condition.status = Status::Stale;
        condition.notice = tr("Not fresh: %1.").arg(condition.asOf);
        condition.actions = {PaneAction::RetryNow};
    }
    if (shown.kept == 0)
        describeEmpty(condition, shown);
    return condition;
}

QString hiddenText(const CompareShown &shown)
{
    QStringList parts;
    if (shown.hiddenExpected > 0)
        parts << tr("%1 expected").arg(shown.hiddenExpected);
    if (shown.hiddenEqual > 0)
        parts << tr("%1 equal").arg(shown.hiddenEqual);
    if (shown.hiddenOther > 0)
        parts << tr("%1 others").arg(shown.hiddenOther);
    return parts.isEmpty() ? QString() : tr("hidden: %1").arg(parts.join(QStringLiteral(", ")));
}

} // namespace taffrail::items
