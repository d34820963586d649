"""python -m app.demo.telegram: the loopback server for other processes. Ends on SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import base64
import importlib
import json
import os
import secrets
import threading
from pathlib import Path

from app.demo.telegram.control import Control
from app.demo.telegram.keys import PUBLIC_KEY
from app.demo.telegram.process import Running
from app.demo.telegram.server import LoopbackTelegram
from app.demo.telegram.wire import decode
from app.demo.world import World
from app.local.stop_signal import stop_event


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m app.demo.telegram", description=__doc__)
    parser.add_argument("--world", required=True, help="module:function that returns a World, or a JSON file of one")
    parser.add_argument("--state", required=True, type=Path, help="file for ports, token and keys (mode 0600)")
    parser.add_argument(
        "--port", type=int, default=0, help="of the main data centre; 0: that of the state file or free"
    )
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--one-dc", action="store_true", help="keep all files in the main data centre")
    parser.add_argument("--until-eof", action="store_true", help="also end when stdin closes")
    return parser.parse_args(argv)


def load_world(name: str) -> World:
    """The world that --world names."""
    if name.endswith(".json"):
        world = decode(json.loads(Path(name).read_text()))
    else:
        module, _, function = name.partition(":")
        world = getattr(importlib.import_module(module), function)()
    if not isinstance(world, World):
        raise SystemExit(f"{name} gives a {type(world).__name__}, not a World")
    return world


def _wait_for_eof(done: threading.Event) -> None:
    # Not through sys.stdin: a thread that waits inside its buffer makes the interpreter abort at exit.
    while os.read(0, 1024):
        pass
    done.set()


def main() -> None:
    """Serves until SIGTERM or Ctrl-C. A state file of an earlier run keeps its sessions valid."""
    options = arguments()
    state: Path = options.state
    earlier = Running.load(state) if state.exists() else None
    keys = [base64.b64decode(key) for key in earlier.keys] if earlier else []
    port = options.port or (earlier.port if earlier else 0)
    done = stop_event()
    with LoopbackTelegram(load_world(options.world), port=port, second_dc=not options.one_dc, keys=keys) as server:
        token = secrets.token_urlsafe(24)

        def write_down() -> None:
            known = tuple(base64.b64encode(key).decode() for key in server.session_keys())
            Running(server.address[1], control_port, token, known).save(state)

        with Control(server, token, options.control_port, write_down) as control:
            control_port = control.start()
            state.with_suffix(".pem").write_text(PUBLIC_KEY)
            write_down()
            if options.until_eof:
                threading.Thread(target=_wait_for_eof, args=(done,), daemon=True).start()
            done.wait()
            control.shutdown()


if __name__ == "__main__":
    main()
