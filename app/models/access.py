"""The tables of access to the page and the API: users, sessions, links that sign in once, tokens of programs.

No token is kept, only its hash.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk

ROLES = "role IN ('reader', 'editor', 'operator')"
ONE_OF_BOTH = "(user_id IS NULL) <> (role IS NULL)"


class User(Base):
    """A user of the page. One that was removed keeps its row: sessions and later records point to it."""

    __tablename__ = "users"
    __table_args__ = (
        # sign-in and commands find a user by name; the name of a removed user is free again
        Index("ux_users_name", "name", unique=True, postgresql_where=text("removed_at IS NULL")),
        CheckConstraint(ROLES, name="role"),
    )

    id: Mapped[Pk]
    name: Mapped[str] = mapped_column(Text)  # domain.access.names.key_of
    role: Mapped[str] = mapped_column(Text)  # domain.access.roles.Role
    password_hash: Mapped[str | None] = mapped_column(Text)  # argon2id; NULL: enters through a proxy or by a link
    form_key: Mapped[str] = mapped_column(Text)  # random: makes the token of forms where a proxy names the user
    created_at: Mapped[Now]
    removed_at: Mapped[datetime | None]


class WebSession(Base):
    """A sign-in of one browser: of a user, whose role of today counts, or of a link's role."""

    __tablename__ = "web_sessions"
    __table_args__ = (
        Index("idx_web_sessions_user_id", "user_id", text("id DESC")),  # sessions of a user: list, revoke
        Index("idx_web_sessions_expires_at", "expires_at"),  # each sign-in deletes those that are over
        CheckConstraint(ONE_OF_BOTH, name="user_or_role"),
        CheckConstraint(ROLES, name="role"),
    )

    id: Mapped[Pk]
    token_hash: Mapped[str] = mapped_column(Text, unique=True)  # SHA-256 in hex
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str | None] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text, server_default="")  # the browser, as it calls itself
    created_at: Mapped[Now]
    last_seen: Mapped[Now]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that signs in once: as a user, or with a role."""

    __tablename__ = "one_time_links"
    __table_args__ = (
        Index("idx_one_time_links_expires_at", "expires_at"),  # each new link deletes those that are over
        Index("idx_one_time_links_user_id", "user_id"),  # a user who is removed loses them
        CheckConstraint(ONE_OF_BOTH, name="user_or_role"),
        CheckConstraint(ROLES, name="role"),
    )

    token_hash: Mapped[str] = mapped_column(Text, primary_key=True)  # SHA-256 in hex
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Now]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A token of a program: of a user, whose role of today bounds it, or of a role without one."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        Index("idx_api_tokens_user_id", "user_id", text("id DESC")),  # tokens of a user: list, revoke
        CheckConstraint(ONE_OF_BOTH, name="user_or_role"),
        CheckConstraint(ROLES, name="role"),
        CheckConstraint("cardinality(scopes) > 0", name="scopes"),
    )

    id: Mapped[Pk]
    token_hash: Mapped[str] = mapped_column(Text, unique=True)  # SHA-256 in hex
    name: Mapped[str] = mapped_column(Text)  # the program that has it
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str | None] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))  # domain.access.scopes.Scope
    # Ids of channels, NULL for all. Not a table of pairs: the end of a list's last channel would make it one of all.
    channels: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[Now]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
