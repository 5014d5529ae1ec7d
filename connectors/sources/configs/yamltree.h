// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"

namespace taffrail::sources {

/// A node of a YAML file as written: aliases not followed, merge keys not merged. Nodes refer to one another by index.
struct YamlNode {
    enum class Kind { Scalar, List, Map, Alias } kind = Kind::Scalar;
    QString text; ///< Scalar
    QString tag; ///< core tags by name ("int"), others as written ("!vault"), "" = none
    bool isPlain = true; ///< Scalar without quotes and not a block
    bool isWhole = false; ///< List, Map: its end was seen
    int line = 0;
    int target = -1; ///< Alias: the node that it stands for
    std::vector<int> items; ///< List: items; Map: key, value, key, value …

    bool isCoreTag() const { return !tag.startsWith(QLatin1Char('!')); }
    bool isMergeKey() const
    {
        return kind == Kind::Scalar && text == QLatin1String("<<")
            && ((isPlain && tag.isEmpty()) || tag == QLatin1String("merge"));
    }
};

struct YamlTree {
    std::vector<YamlNode> nodes;
    std::vector<int> documents; ///< roots
    std::optional<Error> error; ///< what stands before it is in the tree

    const YamlNode &at(int node) const { return nodes[size_t(node)]; }
    /// The node itself, or what an alias stands for.
    int resolved(int node) const { return at(node).kind == YamlNode::Kind::Alias ? at(node).target : node; }
};

/// YAML text in UTF-8. Refuses repeated keys, aliases to nothing or into themselves, and more than 64 levels.
YamlTree readYamlTree(const QByteArray &bytes);
/// A key as one line: a scalar's text, "[a, b]" or "{a: 1}" of others. Nothing when it is over 4096 characters.
std::optional<QString> yamlKeyText(const YamlTree &tree, int node);

} // namespace taffrail::sources
