// SPDX-License-Identifier: GPL-3.0-or-later
#include "lockformats.h"
#include "registry.h"

namespace taffrail::sources {

namespace {

std::vector<Request> lockfileRequests(const SourceEntry &entry, const Replies &soFar)
{
    return soFar.empty() ? fileRequests(entry, MaskForm::Shapes) : std::vector<Request>();
}

Result<Value> parseLockfiles(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return configSetOf(entry, replies, parseLockfile, settleShapes);
}

} // namespace

const Source lockfileSource{
    PaneKind::Configs,
    "lockfile",
    "Lock file",
    true,
    false,
    fileOptions({
        {"format", "string", false, "what wrote the file; left out: told from its text and its name",
         R"("enum":["requirements","poetry","pipfile","gemfile","npm","yarn","pnpm","composer","gosum","gomod","cargo"])"},
        {"integrity", "boolean", false, "false: leave out what the file says of its packages' bytes"},
    }),
    {"files"},
    lockfileRequests,
    parseLockfiles,
    nullptr,
    "read access to the lock files",
};

} // namespace taffrail::sources
