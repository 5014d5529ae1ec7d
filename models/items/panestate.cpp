// SPDX-License-Identifier: GPL-3.0-or-later
#include "panestate.h"

#include "celltable.h"
#include "text.h"
#include "words.h"

#include <QCoreApplication>

#include <algorithm>

namespace taffrail::items {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("taffrail::items", text);
}

// A smallest entry for the inventory, as the person would paste it.
QString exampleOf(PaneKind pane)
{
    switch (pane) {
    case PaneKind::Deployments:
        return QStringLiteral(
            R"("deployments": [ { "source": "capistrano", "app": "shop", "hosts": ["web1"], "path": "/srv/shop" } ])");
    case PaneKind::Migrations: return QStringLiteral(R"("migrations": [ { "source": "auto", "database": "main" } ])");
    case PaneKind::Backups:
        return QStringLiteral(
            R"("backups": [ { "source": "pgbackrest", "host": "db1", "stanza": "main", "database": "main" } ])");
    case PaneKind::Health: return QStringLiteral(R"("health": [ { "source": "host", "hosts": ["*"] } ])");
    case PaneKind::Configs:
        return QStringLiteral(R"("configs": [ { "source": "dotenv", "host": "web1", "path": "/srv/shop/.env" } ])");
    }
    return {};
}

QString clockText(const PaneView &view, const QDateTime &time)
{
    if (view.clockText)
        return view.clockText(time);
    return time.toUTC().toString(QStringLiteral("HH:mm:ss'Z'"));
}

int rowsIn(const Observation &observation)
{
    if (const auto *history = valueAs<DeploymentHistory>(observation))
        return int(history->releases.size());
    if (const auto *set = valueAs<BackupSet>(observation))
        return int(set->backups.size()) + (set->archive ? 1 : 0);
    if (const auto *report = valueAs<HealthReport>(observation))
        return int(report->checks.size());
    int rows = 0;
    if (const auto *found = valueAs<MigrationHistories>(observation)) {
        for (const MigrationHistory &history : found->histories)
            rows += int(history.migrations.size()) + (history.lock ? 1 : 0) + (history.readable ? 0 : 1);
    }
    return rows;
}

bool isLimit(ErrorKind kind)
{
    return kind == ErrorKind::Timeout || kind == ErrorKind::TooLarge;
}

bool isLoss(ErrorKind kind)
{
    return kind == ErrorKind::Unreachable || kind == ErrorKind::ConnectionLost || kind == ErrorKind::NameNotFound;
}

// The exact right that is missing: a line of the hint that is a statement, else the whole hint.
QString grantOf(const Error &error)
{
    const QString all = error.hint + QLatin1Char('\n') + error.text;
    const auto start = all.indexOf(QLatin1String("GRANT "));
    if (start < 0)
        return error.hint;
    auto end = all.indexOf(QLatin1Char(';'), start);
    end = end < 0 ? all.indexOf(QLatin1Char('\n'), start) : end + 1;
    return all.mid(start, end < 0 ? -1 : end - start).trimmed();
}

QString placesOf(const std::vector<const Observation *> &parts)
{
    QStringList places;
    for (const Observation *part : parts) {
        if (!part->subject.isEmpty() && !places.contains(part->subject))
            places << part->subject;
    }
    return places.join(QStringLiteral(", "));
}

const Link *downLink(const EnvironmentState &state)
{
    for (const Link &link : state.snapshot->links) {
        if (link.state == LinkState::Down)
            return &link;
    }
    return nullptr;
}

QString emptyText(PaneKind pane, const std::vector<const Observation *> &parts)
{
    QStringList notes;
    for (const Observation *part : parts) {
        if (const auto *history = valueAs<DeploymentHistory>(*part))
            notes += history->notes;
        if (const auto *set = valueAs<BackupSet>(*part))
            notes += set->notes;
        if (const auto *report = valueAs<HealthReport>(*part))
            notes += report->notes;
        if (const auto *found = valueAs<MigrationHistories>(*part)) {
            for (const MigrationHistory &history : found->histories)
                notes << tr("No rows in %1.").arg(history.table);
        }
    }
    QStringList sources;
    for (const Observation *part : parts)
        sources << (part->subject.isEmpty() ? part->source : tr("%1 on %2").arg(part->source, part->subject));
    sources.removeDuplicates();
    const QString where = sources.join(QStringLiteral(", "));
    QString text;
    switch (pane) {
    case PaneKind::Deployments: text = tr("No releases found. Looked at %1.").arg(where); break;
    case PaneKind::Migrations: text = tr("No migrations found. Looked at %1.").arg(where); break;
    case PaneKind::Backups: text = tr("No backups found. Looked at %1.").arg(where); break;
    case PaneKind::Health: text = tr("No checks answered. Looked at %1.").arg(where); break;
    case PaneKind::Configs: text = tr("No settings found. Looked at %1.").arg(where); break;
    }
    return notes.isEmpty() ? text : text + QLatin1Char('\n') + notes.join(QLatin1Char('\n'));
}

