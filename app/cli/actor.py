"""The actor of commands."""

from __future__ import annotations

import getpass
import os

from app.domain.access.audited import Actor, Via


def actor() -> Actor:
    """The user of the system who runs the command; its number where the system knows no name for it."""
    try:
        return Actor(getpass.getuser(), Via.COMMAND)
    except (KeyError, OSError):
        return Actor(str(os.getuid()), Via.COMMAND)
