// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostmask.h"
#include "secretrules.h"

#include <QMessageAuthenticationCode>
#include <QRandomGenerator>
#include <QtTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QByteArray key(64, 'a');

QByteArray digest(const QByteArray &secret)
{
    return QMessageAuthenticationCode::hash(secret, QByteArray::fromHex(key), QCryptographicHash::Sha256).toHex();
}

QByteArray tokenFor(const QByteArray &secret)
{
    return "TFMASK_" + digest(secret) + '_';
}

} // namespace

class HostMask : public QObject {
    Q_OBJECT
private slots:
    void everyAwkIsHere() { QVERIFY(!awks().isEmpty()); }

    /// What the host may send of a file, byte for byte, and the same from every awk.
    void masks_data()
    {
        QTest::addColumn<int>("form");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, MaskForm form, const char *text, const char *expected) {
            QByteArray wanted(expected);
            wanted.replace('@', "TFMASK_none_");
            wanted.replace("%at", "@");
            QTest::newRow(name) << int(form) << QByteArray(text) << wanted;
        };
        const MaskForm lines = MaskForm::Lines;
        const MaskForm json = MaskForm::Json;
        const MaskForm yaml = MaskForm::Yaml;
        row("dotenv", lines, "PORT=80\nDB_PASSWORD=PLANT x\nexport TOKEN=\"a PLANT\"\n",
            "PORT=80\nDB_PASSWORD=@\nexport TOKEN=\"@\"\n");
        row("a quote over lines", lines, "A_SECRET=\"PLANT\nPLANT 2\"\nB=1\n", "A_SECRET=\"@\"\n\nB=1\n");
        row("a lone quote, then another secret", lines, "passwd = 'PLANT\nexport token=\"'PLANT\nPLANT\"\nb=1\n",
            "passwd = '@'@\n@\"\n\nb=1\n");
        row("shell quoting", lines, "A_TOKEN='PLANT'\\''PLANT'\nB_TOKEN=\"PLANT\"PLANT\n",
            "A_TOKEN='@'\nB_TOKEN=\"@\"\n");
        row("a comment behind", lines, "password = PLANT # PLANT\n", "password = @ # @\n");
        row("commented out", lines, "#password=PLANT\n# requirepass PLANT1\n; token: PLANT\n",
            "#password=@\n# requirepass @\n; token: @\n");
        row("prose", lines, "# the token is made below\n# Passwords are hashed.\n",
            "# the token is made below\n# Passwords are hashed.\n");
        row("CRLF", lines, "PASSWORD=PLANT\r\nPORT=1\r\n", "PASSWORD=@\r\nPORT=1\r\n");
        row("escaped name", lines, "p\\u0061ssword=PLANT\nmy\\ password = PLANT\n",
            "p\\u0061ssword=@\nmy\\ password = @\n");
        row("properties' blanks and continuation", lines, "db.password PLANT\ntoken=PLANT\\\n   PLANT\nport 80\n",
            "db.password @\ntoken=@\n\nport 80\n");
        row("ini continuation", lines, "[db]\npassword =\n  PLANT\n  # PLANT\nport = 1\n",
            "[db]\npassword =\n  @\n  # @\nport = 1\n");
        row("secret section", lines, "[secrets]\nany = PLANT\nPLANT\n[db]\nany = x\n",
            "[secrets]\nany = @\n@\n[db]\nany = x\n");
        row("toml", lines,
            "password = \"\"\"\nPLANT\"x\n\"\"\"\npin = 123456\ntokens = [\n \"PLANT\", # PLANT\n 5,\n]\npool = { user "
            "= \"x\", password = '''\nPLANT''' }\n",
            "password = \"\"\"@\"\"\"\n\n\npin = \"@\"\ntokens = [\n \"@\", # PLANT\n \"@\",\n]\npool = { user = "
            "\"x\", password = '''@''' }\n\n");
        row("nginx", lines,
            "location / {\n  proxy_pass http://app;\n  proxy_set_header Authorization \"Basic UExBTlQ6UExBTlQ=\";\n  "
            "auth_basic_user_file /etc/nginx/htpasswd;\n}\n",
            "location / {\n  proxy_pass http://app;\n  proxy_set_header Authorization \"Basic @\";\n  "
            "auth_basic_user_file "
            "/etc/nginx/htpasswd;\n}\n");
        row("redis", lines, "requirepass PLANT\nmasterauth \"PLANT x\"\nport 6379\n",
            "requirepass @\nmasterauth \"@\"\nport 6379\n");
        row("sshd", lines,
            "PasswordAuthentication no\nAuthorizedKeysFile .ssh/authorized_keys\nAuthenticationMethods "
            "publickey,password\n",
            "PasswordAuthentication no\nAuthorizedKeysFile .ssh/authorized_keys\nAuthenticationMethods "
            "publickey,password\n");
        row("plain with a comment", lines, "use_token = true # PLANT\n#auth=none # PLANT\n",
            "use_token = true # @\n#auth=none # @\n");
        row("systemd", lines,
            "Environment=\"A=1\" \"DB_PASSWORD=PLANT x\" \"B=2\"\nExecStart=/bin/x --api-key PLANT --port 1 "
            "--token=PLANT\n",
            "Environment=\"A=1\" \"DB_PASSWORD=@\" \"B=2\"\nExecStart=/bin/x --api-key @ --port 1 --token=@\n");
        row("cron and tools", lines,
            "* * * * * PGPASSWORD=PLANT mysqldump -u root -pPLANT db\n0 1 * * * curl -u me:PLANT https://x/\n",
            "* * * * * PGPASSWORD=@ mysqldump -u root -p@ db\n0 1 * * * curl -u me:@ https://x/\n");
        row("urls", lines,
            "A=postgres://u:PL/A@NT@db/x\nB=https://PLANT@github.com/x\nC=redis://:PLANT@r:1,redis://"
            ":PLANT@s:2\nD=http://h:80/x\n",
            "A=postgres://u:@%atdb/x\nB=https://@%atgithub.com/x\nC=redis://:@%atr:1,redis://:@%ats:2\nD=http://h:80/"
            "x\n");
        row("connection strings", lines,
            "A=host=db password=PLANT dbname=x\nB=Server=x;Password=PL;A "
            "NT;Timeout=3\nC=jdbc:x://h/d?user=a&password=PLANT&b=1\n",
            "A=host=db password=@ dbname=x\nB=Server=x;Password=@;Timeout=3\nC=jdbc:x://h/d?user=a&password=@&b=1\n");
        row("private key", lines,
            "x=1\n-----BEGIN RSA PRIVATE KEY-----\nPLANT\n-----END RSA PRIVATE KEY-----\ny=1\nK=\"-----BEGIN PRIVATE "
            "KEY-----\\nPLANT\\n-----END PRIVATE KEY-----\"\n",
            "x=1\n@\n\n\ny=1\nK=\"@\"\n");
        row("shapes", lines,
            "a=AKIAPLANTPLANTPLANT7\nb=ghp_PLANTPLANTPLANTPLANTPLANTPLANTPLANT\nc=0123456789abcdef0123456789abcdef\nd="
            "x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
            "a=@\nb=@\nc=@\nd=x%atsha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
        row("paths", lines,
            "a=/tmp/site-335o8jo6/pg/Shop2/data/base/16384\nb=/srv/hooks/0123456789abcdef0123456789abcdef\n",
            "a=/tmp/site-335o8jo6/pg/Shop2/data/base/16384\nb=@\n");
        row("xml", lines,
            "<password>PLANT</password>\n<property name=\"db.password\" value=\"PLANT\"/>\n<a token=\"PLANT\" "
            "b=\"1\"/>\n",
            "<password>@</password>\n<property name=\"db.password\" value=\"@\"/>\n<a token=\"@\" b=\"1\"/>\n");
        row("pgpass, netrc, userlist", lines, "h:5432:d:u:PLANT\nmachine h login u password PLANT\n\"u\" \"PLANT\"\n",
            "h:5432:d:u:@\nmachine h login u password @\n\"u\" \"@\"\n");
        row("hcl", lines,
            "variable \"db_password\" {\n  default = \"PLANT\"\n}\nport = 1\npassword = <<EOT\nPLANT\nEOT\n",
            "variable \"db_password\" {\n  default = \"@\"\n}\nport = 1\npassword = @\n\n\n");
        row("facts stay", lines,
            "PASSWORD_MIN_LENGTH=8\nTOKEN_TTL=30s\nUSE_TOKEN=true\nauth=none\nPASSWORD_FILE=/run/secrets/"
            "x\nSECRET_KEY=${SECRET}\nauthor=Ada\nPASSWORD=\n",
            "PASSWORD_MIN_LENGTH=8\nTOKEN_TTL=30s\nUSE_TOKEN=true\nauth=none\nPASSWORD_FILE=/run/secrets/"
            "x\nSECRET_KEY=${SECRET}\nauthor=Ada\nPASSWORD=\n");
        row("json", json, "{\"p\\u0061ssword\": \"PL\\\"ANT\", \"pin\": 1234, \"use_token\": true, \"port\": 1}\n",
            "{\"p\\u0061ssword\": \"@\", \"pin\": \"@\", \"use_token\": true, \"port\": 1}\n");
        row("json below", json, "{\"auth\": {\"a\": [\"PLANT\", 7, null, {\"b\": \"PLANT\"}]}, \"c\": \"d\"}\n",
            "{\"auth\": {\"a\": [\"@\", \"@\", null, {\"b\": \"@\"}]}, \"c\": \"d\"}\n");
        row("json pairs", json,
            "[{\"value\": \"PLANT\", \"name\": \"DB_PASSWORD\"}, {\"name\": \"TOKEN\", \"value\": {\"x\": \"PLANT\"}}, "
            "\"A_TOKEN=PLANT\\nPLANT\"]\n",
            "[{\"value\": \"@\", \"name\": \"DB_PASSWORD\"}, {\"name\": \"TOKEN\", \"value\": {\"x\": \"@\"}}, "
            "\"A_TOKEN=@\"]\n");
        row("json in json", json,
            "{\"x\": \"{\\\"token\\\":\\\"PLANT\\\",\\\"a\\\":1}\", \"y\": \"A=1\\npassword=PLANT\"}\n",
            "{\"x\": \"{\\\"token\\\":\\\"@\\\",\\\"a\\\":1}\", \"y\": \"A=1\\npassword=@\"}\n");
        row("terraform", json,
            "{\"o\": {\"value\": \"PLANT\", \"sensitive\": true}, \"i\": {\"attributes\": {\"foo\": \"PLANT\", "
            "\"bar\": \"x\"}, \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"foo\"}]]}}\n",
            "{\"o\": {\"value\": \"@\", \"sensitive\": true}, \"i\": {\"attributes\": {\"foo\": \"@\", \"bar\": "
            "\"x\"}, \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"foo\"}]]}}\n");
        row("json with comments", json, "{ // password: PLANT\n /* token=PLANT\n x */ \"a\": 1,\n}\n",
            "{ // password: @\n /* token=@\n x */ \"a\": 1,\n}\n");
        row("bad json", json, "{\"token\": \"PLANT\", \"a\": 1,\n bad\n \"secret\": \"PLANT\"\n",
            "{\"token\": \"@\", \"a\": 1,\n bad\n \"secret\": \"@\"\n");
        row("bad json below a secret", json, "{\"secrets\": {\"a\": \"PLANT\", b: PLANT\n PLANT\n",
            "{\"secrets\": {\"a\": \"@\", @\n@\n");
        row("yaml", yaml, "password: PLANT # x\ndb:\n  token: |\n    PLANT\n\n    PLANT\n  port: 1\n",
            "password: @ # x\ndb:\n  token: @\n\n\n\n  port: 1\n");
        row("yaml over lines", yaml, "secret: \"PLANT\n  PLANT\"\npass: PLANT\n  PLANT\nx: 1\n",
            "secret: \"@\"\n\npass: @\n\nx: 1\n");
        row("yaml below", yaml, "secrets:\n- PLANT\n- a: PLANT\n  b: [PLANT, {c: PLANT}]\n# PLANT stays\nx: 1\n",
            "secrets:\n- @\n- a: @\n  b: [@, {c: @}]\n# PLANT stays\nx: 1\n");
        row("yaml pairs", yaml,
            "env:\n- name: A_TOKEN\n  value: PLANT\n- value: PLANT\n  name: B_SECRET\n- {name: P, value: 80}\n",
            "env:\n- name: A_TOKEN\n  value: @\n- value: @\n  name: B_SECRET\n- {name: P, value: 80}\n");
        row("yaml aliases", yaml,
            "a: &p PLANT\nb: &m\n  c: PLANT\n  d: &q [PLANT]\npassword: *p\nauth: {x: *m}\ne: 1\n",
            "a: &p @\nb: &m\n  c: @\n  d: &q [@]\npassword: *p\nauth: {x: *m}\ne: 1\n");
        row("yaml keys", yaml,
            "\"p\\x61ssword\": PLANT\n? token\n: PLANT\n? |\n  x\n: PLANT\n'secret' : PLANT\n!!str pin: PLANT\n",
            "\"p\\x61ssword\": @\n? token\n: @\n? |\n  @\n: @\n'secret' : @\n!!str pin: @\n");
        row("kubernetes", yaml,
            "kind: Secret\ndata:\n  a: PLANT\nstringData:\n  b: |\n    PLANT\n---\nkind: ConfigMap\ndata:\n  a: x\n  "
            "e: |\n    TOKEN=PLANT\n",
            "kind: Secret\ndata:\n  a: @\nstringData:\n  b: @\n\n---\nkind: ConfigMap\ndata:\n  a: x\n  e: |\n    "
            "TOKEN=@\n");
        row("bad yaml", yaml, "a: 1\npassword: PLANT\n\tb: PLANT\n", "a: 1\npassword: @\n\n");
        row("yaml that ends early", yaml, "a: [1\npassword: PLANT\nsecrets:\n  b: PLANT\nc: 1\n",
            "a: [1\npassword: @\nsecrets:\n  @\nc: 1\n");
        row("yaml that ends early below a secret", yaml, "tokens: [PLANT\na: PLANT\n", "@\n@\n");
    }
    void masks()
    {
        QFETCH(int, form);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        for (const QStringList &awk : awks())
            QCOMPARE(fileIn(maskedBy(awk, MaskForm(form), text)), expected);
    }

