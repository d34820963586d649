"""facts.toml, read once, and where the repository lies."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "facts.toml").read_text())
