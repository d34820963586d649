"""Access to the page: users, their sessions, links that sign in once.

Revision 20261130_access, after 20261130_feed. Empty tables: safe to repeat.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261130_access"
down_revision = "20261130_feed"
branch_labels = None
depends_on = None

TABLES = ("one_time_links", "web_sessions", "users")
ROLES = "role IN ('reader', 'editor', 'operator')"
ONE_OF_BOTH = "(user_id IS NULL) <> (role IS NULL)"


def upgrade() -> None:
    _users()
    _sessions()
    _links()


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Text(), nullable=False),
        _now("created_at"),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(ROLES, name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        if_not_exists=True,
    )
    present = sa.text("removed_at IS NULL")
    op.create_index("ux_users_name", "users", ["name"], unique=True, postgresql_where=present, if_not_exists=True)


def _user_or_role(table: str) -> list[sa.schema.SchemaItem]:
    """A row stands for a user, or for a role without one."""
    return [
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.CheckConstraint(ROLES, name=op.f(f"ck_{table}_role")),
        sa.CheckConstraint(ONE_OF_BOTH, name=op.f(f"ck_{table}_user_or_role")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"),
    ]


def _sessions() -> None:
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        *_user_or_role("web_sessions"),
        sa.Column("agent", sa.Text(), server_default="", nullable=False),
        _now("created_at"),
        _now("last_seen"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("ux_web_sessions_token_hash")),
        if_not_exists=True,
    )
    op.create_index("idx_web_sessions_user_id", "web_sessions", ["user_id", sa.text("id DESC")], if_not_exists=True)
    op.create_index("idx_web_sessions_expires_at", "web_sessions", ["expires_at"], if_not_exists=True)


def _links() -> None:
    op.create_table(
        "one_time_links",
        sa.Column("token_hash", sa.Text(), nullable=False),
        *_user_or_role("one_time_links"),
        _now("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_links")),
        if_not_exists=True,
    )
    op.create_index("idx_one_time_links_expires_at", "one_time_links", ["expires_at"], if_not_exists=True)
    op.create_index("idx_one_time_links_user_id", "one_time_links", ["user_id"], if_not_exists=True)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table, if_exists=True)