    /// The keyed digests are HMAC-SHA-256, for every length around a block and for every byte.
    void digestsAreHmac()
    {
        QByteArray text;
        QList<QByteArray> secrets;
        for (int length : {12, 13, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 10'000}) {
            QByteArray secret("x");
            for (int i = 1; i < length; ++i)
                secret += char(128 + (i * 7 + length) % 128);
            secrets << secret;
            text += "password=" + secret + '\n';
        }
        for (const QStringList &awk : awks()) {
            const QList<QByteArray> lines = fileIn(maskedBy(awk, MaskForm::Lines, text, key)).split('\n');
            for (int i = 0; i < secrets.size(); ++i)
                QCOMPARE(lines.value(i), "password=" + tokenFor(secrets[i]));
        }
        QByteArray ascii;
        QByteArray json("{\"password\": \"");
        for (int c = 1; c < 128; ++c) {
            ascii += char(c);
            json += "\\u00" + QByteArray::number(c, 16).rightJustified(2, '0');
        }
        for (const QStringList &awk : awks())
            QCOMPARE(fileIn(maskedBy(awk, MaskForm::Json, json + "\"}", key)),
                     "{\"password\": \"" + tokenFor(ascii) + "\"}\n");
    }

    /// The same secret is the same in every format and quoting.
    void quotingDoesNotMatter()
    {
        const QByteArray secret = "it is \"quoted\" \\ here";
        const QByteArray token = tokenFor(secret);
        const QByteArray escaped = "\"it is \\\"quoted\\\" \\\\ here\"";
        for (const QStringList &awk : awks()) {
            QCOMPARE(fileIn(maskedBy(awk, MaskForm::Lines,
                                     "TOKEN='" + secret + "'\nTOKEN=" + escaped + "\nTOKEN=" + secret + '\n', key)),
                     "TOKEN='" + token + "'\nTOKEN=\"" + token + "\"\nTOKEN=" + token + '\n');
            QCOMPARE(fileIn(maskedBy(awk, MaskForm::Json, "{\"token\":" + escaped + "}", key)),
                     "{\"token\":\"" + token + "\"}\n");
            QCOMPARE(fileIn(maskedBy(awk, MaskForm::Yaml,
                                     "token: |\n  " + secret + "\ntoken: '" + secret + "'\ntoken: " + escaped
                                         + "\ntoken: " + secret + '\n',
                                     key)),
                     "token: " + token + "\n\ntoken: '" + token + "'\ntoken: \"" + token + "\"\ntoken: " + token
                         + '\n');
        }
    }

    void shortSecretsAreNotCompared()
    {
        for (const QStringList &awk : awks())
            QCOMPARE(
                fileIn(maskedBy(awk, MaskForm::Lines, "PASSWORD=12345678901\nPASSWORD=123456789012\nX_TOKEN=\n", key)),
                "PASSWORD=\"TFMASK_short_\"\nPASSWORD=\"" + tokenFor("123456789012") + "\"\nX_TOKEN=\n");
    }

    void digestsHaveABudget()
    {
        QByteArray text;
        for (int i = 0; i < 510; ++i)
            text += "token=a long secret " + QByteArray::number(i) + '\n';
        const QByteArray out = maskedBy(awks().first(), MaskForm::Lines, text, key);
        QCOMPARE(out.count("TFMASK_none_"), 10);
        QVERIFY(out.endsWith("@TFC1 done 510 10\n"));
    }

    /// Names and values are judged alike on the host and here.
    void bothSidesAgree_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("isSecret");
        const auto row = [](const char *name, const char *value, bool isSecret) {
            QTest::addRow("%s=%s", name, value) << QString::fromLatin1(name) << QString::fromLatin1(value) << isSecret;
        };
        for (const char *name : {"password",      "DB_PASSWORD",
                                 "dbPassword",    "db.pass",
                                 "passwd",        "pwd",
                                 "api_key",       "apiKey",
                                 "API-KEY",       "access_token",
                                 "client_secret", "SECRET_KEY_BASE",
                                 "private_key",   "salt",
                                 "cookie",        "auth",
                                 "Authorization", "dsn",
                                 "webhook_url",   "credentials",
                                 "passphrase",    "pin",
                                 "psk",           "encryption_key",
                                 "APP_KEY",       "ssh-key",
                                 "jwt",           "connection_string",
                                 "AccountKey",    "aws_secret_access_key",
                                 "bearer",        "otp_seed",
                                 "auth_token"})
            row(name, "hunter2", true);
        for (const char *name :
             {"port", "author", "authors", "passenger_ruby", "compass", "spinning", "opinion", "key", "keyboard",
              "monkey", "public_key_x", "user", "passive_mode", "bypass_cache", "authority", "shipping", "seedling"})
            row(name, "hunter2", false);
        row("password", "true", false);
        row("password", "None", false);
        row("auth", "off", false);
        row("password_min_length", "12", false);
        row("password_min_length", "hunter2", true);
        row("token_ttl", "3600", false);
        row("token_ttl", "36000000", true);
        row("pin", "1234", true);
        row("password", "8", true);
        row("auth_method", "scram-sha-256", false);
        row("password_encryption", "md5", false);
        row("auth_type", "hunter2", true);
        row("password_file", "/run/secrets/db", false);
        row("password_file", "hunter2", true);
        row("password", "/run/secrets", true);
        row("ssl_private_key", "/etc/ssl/private/x.key", false);
        row("secret_key", "/aB3/x9Zq", true);
        row("auth_url", "https://login.example.com/oauth/token", false);
        row("webhook_url", "https://hooks.example.com/services", true);
        row("auth_url", "https://x.example.com/a?t=hunter2", true);
        row("proxy_pass", "http://app", false);
        row("password", "${DB_PASSWORD}", false);
        row("password", "${DB_PASSWORD:-hunter2}", true);
        row("password", "$ecret", true);
    }
    void bothSidesAgree()
    {
        QFETCH(QString, name);
        QFETCH(QString, value);
        QFETCH(bool, isSecret);
        QCOMPARE(isSecretPair(name, value), isSecret);
        const QByteArray line = (name + QLatin1Char('=') + value).toLatin1();
        for (const QStringList &awk : awks())
            QCOMPARE(fileIn(maskedBy(awk, MaskForm::Lines, line)) != line + '\n', isSecret);
    }

    /// A part's text has to fit into one argument (128 KiB).
    void programIsShort() { QVERIFY(maskProgram().size() < 90'000); }
};

QTEST_GUILESS_MAIN(HostMask)
#include "tst_hostmask.moc"
