"""The local tagger with TAGGER_LANGUAGE: names what pictures show in one language, whatever that of the post.

It translates no word of a post: it has names in Russian and English for labels and kinds of pictures alone.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path

from app.adapters.tagger import labels
from app.adapters.tagger.code_hash import code_hash
from app.adapters.tagger.local import LocalTagger
from app.adapters.tagger.vocabulary import WithVocabulary
from app.domain.tags import normalise_tag
from app.domain.vocabulary import Vocabulary
from app.errors import UserError
from app.ports import Tagger, TagInput

SPOKEN = ("ru", "en")


def local_tagger_in(language: str, vocabulary: Vocabulary | None) -> Tagger:
    """The local tagger with this language. UserError for one that it has no names in."""
    if language not in SPOKEN:
        raise UserError(
            f"TAGGER_LANGUAGE={language}: the local tagger translates nothing and names what pictures show in ru or en "
            "alone; set one of these, or let a model tag (TAGGER)"
        )
    tagger = FixedLanguage(LocalTagger(), language)
    return WithVocabulary(tagger, vocabulary) if vocabulary else tagger


class FixedLanguage:
    """The port Tagger: the local tagger's tags, those of labels and kinds of pictures in one language."""

    def __init__(self, tagger: Tagger, language: str) -> None:
        self._tagger, self._language = tagger, language

    @cached_property
    def version(self) -> str:
        """The tagger's own version, the language, and a hash of the code of this file."""
        return f"{self._tagger.version}-{self._language}{_version()}"

    @property
    def vocabulary(self) -> str:
        """Empty, as the tagger's own."""
        return self._tagger.vocabulary

    def tag(self, document: TagInput) -> list[str]:
        """The same tags, sorted, each name of a label or kind in the fixed language."""
        names = dict(_pairs(document, russian=self._language == "ru"))
        return sorted({names.get(tag, tag) for tag in self._tagger.tag(document)})


@lru_cache
def _version() -> str:
    return code_hash([Path(__file__)])


def _pairs(document: TagInput, *, russian: bool) -> list[tuple[str, str]]:
    """(name in the other language, name in the fixed one) of all that the pictures show."""
    given = [(labels.readable(label, not russian), labels.readable(label, russian)) for label in document.labels]
    for named in (labels.kinds, labels.fillers):
        given += zip(
            named(document.classifications, not russian), named(document.classifications, russian), strict=True
        )
    spelled = [(normalise_tag(other), normalise_tag(own)) for other, own in given]
    return [(other, own) for other, own in spelled if other and own]
