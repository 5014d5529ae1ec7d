// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "inlinemessage.h"
#include "questionarea.h"
#include "questionpanel.h"
#include "windowmodels.h"

#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace taffrail;
using namespace taffrail::ui;

namespace {

HostKeyQuestion hostKey(quint64 id, bool production)
{
    return {id,
            QStringLiteral("[10.0.0.5]:2222"),
            QStringLiteral("web1 through bastion"),
            QStringLiteral("ssh-ed25519"),
            QStringLiteral("SHA256:hnTPdKZ2cH6vPZMGxH3y8oUe7PZBlCq6MT0dCWBgFMo"),
            production};
}

} // namespace

class TestQuestions : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_models = std::make_unique<WindowModels>(m_console);
        m_area = std::make_unique<QuestionArea>(*m_models, nullptr);
        m_area->resize(700, 200);
        m_area->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_area.get()));
    }

    void cleanup()
    {
        m_area.reset();
        m_models.reset();
    }

    void fingerprintIsShownAndAccepted()
    {
        QSignalSpy answered(m_models.get(), &WindowModels::hostKeyAnswered);
        m_models->askHostKey(hostKey(7, false));
        QuestionPanel *panel = m_area->questions().first();
        QVERIFY(panel->isVisible() && !panel->field());
        QVERIFY(panel->accessibleName().contains(hostKey(7, false).fingerprint));
        QTest::mouseClick(panel->acceptButton(), Qt::LeftButton);
        QCOMPARE(answered.size(), 1);
        QCOMPARE(answered[0][0].toULongLong(), 7ULL);
        QCOMPARE(answered[0][1].toString(), hostKey(7, false).fingerprint);
        QVERIFY(m_area->questions().isEmpty());
    }

    void productionMustTypeIt()
    {
        QSignalSpy answered(m_models.get(), &WindowModels::hostKeyAnswered);
        m_models->askHostKey(hostKey(8, true));
        QuestionPanel *panel = m_area->questions().first();
        QVERIFY(panel->field());
        QVERIFY(!panel->acceptButton()->isEnabled());
        panel->field()->setFocus();
        QTest::keyClicks(panel->field(), QStringLiteral("SHA256:wrong"));
        QVERIFY(!panel->acceptButton()->isEnabled());
        panel->field()->setText(hostKey(8, true).fingerprint.toLower());
        QVERIFY(!panel->acceptButton()->isEnabled()); // letter case counts
        panel->field()->setText(QLatin1Char(' ') + hostKey(8, true).fingerprint + QLatin1Char('\n'));
        QVERIFY(panel->acceptButton()->isEnabled());
        QTest::keyClick(panel->field(), Qt::Key_Return);
        QCOMPARE(answered.size(), 0); // Enter never trusts a key
        QTest::mouseClick(panel->acceptButton(), Qt::LeftButton);
        QCOMPARE(answered.size(), 1);
    }

    void enterAndEscapeAnswerNothing()
    {
        QSignalSpy answered(m_models.get(), &WindowModels::hostKeyAnswered);
        m_models->askHostKey(hostKey(9, false));
        QuestionPanel *panel = m_area->questions().first();
        for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter, Qt::Key_Escape})
            QTest::keyClick(panel, key);
        QCOMPARE(answered.size(), 0);
        QTest::mouseClick(panel->refuseButton(), Qt::LeftButton);
        QCOMPARE(answered.size(), 1);
        QCOMPARE(answered[0][1].toString(), QString());
    }

    void questionsDoNotTakeTheFocus()
    {
        QLineEdit other;
        other.show();
        other.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&other));
        other.setFocus();
        m_models->askSecret({1, QStringLiteral("deploy@web1"), QStringLiteral("Password:"), false});
        QVERIFY(other.hasFocus());
    }

    void secretIsHiddenSentAndWiped()
    {
        QSignalSpy answered(m_models.get(), &WindowModels::secretAnswered);
        QByteArray got;
        connect(m_models.get(), &WindowModels::secretAnswered, this,
                [&](quint64, const QByteArray &secret) { got = QByteArray(secret.constData(), secret.size()); });
        m_models->askSecret({3, QStringLiteral("key ~/.ssh/ops"), QStringLiteral("<b>Passphrase</b>"), false});
        QuestionPanel *panel = m_area->questions().first();
        QCOMPARE(panel->field()->echoMode(), QLineEdit::Password);
        panel->field()->setFocus();
        QTest::keyClicks(panel->field(), QStringLiteral("s3cret"));
        QPointer<QLineEdit> field = panel->field();
        QTest::keyClick(panel->field(), Qt::Key_Return);
        QCOMPARE(got, QByteArray("s3cret"));
        QVERIFY(!field || field->text().isEmpty());
        QVERIFY(m_area->questions().isEmpty());
    }

    void emptySecretIsNotARefusal()
    {
        QSignalSpy answered(m_models.get(), &WindowModels::secretAnswered);
        m_models->askSecret({4, QStringLiteral("x"), QStringLiteral("Code:"), true});
        QCOMPARE(m_area->questions().first()->field()->echoMode(), QLineEdit::Normal);
        QTest::mouseClick(m_area->questions().first()->acceptButton(), Qt::LeftButton);
        QVERIFY(!answered[0][1].toByteArray().isNull());
        m_models->askSecret({5, QStringLiteral("x"), QStringLiteral("Code:"), true});
        QTest::mouseClick(m_area->questions().first()->refuseButton(), Qt::LeftButton);
        QVERIFY(answered[1][1].toByteArray().isNull());
    }

    void severalWaitInTurn()
    {
        m_models->askHostKey(hostKey(1, false));
        m_models->askHostKey(hostKey(2, false));
        m_models->askSecret({1, QStringLiteral("x"), QStringLiteral("y"), false}); // an id of another kind
        QCOMPARE(m_area->questions().size(), 3);
        QVERIFY(m_area->questions()[0]->isVisible() && !m_area->questions()[1]->isVisible());
        m_models->withdrawHostKey(1);
        QCOMPARE(m_area->questions().size(), 2);
        QVERIFY(m_area->questions()[0]->isVisible());
        QCOMPARE(m_area->questions()[0]->id(), 2ULL);
        m_models->askHostKey(hostKey(2, true)); // asked again: replaced
        QCOMPARE(m_area->questions().size(), 2);
        m_models->withdrawSecret(1);
        m_models->withdrawHostKey(2);
        QVERIFY(m_area->questions().isEmpty());
    }

    void allTextIsPlain()
    {
        m_models->askHostKey({1, QStringLiteral("<b>h</b>"), QStringLiteral("<img src=x>"), QStringLiteral("k"),
                              QStringLiteral("f"), true});
        m_models->tell(Status::Warning, QStringLiteral("<b>bad</b>"), QStringLiteral("line\nline"));
        for (const QLabel *label : m_area->findChildren<QLabel *>())
            QCOMPARE(label->textFormat(), Qt::PlainText);
        QVERIFY(m_area->notice()->isVisible());
        QTest::mouseClick(m_area->notice()->buttons().last(), Qt::LeftButton);
        QVERIFY(!m_area->notice()->isVisible());
    }

private:
    items::ConsoleModels m_console;
    std::unique_ptr<WindowModels> m_models;
    std::unique_ptr<QuestionArea> m_area;
};

QTEST_MAIN(TestQuestions)
#include "tst_questions.moc"
