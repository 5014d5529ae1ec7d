# SPDX-License-Identifier: GPL-3.0-or-later
"""Add order status

Revision ID: 2b64d0c9e1f7
Revises: 8f1c2a7d4b90
Create Date: 2025-05-19 14:02:10
"""

import sqlalchemy as sa
from alembic import op

revision = "2b64d0c9e1f7"
down_revision = "8f1c2a7d4b90"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("status", sa.Text, server_default="placed", nullable=False))


def downgrade():
    op.drop_column("orders", "status")
