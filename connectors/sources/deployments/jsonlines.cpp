// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonlines.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

namespace taffrail::sources {

namespace {

using nlohmann::json;

/// Walks over the text and tells how far the parser has come.
struct CountingIterator {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char *;
    using reference = const char &;

    const char *at = nullptr;
    const char **furthest = nullptr;

    reference operator*() const { return *at; }
    CountingIterator &operator++()
    {
        ++at;
        if (furthest)
            *furthest = std::max(*furthest, at);
        return *this;
    }
    CountingIterator operator++(int)
    {
        const CountingIterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const CountingIterator &other) const { return at == other.at; }
    bool operator!=(const CountingIterator &other) const { return at != other.at; }
};

/// Follows the path of each value and stops at the wanted one.
class Finder : public json::json_sax_t {
public:
    Finder(std::string wanted, const char *const *at) : m_wanted(std::move(wanted)), m_at(at) {}

    const char *found() const { return m_found; }

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t &) override { return value(); }
    bool string(string_t &) override { return value(); }
    bool binary(binary_t &) override { return value(); }
    bool start_object(std::size_t) override { return open(false); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string &, const nlohmann::detail::exception &) override { return false; }

    bool key(string_t &name) override
    {
        m_levels.back().name = name;
        return true;
    }

private:
    struct Level {
        bool isArray = false;
        int index = -1;
        std::string name;
    };

    bool value()
    {
        if (!m_levels.empty() && m_levels.back().isArray)
            ++m_levels.back().index;
        if (path() != m_wanted)
            return true;
        m_found = *m_at;
        return false;
    }

    bool open(bool isArray)
    {
        if (!value())
            return false;
        m_levels.push_back({isArray, -1, {}});
        return true;
    }

    bool close()
    {
        m_levels.pop_back();
        return true;
    }

    std::string path() const
    {
        std::string text;
        for (const Level &level : m_levels)
            text += '/' + (level.isArray ? std::to_string(level.index) : level.name);
        return text;
    }

    std::string m_wanted;
    const char *const *m_at;
    const char *m_found = nullptr;
    std::vector<Level> m_levels;
};

} // namespace

int jsonLineOf(const QByteArray &text, const QString &pointer)
{
    const char *const begin = text.constData();
    const char *furthest = begin;
    Finder finder(pointer.toStdString(), &furthest);
    const CountingIterator first{begin, &furthest};
    const CountingIterator last{begin + text.size(), &furthest};
    json::sax_parse(first, last, &finder);
    if (!finder.found())
        return 0;
    // The parser stands one byte behind the value; a line end there belongs to the next line.
    const char *const end = std::max(begin, finder.found() - 1);
    return 1 + int(std::count(begin, end, '\n'));
}

QString jsonPlace(const QByteArray &text, qsizetype offset)
{
    const QByteArray before = text.left(std::clamp<qsizetype>(offset, 0, text.size()));
    const qsizetype column = before.size() - (before.lastIndexOf('\n') + 1) + 1;
    return QStringLiteral("line %1, column %2").arg(before.count('\n') + 1).arg(column);
}

} // namespace taffrail::sources
