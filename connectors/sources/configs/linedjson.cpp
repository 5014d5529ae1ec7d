// SPDX-License-Identifier: GPL-3.0-or-later
#include "linedjson.h"

#include "configentries.h"

#include <QHash>

namespace taffrail::sources {

namespace {

constexpr int deepest = 256;

class Reader {
public:
    explicit Reader(const QByteArray &bytes) : m_bytes(bytes) {}

    ReadJson read()
    {
        if (m_bytes.startsWith("\xEF\xBB\xBF"))
            m_at = 3;
        if (value(m_result.root, 0)) {
            skipSpace();
            if (m_at < m_bytes.size())
                fail(QStringLiteral("the end is expected"));
        }
        return std::move(m_result);
    }

private:
    bool fail(const QString &text)
    {
        if (m_result.errorLine == 0) {
            m_result.errorLine = m_line;
            m_result.error = text;
        }
        return false;
    }

    char next() const { return m_at < m_bytes.size() ? m_bytes.at(m_at) : '\0'; }

    void skipSpace()
    {
        for (; m_at < m_bytes.size(); ++m_at) {
            const char c = m_bytes.at(m_at);
            if (c == '\n')
                ++m_line;
            else if (c != ' ' && c != '\t' && c != '\r')
                return;
        }
    }

    bool value(LinedJson &tree, int depth)
    {
        skipSpace();
        tree.line = m_line;
        if (depth > deepest)
            return fail(QStringLiteral("more than %1 levels deep").arg(deepest));
        switch (next()) {
        case '{': return object(tree, depth);
        case '[': return array(tree, depth);
        case '"': tree.kind = LinedJson::Kind::String; return string(tree.text);
        case 't': return word(tree, "true", LinedJson::Kind::Boolean);
        case 'f': return word(tree, "false", LinedJson::Kind::Boolean);
        case 'n': return word(tree, "null", LinedJson::Kind::Null);
        default: return number(tree);
        }
    }

    bool word(LinedJson &tree, const char *text, LinedJson::Kind kind)
    {
        const QByteArrayView rest = QByteArrayView(m_bytes).sliced(m_at);
        if (!rest.startsWith(text))
            return fail(QStringLiteral("a value is expected"));
        tree.kind = kind;
        if (kind == LinedJson::Kind::Boolean)
            tree.text = QLatin1String(text);
        m_at += qsizetype(qstrlen(text));
        return true;
    }

    bool digits()
    {
        const qsizetype start = m_at;
        while (next() >= '0' && next() <= '9')
            ++m_at;
        return m_at > start;
    }

    bool number(LinedJson &tree)
    {
        const qsizetype start = m_at;
        if (next() == '-')
            ++m_at;
        const bool isZero = next() == '0';
        const qsizetype first = m_at;
        if (!digits() || (isZero && m_at - first > 1))
            return fail(m_at >= m_bytes.size() ? QStringLiteral("the text ends too early")
                                               : QStringLiteral("a value is expected"));
        if (next() == '.') {
            ++m_at;
            if (!digits())
                return fail(QStringLiteral("a digit is expected"));
        }
        if (next() == 'e' || next() == 'E') {
            ++m_at;
            if (next() == '+' || next() == '-')
                ++m_at;
            if (!digits())
                return fail(QStringLiteral("a digit is expected"));
        }
        tree.kind = LinedJson::Kind::Number;
        tree.text = QString::fromLatin1(m_bytes.constData() + start, m_at - start);
        return true;
    }

    bool escape(QString &text, QByteArray &plain)
    {
        const char c = next();
        ++m_at;
        static constexpr char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        const char *found = c ? qstrchr(from, c) : nullptr;
        if (found) {
            plain += to[found - from];
            return true;
        }
        bool isHex = false;
        const uint code = c == 'u' ? m_bytes.mid(m_at, 4).toUInt(&isHex, 16) : 0;
        if (!isHex || m_bytes.size() - m_at < 4)
            return fail(QStringLiteral("an unknown escape"));
        m_at += 4;
        text += exactText(plain);
        plain.clear();
        text += QChar(char16_t(code));
        return true;
    }

