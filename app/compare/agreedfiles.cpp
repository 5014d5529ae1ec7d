// SPDX-License-Identifier: GPL-3.0-or-later
#include "agreedfiles.h"

#include "expectedfile.h"

#include <QDir>
#include <QFile>

namespace taffrail {

namespace {

constexpr qint64 largestFile = 64LL * 1024 * 1024;

auto cannot(ErrorKind kind, const QString &path, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("compare"), path, text, hint);
}

/// The bytes of a local file; nothing when there is none.
Result<std::optional<QByteArray>> contentOf(const QString &path)
{
    QFile file(path);
    if (path.isEmpty() || !file.exists())
        return std::optional<QByteArray>();
    if (!file.open(QIODevice::ReadOnly))
        return cannot(ErrorKind::Denied, path, file.errorString());
    QByteArray bytes = file.read(largestFile + 1);
    if (bytes.size() > largestFile)
        return cannot(ErrorKind::TooLarge, path, QStringLiteral("the file is larger than 64 MiB"));
    return std::optional<QByteArray>(std::move(bytes));
}

} // namespace

QString expectedFileFor(const QStringList &inventoryFiles)
{
    if (inventoryFiles.isEmpty())
        return {};
    QDir folder = QFileInfo(inventoryFiles.first()).absoluteDir();
    if (folder.dirName() == QLatin1String("inventory.d"))
        folder.cdUp();
    return folder.filePath(QStringLiteral("expected-differences.json"));
}

Result<std::optional<std::vector<ExpectedDifference>>> expectedIn(const QString &path)
{
    const auto bytes = contentOf(path);
    if (!bytes)
        return failure(bytes.error());
    if (!*bytes)
        return std::optional<std::vector<ExpectedDifference>>();
    auto expected = inventory::readExpected(**bytes, path);
    if (!expected)
        return failure(expected.error());
    return std::optional(std::move(*expected));
}

QString baselinePath(const QString &folder, const QString &environment)
{
    return folder + QLatin1Char('/') + environment + QStringLiteral(".json");
}

Result<std::optional<codec::SavedBaseline>> baselineIn(const QString &folder, const QString &environment)
{
    const QString path = baselinePath(folder, environment);
    const auto bytes = contentOf(path);
    if (!bytes)
        return failure(bytes.error());
    if (!*bytes)
        return std::optional<codec::SavedBaseline>();
    auto saved = codec::readBaseline(**bytes);
    if (!saved)
        return cannot(saved.error().kind, path, saved.error().text, saved.error().hint);
    return std::optional(std::move(*saved));
}

} // namespace taffrail
