# SPDX-License-Identifier: GPL-3.0-or-later
import os

from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ["SHOP_DATABASE_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
