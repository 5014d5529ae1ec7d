// SPDX-License-Identifier: GPL-3.0-or-later
#include "maskprogram.h"

#include "secretrules.h"

#include <QFile>
#include <QRegularExpression>

#include <algorithm>
#include <cctype>
#include <utility>

static void initMaskResources()
{
    Q_INIT_RESOURCE(configfiles); // a static library's resources are not found otherwise
}

namespace taffrail::sources {

namespace {

constexpr qint64 defaultBytes = 1024 * 1024;
constexpr qint64 mostBytes = 16 * 1024 * 1024;
constexpr int mostFiles = 200; // that one pattern may name

/// Without comments and blank lines: the text of a part must stay under what one argument may hold (128 KiB).
QByteArray resource(const QString &name)
{
    initMaskResources();
    QFile file(QStringLiteral(":/taffrail/mask/") + name);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QByteArray text;
    for (const QByteArray &line : file.readAll().split('\n')) {
        const QByteArray code = line.trimmed();
        if (!code.isEmpty() && !code.startsWith('#'))
            text += code + '\n';
    }
    return text;
}

/// The rules as the program names them.
std::vector<std::pair<QByteArray, const char *>> ruleNames()
{
    const SecretRules &rules = secretRules;
    return {{"RHARMLESS", rules.harmlessName},
            {"RNAME", rules.name},
            {"RFACTNAME", rules.factName},
            {"RFACT", rules.fact},
            {"RPLAIN", rules.plain},
            {"RPLACENAME", rules.placeName},
            {"RPLACE", rules.place},
            {"RPASS", rules.passName},
            {"RKEYFILE", rules.keyFile},
            {"RSHAPE", rules.shape},
            {"RTOOL", rules.tool}};
}

/// Patterns stand in the program as they are: busybox compiles one in a variable anew at every use.
QByteArray withRules(const QByteArray &program)
{
    const auto rules = ruleNames();
    QByteArray text;
    for (qsizetype at = 0; at < program.size();) {
        const char before = at > 0 ? program.at(at - 1) : ' ';
        const bool isStart = program.at(at) == 'R' && !std::isalnum(static_cast<unsigned char>(before));
        const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto &each) {
            const qsizetype end = at + each.first.size();
            return isStart && program.mid(at, each.first.size()) == each.first
                && (end >= program.size() || !std::isalnum(static_cast<unsigned char>(program.at(end))));
        });
        if (rule == rules.end()) {
            text += program.at(at++);
            continue;
        }
        QByteArray pattern(rule->second);
        text += '/' + pattern.replace('/', "\\/").replace('\t', "\\t") + '/';
        at += rule->first.size();
    }
    return text;
}

} // namespace

const QByteArray &maskProgram()
{
    static const QByteArray text = [] {
        QByteArray all;
        for (const char *name : {"digest.awk", "judge.awk", "scan.awk", "lines.awk", "shapes.awk", "assign.awk",
                                 "tree.awk", "json.awk", "yaml.awk", "yamlnodes.awk", "main.awk"})
            all += resource(QString::fromLatin1(name));
        return withRules(all);
    }();
    return text;
}

QByteArray maskFormWord(MaskForm form)
{
    switch (form) {
    case MaskForm::Json: return "json";
    case MaskForm::Yaml: return "yaml";
    case MaskForm::Shapes: return "shapes";
    case MaskForm::Lines: break;
    }
    return "lines";
}

qint64 maxFileBytes(const SourceEntry &entry)
{
    bool isNumber = false;
    const qint64 bytes = entry.options.value(QStringLiteral("max_bytes")).toLongLong(&isNumber);
    return isNumber && bytes > 0 ? std::min(bytes, mostBytes) : defaultBytes;
}

QStringList filePatterns(const SourceEntry &entry)
{
    QStringList patterns = entry.options.value(QStringLiteral("path")).toStringList();
    patterns.removeDuplicates();
    return patterns;
}

QByteArray maskPrelude(const SourceEntry &entry, MaskForm form)
{
    static const QByteArray shell = resource(QStringLiteral("files.sh"));
    static const QRegularExpression hex(QStringLiteral("^[0-9a-f]{64}$"));
    const QString key = entry.options.value(QStringLiteral("compare_key")).toString();
    return "LC_ALL=C\nTF_KEY=" + (hex.match(key).hasMatch() ? key.toLatin1() : QByteArray("''")) + "\nTF_FORM="
        + maskFormWord(form) + "\nexport LC_ALL TF_KEY TF_FORM\ntf_max=" + QByteArray::number(maxFileBytes(entry))
        + "\ntf_most=" + QByteArray::number(mostFiles) + "\ntf_prog=" + shellQuoted(QString::fromLatin1(maskProgram()))
        + '\n' + shell;
}

} // namespace taffrail::sources
