# SPDX-License-Identifier: GPL-3.0-or-later
class CreateAccounts < ActiveRecord::Migration[6.1]
  def change
    create_table :accounts do |t|
      t.string :number, null: false, index: { unique: true }
      t.string :owner, null: false
      t.timestamps
    end
  end
end
