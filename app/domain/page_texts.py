"""Puts the recognised text of a document and the text layers of its pages together, each with its origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.domain.images import clean_text
from app.domain.reading import OWN_TEXT, Ocr, PagesRead, TextOf
from app.domain.text_layers import Layer, Trust, has_words_of, letters, useful

ENOUGH = 0.8  # letters of a whole layer for each letter that a model saw; with fewer, the layer is not whole


@dataclass(frozen=True)
class Texts:
    """ocr: text in the pictures, or the file's own where it is the only one. own: of the file, beside that."""

    ocr: Ocr | None
    own: tuple[TextOf, ...] = ()
    pages: int = 0  # whose own text is used

    def pages_read(self, total: int | None, recognised: int) -> PagesRead | None:
        """The pages in a reading; None for a file without pages. recognised: pages read from their pictures."""
        return PagesRead(total=total, recognised=recognised, own=self.pages) if total is not None else None


def texts(recognised: Ocr | None, layers: Sequence[Layer], seen: Callable[[Layer], str]) -> Texts:
    """Both texts of a document. seen: the recognised text of a layer's page."""
    believed = [(layer, useful(layer, seen(layer) if layer.shown else "")) for layer in layers]
    own = _one((layer for layer, used in believed if used), used=True)
    apart = _one((layer for layer, used in believed if not used), used=False)
    pages = len({layer.page for layer, used in believed if used})
    if recognised is None and own is not None:
        return Texts(Ocr(text=own.text, engine=OWN_TEXT), (apart,) if apart else (), pages)
    return Texts(recognised, tuple(one for one in (own, apart) if one), pages)


def _one(layers: Iterable[Layer], *, used: bool) -> TextOf | None:
    some = list(layers)
    # Whole: a list may have one line on many pages.
    text = "\n\n".join(filter(None, (clean_text(layer.text) for layer in some)))
    reasons = dict.fromkeys(layer.why for layer in some if layer.why)
    return TextOf(text=text, used=used, why="; ".join(reasons) or None) if text else None


def exact(layers: Iterable[Layer], seen: str) -> bool:
    """Whether the layers of all pages that a model saw are whole and have its text, so that theirs is better."""
    shown = [layer for layer in layers if layer.shown]
    whole = bool(shown) and all(layer.trust is Trust.WHOLE for layer in shown)
    own = "\n".join(layer.text for layer in shown)
    return whole and letters(own) >= ENOUGH * letters(seen) and has_words_of(own, seen)