struct Parts {
    std::vector<const Observation *> all, good, failed, unread;
};

Parts sorted(const EnvironmentState &state, PaneKind pane)
{
    Parts result;
    result.all = observationsOf(state, pane);
    for (const Observation *part : result.all) {
        if (part->value())
            result.good.push_back(part);
        if (part->error())
            result.failed.push_back(part);
        if (!part->lastAttempt && !part->lastGood)
            result.unread.push_back(part);
    }
    return result;
}

DetailLines detailsOf(const Parts &parts)
{
    DetailLines lines;
    for (const Observation *part : parts.failed) {
        const Error &error = *part->error();
        lines.push_back({tr("Source"), joined({part->source, part->subject}), {}});
        lines.push_back({tr("Failed step"), error.step, {}});
        lines.push_back({tr("On"), error.subject, {}});
        lines.push_back({tr("Why"), error.text, {}});
        lines.push_back({tr("Next"), error.hint, {}});
        lines.push_back({tr("Code"), errorKindWord(error.kind), {}});
        lines.push_back({tr("Tried at"), utcText(part->lastAttempt->at), part->lastAttempt->at});
        if (part->lastGood)
            lines.push_back({tr("Last read"), utcText(part->lastGood->at), part->lastGood->at});
    }
    return lines;
}

QString offlineText(const Link &link, const PaneView &view, const QDateTime &now)
{
    const QString since = link.since.isValid()
        ? tr("%1 offline since %2.").arg(link.subject, clockText(view, link.since))
        : tr("%1 is offline.").arg(link.subject);
    const QString retry = link.retryAt.isValid() && link.retryAt > now
        ? tr("Retrying in %1.").arg(ageText(std::chrono::seconds(now.secsTo(link.retryAt))))
        : QString();
    return joined({since}) + (retry.isEmpty() ? QString() : QLatin1Char(' ') + retry);
}

// Nothing good was ever read and something failed: say what, in place of rows.
void describeFailure(PaneCondition &condition, const Parts &parts, const EnvironmentState &state, const PaneView &view,
                     const QDateTime &now)
{
    const Error &error = *parts.failed.front()->error();
    QStringList sentences;
    for (const Observation *part : parts.failed)
        sentences << sentence(*part->error());
    sentences.removeDuplicates();
    condition.copyText = sentences.join(QLatin1Char('\n'));
    QString text = condition.copyText;
    condition.state = PaneState::Error;
    condition.actions = {PaneAction::RetryNow, PaneAction::Details, PaneAction::CopyError};
    const Link *link = downLink(state);
    if (error.kind == ErrorKind::Denied) {
        condition.state = PaneState::NotAllowed;
        condition.copyText = grantOf(error);
        condition.actions = {PaneAction::CopyGrant, PaneAction::RetryNow, PaneAction::Details};
        if (!text.contains(condition.copyText))
            text += QLatin1Char('\n') + condition.copyText;
    } else if (isLimit(error.kind) && !link) {
        condition.state = PaneState::Limited;
    } else if (link && isLoss(error.kind)) {
        condition.state = PaneState::Offline;
        condition.actions = {PaneAction::RetryNow, PaneAction::Details};
        // Beside data the failed step is in the details: four panes need not all repeat it.
        text = offlineText(*link, view, now) + (condition.showsData ? QString() : QLatin1Char('\n') + text);
    }
    if (condition.showsData)
        condition.notice = text;
    else
        condition.sentence = text;
}

QString asOfText(const EnvironmentState &state, PaneKind pane, const PaneView &view, const QDateTime &now)
{
    const QDateTime at = state.assessment.pane(pane).observedAt;
    if (!at.isValid())
        return {};
    return tr("as of %1, %2").arg(clockText(view, at), relativeText(at, now));
}

QString partialText(const Parts &parts)
{
    QStringList missing;
    for (const Observation *part : parts.failed)
        missing << tr("%1: %2").arg(part->source, sentence(*part->error()));
    for (const Observation *part : parts.unread)
        missing << tr("%1: not read yet.").arg(part->source);
    return missing.join(QLatin1Char('\n'));
}

} // namespace

