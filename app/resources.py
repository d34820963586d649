"""Finds files of the project outside the package: migrations, SQL scripts and the like."""

from __future__ import annotations

import sys
from pathlib import Path

import app
from app.errors import UserError


def resource(name: str) -> Path:
    """The path of `name` (relative to the checkout). An installed wheel keeps the same files in its environment."""
    checkout = Path(app.__file__).resolve().parent.parent
    # Not beside the installed package: other packages are there, one of them called alembic.
    installed = Path(sys.prefix) / "share" / "media-audit"
    root = checkout if (checkout / "pyproject.toml").exists() else installed
    if (root / name).exists():
        return root / name
    raise UserError(
        f"{name} is missing from this installation: install again with `make setup` or pip install media-audit"
    )
