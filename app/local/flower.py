"""python -m app.local.flower ADDRESS PORT: Flower, for people who want to look at workers and tasks.

One program for `up` and for containers: there the password comes by FLOWER_PASSWORD, here from a mounted file.
"""

from __future__ import annotations

import os
import sys

from app.errors import UserError
from app.settings import Settings

USER = "media-audit"
OPTIONS = (
    # It looks on: whoever has its password cannot send tasks or end workers, which `media-audit` does with care.
    "--read_only=True",
    "--enable_events=True",  # workers send events only while somebody wants them
    "--max_tasks=10000",  # in memory; Flower's own 100,000 are 200 MB after some days of busy channels
)


def command(address: str, port: int) -> tuple[str, ...]:
    """What runs Flower there."""
    where = (f"--address={address}", f"--port={port}")
    return (sys.executable, "-m", "celery", "-A", "app.worker", "flower", *where, *OPTIONS)


def environment(password: str) -> dict[str, str]:
    """Ours, with the password as Flower takes it: arguments are everybody's to read."""
    env = {name: value for name, value in os.environ.items() if name != "FLOWER_PASSWORD"}
    return env | {"FLOWER_BASIC_AUTH": f"{USER}:{password}"}


def chosen_password(settings: Settings) -> str | None:
    """FLOWER_PASSWORD; None where nobody has chosen one. UserError for one that Flower would take apart."""
    password = settings.flower_password.get_secret_value() if settings.flower_password else None
    if password and "," in password:  # Flower splits there, and would let in whoever knows what stands behind it
        raise UserError("FLOWER_PASSWORD has a comma, which Flower takes for the end of it: choose another")
    return password


def main() -> None:
    """Becomes Flower. Without a password it would show everything to everybody, so it does not start."""
    password = chosen_password(Settings())
    if password is None:
        raise SystemExit("Flower needs a password: set FLOWER_PASSWORD, or mount the file flower_password")
    argv = command(sys.argv[1], int(sys.argv[2]))
    os.execve(argv[0], argv, environment(password))


if __name__ == "__main__":
    main()
