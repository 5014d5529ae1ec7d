// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"
#include "terraformstate.h"

namespace taffrail::sources {

namespace {

std::vector<Request> terraformRequests(const SourceEntry &entry, const Replies &soFar)
{
    return soFar.empty() ? fileRequests(entry, MaskForm::Json) : std::vector<Request>();
}

Result<Value> parseTerraform(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return configSetOf(entry, replies, parseTerraformState);
}

} // namespace

const Source terraformSource{
    PaneKind::Configs,
    "terraform",
    "Terraform state",
    true,
    false,
    fileOptions(),
    {"files"},
    terraformRequests,
    parseTerraform,
    nullptr,
    "read access to the state file; secrets are masked",
};

} // namespace taffrail::sources
