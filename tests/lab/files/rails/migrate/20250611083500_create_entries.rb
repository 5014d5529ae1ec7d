# SPDX-License-Identifier: GPL-3.0-or-later
class CreateEntries < ActiveRecord::Migration[6.1]
  def change
    create_table :entries do |t|
      t.references :account, null: false, foreign_key: true
      t.bigint :amount_cents, null: false
      t.string :memo
      t.datetime :booked_at, null: false
    end
  end
end
