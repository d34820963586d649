"""Rich messages and pages of blocks: their words in the order of the page, their files, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.extensions import BinaryReader
from telethon.tl import types

from app.adapters.telegram.articles import Article, article
from app.domain.messages import Entity
from tests.factories.message_kinds import document, file, photo, plain
from tests.factories.messages import START

NONE = types.TextEmpty()
CAPTION = types.PageCaption(plain("caption"), plain("credit"))


def read(*blocks: Any, photos: tuple[Any, ...] = (), documents: tuple[Any, ...] = ()) -> Article:
    """A rich message after its journey."""
    built = types.RichMessage(list(blocks), list(photos), list(documents))
    return article(BinaryReader(bytes(built)).tgread_object())


PARAGRAPH = types.PageBlockParagraph(plain("inner"))
ARTICLE = types.PageRelatedArticle("https://example.org", 1, title="elsewhere")


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (types.PageBlockTitle(plain("title")), "title"),
        (types.PageBlockHeading6(plain("small")), "small"),
        (types.PageBlockAuthorDate(plain("author"), START), "author"),
        (types.PageBlockPreformatted(plain("x = 1"), "python"), "x = 1"),
        (types.PageBlockMath("a^2"), "a^2"),
        (types.PageBlockBlockquote(plain("said"), plain("by him")), "said\nby him"),
        (types.PageBlockBlockquoteBlocks([PARAGRAPH], plain("by her")), "inner\nby her"),
        (types.PageBlockDetails([PARAGRAPH], plain("more")), "more\ninner"),
        (types.PageBlockCover(PARAGRAPH), "inner"),
        (types.PageBlockCollage([PARAGRAPH, PARAGRAPH], CAPTION), "inner\ninner\ncaption\ncredit"),
        (types.PageBlockEmbed(CAPTION, url="https://example.org"), "https://example.org\ncaption\ncredit"),
        (types.PageBlockEmbedPost("", 1, 2, "poster", START, [PARAGRAPH], CAPTION), "poster\ninner\ncaption\ncredit"),
        (types.PageBlockMap(types.GeoPoint(1.0, 2.0, 3), 1, 8, 8, CAPTION), "2.000000, 1.000000\ncaption\ncredit"),
        (types.PageBlockMap(types.GeoPoint(float("nan"), 2.0, 3), 1, 8, 8, CAPTION), "caption\ncredit"),
        (types.PageBlockDivider(), ""),
        (types.PageBlockRelatedArticles(plain("see also"), [ARTICLE]), ""),
        (
            types.PageBlockOrderedList(
                [types.PageListOrderedItemText(plain("one")), types.PageListOrderedItemBlocks([PARAGRAPH])]
            ),
            "1. one\n2. inner",
        ),
        (types.PageBlockList([types.PageListItemText(plain("task"), checkbox=True)]), "☐ task"),
        (
            types.PageBlockButtonRow([types.PageButton(plain("press"), types.InlineButtonTypeUrl("https://e.org"))]),
            "press https://e.org",
        ),
        (types.PageBlockParagraph(types.TextDiff(plain("new"), plain("old"))), "new"),
        (
            types.PageBlockParagraph(
                types.TextConcat([types.TextBold(plain("a")), types.TextCustomEmoji(5, "😀"), types.TextMath("b")])
            ),
            "a😀b",
        ),
    ],
)
def test_the_words_of_blocks(block: Any, text: str) -> None:
    assert read(block).text == text


def test_links_and_hashtags_count_utf16_units_over_all_blocks() -> None:
    tag = types.TextConcat([plain("see "), types.TextHashtag(plain("#sea"))])
    link = types.TextUrl(plain("map"), "https://example.org", 0)
    found = read(types.PageBlockTitle(plain("😀")), types.PageBlockParagraph(tag), types.PageBlockParagraph(link))
    assert found.text == "😀\nsee #sea\nmap"
    assert found.entities == [Entity("hashtag", 7, 4), Entity("text_url", 12, 3, "https://example.org")]


def test_files_in_the_order_of_the_page_and_those_that_are_missing() -> None:
    first, second, film = file(), file(), file("video", "video/mp4")
    blocks = [
        types.PageBlockVideo(film.id, CAPTION),
        types.PageBlockSlideshow(
            [types.PageBlockPhoto(second.id, CAPTION), types.PageBlockPhoto(first.id, CAPTION)], CAPTION
        ),
        types.PageBlockAudio(404, CAPTION),
    ]
    found = read(*blocks, photos=(photo(first), photo(second)), documents=(document(film),))
    assert [one.id for one in found.files] == [film.id, second.id, first.id]
    assert (found.missing, found.unknown) == (1, 0)
    assert read(types.PageBlockUnsupported()).unknown == 1
