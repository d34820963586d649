"""Facets: the names by which a search filters."""

from __future__ import annotations

from app.domain.facets import Facts, facets_of, folded
from app.domain.kinds import Classification, MediaKind
from app.domain.messages import Forward


def test_a_text_alone_has_a_kind() -> None:
    assert facets_of(Facts()) == ("kind:text",)


def test_each_fact_becomes_a_name() -> None:
    facts = Facts(
        kinds={MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.DOCUMENT},
        album=True,
        voice=True,
        classes=[Classification.MEME, Classification.MEME],
        language="ru",
        tags=("Ёлка", "Новый  год"),
        ocr=True,
        edited=True,
        forwards=[Forward(77, "Город 24"), Forward(None, "Somebody Hidden")],
    )
    assert facets_of(facts) == (
        "class:meme",
        "from:77",
        "from:somebody hidden",
        "from:город 24",
        "has:edit",
        "has:forward",
        "has:media",
        "has:ocr",
        "kind:album",
        "kind:document",
        "kind:photo",
        "kind:video",
        "kind:voice",
        "lang:ru",
        "tag:елка",
        "tag:новый год",
    )


def test_names_are_compared_without_case_and_spaces() -> None:
    assert folded("  МосТ \n через Ёнгу ") == "мост через енгу"
