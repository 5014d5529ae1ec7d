// SPDX-License-Identifier: GPL-3.0-or-later
// Needs the Debian packages xvfb, xdotool and imagemagick.
#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

namespace {

constexpr int patienceMs = 5'000; // beside the time that each look takes
constexpr QRgb focusRing = 0xff0b57b7; // of the light theme

/// A service that answers every request with 200 and counts them.
class Health : public QTcpServer {
public:
    int requests = 0;

    Health()
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *socket = nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [this, socket] {
                if (!socket->readAll().contains("\r\n\r\n"))
                    return;
                ++requests;
                socket->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
                socket->disconnectFromHost();
            });
        });
    }
};

} // namespace

class TestKeyboard : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_server.setProcessEnvironment(QProcessEnvironment::systemEnvironment());
        m_server.setStandardErrorFile(QProcess::nullDevice());
        m_server.start(QStringLiteral("Xvfb"),
                       {QStringLiteral("-displayfd"), QStringLiteral("1"), QStringLiteral("-screen"),
                        QStringLiteral("0"), QStringLiteral("1280x800x24"), QStringLiteral("-noreset"),
                        QStringLiteral("-nolisten"), QStringLiteral("tcp")});
        QVERIFY2(m_server.waitForStarted(), "Xvfb is needed (Debian package xvfb)");
        while (!m_server.canReadLine())
            QVERIFY(m_server.waitForReadyRead(patienceMs));
        m_display = QLatin1Char(':') + QString::fromLatin1(m_server.readLine().trimmed());
    }

    void cleanupTestCase()
    {
        m_server.terminate();
        m_server.waitForFinished();
    }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_health = std::make_unique<Health>();
        QFile inventory(m_folder->filePath(QStringLiteral("inventory.json")));
        QVERIFY(inventory.open(QIODevice::WriteOnly));
        QJsonArray environments;
        for (const char *name : {"Alpha", "Beta"}) {
            const QJsonObject source{
                {QStringLiteral("source"), QStringLiteral("http")},
                {QStringLiteral("url"), QStringLiteral("http://127.0.0.1:%1/health").arg(m_health->serverPort())}};
            environments.append(QJsonObject{{QStringLiteral("id"), QString::fromLatin1(name).toLower()},
                                            {QStringLiteral("name"), QLatin1String(name)},
                                            {QStringLiteral("tier"), QStringLiteral("testing")},
                                            {QStringLiteral("refresh"), QStringLiteral("1h")},
                                            {QStringLiteral("health"), QJsonArray{source}}});
        }
        inventory.write(
            QJsonDocument(QJsonObject{{QStringLiteral("version"), 1}, {QStringLiteral("environments"), environments}})
                .toJson());
        inventory.close();
        start({QStringLiteral("--inventory"), inventory.fileName()}, QStringLiteral("Board \u2014 Taffrail"));
        QTRY_VERIFY_WITH_TIMEOUT(!ring().isEmpty(), patienceMs); // the board's table took the focus
    }

    void cleanup()
    {
        if (QTest::currentTestFailed()) {
            const QString path = QStringLiteral("keyboard-%1.png").arg(QLatin1String(QTest::currentTestFunction()));
            if (picture().save(path))
                qWarning("the screen at the failure: %s", qPrintable(path));
        }
        m_program.terminate();
        if (!m_program.waitForFinished(patienceMs))
            m_program.kill();
        m_program.waitForFinished();
    }

    void screensAndHistory()
    {
        press("ctrl+2");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Alpha \u2014 Environment \u2014 Taffrail"), patienceMs);
        press("ctrl+Next");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Beta \u2014 Environment \u2014 Taffrail"), patienceMs);
        press("alt+Left");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Alpha \u2014 Environment \u2014 Taffrail"), patienceMs);
        press("alt+Left");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Board \u2014 Taffrail"), patienceMs);
        press("alt+Right");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Alpha \u2014 Environment \u2014 Taffrail"), patienceMs);
        press("ctrl+8");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Connections \u2014 Taffrail"), patienceMs);
    }

    void filterFindsAndEscapeLeads()
    {
        press("slash");
        type("beta");
        press("Return"); // to the table
        press("Return"); // opens the only row
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Beta \u2014 Environment \u2014 Taffrail"), patienceMs);
        press("ctrl+1");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Board \u2014 Taffrail"), patienceMs);
        press("ctrl+f");
        type("/no such thing"); // every letter and the slash belong to the field
        const int before = m_health->requests;
        press("F5"); // works while one types
        QTRY_VERIFY_WITH_TIMEOUT(m_health->requests >= before + 2, patienceMs);
        press("Escape"); // clears
        press("Escape"); // back to the table
        press("Home");
        press("Return");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Alpha \u2014 Environment \u2014 Taffrail"), patienceMs);
    }

    void paletteRuns()
    {
        press("ctrl+k");
        QTRY_COMPARE_WITH_TIMEOUT(windows(), 2, patienceMs);
        press("Escape");
        QTRY_COMPARE_WITH_TIMEOUT(windows(), 1, patienceMs);
        focus();
        press("ctrl+k");
        QTRY_COMPARE_WITH_TIMEOUT(windows(), 2, patienceMs);
        type("@beta");
        press("Return");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Beta \u2014 Environment \u2014 Taffrail"), patienceMs);
        QCOMPARE(windows(), 1);
    }

    void panesAndDetails()
    {
        press("ctrl+2");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Alpha \u2014 Environment \u2014 Taffrail"), patienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(m_health->requests >= 2, patienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(ring().isEmpty(), patienceMs); // the first pane has no table to show
        for (int i = 0; i < 3; ++i)
            press("F6");
        QTRY_VERIFY_WITH_TIMEOUT(!ring().isEmpty(), patienceMs); // health has one
        const QRect usual = ring();
        QVERIFY2(usual.left() > m_size.width() / 3, qPrintable(QString::number(usual.left())));
        press("shift+F6");
        QTRY_VERIFY_WITH_TIMEOUT(ring().isEmpty(), patienceMs);
        press("F6");
        press("ctrl+shift+m");
        QTRY_VERIFY_WITH_TIMEOUT(ring().width() > usual.width() + 100, patienceMs);
        press("ctrl+shift+m");
        QTRY_COMPARE_WITH_TIMEOUT(ring(), usual, patienceMs);
        press("space"); // details take room on the right
        QTRY_VERIFY_WITH_TIMEOUT(!ring().isEmpty() && ring().right() < usual.right() - 50, patienceMs);
    }

    void refreshAndWall()
    {
        press("ctrl+2");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Alpha \u2014 Environment \u2014 Taffrail"), patienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(m_health->requests >= 2, patienceMs);
        press("F5");
        QTRY_COMPARE_WITH_TIMEOUT(m_health->requests, 3, patienceMs); // this environment
        press("shift+F5");
        QTRY_COMPARE_WITH_TIMEOUT(m_health->requests, 5, patienceMs); // all
        press("ctrl+1");
        QTRY_VERIFY_WITH_TIMEOUT(!ring().isEmpty(), patienceMs);
        const QRect usual = ring();
        press("F11"); // no docks; without a window manager the size stays
        QTRY_VERIFY_WITH_TIMEOUT(ring().width() > usual.width() + 100, patienceMs);
        press("F11");
        QTRY_COMPARE_WITH_TIMEOUT(ring(), usual, patienceMs);
    }

    void firstRunWritesAndStartsAgain()
    {
        press("ctrl+q");
        QTRY_COMPARE_WITH_TIMEOUT(m_program.state(), QProcess::NotRunning, patienceMs);
        start({}, QStringLiteral("Set up \u2014 Taffrail"));
        press("space"); // "Add environment" has the focus
        type("Gamma");
        press("Tab");
        type("Prod");
        press("Tab");
        type("127.0.0.1");
        for (int i = 0; i < 6; ++i) // user, database, Capistrano, what is written, file, button
            press("Tab");
        press("space");
        const QString path = m_folder->filePath(QStringLiteral("config/taffrail/inventory.json"));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path), patienceMs);
        press("space"); // "Start with this inventory" has the focus now
        QTRY_COMPARE_WITH_TIMEOUT(m_program.state(), QProcess::NotRunning, patienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(!(m_window = search(QStringLiteral("^Board"))).isEmpty(), patienceMs);
        focus();
        press("ctrl+2");
        QTRY_COMPARE_WITH_TIMEOUT(title(), QStringLiteral("Gamma \u2014 Environment \u2014 Taffrail"), patienceMs);
        press("ctrl+q");
        QTRY_VERIFY_WITH_TIMEOUT(search(QStringLiteral("Taffrail$")).isEmpty(), patienceMs);
    }

    void settingsOpenAndQuitEnds()
    {
        press("ctrl+comma");
        QTRY_VERIFY_WITH_TIMEOUT(!search(QStringLiteral("^Settings")).isEmpty(), patienceMs);
        press("Escape", search(QStringLiteral("^Settings")));
        QTRY_VERIFY_WITH_TIMEOUT(search(QStringLiteral("^Settings")).isEmpty(), patienceMs);
        focus();
        press("ctrl+q");
        QTRY_COMPARE_WITH_TIMEOUT(m_program.state(), QProcess::NotRunning, patienceMs);
        QCOMPARE(m_program.exitCode(), 0);
        QVERIFY(QFile::exists(m_folder->filePath(QStringLiteral("state/taffrail/ui.ini"))));
    }

