"""Moved to app.daemons.consumer. `python -m app.events.consumer` works for one release.

Compose files and systemd units of installations call it. The module is run by its name and not imported: daemons stand
above this package.
"""

from runpy import run_module

if __name__ == "__main__":
    run_module("app.daemons.consumer", run_name="__main__", alter_sys=True)
