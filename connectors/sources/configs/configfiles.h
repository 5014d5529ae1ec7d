// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"
#include "source.h"

/// Reading files on hosts, masked there before they travel: shared by every config source that reads files.
namespace taffrail::sources {

/// How the host finds secrets in a file: by lines ("key = value" in all its forms, sections, continuations), by
/// JSON's, or by YAML's own structure; by the shape of what stands there alone, for files whose keys are names of
/// packages, where "cookie" is no secret.
enum class MaskForm { Lines, Json, Yaml, Shapes };

/// The file as it came, or why it did not.
struct ReadFile {
    ConfigFile file; ///< without text
    QByteArray bytes; ///< masked on the host; empty when file.error says why
    QString pattern; ///< with wildcards, when one named it; a pattern that named nothing is a file with an error
    int undigested = 0; ///< secrets that could be compared but for the bound on digests of one file
};

/// The names that entries of file sources share: "path" (text or a list; absolute; * ? [ ] allowed, ** is not), and
/// "max_bytes" (a file over it is refused, default 1 MiB, at most 16 MiB).
std::vector<Option> fileOptions(std::vector<Option> more = {});

/// One part per host, slow lane, named "files": the files of the entry's paths, each framed with its name, size,
/// times, mode, owner, and masked on the host by `form`. Regular files and links to them only; a glob that names
/// nothing, a link that leads nowhere or in a circle, a directory, a file without the right to read, over its limit,
/// binary, or changed while read is an answer with its reason. With the option "compare_key" (64 hex digits, set by a
/// comparison, never by the inventory) secrets come as keyed digests, else as TFMASK_none_.
std::vector<Request> fileRequests(const SourceEntry &entry, MaskForm form);

/// As above for other text than files: the output of `command` (constant shell text) as one file called `name`.
QByteArray maskedCommandScript(const SourceEntry &entry, const QByteArray &command, const QString &name, MaskForm form);

/// The files in one reply, by path. What does not begin with a frame is one file's bare content, called "captured", so
/// that `taffrail parse configs/dotenv < .env` works. Never fails: a frame that was cut is a file with an error.
std::vector<ReadFile> filesOf(const Reply &reply);

/// What one format makes of one file. Keeps what stands before an error.
struct ParsedConfig {
    std::vector<ConfigEntry> entries; ///< key, value, type, line, note; the rest is filled in by configSetOf()
    std::optional<Error> error; ///< BadData with the line and what was expected there
    QStringList notes;
    bool partial = false; ///< something was left out that no error tells of
};
using ConfigParser = ParsedConfig (*)(const QByteArray &bytes, const SourceEntry &entry);

/// As fileRequests() for one host and other files than the entry's: what each of `patterns` names.
Request namedFilesRequest(const SourceEntry &entry, MaskForm form, const QString &name, const QString &host,
                          const QStringList &patterns);
/// Whether * ? or [ stand in it.
bool isGlob(const QString &pattern);

/// The steps of configSetOf(), for sources that make one text of several files. Settles secrets, those that a sibling
/// names among them.
void settleTogether(std::vector<ConfigEntry> &entries);
/// Puts the file's text beside it when compare_key is set, and says what of it cannot be compared.
void keepText(ConfigSet &set, const SourceEntry &entry, ReadFile &read);
/// The replies with part name `name`, ordered by host.
std::vector<const Reply *> repliesByHost(const Replies &replies, const QString &name);

/// All replies of one entry through one parser: fills in host and file, says of a key that is set twice which one
/// counts, settles secrets, keeps masked text when compare_key is set. The error when no host answered. `settle` is
/// settleSecrets() but for what was read by MaskForm::Shapes.
Result<Value> configSetOf(const SourceEntry &entry, const Replies &replies, ConfigParser parse,
                          void (*settle)(ConfigEntry &) = nullptr);

} // namespace taffrail::sources
