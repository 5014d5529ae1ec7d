# SPDX-License-Identifier: GPL-3.0-or-later
"""Index orders by customer

Revision ID: 5d0f9a6c21be
Revises: c7e20b8854aa
Create Date: 2026-06-30 10:33:58
"""

import sqlalchemy as sa
from alembic import op

revision = "5d0f9a6c21be"
down_revision = "c7e20b8854aa"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("orders_customer_id_idx", "orders", ["customer_id"])


def downgrade():
    op.drop_index("orders_customer_id_idx", table_name="orders")
