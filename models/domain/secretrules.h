// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

/// The rules that say what a secret is: one set of patterns for this program and for the one that masks on hosts
/// (resources/mask). They are written in what POSIX awk and PCRE have in common: no counted repeats, no \b, no \w.
namespace taffrail {

/// Names in lower case. In the order of use: words that only look like secrets are cut out, then `name` is searched.
struct SecretRules {
    const char *harmlessName; ///< cut out of a name before it is judged: "author", "passenger"
    const char *name; ///< what a name of a secret holds
    const char *factName; ///< names of facts about secrets, as a whole: their `fact` values stay
    const char *fact; ///< "8", "true", "30s", "scram-sha-256": values that are no secrets under a factName
    const char *plain; ///< values that are no secrets under any name: "true", "none"
    const char *placeName; ///< names of where a secret is: their `place` values stay
    const char *place; ///< an absolute path
    const char *passName; ///< nginx's "proxy_pass" and its kin, which name an upstream
    const char *keyFile; ///< the path of a file by its ending: no secret under any name
    const char *shape; ///< a quick look: only what it finds may hold a secret by its shape
    const char *tool; ///< words of programs whose flags take passwords
};
extern const SecretRules secretRules;

bool isSecretName(const QString &key);
/// Whether `value` under `key` is a secret: the name says so and the value isn't plain, a fact or a place.
bool isSecretPair(const QString &key, const QString &value);
/// `text` with `mark` in place of what looks like a secret by its shape alone; `withRuns`: also long runs of letters
/// and digits that nobody would type.
QString withoutSecretShapes(const QString &text, const QString &mark, bool withRuns = true);
/// As above for several lines, and with `mark` for values that stand after names of secrets.
QString withoutSecretLines(const QString &text, const QString &mark);

} // namespace taffrail