PaneCondition paneState(const EnvironmentState &state, PaneKind pane, const PaneView &view)
{
    const QDateTime now = view.now.isValid() ? view.now : state.now;
    const PaneAssessment &judged = state.assessment.pane(pane);
    PaneCondition condition;
    condition.status = judged.status;
    condition.refreshing = view.refreshing;
    condition.asOf = asOfText(state, pane, view, now);
    condition.age = relativeText(judged.observedAt, now);

    const bool wanted
        = std::ranges::any_of(state.environment->entries, [&](const SourceEntry &entry) { return entry.pane == pane; });
    const Parts parts = sorted(state, pane);
    condition.details = detailsOf(parts);
    if (!wanted && parts.all.empty()) {
        condition.state = PaneState::NotSetUp;
        condition.showsData = false;
        condition.sentence = tr("No source of %1 is set up. Add an entry to “%2” in the inventory.")
                                 .arg(paneTitle(pane).toLower(), paneWord(pane));
        condition.copyText = exampleOf(pane);
        condition.actions = {PaneAction::CopyExample};
        return condition;
    }
    condition.showsData = !parts.good.empty();
    if (parts.good.empty() && parts.failed.empty()) {
        condition.state = PaneState::FirstLoad;
        const QString where = placesOf(parts.all);
        condition.sentence = where.isEmpty() ? tr("Reading %1…").arg(paneTitle(pane).toLower())
                                             : tr("Reading %1 from %2…").arg(paneTitle(pane).toLower(), where);
        condition.actions = {PaneAction::Cancel};
        return condition;
    }
    if (parts.good.empty()) {
        describeFailure(condition, parts, state, view, now);
        return condition;
    }
    int rows = 0;
    for (const Observation *part : parts.good)
        rows += rowsIn(*part);
    const bool old = judged.stale || judged.status == Status::Stale || judged.status == Status::Offline
        || state.snapshot->remembered;
    if (!parts.failed.empty() && (old || parts.failed.size() == parts.all.size())) {
        describeFailure(condition, parts, state, view, now);
    } else if (!parts.failed.empty() || (!parts.unread.empty() && !view.refreshing)) {
        condition.state = PaneState::Partial;
        condition.notice = partialText(parts);
        condition.copyText = condition.notice;
        condition.actions = {PaneAction::RetryNow, PaneAction::Details, PaneAction::CopyError};
    } else if (old) {
        condition.state = PaneState::Stale;
        condition.notice = state.snapshot->remembered
            ? tr("From the last run, %1. Not read since the console was started.").arg(condition.asOf)
            : tr("Not fresh: %1.").arg(condition.asOf);
        condition.actions = {PaneAction::RetryNow};
    } else if (view.refreshing) {
        condition.state = PaneState::Refreshing;
    }
    if (rows == 0) {
        condition.showsData = false;
        condition.sentence = emptyText(pane, parts.good);
        if (condition.state == PaneState::Ready || condition.state == PaneState::Refreshing)
            condition.state = PaneState::Empty;
        if (condition.actions.empty())
            condition.actions = {PaneAction::RetryNow};
    } else if (view.shown == 0 && view.total > 0) {
        condition.state = PaneState::FilteredToNothing;
        condition.showsData = false;
        condition.sentence = tr("%1 of %2 shown").arg(view.shown).arg(view.total);
        condition.actions = {PaneAction::ClearFilter};
    }
    return condition;
}

QString paneStateWord(PaneState state)
{
    switch (state) {
    case PaneState::Ready: return QStringLiteral("ready");
    case PaneState::NotSetUp: return QStringLiteral("not-set-up");
    case PaneState::FirstLoad: return QStringLiteral("first-load");
    case PaneState::Refreshing: return QStringLiteral("refreshing");
    case PaneState::Empty: return QStringLiteral("empty");
    case PaneState::FilteredToNothing: return QStringLiteral("filtered-to-nothing");
    case PaneState::Partial: return QStringLiteral("partial");
    case PaneState::Stale: return QStringLiteral("stale");
    case PaneState::Offline: return QStringLiteral("offline");
    case PaneState::Error: return QStringLiteral("error");
    case PaneState::NotAllowed: return QStringLiteral("not-allowed");
    case PaneState::Limited: return QStringLiteral("limited");
    }
    return {};
}

QString paneActionText(PaneAction action)
{
    switch (action) {
    case PaneAction::CopyExample: return tr("Copy example entry");
    case PaneAction::Cancel: return tr("Cancel");
    case PaneAction::ClearFilter: return tr("Clear filter");
    case PaneAction::RetryNow: return tr("Retry now");
    case PaneAction::Details: return tr("Details");
    case PaneAction::CopyError: return tr("Copy");
    case PaneAction::CopyGrant: return tr("Copy statement");
    }
    return {};
}

} // namespace taffrail::items
