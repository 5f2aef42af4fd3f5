"""the number of each try at the gate, and the receipt of its verdict"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("evaluation") as table:
        table.add_column(sa.Column("number", sa.Integer(), nullable=True))
        table.add_column(sa.Column("receipt", sa.JSON(), nullable=True))
        table.create_unique_constraint("evaluation_number", ["number"])
