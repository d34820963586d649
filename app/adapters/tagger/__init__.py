"""Taggers."""

from __future__ import annotations

from app.domain.vocabulary import Vocabulary
from app.ports import Tagger


def local_tagger(vocabulary: Vocabulary | None = None) -> Tagger:
    """The tagger that needs nothing but packages; dictionaries are loaded when it first tags."""
    from app.adapters.tagger.local import LocalTagger
    from app.adapters.tagger.vocabulary import WithVocabulary

    return WithVocabulary(LocalTagger(), vocabulary) if vocabulary else LocalTagger()
