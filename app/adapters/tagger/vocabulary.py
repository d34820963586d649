"""Loads the controlled vocabulary from its file, and binds any tagger to it."""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path

from app.adapters.tagger.code_hash import code_hash
from app.adapters.tagger.terms import Terms
from app.domain import vocabulary as rules
from app.domain.vocabulary import Vocabulary, parse_vocabulary
from app.errors import UserError
from app.ports import Tagger, TagInput
from app.settings import Settings


def load_vocabulary(settings: Settings) -> Vocabulary | None:
    """The vocabulary of TAG_VOCABULARY, None without one. UserError names the fault of the file."""
    if settings.tag_vocabulary is None:
        return None
    path = settings.tag_vocabulary.expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")  # skips the byte order mark of some editors
        return parse_vocabulary(text, settings.tag_vocabulary_mode)
    except OSError as error:
        raise UserError(f"TAG_VOCABULARY={path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"TAG_VOCABULARY={path} is not UTF-8: save it in that encoding") from error
    except UserError as error:
        raise UserError(f"TAG_VOCABULARY={path}, {error}") from None


class WithVocabulary:
    """The port Tagger: another tagger's tags under the vocabulary's names, and names that occur in the post itself."""

    def __init__(self, tagger: Tagger, vocabulary: Vocabulary) -> None:
        self._tagger = tagger
        self._vocabulary = vocabulary

    @property
    def version(self) -> str:
        """The tagger's own version, and a hash of the code that finds names."""
        return f"{self._tagger.version}-v{_version()}"

    @property
    def vocabulary(self) -> str:
        """The hash of the vocabulary."""
        return self._vocabulary.hash

    def tag(self, document: TagInput) -> list[str]:
        """At most 7 tags, sorted: names in text and OCR by frequency have priority over the tagger's tags."""
        said = self._terms.within([document.text, *document.ocr])
        tags = [self._terms.name(tag) or tag for tag in self._tagger.tag(document)]
        return sorted(self._vocabulary.apply([*said, *tags]))

    @cached_property
    def _terms(self) -> Terms:  # at first use: the dictionaries take a moment to load
        return Terms(self._vocabulary.meanings)


@lru_cache
def _version() -> str:
    sources = (Path(__file__), Path(__file__).with_name("terms.py"), Path(rules.__file__))
    return code_hash(sources)
