"""Each constructor of the installed TL layer for blocks, texts and media: no text and no file is lost without a word.

A new layer with new constructors or fields fails here first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telethon.extensions import BinaryReader
from telethon.tl import types

from app.adapters.telegram.articles import SHAPES, Article, article
from app.adapters.telegram.content import READERS
from app.adapters.telegram.mapping import map_message
from app.adapters.telegram.message_kinds import kind_of_service
from app.domain.messages import Incoming
from tests.factories.every_form import Forge, document, family, photo
from tests.factories.messages import START

# Fields that hold no words for a reader, or that stand in the page's own form.
MARKUP = {
    "PageBlockAnchor.name",
    "PageBlockEmbed.html",  # of another site: a remark counts it
    "PageBlockEmbedPost.url",
    "PageBlockOrderedList.type",
    "PageBlockPhoto.url",
    "PageBlockPreformatted.language",
    "PageListOrderedItemText.type",
    "TextAnchor.name",
    "TextDiff.old_text",  # the text before an edit
}
POINTED_AT = ("PageBlockRelatedArticles.", "PageRelatedArticle.", "PageBlockChannel.")


def sent(page: Any) -> Any:
    """The object after its journey."""
    return BinaryReader(bytes(page)).tgread_object()


def read(block: Any, forge: Forge) -> Article:
    numbers = list(forge.files)
    page = types.RichMessage([block], [photo(n) for n in numbers], [document(n) for n in numbers])
    return article(sent(page))


def lost(forge: Forge, found: Article) -> list[str]:
    told = found.text + " ".join(entity.url or "" for entity in found.entities)
    fields = [place for mark, place in forge.marks.items() if mark not in told]
    return [place for place in fields if place not in MARKUP and not place.startswith(POINTED_AT)]


@pytest.mark.parametrize("kind", family(types.PageBlockPhoto), ids=lambda kind: kind.__name__)
def test_no_word_and_no_file_of_a_block_is_lost(kind: type) -> None:
    forge = Forge()
    found = read(forge.make(kind), forge)
    assert lost(forge, found) == []
    wanted = {n for n, place in forge.files.items() if not place.startswith(POINTED_AT)}
    assert {one.id for one in found.files} == wanted
    counted = found.elsewhere + found.unknown
    pointing = (types.PageBlockRelatedArticles, types.PageBlockChannel, types.PageBlockUnsupported)
    assert counted == (kind in pointing)


@pytest.mark.parametrize("kind", family(types.TextPlain), ids=lambda kind: kind.__name__)
def test_no_word_of_a_rich_text_is_lost(kind: type) -> None:
    forge = Forge()
    found = read(types.PageBlockParagraph(forge.make(kind)), forge)
    assert lost(forge, found) == []
    assert {one.id for one in found.files} == (set(forge.files) if kind is types.TextImage else set())


def test_blocks_without_a_shape_have_texts_alone() -> None:
    simple = [kind for kind in family(types.PageBlockPhoto) if kind not in SHAPES]
    assert {
        parameter
        for kind in simple
        for parameter in vars(Forge().make(kind))
        if parameter not in ("CONSTRUCTOR_ID", "SUBCLASS_OF_ID")
    } <= {"text", "caption", "author", "published_date", "title", "name", "language", "collapsed"}


def carried(media: Any) -> Incoming:
    """The message of a medium."""
    message = types.Message(1, types.PeerChannel(1), START, "own", post=True, media=media)
    found = map_message(sent(message))
    assert isinstance(found, Incoming), found
    return found


TOLD = {  # told in another form, or no words for a reader
    "MessageMediaGiveaway.countries_iso2",
    "MessageMediaInvoice.currency",
    "MessageMediaInvoice.start_param",
    "MessageMediaVenue.provider",
    "MessageMediaVenue.venue_id",
    "MessageMediaVenue.venue_type",
    "Game.short_name",
    "Poll.countries_iso2",
    "WebDocumentNoProxy.url",
    "WebDocumentNoProxy.mime_type",
    "WebPage.url",
    "WebPage.display_url",
    "WebPage.type",
    "WebPage.embed_url",
    "WebPage.embed_type",
    "Page.url",
}


@pytest.mark.parametrize("kind", family(types.MessageMediaPhoto), ids=lambda kind: kind.__name__)
def test_no_word_of_a_medium_is_lost(kind: type) -> None:
    assert kind in READERS
    forge = Forge()
    media = forge.make(kind)
    if kind is types.MessageMediaContact:
        media.vcard = f"BEGIN:VCARD\nitem1.NOTE:{media.vcard}\nEND:VCARD"
    found = carried(media)
    told = " ".join(one.text for one in found.words) + " ".join(e.url or "" for w in found.words for e in w.entities)
    assert [p for mark, p in forge.marks.items() if mark not in told and p not in TOLD] == []
    taken = {one.location["id"] for one in found.media if one.location}
    left = {n: p for n, p in forge.files.items() if n not in taken}
    assert not left or found.not_taken, left


GIFTS: dict[type, Any] = {  # too large for a Forge
    types.WebPageAttributeUniqueStarGift: types.StarGiftUnique(1, 1, "Cup", "cup-1", 1, [], 1, 1),
    types.WebPageAttributeStarGiftAuction: types.StarGift(1, types.DocumentEmpty(1), 1, 1),
}


@pytest.mark.parametrize("kind", family(types.WebPageAttributeStory), ids=lambda kind: kind.__name__)
def test_attributes_of_a_page_are_taken_or_told(kind: type) -> None:
    attribute = Forge().make(kind)
    if kind in GIFTS:
        attribute.gift = GIFTS[kind]
    page = types.WebPage(1, "https://e.org", "e.org", 0, attributes=[attribute])
    found = carried(types.MessageMediaWebPage(page))
    assert found.words or found.not_taken


PRIVATE_WORDS = "BotAllowed Payment SecureValues WebView GiftCode GiftStars GiftTon PrizeStars StarGift Requested"


@pytest.mark.parametrize("kind", family(types.MessageActionPinMessage), ids=lambda kind: kind.__name__)
def test_every_note_is_named_and_its_words_are_kept(kind: type) -> None:
    forge = Forge()
    note = types.MessageService(1, types.PeerChannel(1), date=datetime(2024, 1, 1, tzinfo=UTC), action=forge.make(kind))
    found = map_message(note)
    assert isinstance(found, Incoming)
    assert found.kind == kind_of_service(note)
    told = " ".join(one.text for one in found.words)
    words = {place for mark, place in forge.marks.items() if mark not in told}
    words -= {place for place in words if any(word in place for word in PRIVATE_WORDS.split())}
    assert {place for place in words if not place.endswith(("currency", "transaction_id", "slug"))} == set()
    assert not forge.files or found.not_taken or kind is types.MessageActionSetChatWallPaper
