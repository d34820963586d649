"""Taggers: the local one here, paid ones in `llm`, and the controlled vocabulary for both."""

from __future__ import annotations

from app.domain.vocabulary import Vocabulary
from app.ports import Tagger


def local_tagger(vocabulary: Vocabulary | None = None) -> Tagger:
    """The tagger without a network, from packages alone; it loads its dictionaries for the first post."""
    # Late: only a process that tags needs the dictionaries (0.05 s for the library, more for each language).
    from app.adapters.tagger.local import LocalTagger
    from app.adapters.tagger.vocabulary import WithVocabulary

    return WithVocabulary(LocalTagger(), vocabulary) if vocabulary else LocalTagger()
