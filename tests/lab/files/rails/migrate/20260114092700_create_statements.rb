# SPDX-License-Identifier: GPL-3.0-or-later
class CreateStatements < ActiveRecord::Migration[6.1]
  def change
    create_table :statements do |t|
      t.references :account, null: false, foreign_key: true
      t.date :month, null: false
      t.bigint :balance_cents, null: false
    end
  end
end