private:
    QProcessEnvironment environment() const
    {
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        variables.insert(QStringLiteral("DISPLAY"), m_display);
        variables.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
        variables.insert(QStringLiteral("HOME"), m_folder->path());
        variables.insert(QStringLiteral("XDG_STATE_HOME"), m_folder->filePath(QStringLiteral("state")));
        variables.insert(QStringLiteral("XDG_CONFIG_HOME"), m_folder->filePath(QStringLiteral("config")));
        variables.remove(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"));
        variables.remove(QStringLiteral("WAYLAND_DISPLAY"));
        return variables;
    }

    void start(const QStringList &inventory, const QString &firstTitle)
    {
        m_program.setProcessEnvironment(environment());
        m_program.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_program.start(QStringLiteral(TAFFRAIL_BINARY),
                        inventory
                            + QStringList{QStringLiteral("--theme"), QStringLiteral("light"), QStringLiteral("--size"),
                                          QStringLiteral("%1x%2").arg(m_size.width()).arg(m_size.height())});
        QVERIFY(m_program.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT(!(m_window = search(QStringLiteral("Taffrail$"))).isEmpty(), patienceMs);
        focus();
        QTRY_COMPARE_WITH_TIMEOUT(title(), firstTitle, patienceMs);
    }

    QByteArray run(const QString &program, const QStringList &arguments) const
    {
        QProcess process;
        process.setProcessEnvironment(environment());
        process.start(program, arguments);
        process.waitForFinished(patienceMs);
        return process.readAllStandardOutput();
    }

    /// The first visible window with such a name, "" = none.
    QString search(const QString &name) const
    {
        const QByteArray found
            = run(QStringLiteral("xdotool"),
                  {QStringLiteral("search"), QStringLiteral("--onlyvisible"), QStringLiteral("--name"), name});
        return QString::fromLatin1(found.split('\n').value(0).trimmed());
    }

    /// Visible windows of the program.
    int windows() const
    {
        const QByteArray found
            = run(QStringLiteral("xdotool"),
                  {QStringLiteral("search"), QStringLiteral("--onlyvisible"), QStringLiteral("--maxdepth"),
                   QStringLiteral("1"), QStringLiteral("--pid"), QString::number(m_program.processId())});
        return int(found.count('\n'));
    }

    QString title() const
    {
        return QString::fromUtf8(run(QStringLiteral("xdotool"), {QStringLiteral("getwindowname"), m_window})).trimmed();
    }

    void focus() const
    {
        run(QStringLiteral("xdotool"), {QStringLiteral("windowfocus"), QStringLiteral("--sync"), m_window});
    }

    /// Where no window manager is, a new window gets no focus by itself: `window` is given it first.
    void press(const char *key, const QString &window = {}) const
    {
        if (!window.isEmpty())
            run(QStringLiteral("xdotool"), {QStringLiteral("windowfocus"), QStringLiteral("--sync"), window});
        run(QStringLiteral("xdotool"), {QStringLiteral("key"), QString::fromLatin1(key)});
    }

    void type(const char *text) const
    {
        run(QStringLiteral("xdotool"),
            {QStringLiteral("type"), QStringLiteral("--delay"), QStringLiteral("20"), QString::fromLatin1(text)});
    }

    QImage picture() const
    {
        return QImage::fromData(run(QStringLiteral("import"),
                                    {QStringLiteral("-window"), QStringLiteral("root"), QStringLiteral("png:-")}));
    }

    /// What the focus ring of a table encloses; empty = no table has the focus.
    QRect ring() const
    {
        const QImage image = picture().convertToFormat(QImage::Format_RGB32);
        QRect found;
        for (int y = 0; y < image.height(); ++y) {
            const auto *line = reinterpret_cast<const QRgb *>(image.constScanLine(y));
            int run = 0; // letters and glyphs of that colour are short
            for (int x = 0; x < image.width(); ++x) {
                run = line[x] == focusRing ? run + 1 : 0;
                if (run > 100)
                    found |= QRect(x - run + 1, y, run, 1);
            }
        }
        return found;
    }

    const QSize m_size{1100, 700};
    QProcess m_server;
    QString m_display;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Health> m_health;
    QProcess m_program;
    QString m_window;
};

QTEST_GUILESS_MAIN(TestKeyboard)
#include "tst_keyboard.moc"