    static const char *qstrchr(const char *text, char c)
    {
        for (; *text; ++text) {
            if (*text == c)
                return text;
        }
        return nullptr;
    }

    bool string(QString &text)
    {
        QByteArray plain;
        for (++m_at; m_at < m_bytes.size();) {
            const char c = m_bytes.at(m_at++);
            if (c == '"') {
                text += exactText(plain);
                return true;
            }
            if (static_cast<unsigned char>(c) < 0x20) {
                text.clear();
                return fail(QStringLiteral("a control character in a text"));
            }
            if (c != '\\')
                plain += c;
            else if (!escape(text, plain)) {
                text.clear();
                return false;
            }
        }
        text.clear(); // half a value is none
        return fail(QStringLiteral("a text without its closing quote"));
    }

    bool array(LinedJson &tree, int depth)
    {
        tree.kind = LinedJson::Kind::Array;
        ++m_at;
        skipSpace();
        if (next() == ']') {
            ++m_at;
            return true;
        }
        while (true) {
            if (!value(tree.items.emplace_back(), depth + 1)) {
                return false;
            }
            skipSpace();
            const char c = next();
            ++m_at;
            if (c == ']')
                return true;
            if (c != ',')
                return fail(QStringLiteral("a comma or ] is expected"));
        }
    }

    bool object(LinedJson &tree, int depth)
    {
        tree.kind = LinedJson::Kind::Object;
        ++m_at;
        skipSpace();
        if (next() == '}') {
            ++m_at;
            return true;
        }
        QHash<QString, size_t> places;
        while (true) {
            skipSpace();
            const int line = m_line;
            QString name;
            if (next() != '"')
                return fail(QStringLiteral("a name in quotes is expected"));
            if (!string(name))
                return false;
            skipSpace();
            if (next() != ':')
                return fail(QStringLiteral("a colon is expected"));
            ++m_at;
            const auto place = places.constFind(name);
            const bool isAgain = place != places.constEnd();
            LinedJson read;
            const bool isGood = value(read, depth + 1); // what stands before an error stays
            if (isAgain) {
                tree.members[*place].value = std::move(read);
                if (m_result.repeated.size() < 20)
                    m_result.repeated << QStringLiteral("line %1: \"%2\" is set twice, the last one counts")
                                             .arg(line)
                                             .arg(name.left(80));
            } else {
                places.insert(name, tree.members.size());
                tree.members.push_back({name, std::move(read)});
            }
            if (!isGood)
                return false;
            skipSpace();
            const char c = next();
            ++m_at;
            if (c == '}')
                return true;
            if (c != ',')
                return fail(QStringLiteral("a comma or } is expected"));
        }
    }

    const QByteArray &m_bytes;
    qsizetype m_at = 0;
    int m_line = 1;
    ReadJson m_result;
};

} // namespace

const LinedJson *LinedJson::find(QStringView name) const
{
    for (const Member &member : members) {
        if (member.name == name)
            return &member.value;
    }
    return nullptr;
}

QString LinedJson::string(QStringView name) const
{
    const LinedJson *found = find(name);
    return found && found->kind == Kind::String ? found->text : QString();
}

QString LinedJson::scalar(QStringView name) const
{
    const LinedJson *found = find(name);
    return found && (found->kind == Kind::String || found->kind == Kind::Number) ? found->text : QString();
}

bool LinedJson::isTrue(QStringView name) const
{
    const LinedJson *found = find(name);
    return found && found->kind == Kind::Boolean && found->text == QLatin1String("true");
}

ReadJson readJson(const QByteArray &bytes)
{
    return Reader(bytes).read();
}

} // namespace taffrail::sources
