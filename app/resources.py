"""Files of the project that are not Python modules: the migrations and the scripts of SQL."""

from __future__ import annotations

import sys
from pathlib import Path

import app
from app.errors import UserError


def resource(name: str) -> Path:
    """The path of `name`, relative to the checkout; an installed wheel keeps the same files in its environment."""
    checkout = Path(app.__file__).resolve().parent.parent
    # Beside an installed copy lie other packages, one called alembic among them.
    installed = Path(sys.prefix) / "share" / "media-audit"
    root = checkout if (checkout / "pyproject.toml").exists() else installed
    if (root / name).exists():
        return root / name
    raise UserError(
        f"{name} is missing from this installation: install again with `make setup` or pip install media-audit"
    )
