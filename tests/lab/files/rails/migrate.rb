# SPDX-License-Identifier: GPL-3.0-or-later
# migrate.rb FOLDER VERSION: applies ActiveRecord migrations up to VERSION, as `rails db:migrate VERSION=…` does.
require "active_record"

folder, version = ARGV
ActiveRecord::Base.establish_connection(ENV.fetch("LEDGER_DATABASE_URL"))
ActiveRecord::MigrationContext.new(folder, ActiveRecord::SchemaMigration).migrate(version.to_i)
