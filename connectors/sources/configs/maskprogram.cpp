// SPDX-License-Identifier: GPL-3.0-or-later
#include "maskprogram.h"

#include "secretrules.h"

#include <QFile>
#include <QRegularExpression>

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

/// `name = "pattern"` in awk.
QByteArray ruleText(const char *name, const char *pattern)
{
    QByteArray quoted(pattern);
    quoted.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t");
    return QByteArray(name) + " = \"" + quoted + "\"\n";
}

QByteArray rulesText()
{
    const SecretRules &rules = secretRules;
    return "BEGIN {\n" + ruleText("RNAME", rules.name) + ruleText("RHARMLESS", rules.harmlessName)
        + ruleText("RFACTNAME", rules.factName) + ruleText("RFACT", rules.fact) + ruleText("RPLAIN", rules.plain)
        + ruleText("RPLACENAME", rules.placeName) + ruleText("RPLACE", rules.place) + ruleText("RPASS", rules.passName)
        + ruleText("RKEYFILE", rules.keyFile) + ruleText("RSHAPE", rules.shape) + ruleText("RTOOL", rules.tool) + "}\n";
}

} // namespace

const QByteArray &maskProgram()
{
    static const QByteArray text = [] {
        QByteArray all = rulesText();
        for (const char *name : {"digest.awk", "judge.awk", "scan.awk", "lines.awk", "assign.awk", "tree.awk",
                                 "json.awk", "yaml.awk", "yamlnodes.awk", "main.awk"})
            all += resource(QString::fromLatin1(name));
        return all;
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
