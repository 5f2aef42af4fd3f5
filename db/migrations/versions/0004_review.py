"""what reviewers say of one text: several opinions, edits and withdrawals of them, and revised examples"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

STATES = ("pending", "pushed", "refused", "disputed", "approved", "rejected", "withdrawn")
ONCE = {"sqlite_autoincrement": True}  # a table made anew must keep it
UNIQUE = {"uq": "%(table_name)s_%(column_0_name)s_key"}  # SQLite reflects constraints without their names


def upgrade() -> None:
    listed = ", ".join(f"'{state}'" for state in STATES)
    with op.batch_alter_table("review", table_kwargs=ONCE) as table:
        table.add_column(sa.Column("priority", sa.Float(), nullable=False, server_default="0"))
        table.add_column(sa.Column("opinions", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("flags", sa.JSON(), nullable=False, server_default="[]"))
        table.drop_constraint("state_known", type_="check")
        table.create_check_constraint("state_known", f"state IN ({listed})")
    with op.batch_alter_table("decision", table_kwargs=ONCE) as table:
        table.add_column(sa.Column("response", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("quality", sa.Integer(), nullable=True))
        table.add_column(sa.Column("reasons", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("example", table_kwargs=ONCE, naming_convention=UNIQUE) as table:
        table.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        table.drop_constraint("example_review_id_key", type_="unique")
        table.create_unique_constraint("example_revision", ["review_id", "revision"])
    op.create_index("ix_example_review_id", "example", ["review_id"])
