// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

using namespace taffrail;
using namespace parsedtable;

class TestNginxConfig : public QObject {
    Q_OBJECT
private slots:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const QByteArray &text, const QByteArray &expected) {
            QTest::newRow(name) << text << expected;
        };
        // clang-format off
        row("simple", "user www-data;\nworker_processes  auto;\npid /run/nginx.pid;",
            "1 user text www-data\n2 worker_processes text auto\n3 pid text /run/nginx.pid");
        row("blocks", "http {\n  sendfile on;\n  server {\n    listen 80;\n    location /api {\n      proxy_pass http://app;\n    }\n    location = / { return 200; }\n  }\n}\nevents {}",
            "2 http.sendfile text on\n4 http.server 80.listen[0] text 80\n6 http.server 80.location /api.proxy_pass text http://app\n8 http.server 80.location = /.return text 200\n11 events empty-map");
        row("servers by their ports", "server { listen 80; return 301 https://$host; }\nserver { listen [::]:443 ssl; listen 0.0.0.0:443 ssl; root /srv; }\nserver { root /x; }",
            "1 server 80[0].listen[0] text 80\n1 server 80[0].return text 301 https://$host\n2 server 443.listen[0] text [::]:443 ssl\n2 server 443.listen[1] text 0.0.0.0:443 ssl\n2 server 443.root text /srv\n3 server 80[1].root text /x");
        row("servers by their names", "server { listen 443; server_name a b; root /a; }\nserver { listen 443; server_name c; root /c; }",
            "1 server 443 a b.listen[0] text 443\n1 server 443 a b.server_name text a b\n1 server 443 a b.root text /a\n2 server 443 c.listen[0] text 443\n2 server 443 c.server_name text c\n2 server 443 c.root text /c");
        row("upstream", "upstream app {\n  least_conn;\n  server 10.0.0.1:80 weight=2;\n  server 10.0.0.2:80;\n}",
            "2 upstream app.least_conn text\n3 upstream app.server[0] text 10.0.0.1:80 weight=2\n4 upstream app.server[1] text 10.0.0.2:80");
        row("named things", "add_header X-A \"one two\" always;\nadd_header X-B '';\nproxy_set_header Host $host;\nset $x 1;",
            "1 add_header.X-A text \"one two\" always\n2 add_header.X-B text \"\"\n3 proxy_set_header.Host text $host\n4 set.$x text 1");
        row("a header twice", "add_header A 1;\nadd_header A 2;",
            "1 add_header.A[0] text 1\n2 add_header.A[1] text 2");
        row("allow and deny keep their order", "allow 10.0.0.0/8;\ndeny all;",
            "1 allow/deny[0] text allow 10.0.0.0/8\n2 allow/deny[1] text deny all");
        row("rewrite steps keep their order", "set $a 1;\nif ($b = x) { return 403; }\nrewrite ^/a /b last;",
            "1 set.$a text 1\n2 if ($b = x).return text 403\n3 rewrite[0] text ^/a /b last\n1 (order of rewrite steps) text set $a, if ($b = x), rewrite");
        row("regex locations keep their order", "location ~ \\.php$ { a 1; }\nlocation ~* x { a 2; }",
            "1 \"location ~ \\\\.php$\".a text 1\n2 location ~* x.a text 2\n1 (order of locations) text ~ \\.php$, ~* x");
        row("map", "map $uri $target {\n  default \"\";\n  ~^/old/(.*)$ /new/$1;\n  \"a b\" c;\n  include maps/x;\n}",
            "2 map $uri $target.default text \"\"\n3 map $uri $target.\"~^/old/(.*)$\" text /new/$1\n4 map $uri $target.a b text c\n5 map $uri $target.include text maps/x");
        row("types", "types { text/html html htm; image/svg+xml svg; }",
            "1 types.text/html text html htm\n1 types.image/svg+xml text svg");
        row("quotes", "a \"x \\\"y\\\"\" 'z \\\\ \\d';\nb ${x}y;\nc 'a;b{c}#d';\nd a\"b;",
            "1 a text \"x \\\"y\\\"\" \"z \\\\ \\\\d\"\n2 b text ${x}y\n3 c text a;b{c}#d\n4 d text \"a\\\"b\"");
        row("comments", "# x\na 1; # y\nb x#y;",
            "2 a text 1\n3 b text x#y");
        row("several lines", "log_format main '$remote_addr '\n  '\"$request\"';\na\n  b\n  c;",
            "1 log_format.main text \"$remote_addr \" \"\\\"$request\\\"\"\n3 a text b c");
        row("lua", "content_by_lua_block {\n  local t = {a = \"}\"} -- }\n  --[[ } ]]\n  ngx.say([[ } ]])\n}\na 1;",
            "1 content_by_lua_block text local t = {a = \"}\"} -- }\342\217\216  --[[ } ]]\342\217\216  ngx.say([[ } ]])\n6 a text 1");
        row("lua with arguments", "set_by_lua_block $x { return 1 }",
            "1 set_by_lua_block text $x\342\217\216return 1");
        row("include", "include /etc/nginx/conf.d/*.conf;",
            "1 include[0] text /etc/nginx/conf.d/*.conf");
        row("the same location twice", "location / { a 1; }\nlocation / { a 2; }",
            "1 location /[0].a text 1\n2 location /[1].a text 2");
        row("mark and CRLF", "\357\273\277a 1;\r\nb 2;\r\n",
            "1 a text 1\n2 b text 2");
        row("empty", "",
            "");
        row("missing semicolon", "a 1;\nb 2\n}",
            "1 a text 1\n! line 2: expected ';' at the end of the directive, found '}'");
        row("cut directive", "a 1;\nb 2",
            "1 a text 1\n! line 2: expected ';' at the end of the directive, found the end of the file");
        row("open block", "a 1;\nhttp {\n  b 2;\n",
            "1 a text 1\n3 http.b text 2\n! line 2: expected '}' at the end of the block, found the end of the file");
        row("closes nothing", "a 1;\n}\nb 2;",
            "1 a text 1\n! line 2: expected a directive, found a '}' that closes nothing");
        row("open quote", "a 1;\nb \"hunter2;\n",
            "1 a text 1\n! line 2: expected a closing quote, found the end of the file");
        row("behind a quote", "a 1;\nb \"x\"y;\n",
            "1 a text 1\n! line 2: expected a blank, ';' or '{' behind the closing quote, found something else");
        row("nothing named", "a 1;\n;",
            "1 a text 1\n! line 2: expected a directive, found ';'");
        row("open lua", "a 1;\ncontent_by_lua_block { x(\"}\")",
            "1 a text 1\n! line 2: expected '}' at the end of the Lua code, found the end of the file");
        row("not UTF-8", "a 1;\nb \377;\n",
            "1 a text 1\n! line 2: expected UTF-8 text, found bytes that are not UTF-8");
        row("NUL", QByteArray("a 1;\nb \000;\n", 10),
            "1 a text 1\n! line 2: expected UTF-8 text, found a NUL byte");
        row("token", "proxy_set_header Authorization \"Bearer TFMASK_none_\";",
            "1 proxy_set_header.Authorization text \"Bearer TFMASK_none_\"");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QCOMPARE(shown(sources::parseNginx(text, entryWith())).toUtf8(), expected);
    }

    void boundsDepth()
    {
        QVERIFY(!sources::parseNginx(QByteArray("a {").repeated(64) + QByteArray("}").repeated(64), entryWith()).error);
        QVERIFY(sources::parseNginx(QByteArray("a {").repeated(65), entryWith())
                    .error->text.contains(QLatin1String("64 levels")));
    }
};

QTEST_GUILESS_MAIN(TestNginxConfig)
#include "tst_nginxconfig.moc"
