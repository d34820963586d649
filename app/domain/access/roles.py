"""The roles of users, and the acts that each role may do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """The roles of users, the least first."""

    READER = "reader"
    EDITOR = "editor"
    OPERATOR = "operator"


class Act(StrEnum):
    """A kind of request. Each address names its own."""

    ENTER = "enter"  # sign in, choose a language, ask whether the page is there
    READ = "read"
    ASK = "ask"  # a question: it costs work, and tokens with a paid answerer
    EXPORT = "export"  # take posts out of the archive as files
    EDIT = "edit"  # keep searches and alerts for all users
    OPERATE = "operate"  # channels, dead work, readings that cost money


_READER = frozenset({Act.ENTER, Act.READ, Act.ASK})
_EDITOR = _READER | {Act.EXPORT, Act.EDIT}
# None: a request without a user.
MAY: Mapping[Role | None, frozenset[Act]] = {
    None: frozenset({Act.ENTER}),
    Role.READER: _READER,
    Role.EDITOR: _EDITOR,
    Role.OPERATOR: _EDITOR | {Act.OPERATE},
}


def may(role: Role | None, act: Act) -> bool:
    """Whether a user of this role may do it."""
    return act in MAY[role]


def least_role(act: Act) -> Role | None:
    """The first role that may do it; None where no user is needed."""
    return next((role for role in (None, *Role) if may(role, act)), None)
