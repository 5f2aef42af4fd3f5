"""what reviewers say of one text: several opinions, edits and withdrawals of them, and revised examples"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

STATES = ("pending", "pushed", "refused", "disputed", "approved", "rejected", "withdrawn")
ONCE = {"sqlite_autoincrement": True}  # a table made anew must keep it
UNIQUE = {"uq": "%(table_name)s_%(column_0_name)s_key"}  # SQLite reflects constraints without their names


FILLED = {  # new columns that older rows need a value for
    "review": (("priority", sa.Float(), "0"), ("opinions", sa.Integer(), "1"), ("flags", sa.JSON(), "'[]'")),
    "decision": (("response", sa.String(), "''"), ("reasons", sa.JSON(), "'[]'")),
    "example": (("revision", sa.Integer(), "1"),),
}


def upgrade() -> None:
    listed = ", ".join(f"'{state}'" for state in STATES)
    with op.batch_alter_table("review", table_kwargs=ONCE) as table:
        table.drop_constraint("state_known", type_="check")
        table.create_check_constraint("state_known", f"state IN ({listed})")
    with op.batch_alter_table("decision", table_kwargs=ONCE) as table:
        table.add_column(sa.Column("quality", sa.Integer(), nullable=True))
        table.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("example", table_kwargs=ONCE, naming_convention=UNIQUE) as table:
        table.drop_constraint("example_review_id_key", type_="unique")
    for name, columns in FILLED.items():
        with op.batch_alter_table(name, table_kwargs=ONCE) as table:
            for column, kind, _ in columns:
                table.add_column(sa.Column(column, kind, nullable=True))
        for column, _, value in columns:
            op.execute(f"UPDATE {name} SET {column} = {value}")
        with op.batch_alter_table(name, table_kwargs=ONCE) as table:
            for column, kind, _ in columns:
                table.alter_column(column, existing_type=kind, nullable=False)
    with op.batch_alter_table("example", table_kwargs=ONCE) as table:
        table.create_unique_constraint("example_revision", ["review_id", "revision"])
    op.create_index("ix_example_review_id", "example", ["review_id"])
