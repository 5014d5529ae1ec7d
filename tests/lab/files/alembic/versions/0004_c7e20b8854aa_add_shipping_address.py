# SPDX-License-Identifier: GPL-3.0-or-later
"""Add shipping address

Revision ID: c7e20b8854aa
Revises: a91e5d3370c4
Create Date: 2026-02-11 16:20:05
"""

import sqlalchemy as sa
from alembic import op

revision = "c7e20b8854aa"
down_revision = "a91e5d3370c4"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("shipping_address", sa.Text))


def downgrade():
    op.drop_column("orders", "shipping_address")
