"""Moved to app.worker.chord_backend. This name stays for one release: result_backend in configurations names it."""

from app.worker.chord_backend import ChordCounter

__all__ = ["ChordCounter"]
