// SPDX-License-Identifier: GPL-3.0-or-later
#include "unitlists.h"

#include <QSet>
#include <QStringList>

namespace taffrail::sources {

namespace {

QSet<QString> wordsOf(const char *text)
{
    const QStringList words = QString::fromLatin1(text).simplified().split(QLatin1Char(' '));
    return {words.begin(), words.end()};
}

const QSet<QString> &dependencyKeys()
{
    static const QSet<QString> keys
        = wordsOf("After Before Requires Requisite Wants BindsTo PartOf Upholds Conflicts OnFailure OnSuccess "
                  "PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo StopPropagatedFrom JoinsNamespaceOf "
                  "RequiresMountsFor");
    return keys;
}

const QSet<QString> &wordKeys()
{
    static const QSet<QString> keys = wordsOf(
        "WantedBy RequiredBy Also Alias Documentation SupplementaryGroups ReadWritePaths ReadOnlyPaths "
        "InaccessiblePaths ExecPaths NoExecPaths BindPaths BindReadOnlyPaths TemporaryFileSystem RuntimeDirectory "
        "StateDirectory CacheDirectory LogsDirectory ConfigurationDirectory SystemCallFilter SystemCallArchitectures "
        "SystemCallLog RestrictAddressFamilies RestrictNamespaces CapabilityBoundingSet AmbientCapabilities "
        "SecureBits PassEnvironment UnsetEnvironment IPAddressAllow IPAddressDeny Sockets DisableControllers "
        "RestrictNetworkInterfaces SuccessExitStatus RestartPreventExitStatus RestartForceExitStatus Service");
    return keys;
}

const QSet<QString> &listKeys()
{
    static const QSet<QString> keys = wordsOf(
        "ExecStart ExecStartPre ExecStartPost ExecCondition ExecReload ExecStop ExecStopPost EnvironmentFile "
        "DeviceAllow LogExtraFields LoadCredential LoadCredentialEncrypted SetCredential SetCredentialEncrypted "
        "BPFProgram SocketBindAllow SocketBindDeny OpenFile OnCalendar OnActiveSec OnBootSec OnStartupSec "
        "OnUnitActiveSec OnUnitInactiveSec ListenStream ListenDatagram ListenSequentialPacket ListenFIFO "
        "ListenSpecial ListenNetlink ListenMessageQueue ListenUSBFunction Symlinks PathExists PathExistsGlob "
        "PathChanged PathModified DirectoryNotEmpty IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax "
        "IOReadIOPSMax IOWriteIOPSMax IPIngressFilterPath IPEgressFilterPath ExtensionImages MountImages "
        "ExtensionDirectories ManagedOOMRules LogFilterPatterns");
    return keys;
}

/// One escape of C behind the backslash at `at`; moves `at` to its last character.
QString escaped(const QString &value, qsizetype &at)
{
    static const QString letters = QStringLiteral("abfnrtvs"), meanings = QStringLiteral("\a\b\f\n\r\t\v ");
    const QChar each = value[at];
    if (const qsizetype letter = letters.indexOf(each); letter >= 0)
        return meanings.mid(letter, 1);
    const int digits = each == QLatin1Char('x') ? 2 : each == QLatin1Char('u') ? 4 : each == QLatin1Char('U') ? 8 : 0;
    bool isNumber = false;
    const uint code
        = digits > 0 ? value.mid(at + 1, digits).toUInt(&isNumber, 16) : value.mid(at, 3).toUInt(&isNumber, 8);
    const qsizetype used = digits > 0 ? digits + 1 : 3;
    if (isNumber && code > 0 && code <= 0x10FFFF && at + used <= value.size()) {
        at += used - 1;
        const char32_t sign = code;
        return QString::fromUcs4(&sign, 1);
    }
    if (each == QLatin1Char('\\') || each == QLatin1Char('"') || each == QLatin1Char('\''))
        return each;
    return QLatin1Char('\\') + QString(each);
}

} // namespace

UnitKeyKind unitKeyKind(const QString &section, const QString &key)
{
    if (key == QLatin1String("Environment") && section != QLatin1String("Unit"))
        return UnitKeyKind::Environment;
    if (key.startsWith(QLatin1String("Condition")))
        return UnitKeyKind::Conditions;
    if (key.startsWith(QLatin1String("Assert")))
        return UnitKeyKind::Assertions;
    if (dependencyKeys().contains(key))
        return UnitKeyKind::Dependencies;
    if (wordKeys().contains(key) && !(key == QLatin1String("Service") && section != QLatin1String("Socket")))
        return UnitKeyKind::Words;
    return listKeys().contains(key) ? UnitKeyKind::List : UnitKeyKind::Single;
}

QStringList unitWords(const QString &value)
{
    QStringList words;
    QString word;
    bool isOpen = false;
    QChar quote;
    for (qsizetype at = 0; at < value.size(); ++at) {
        const QChar each = value[at];
        if (each == QLatin1Char('\\') && at + 1 < value.size()) {
            ++at;
            word += escaped(value, at);
            isOpen = true;
        } else if (!quote.isNull()) {
            if (each == quote)
                quote = QChar();
            else
                word += each;
        } else if (each == QLatin1Char('"') || each == QLatin1Char('\'')) {
            quote = each;
            isOpen = true;
        } else if (each.isSpace()) {
            if (isOpen)
                words << word;
            word.clear();
            isOpen = false;
        } else {
            word += each;
            isOpen = true;
        }
    }
    if (isOpen)
        words << word;
    return words;
}

} // namespace taffrail::sources
