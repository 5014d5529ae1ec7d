// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configentries.h"

namespace taffrail::sources {

/// A Terraform or OpenTofu state, version 4. Keys are addresses with their attributes flattened:
/// `module.net.aws_instance.web[0].ami`, `aws_instance.db.eu.zone` for the key "eu" of a for_each, `outputs.url`. Data
/// sources are left out and counted. Sensitive outputs and what the state itself lists as sensitive attributes are
/// masked, whatever their names; a listed place that is not found masks what it would stand in.
ParsedConfig parseTerraformState(const QByteArray &bytes, const SourceEntry &entry);

} // namespace taffrail::sources
