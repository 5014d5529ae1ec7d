// SPDX-License-Identifier: GPL-3.0-or-later
#include "mailbox.h"

#include <QTest>
#include <QThread>

#include <atomic>
#include <thread>

using namespace taffrail;

namespace {

class Owner : public QObject {
public:
    explicit Owner(std::atomic<int> &afterwards)
        : m_mailbox(std::make_shared<Mailbox<Owner>>(this)),
          m_afterwards(afterwards)
    {
    }
    ~Owner() override
    {
        m_mailbox->close();
        m_gone = true;
    }

    std::shared_ptr<Mailbox<Owner>> mailbox() const { return m_mailbox; }
    void take(int number)
    {
        if (m_gone || QThread::currentThread() != thread())
            ++m_afterwards;
        m_taken.push_back(number);
    }
    std::vector<int> taken() const { return m_taken; }

private:
    std::shared_ptr<Mailbox<Owner>> m_mailbox;
    std::atomic<int> &m_afterwards;
    std::vector<int> m_taken;
    bool m_gone = false;
};

} // namespace

class TestMailbox : public QObject {
    Q_OBJECT
private slots:
    void whatIsPostedRunsLaterInOrder()
    {
        std::atomic<int> wrong{0};
        Owner owner(wrong);
        for (const int number : {1, 2, 3})
            owner.mailbox()->post([number](Owner &self) { self.take(number); });
        QVERIFY(owner.taken().empty()); // never from within post()
        QTRY_COMPARE(owner.taken(), (std::vector<int>{1, 2, 3}));
        QCOMPARE(wrong.load(), 0);
    }

    void whatIsPostedAfterTheEndIsDropped()
    {
        std::atomic<int> wrong{0};
        std::atomic<int> ran{0};
        std::shared_ptr<Mailbox<Owner>> mailbox;
        {
            Owner owner(wrong);
            mailbox = owner.mailbox();
            mailbox->post([&ran](Owner &) { ++ran; }); // the owner goes before its loop turns
        }
        mailbox->post([&ran](Owner &) { ++ran; });
        QCoreApplication::sendPostedEvents();
        QCOMPARE(ran.load(), 0);
    }

    void theOwnerMayGoWhileOthersPost()
    {
        std::atomic<int> wrong{0};
        for (int round = 0; round < 50; ++round) {
            QThread home;
            auto *owner = new Owner(wrong);
            const auto mailbox = owner->mailbox();
            owner->moveToThread(&home);
            connect(&home, &QThread::finished, owner, &QObject::deleteLater);
            home.start();
            std::atomic<bool> over{false};
            std::atomic<int> posted{0};
            const auto post = [&] {
                while (!over) {
                    mailbox->post([](Owner &self) { self.take(1); });
                    ++posted;
                }
            };
            std::thread first(post);
            std::thread second(post);
            while (posted < 50)
                std::this_thread::yield();
            home.quit();
            home.wait();
            const int before = posted;
            while (posted < before + 50) // also to the one that is gone
                std::this_thread::yield();
            over = true;
            first.join();
            second.join();
        }
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_GUILESS_MAIN(TestMailbox)
#include "tst_mailbox.moc"
