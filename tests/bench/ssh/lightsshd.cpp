// SPDX-License-Identifier: GPL-3.0-or-later
// An SSH server without fork and shell, for benchmarks of clients: thousands of "hosts" on the loopback addresses
// 127.x.y.z from one thread.
//   lightsshd PORT HOSTKEYFILE     listens on every address; ends when its standard input ends
// Any public key with a valid signature may sign in. What it runs:
//   a command that ends in "sh -s": each probe on stdin (its kept-shell form) is answered with @TFR1 frames and a fixed
//   body of about 2 KiB; without a probe, "ok" and exit status 0 at the end of stdin any other command: "ok" and exit
//   status 0
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace {

constexpr char errorMark[] = " ERREND";

std::string probeBody()
{
    std::string body = "@@S host\n";
    for (int i = 0; i < 40; ++i)
        body += "key" + std::to_string(i) + "=some value of a usual length here\n";
    return body;
}

struct Stream {
    ssh_channel channel = nullptr;
    ssh_channel_callbacks_struct callbacks{};
    std::string input;
    bool isShell = false;
    bool gotProbe = false;
    bool gotEof = false;
    bool finish = false;
    bool closed = false;
};

struct Client {
    ssh_session session = nullptr;
    ssh_event event = nullptr;
    ssh_server_callbacks_struct callbacks{};
    std::list<Stream> streams;
    bool signedIn = false;

    ~Client()
    {
        for (Stream &stream : streams)
            ssh_remove_channel_callbacks(stream.channel, &stream.callbacks);
        if (event) {
            ssh_event_remove_session(event, session);
            ssh_event_free(event);
        }
        if (session)
            ssh_free(session);
    }
};

/// Answers the probe whose last line ("printf '…' NONCE ERREND >&2") is complete.
void answerProbe(Stream &stream, const std::string &line, std::size_t mark)
{
    static const std::string body = probeBody();
    const std::size_t begin = line.rfind(' ', mark - 1) + 1;
    const std::string tag = "\n@TFR1 " + line.substr(begin, mark - begin) + ' ';
    const std::string out = tag + "BEGIN fast\n" + body + tag + "END 1\n";
    const std::string err = tag + "ERREND\n";
    ssh_channel_write(stream.channel, out.data(), std::uint32_t(out.size()));
    ssh_channel_write_stderr(stream.channel, err.data(), std::uint32_t(err.size()));
}

int onData(ssh_session, ssh_channel, void *data, std::uint32_t size, int, void *user)
{
    auto *stream = static_cast<Stream *>(user);
    if (!stream->isShell)
        return int(size);
    stream->input.append(static_cast<const char *>(data), size);
    std::size_t from = 0;
    for (std::size_t end = 0; (end = stream->input.find('\n', from)) != std::string::npos; from = end + 1) {
        const std::string line = stream->input.substr(from, end - from);
        if (const std::size_t mark = line.rfind(errorMark); mark != std::string::npos && mark > 0) {
            stream->gotProbe = true;
            answerProbe(*stream, line, mark);
        }
    }
    stream->input.erase(0, from);
    return int(size);
}

void onEof(ssh_session, ssh_channel, void *user)
{
    auto *stream = static_cast<Stream *>(user);
    stream->gotEof = true;
    stream->finish = true;
}

void onClose(ssh_session, ssh_channel, void *user)
{
    static_cast<Stream *>(user)->closed = true;
}

int onExec(ssh_session, ssh_channel, const char *command, void *user)
{
    auto *stream = static_cast<Stream *>(user);
    const std::size_t size = std::strlen(command);
    stream->isShell = size >= 5 && std::strcmp(command + size - 5, "sh -s") == 0;
    stream->finish = !stream->isShell;
    return 0;
}

ssh_channel onOpen(ssh_session session, void *user)
{
    auto *client = static_cast<Client *>(user);
    Stream &stream = client->streams.emplace_back();
    stream.channel = ssh_channel_new(session);
    ssh_callbacks_init(&stream.callbacks);
    stream.callbacks.userdata = &stream;
    stream.callbacks.channel_exec_request_function = onExec;
    stream.callbacks.channel_data_function = onData;
    stream.callbacks.channel_eof_function = onEof;
    stream.callbacks.channel_close_function = onClose;
    ssh_set_channel_callbacks(stream.channel, &stream.callbacks);
    return stream.channel;
}

int onPublicKey(ssh_session, const char *, ssh_key_struct *, char state, void *user)
{
    if (state == SSH_PUBLICKEY_STATE_VALID)
        static_cast<Client *>(user)->signedIn = true;
    return SSH_AUTH_SUCCESS;
}

void finishStreams(Client &client)
{
    for (auto stream = client.streams.begin(); stream != client.streams.end();) {
        if (!stream->finish && !stream->closed) {
            ++stream;
            continue;
        }
        if (!stream->closed) {
            if (!stream->gotProbe)
                ssh_channel_write(stream->channel, "ok\n", 3);
            ssh_channel_request_send_exit_status(stream->channel, 0);
            ssh_channel_send_eof(stream->channel);
            ssh_channel_close(stream->channel);
        }
        ssh_remove_channel_callbacks(stream->channel, &stream->callbacks);
        ssh_channel_free(stream->channel);
        stream = client.streams.erase(stream);
    }
}

/// False: this client is gone.
bool serve(Client &client)
{
    if (!client.event) {
        const int rc = ssh_handle_key_exchange(client.session);
        if (rc == SSH_AGAIN)
            return true;
        if (rc != SSH_OK)
            return false;
        client.event = ssh_event_new();
        ssh_event_add_session(client.event, client.session);
    }
    for (int i = 0; i < 32; ++i) {
        const int rc = ssh_event_dopoll(client.event, 0);
        if (rc == SSH_ERROR)
            return false;
        finishStreams(client);
        if (rc == SSH_AGAIN)
            break;
    }
    return ssh_get_fd(client.session) >= 0;
}

class Server {
public:
    Server(int port, const char *hostKey)
    {
        m_bind = ssh_bind_new();
        const int no = 0;
        ssh_bind_options_set(m_bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
        ssh_bind_options_set(m_bind, SSH_BIND_OPTIONS_HOSTKEY, hostKey);
        m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const int one = 1;
        setsockopt(m_listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(std::uint16_t(port));
        // A backlog of its own: the library's is 10, and a burst would wait for SYN retries.
        m_ok = ::bind(m_listener, static_cast<sockaddr *>(static_cast<void *>(&name)), sizeof name) == 0
            && ::listen(m_listener, 4096) == 0;
        ssh_bind_set_fd(m_bind, m_listener);
        m_ok = m_ok && ssh_bind_listen(m_bind) == SSH_OK;
        watch(m_listener, EPOLLIN, EPOLL_CTL_ADD);
        watch(STDIN_FILENO, EPOLLIN, EPOLL_CTL_ADD);
    }
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;
    ~Server()
    {
        m_clients.clear();
        ssh_bind_free(m_bind);
        ::close(m_epoll);
    }
    bool isListening() const { return m_ok; }

    void run()
    {
        std::array<epoll_event, 256> events;
        for (;;) {
            const int count = epoll_wait(m_epoll, events.data(), int(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                const int fd = events[std::size_t(i)].data.fd;
                if (fd == STDIN_FILENO)
                    return;
                if (fd == m_listener)
                    acceptAll();
                else
                    turn(fd);
            }
        }
    }

private:
    void watch(int fd, std::uint32_t events, int operation) const
    {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        epoll_ctl(m_epoll, operation, fd, &event);
    }
    void acceptAll()
    {
        for (int fd = 0; (fd = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
            const int one = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            auto client = std::make_unique<Client>();
            client->session = ssh_new();
            if (ssh_bind_accept_fd(m_bind, client->session, fd) != SSH_OK)
                continue;
            ssh_callbacks_init(&client->callbacks);
            client->callbacks.userdata = client.get();
            client->callbacks.auth_pubkey_function = onPublicKey;
            client->callbacks.channel_open_request_session_function = onOpen;
            ssh_set_server_callbacks(client->session, &client->callbacks);
            ssh_set_auth_methods(client->session, SSH_AUTH_METHOD_PUBLICKEY);
            ssh_set_blocking(client->session, 0);
            m_clients[fd] = std::move(client);
            watch(fd, EPOLLIN, EPOLL_CTL_ADD);
            turn(fd);
        }
    }
    void turn(int fd)
    {
        const auto found = m_clients.find(fd);
        if (found == m_clients.end())
            return;
        if (!serve(*found->second)) {
            m_clients.erase(found);
            return;
        }
        const bool pending = (ssh_get_status(found->second->session) & SSH_WRITE_PENDING) != 0;
        watch(fd, pending ? std::uint32_t(EPOLLIN | EPOLLOUT) : std::uint32_t(EPOLLIN), EPOLL_CTL_MOD);
    }

    ssh_bind m_bind = nullptr;
    int m_listener = -1;
    int m_epoll = epoll_create1(EPOLL_CLOEXEC);
    bool m_ok = false;
    std::unordered_map<int, std::unique_ptr<Client>> m_clients;
};

} // namespace

int main(int count, char **arguments)
{
    if (count != 3) {
        std::fprintf(stderr, "usage: lightsshd PORT HOSTKEYFILE\n");
        return 64;
    }
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    Server server(std::atoi(arguments[1]), arguments[2]);
    if (!server.isListening()) {
        std::perror("lightsshd");
        return 1;
    }
    std::puts("ready");
    std::fflush(stdout);
    server.run();
    return 0;
}
