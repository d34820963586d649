"""python -m app.demo.llm: the loopback models for other processes. Ends on SIGTERM or Ctrl-C.

Writes the settings of both providers to the file --state (mode 0600, JSON: provider -> settings); GET /ledger on the
OpenAI side's port gives out every call.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from app.demo.llm.server import LoopbackLLM
from app.local.stop_signal import stop_event


def main() -> None:
    """Serves until told to end."""
    parser = argparse.ArgumentParser(prog="python -m app.demo.llm", description=__doc__)
    parser.add_argument("--state", required=True, type=Path, help="file for the addresses and keys (mode 0600)")
    state: Path = parser.parse_args().state
    done = stop_event()
    with LoopbackLLM() as server:
        fresh = state.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({provider: server.environment(provider) for provider in ("gigachat", "openai")}, file)
        fresh.rename(state)  # so that readers find the whole file or none
        done.wait()


if __name__ == "__main__":
    main()
