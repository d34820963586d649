"""The home: one directory that holds embedded databases, media, sockets and logs, and belongs to one user."""

from __future__ import annotations

import os
import pwd
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.errors import UserError


@dataclass(frozen=True)
class Home:
    """The directories under MEDIA_AUDIT_HOME that the embedded services use."""

    root: Path

    @property
    def run(self) -> Path:
        """Locks, and the addresses of running services."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """One log for each service."""
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        """Passwords, a file each, mode 0600."""
        return self.root / "secrets"


def open_home(root: Path) -> Home:
    """The home at `root`, made if absent. UserError if it belongs to another user or cannot be made."""
    home = Home(root.expanduser().absolute())
    check_owner(home.root)
    try:
        for directory in (home.root, home.run, home.logs, home.secrets):
            # Closed to other users: logs and addresses are private.
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot make {home.root}: {error.strerror}; set MEDIA_AUDIT_HOME to a directory of your own"
        ) from error
    check_owner(home.root)
    return home


def check_owner(root: Path) -> None:
    """UserError if `root` exists and belongs to another user: Media Audit never takes over files of others.

    The superuser (uid 0) is refused too: the owner could not read the files that it writes.
    """
    try:
        owner = root.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError as error:
        raise UserError(f"cannot look into {root}: set MEDIA_AUDIT_HOME to a directory of your own") from error
    if owner != os.geteuid():
        raise UserError(
            f"{root} belongs to {user_name(owner)}, you are {user_name(os.geteuid())}: "
            "set MEDIA_AUDIT_HOME to a directory of your own, or run as its owner"
        )


def user_name(uid: int) -> str:
    """The user's name, or `uid N` if the system knows no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def password(home: Home, name: str) -> str:
    """The password stored under this name, URL-safe; the first call makes it."""
    path = home.secrets / name
    with suppress(FileNotFoundError):
        if kept := path.read_text().strip():
            return kept
    made = secrets.token_urlsafe(24)  # 192 bits: beyond guessing even where many try
    write_private(path, made + "\n")
    return made


def write_private(path: Path, text: str) -> None:
    """Replaces the file in one step with mode 0600: no reader ever sees half of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # a password lost to a power cut locks its owner out of the database
    fresh.replace(path)
