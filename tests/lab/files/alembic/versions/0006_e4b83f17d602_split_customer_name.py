# SPDX-License-Identifier: GPL-3.0-or-later
"""Split customer name

Revision ID: e4b83f17d602
Revises: 5d0f9a6c21be
Create Date: 2026-08-04 12:51:17
"""

import sqlalchemy as sa
from alembic import op

revision = "e4b83f17d602"
down_revision = "5d0f9a6c21be"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("customers", sa.Column("given_name", sa.Text))
    op.add_column("customers", sa.Column("family_name", sa.Text))
    op.execute("UPDATE customers SET given_name = split_part(full_name, ' ', 1), family_name = split_part(full_name, ' ', 2)")
    op.drop_column("customers", "full_name")


def downgrade():
    op.add_column("customers", sa.Column("full_name", sa.Text))
    op.execute("UPDATE customers SET full_name = concat_ws(' ', given_name, family_name)")
    op.alter_column("customers", "full_name", nullable=False)
    op.drop_column("customers", "family_name")
    op.drop_column("customers", "given_name")
