// SPDX-License-Identifier: GPL-3.0-or-later
#include "alembicoperations.h"
#include "djangooperations.h"
#include "railsoperations.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace taffrail::schema;

namespace {

void check(const MigrationVerdict &verdict)
{
    if (verdict.kinds.empty())
        abort();
    for (const StatementVerdict &operation : verdict.operations) {
        if (operation.kinds.empty() || operation.line < 1)
            abort();
    }
    (void)decidingReason(verdict);
}

} // namespace

/// The input is a migration file, as a whole and as the body of what each tool runs.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    CreatedObjects created;
    check(classifyAlembic(bytes, created));
    check(classifyDjango(bytes, "shop", created));
    check(classifyRails(bytes, created));
    check(classifyAlembic("def upgrade():\n  " + bytes + "\ndef downgrade():\n  pass\n", created));
    check(classifyDjango("class Migration(migrations.Migration):\n  operations = [" + bytes + "]\n", "shop", created));
    check(classifyRails("class A < ActiveRecord::Migration[6.1]\n  def change\n" + bytes + "\n  end\nend\n", created));
    check(classifyFlyway(bytes, size % 2 == 0, created));
    return 0;
}
