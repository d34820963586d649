"""Taggers."""

from __future__ import annotations

from app.ports import Tagger


def local_tagger() -> Tagger:
    """The tagger that needs nothing but packages; dictionaries are loaded when it first tags."""
    from app.adapters.tagger.local import LocalTagger

    return LocalTagger()
