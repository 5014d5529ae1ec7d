# SPDX-License-Identifier: GPL-3.0-or-later
class AddCurrencyToAccounts < ActiveRecord::Migration[6.1]
  def change
    add_column :accounts, :currency, :string, limit: 3, null: false, default: "EUR"
  end
end
