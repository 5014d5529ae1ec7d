// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWizardPage>

#include <optional>

class QLabel;
class QVBoxLayout;

namespace taffrail::ui {

class EnvironmentBand;
class InlineMessage;
class RollbackSession;

/// The numbers of the pages, in order.
enum RollbackPageId { TargetId, ChangesId, PreflightId, ApprovalId, ConfirmId, RunId, VerifyId };

/// One page of the rollback window: the environment's band, where one is, a notice, the content.
class RollbackPage : public QWizardPage {
    Q_OBJECT

public:
    RollbackPage(RollbackPageId id, RollbackSession &session, QWidget *parent);

    /// "Preflight"
    static QString nameOf(RollbackPageId id);
    /// Called each time that the page comes to the front, from either side.
    virtual void enter() {}
    /// What gets the focus then; null = Qt's choice.
    virtual QWidget *firstFocus() const { return nullptr; }
    /// Answers are kept when one goes back.
    void cleanupPage() override {}
    /// Whatever asks for the next page: it is not shown before this one is complete.
    bool validatePage() override { return isComplete(); }
    InlineMessage *notice() const { return m_notice; }
    EnvironmentBand *band() const { return m_band; }

protected:
    RollbackSession &session() const { return m_session; }
    QVBoxLayout *column() const { return m_column; }
    /// Tells the wizard when isComplete() is another. It hides and shows everything at each telling: not more often
    /// than needed.
    void updateComplete();

private:
    QWidget *makeStrip(RollbackPageId own);

    RollbackSession &m_session;
    EnvironmentBand *m_band;
    InlineMessage *m_notice;
    QVBoxLayout *m_column;
    std::optional<bool> m_wasComplete;
};

} // namespace taffrail::ui
