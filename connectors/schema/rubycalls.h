// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rubytext.h"
#include "tokenspan.h"

#include <QByteArrayList>
#include <QHash>

#include <optional>
#include <utility>

/// Statements and calls in Ruby's tokens.
namespace taffrail::schema {

using RubyTexts = QHash<QByteArray, QByteArray>; ///< names that stand for a text

/// receiver.name argument, keyword: argument do |parameters| … end
struct RubyCall {
    QByteArrayList head; ///< {"t", "string"}
    std::vector<TokenSpan> positional;
    std::vector<std::pair<QByteArray, TokenSpan>> keywords;
    bool isSpread = false; ///< has *a, **o or &b: not all is known
    std::optional<TokenSpan> block;
    QByteArray parameters; ///< of the block, "a, b"
    TokenSpan span;

    QByteArray name() const { return head.isEmpty() ? QByteArray() : head.back(); }
    const TokenSpan *keyword(const char *name) const;
    const TokenSpan *positionalAt(int position) const; ///< null: not given
};

/// def name … end
struct RubyMethod {
    QByteArray name;
    TokenSpan body;
    bool hasParameters = false;
};

/// A file's tokens with the brackets and blocks matched.
class RubyFile {
public:
    explicit RubyFile(const QByteArray &source);

    const RubyToken &operator[](size_t index) const { return m_tokens[index]; }
    size_t size() const { return m_tokens.size(); }
    bool isBroken() const { return m_isBroken; } ///< something is not closed, or closed twice
    const std::vector<RubyMethod> &methods() const { return m_methods; }

    /// The "end" or bracket that closes what opens here; nothing when nothing does.
    std::optional<size_t> closing(size_t index) const;
    /// Behind what opens here, or the next token.
    size_t behind(size_t index) const { return closing(index).value_or(index) + 1; }
    size_t statementEnd(size_t at, size_t last) const; ///< the LineEnd, ";" or `last`
    size_t lineEnd(size_t at, size_t last) const;
    /// The "if", "unless", "while", "until" or "rescue" that stands behind a statement; span.last when there is none.
    size_t modifierOf(const TokenSpan &span) const;

    std::optional<RubyCall> callAt(const TokenSpan &span) const;
    /// A text or symbol that is wholly written out.
    std::optional<QByteArray> literal(const TokenSpan &span, const RubyTexts &texts) const;
    /// Every text in the span, one after the other. For a hint only.
    QByteArray hint(const TokenSpan &span) const;
    bool isWord(const TokenSpan &span, const char *word) const; ///< exactly this one token
    /// The items of [a, b] or %w[a b] where all are written out; a single literal is a list of one.
    std::optional<QByteArrayList> literals(const TokenSpan &span, const RubyTexts &texts) const;

private:
    void matchAll();
    bool opensBlock(size_t index) const;
    bool isEndless(size_t definition) const;
    void findMethods();
    std::vector<TokenSpan> items(size_t first, size_t last) const;
    void take(RubyCall &call, const std::vector<TokenSpan> &arguments) const;

    bool m_isBroken = false; // before the tokens, which set it
    std::vector<RubyToken> m_tokens;
    std::vector<size_t> m_closing; ///< 0 = none
    std::vector<RubyMethod> m_methods;
};

} // namespace taffrail::schema
