# SPDX-License-Identifier: GPL-3.0-or-later
"""Create payments

Revision ID: a91e5d3370c4
Revises: 2b64d0c9e1f7
Create Date: 2025-08-27 08:45:31
"""

import sqlalchemy as sa
from alembic import op

revision = "a91e5d3370c4"
down_revision = "2b64d0c9e1f7"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("order_id", sa.BigInteger, sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("amount", sa.Numeric(12, 2), nullable=False),
        sa.Column("paid_at", sa.TIMESTAMP(timezone=True)),
    )


def downgrade():
    op.drop_table("payments")
