"""python -m app.daemons.flower ADDRESS PORT: Flower, for people who want to look at workers and tasks.

One program for `up` and for containers: its password comes by FLOWER_PASSWORD, or from the mounted file.
"""

from __future__ import annotations

import os
import sys

from app.errors import UserError
from app.local.fleet import FLOWER_USER, chosen_flower_password
from app.settings import get_settings

OPTIONS = (
    # It looks on: whoever has its password cannot send tasks or end workers, which `media-audit` does with care.
    "--read_only=True",
    "--enable_events=True",  # workers send events only while somebody wants them
    "--max_tasks=10000",  # in memory; Flower's own 100,000 are 200 MB after some days of busy channels
)


def serve(address: str, port: int, password: str) -> None:
    """Runs Flower until it is told to end. The password goes by environment: arguments are everybody's to read."""
    # Late: a password that is missing is told before Flower and the application are loaded.
    from flower.views import monitor
    from tornado import web

    from app.worker import app  # late, as above

    os.environ.pop("FLOWER_PASSWORD", None)  # Flower knows no such option and would stop
    os.environ["FLOWER_BASIC_AUTH"] = f"{FLOWER_USER}:{password}"
    # The only page that Flower shows to everybody: names of hosts and tasks, for any user of this machine.
    monitor.Metrics.get = web.authenticated(monitor.Metrics.get)
    app.start(["flower", f"--address={address}", f"--port={port}", *OPTIONS])


def main() -> None:
    """Without a password it would show everything to everybody, so it does not start."""
    try:
        password = chosen_flower_password(get_settings())
    except UserError as error:
        raise SystemExit(str(error)) from None
    if password is None:
        raise SystemExit("Flower needs a password: set FLOWER_PASSWORD, or mount the file flower_password")
    serve(sys.argv[1], int(sys.argv[2]), password)


if __name__ == "__main__":
    main()
