"""The adapters that this process made, dropped: a test or a bed with other settings makes its own."""

from __future__ import annotations

from app import wiring
from app.process_singleton import process_singleton


def forget_adapters() -> None:
    """Every adapter is made anew at its next use."""
    for made in vars(wiring).values():
        if isinstance(made, process_singleton):
            made.forget()
