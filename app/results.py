"""Moved to app.worker.chord_backend. The old name stays for one release: result_backend in configurations has it."""

from app.worker.chord_backend import ChordCounter

__all__ = ["ChordCounter"]
