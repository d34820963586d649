"""Builds the command lines of children: a child dies with its supervisor, and PostgreSQL never runs as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from app.errors import UserError

NOBODY = 65534  # uid and gid of Debian's `nobody` and `nogroup`, and the kernel's overflow id
_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
# PostgreSQL must own its data. The capability dac_override lets the user `nobody` reach them under root's closed home.
_SETUID = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override"),
)


def dies_with_parent(argv: Sequence[str], signal_name: str) -> list[str]:
    """The command under setpriv, so that the kernel sends it this signal when the launching thread ends.

    Not by a preexec_fn: code between fork and exec is unsafe in a process with threads.
    """
    return ["setpriv", "--pdeathsig", signal_name, "--", *argv]


def unprivileged(argv: Sequence[str], *owned: Path) -> list[str]:
    """The command in a form that PostgreSQL accepts: not as root, and as a user with a name on this system.

    owned: the files that PostgreSQL must own. A user namespace maps us to `nobody`, and the files stay ours. Without
    namespaces (many containers), root runs the command as `nobody` and gives the files to that user.
    """
    if os.geteuid() and _has_name():
        return list(argv)
    if _namespaces():
        _own(owned, os.geteuid(), os.getegid())
        return [*_NAMESPACE, "--", *argv]
    if os.geteuid():
        raise UserError(f"the system has no user with uid {os.geteuid()}: add one, or set DATABASE_URL")
    _own(owned, NOBODY, NOBODY)
    return [*_SETUID, "--", *argv]


@lru_cache
def _namespaces() -> bool:
    """Whether this system allows us a user namespace."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_NAMESPACE, "--", "true"], check=False, capture_output=True).returncode == 0


def _has_name() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def _own(owned: Iterable[Path], uid: int, gid: int) -> None:
    """Gives the trees to this user if another owns them, as after namespaces became allowed or forbidden here."""
    for tree in owned:
        if tree.lstat().st_uid != uid:
            for path in (tree, *tree.rglob("*")):
                os.chown(path, uid, gid, follow_symlinks=False)
