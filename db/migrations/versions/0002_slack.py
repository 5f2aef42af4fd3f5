"""what people do in Slack: versions, parts, canvases, channels, more ways to give feedback"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SOURCES = ("mention", "dm", "command", "form", "refine", "regenerate", "cli", "api")
KINDS = ("up", "down", "unvote", "unvote_up", "unvote_down", "reason", "accept", "edit", "regenerate", "refine")
ONCE = {"sqlite_autoincrement": True}  # a table made anew must keep it


def known(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("team_id", "channel_id", name="channel_once"),
    )
    op.create_table(
        "part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel_id", "ts", name="part_place"),
        sa.UniqueConstraint("request_id", "number", name="part_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "canvas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("canvas_id", sa.String(), nullable=False),
        sa.Column("baseline", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("canvas_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_canvas_draft_id", "canvas", ["draft_id"])
    op.create_index("ix_canvas_person_id", "canvas", ["person_id"])
    with op.batch_alter_table("person", table_kwargs=ONCE) as table:
        table.add_column(sa.Column("guest", sa.Boolean(), nullable=True))
    with op.batch_alter_table("request", table_kwargs=ONCE) as table:
        table.add_column(sa.Column("refines", sa.Integer(), nullable=True))
        table.add_column(sa.Column("version", sa.Integer(), nullable=True))
        table.create_foreign_key("request_refines", "request", ["refines"], ["id"])
        table.drop_constraint("source_known", type_="check")
        table.create_check_constraint("source_known", known("source", *SOURCES))
    op.execute("UPDATE request SET version = 1")
    with op.batch_alter_table("request", table_kwargs=ONCE) as table:
        table.alter_column("version", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("feedback", table_kwargs=ONCE) as table:
        table.add_column(sa.Column("way", sa.String(), nullable=True))
        table.add_column(sa.Column("reasons", sa.JSON(), nullable=True))
        table.add_column(sa.Column("word_share", sa.Float(), nullable=True))
        table.add_column(sa.Column("change", sa.String(), nullable=True))
        table.add_column(sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True))
        table.drop_constraint("kind_known", type_="check")
        table.create_check_constraint("kind_known", known("kind", *KINDS))
        table.create_check_constraint("way_known", known("way", "button", "reaction", "form", "canvas", "reply", "file"))
        table.create_check_constraint("change_known", known("change", "none", "cosmetic", "substantive"))
    op.execute("UPDATE feedback SET acted_at = created_at, way = 'button', reasons = '[]'")
    with op.batch_alter_table("feedback", table_kwargs=ONCE) as table:
        for name, kind in (("acted_at", sa.DateTime(timezone=True)), ("way", sa.String()), ("reasons", sa.JSON())):
            table.alter_column(name, existing_type=kind, nullable=False)
    with op.batch_alter_table("review", table_kwargs=ONCE) as table:
        table.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        table.create_foreign_key("review_person", "person", ["person_id"], ["id"])
        table.create_index("ix_review_person_id", ["person_id"])
        table.add_column(sa.Column("author_id", sa.Integer(), nullable=True))
        table.create_foreign_key("review_author", "person", ["author_id"], ["id"])
        table.create_index("ix_review_author_id", ["author_id"])
