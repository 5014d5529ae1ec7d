// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QDateTime>

#include <functional>
#include <memory>

class QSqlError;

namespace taffrail {

/// What SQLite said, as an error of ours: BadData for a damaged file, Denied, Busy, ToolFailed (disk full and the
/// rest).
Error storeError(const QSqlError &error, const QString &path, const QString &step);
/// Makes the folder (0700, all missing parents) and an empty file (0600) before SQLite would make them wider; a file of
/// ours that is wider is narrowed.
Result<void> makeFile(const QString &path);
/// Renames a damaged file and what SQLite keeps beside it to a dated name, and returns that.
QString moveAside(const QString &path, const QDateTime &now);

/// Makes the file if need be and calls `open` until it is ready: a damaged one (BadData) is moved aside, once, and
/// begun anew; `open` must have closed what it could not use. `moved` is told why and where it went. Programs that find
/// the same damage wait for one another.
Result<void> openOrSetAside(const QString &path, const QDateTime &now, const std::function<Result<void>()> &open,
                            const std::function<void(const QString &why, const QString &aside)> &moved);

/// The same for a store: made by `make`, usable when `prepare` of it says so.
template <typename Store, typename Prepare>
Result<std::unique_ptr<Store>> openedStore(const QString &path, const QDateTime &now,
                                           const std::function<std::unique_ptr<Store>()> &make, Prepare prepare,
                                           const std::function<void(const QString &why, const QString &aside)> &moved)
{
    std::unique_ptr<Store> store;
    const auto open = [&]() -> Result<void> {
        store = make();
        Result<void> ready = prepare(*store);
        if (!ready)
            store.reset();
        return ready;
    };
    if (const Result<void> ready = openOrSetAside(path, now, open, moved); !ready)
        return failure(ready.error());
    return store;
}

} // namespace taffrail
