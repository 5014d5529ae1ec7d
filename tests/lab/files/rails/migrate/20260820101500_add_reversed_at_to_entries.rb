# SPDX-License-Identifier: GPL-3.0-or-later
class AddReversedAtToEntries < ActiveRecord::Migration[6.1]
  def change
    add_column :entries, :reversed_at, :datetime
  end
end
