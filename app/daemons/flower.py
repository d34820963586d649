"""Runs Flower, the page that shows workers and tasks: python -m app.daemons.flower ADDRESS PORT.

`up` and containers share this program. It reads its password from FLOWER_PASSWORD or from the mounted file.
"""

from __future__ import annotations

import os
import sys

from app.errors import UserError
from app.local.fleet import FLOWER_USER, chosen_flower_password
from app.log import configure_logging
from app.settings import get_settings

OPTIONS = (
    # Read only: its users cannot send tasks or stop workers. `media-audit` does both, with the checks they need.
    "--read_only=True",
    "--enable_events=True",  # asks workers for events; without a listener they send none
    "--logging=none",  # the form of its lines is ours (LOG_FORMAT), not that of its web server
    "--max_tasks=10000",  # in memory; Flower's default of 100,000 takes 200 MB after some days of busy channels
)


def serve(address: str, port: int, password: str) -> None:
    """Runs Flower until a signal ends it. The environment carries the password: any user can read arguments."""
    # Late: `main` reports a missing password before Flower and the application are loaded.
    from flower.views import monitor
    from tornado import web

    from app.worker import app  # late, as above

    configure_logging(get_settings())

    os.environ.pop("FLOWER_PASSWORD", None)  # Flower takes it for an option, knows none of that name and exits
    os.environ["FLOWER_BASIC_AUTH"] = f"{FLOWER_USER}:{password}"
    # Flower serves this page without a password: it would show names of hosts and tasks to any user of this machine.
    monitor.Metrics.get = web.authenticated(monitor.Metrics.get)
    app.start(["flower", f"--address={address}", f"--port={port}", *OPTIONS])


def main() -> None:
    """Serves with a password, or exits with an error: without one, any user of the machine could read every page."""
    try:
        password = chosen_flower_password(get_settings())
    except UserError as error:
        raise SystemExit(str(error)) from None
    if password is None:
        raise SystemExit("Flower needs a password: set FLOWER_PASSWORD, or mount the file flower_password")
    serve(sys.argv[1], int(sys.argv[2]), password)


if __name__ == "__main__":
    main()
