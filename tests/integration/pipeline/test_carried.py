"""Words and media around a message: what is found, shown with its origin, tagged, and kept when an answer is silent."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.tl import types

from app import db
from app.demo.telegram import Faults, Refusal
from app.demo.world import File, Message
from app.explain import explain, find
from app.search.query import search
from tests.factories.message_kinds import file_media, photo, photo_media, plain, words
from tests.factories.messages import START
from tests.factories.messages import photo as picture
from tests.integration.pipeline.database import enrichment, one, revision, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_previews import again, files_of, page

PEER = types.PeerChannel(1)


def post(id: int, text: str = "", media: Any = None, files: tuple[File, ...] = (), **fields: Any) -> Message:
    """A message with any fields."""
    tl = types.Message(1, PEER, START, text, post=True, media=media, **fields)
    return Message(id, START, tl=bytes(tl), files=files)


def told(id: int = 1) -> list[str]:
    """ "origin: text" of each entry of words that explain tells."""
    with db.transaction() as session:
        [message] = explain(session, find(session, f"@news/{id}")).messages
    running = {True: " (still counting)", False: ""}
    return [f"{one['origin']}: {one['text']}{running[bool(one.get('running'))]}" for one in message.words]


def left(id: int = 1) -> list[str]:
    """The remarks on parts that were not taken."""
    return list(one("SELECT not_taken FROM posts WHERE telegram_message_id = :id", id=id))


def finds(query: str) -> bool:
    """Whether search finds a publication."""
    with db.transaction() as session:
        return bool(search(session, query, embedder=None, limit=10))


def link(text: str, address: str) -> Any:
    """A button that opens an address."""
    return types.KeyboardInlineButton(text, types.InlineButtonTypeUrl(address))


def markup(*buttons: Any) -> Any:
    """Buttons, a row each."""
    return types.ReplyInlineMarkup([types.KeyboardInlineButtonRow([one]) for one in buttons])


def test_buttons_are_words_and_their_counts_make_no_revision(flow: Flow) -> None:
    vote = types.InlineButtonTypeCallback(b"1")
    copied = types.KeyboardInlineButton("Voucher", types.InlineButtonTypeCopy("SEALEGS"))

    def voted(votes: int) -> Message:
        aye = types.KeyboardInlineButton(f"👍 {votes}", vote)
        buttons = markup(link("Book berths", "https://ferry.example.org/b"), copied, aye, link(f"Notes ({votes})", ""))
        return post(1, "Summer", reply_markup=buttons)

    flow.post(voted(3))
    flow.watch()
    assert told() == [
        "buttons: Book berths\nhttps://ferry.example.org/b\nVoucher\nSEALEGS",
        "buttons: 👍 3\nNotes (3) (still counting)",
    ]
    assert finds("sealegs")
    assert finds("ferry.example.org")
    flow.post(voted(4))
    flow.run()
    assert revision(1) == 1
    assert told()[1] == "buttons: 👍 4\nNotes (4) (still counting)"


def test_a_quotation_and_the_names_of_music_and_stickers(flow: Flow) -> None:
    song = File(801, "audio", b"ID3 bytes", "audio/mpeg", duration=9.0)
    sticker = File(802, "document", b"RIFF", "image/webp", width=8, height=8)
    quote = types.MessageReplyHeader(
        quote=True, reply_to_msg_id=5, quote_text="the #lighthouse is dark", quote_offset=0,
        quote_entities=[types.MessageEntityHashtag(4, 11)], reply_media=types.MessageMediaEmpty(),
    )  # fmt: skip
    audio = types.DocumentAttributeAudio(9, title="Drunken Sailor", performer="The Stokers")
    alt = types.DocumentAttributeSticker("🐳", types.InputStickerSetEmpty())
    flow.post(post(1, "Indeed", file_media(song, audio), (song,), reply_to=quote))
    flow.post(post(2, "", file_media(sticker, alt), (sticker,)))
    flow.watch()
    assert told() == ["quotation: the #lighthouse is dark", "audio: The Stokers\nDrunken Sailor"]
    assert left() == ["the medium of the message that it answers: it belongs to that message"]
    assert told(2) == ["sticker: 🐳"]
    assert finds("stokers")
    assert "lighthouse" in (enrichment(1, "tags") or {})["tags"]


def test_the_address_of_a_preview_that_no_word_names(flow: Flow) -> None:
    """Chosen by hand: the address stands in the preview alone."""
    here, there = "https://example.org/chart", "https://example.org/tide"
    chosen = types.MessageMediaWebPage(types.WebPage(1, here, here[8:], 0, title="Chart"), manual=True)
    named = types.MessageMediaWebPage(types.WebPage(2, there, there[8:], 0, title="Tide"), manual=True)
    player = types.WebPage(3, there, there[8:], 0, title="Film", embed_url="https://tube.example.org/1", embed_type="i")
    flow.post(post(1, "Look", chosen), post(2, f"Look {there}", named))
    flow.post(post(3, there, types.MessageMediaWebPage(player)))
    flow.watch()
    assert told(1) == [f"link: {here}", "link preview: Chart"]
    assert told(2) == ["link preview: Tide"]
    assert "its site plays it" in left(3)[0]
    assert finds("example.org/chart")


def test_the_card_of_a_contact_and_the_price_of_an_invoice(flow: Flow) -> None:
    card = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Darling;Grace;;;\r\nFN:Grace Darling\r\nitem1.ADR;TYPE=HOME:;;Longstone 1;"
        "Farne\\, Isles;;;\r\nTEL;TYPE=CELL:+79990002233\r\nNOTE;ENCODING=QUOTED-PRINTABLE:=D0=9C=D0=B0=D1=8F=D0=\r\n"
        "=BA\r\nitem2.URL:https://rescue.exam\r\n ple.org\r\nPHOTO;BASE64:AAAA\r\nEND:VCARD"
    )
    flow.post(post(1, "", types.MessageMediaContact("+79990001122", "Grace", "Darling", card, 0)))
    flow.post(post(2, "", types.MessageMediaInvoice("Rope", "Hemp", "JPY", 1200, "")))
    flow.post(post(3, "", types.MessageMediaInvoice("Net", "Cork", "RUB", 129990, "")))
    flow.watch()
    assert told() == [
        "contact: Grace Darling\n+79990001122\nLongstone 1 Farne, Isles\n+79990002233\nМаяк\nhttps://rescue.example.org"
    ]
    assert told(2) == ["invoice: Rope\nHemp", "invoice: 1200 JPY"]
    assert told(3) == ["invoice: Net\nCork", "invoice: 1299.90 RUB"]
    assert finds("маяк")


def test_tags_come_from_a_polls_answer_and_a_pages_title(flow: Flow) -> None:
    answers = [types.PollAnswer(words(text), bytes([i])) for i, text in enumerate(("Velociraptor", "Stegosaurus"))]
    poll = types.MessageMediaPoll(types.Poll(1, words("Which one"), answers, hash=0), types.PollResults())
    flow.post(post(1, "", poll), post(2, "", page(picture("p"), "Archaeopteryx unearthed")))
    flow.watch()
    assert {"velociraptor", "stegosaurus"} <= set((enrichment(1, "tags") or {})["tags"])
    assert any("archaeopteryx" in tag for tag in (enrichment(2, "tags") or {})["tags"])


def outline(number: int) -> Any:
    """A photo of which Telegram sends an outline."""
    return types.Photo(number, 0, b"", START, [types.PhotoStrippedSize("i", b"\1\1\1")], 2)


def lame() -> dict[str, Any]:
    """Media with words, and with a picture that is not there."""
    story = types.StoryItem(3, START, START, types.MessageMediaPhoto(photo=types.PhotoEmpty(1)), caption="A tale")
    address = "https://example.org/a"
    return {
        "preview": types.MessageMediaWebPage(types.WebPage(1, address, "e", 0, title="A page", photo=outline(5))),
        "gone": types.MessageMediaWebPage(types.WebPage(1, address, "e", 0, title="A page", photo=types.PhotoEmpty(5))),
        "story": types.MessageMediaStory(types.PeerChannel(9), 3, story=story),
    }


@pytest.mark.parametrize("which", ["preview", "gone", "story"])
def test_words_beside_a_missing_picture_do_not_double(flow: Flow, which: str) -> None:
    """Each reading is silent about the picture, and brings the words anew."""
    flow.post(post(1, "https://example.org/a", lame()[which]))
    flow.watch()
    before = told()
    for _ in range(2):
        again(flow)
        flow.run()
    assert (told(), revision(1), len(before)) == (before, 1, 1)


def test_media_that_arrive_beside_a_silent_one_are_taken(flow: Flow) -> None:
    """Of three paid media Telegram shows one no more: what is here stays, what is new comes."""
    first, second = picture("first"), picture("second")

    def paid(*media: Any) -> Any:
        return types.MessageMediaPaidMedia(5, [types.MessageExtendedMedia(one) for one in media])

    flow.post(post(1, "Maps", paid(photo_media(first), types.MessageMediaUnsupported()), (first,)))
    flow.watch()
    both = paid(photo_media(second), types.MessageMediaPhoto(photo=outline(6)))
    flow.post(post(1, "Maps", both, (first, second)))
    flow.run()
    assert files_of(1) == [("own", 0, True), ("own", 1, True)]
    keys = rows("SELECT telegram_key FROM post_media WHERE replaced_at IS NULL ORDER BY position")
    assert keys == [(f"photo:{one_.id}",) for one_ in (first, second)]
    flow.post(post(1, "Maps", paid(types.MessageMediaUnsupported()), (first, second)))
    flow.run()
    assert files_of(1) == [("own", 0, True), ("own", 1, True)], "no blank row comes in beside real files"


def test_silence_changes_the_place_of_no_word(flow: Flow) -> None:
    """A preview that is pending for a moment, beside words of another origin."""
    linked = picture("linked")
    pending = types.MessageMediaWebPage(types.WebPagePending(1, START, "https://example.org/a"))
    button = markup(link("More", "https://example.org/more"))
    full = post(1, "https://example.org/a", page(linked), (linked,), reply_markup=button)
    flow.post(full)
    flow.watch()
    before = told()
    flow.post(post(1, "https://example.org/a", pending, reply_markup=button))
    flow.run()
    flow.post(full)
    flow.run()
    assert (told(), revision(1)) == (before, 1)


def test_preview_removed_second_photo_replaced_and_back(flow: Flow) -> None:
    """An edit takes media away: rows stay as former ones, and a file that comes back is not fetched twice."""
    linked, inner = picture("linked"), picture("inner")
    blocks = [types.PageBlockPhoto(inner.id, types.PageCaption(plain("Inside"), types.TextEmpty()))]
    cached = types.Page("https://example.org/a", blocks, [photo(inner)], [])
    whole = post(1, "https://example.org/a", page(linked, cached_page=cached), (linked, inner))
    flow.post(whole)
    flow.watch()
    assert [role for role, _, arrived in files_of(1) if arrived] == ["preview", "preview"]
    served = flow.server.ledger.count("upload.getFile")
    flow.post(post(1, "https://example.org/a", types.MessageMediaEmpty()))
    flow.run()
    assert (files_of(1), told()) == ([], [])
    flow.post(whole)
    flow.run()
    assert [role for role, _, arrived in files_of(1) if arrived] == ["preview", "preview"]
    assert flow.server.ledger.count("upload.getFile") == served


def test_unlocked_paid_films_and_a_poll_with_a_film(flow: Flow) -> None:
    films = [
        File(880 + n, "video", f"film {n}".encode(), "video/mp4", width=8, height=8, duration=1.0) for n in (1, 2, 3)
    ]
    video = types.DocumentAttributeVideo(1.0, 8, 8)
    media = [types.MessageExtendedMedia(file_media(one_, video)) for one_ in films[:2]]
    attached = file_media(films[2], video)
    pier = types.MessageMediaVenue(types.GeoPointEmpty(), "Pier", "7", "", "", "")
    answer = types.PollAnswer(words("Aye"), b"0", media=pier)
    poll = types.MessageMediaPoll(
        types.Poll(1, words("Which"), [answer], hash=0), types.PollResults(), attached_media=attached
    )
    flow.post(post(1, "Paid", types.MessageMediaPaidMedia(5, media), tuple(films[:2])))
    flow.post(post(2, "", poll, (films[2],)))
    flow.watch()
    assert files_of(1) == [("own", 0, True), ("own", 1, True)]
    assert files_of(2) == [("poll", 0, True)]
    assert rows("SELECT count(*) FROM media_groups") == [(0,)], "several media of one message are no album"
    assert "place: Pier\n7" in told(2)


def long_message(beginning: list[Any], rest: list[Any], *files: File, id: int = 1) -> Message:
    """A rich message of which a page holds the beginning."""
    photos = [photo(one_) for one_ in files]
    rich = [types.RichMessage(beginning, [], [], part=True), types.RichMessage([*beginning, *rest], photos, [])]
    part, whole = (bytes(types.Message(1, PEER, START, "", post=True, rich_message=one_)) for one_ in rich)
    return Message(id, START, tl=part, whole=whole, files=files)


def test_a_long_rich_message_is_read_to_its_end(flow: Flow) -> None:
    """A refusal of the rest leaves the beginning with a remark, and takes nothing away that was read before."""
    drawn = picture("drawn")
    inside = types.PageBlockPhoto(drawn.id, types.PageCaption(plain("A drawing"), types.TextEmpty()))
    beginning = [types.PageBlockParagraph(plain("Once upon a time"))]
    saga = long_message(beginning, [types.PageBlockParagraph(plain("the kraken woke")), inside], drawn)
    refused = Refusal("METHOD_INVALID", methods=("messages.getRichMessage",))
    flow.server.faults = Faults(refusals=(refused,))
    flow.post(saga)
    flow.watch()
    assert told() == ["rich message: Once upon a time"]
    assert left() == ["the rest of the rich message: Telegram sent its beginning"]
    flow.server.faults = Faults()
    flow.run()
    assert told() == ["rich message: Once upon a time\nthe kraken woke\nA drawing"]
    assert (left(), files_of(1), revision(1)) == ([], [("own", 0, True)], 2)
    assert finds("kraken")
    flow.server.faults = Faults(refusals=(refused,))
    flow.run()
    assert told() == ["rich message: Once upon a time\nthe kraken woke\nA drawing"]
    assert (files_of(1), revision(1)) == ([("own", 0, True)], 2)


@pytest.mark.parametrize(
    "brief", [types.PollResults(min=True, total_voters=5), types.PollResults()], ids=["min", "none"]
)
def test_a_brief_answer_takes_no_solution_away(flow: Flow, brief: Any) -> None:
    """Telegram leaves right answers out of results that it makes for many accounts at once."""
    answers = [types.PollAnswer(words(text), bytes([i])) for i, text in enumerate(("Bow", "Stern"))]
    quiz = types.Poll(1, words("Where is the prow"), answers, hash=0, quiz=True, closed=True)
    hint = [types.MessageEntityHashtag(4, 9)]
    votes = [types.PollAnswerVoters(b"\0", correct=True, voters=5, recent_voters=[])]
    whole = types.PollResults(
        results=votes, total_voters=5, solution="See #foredeck", solution_entities=hint, solution_media=None
    )
    flow.post(post(1, "", types.MessageMediaPoll(quiz, whole)))
    flow.watch()
    before = told()
    assert before[-2:] == ["solution: Bow", "solution: See #foredeck"]
    assert "foredeck" in (enrichment(1, "tags") or {})["tags"]
    flow.post(post(1, "", types.MessageMediaPoll(quiz, brief)))
    flow.run()
    assert [one_ for one_ in told() if "solution" in one_] == before[-2:]


def test_sizes_of_photos_that_contradict_each_other(flow: Flow) -> None:
    """No byte counts, and a thumbnail that calls itself the largest: the whole picture comes."""
    first, second = picture("first"), picture("second")
    progressive = types.PhotoSizeProgressive("y", 8, 8, [])
    lying = [types.PhotoSize("m", 9_999, 9_999, 0), types.PhotoSizeProgressive("y", 1_280, 960, [9, 3, -7])]
    for id, of, sizes in ((1, first, [progressive]), (2, second, lying)):
        media = types.MessageMediaPhoto(photo=types.Photo(of.id, 0, b"", START, sizes, 2))
        flow.post(post(id, "A photo", media, (of,)))
    flow.watch()
    assert (files_of(1), files_of(2)) == ([("own", 0, True)], [("own", 0, True)])
    assert rows("SELECT count(*) FROM posts WHERE status <> 'ok'") == [(0,)]


def test_a_story_tells_its_places_and_addresses(flow: Flow) -> None:
    at = types.MediaAreaCoordinates(1.0, 1.0, 1.0, 1.0, 0.0)
    areas = [
        types.MediaAreaUrl(at, "https://example.org/regatta"),
        types.MediaAreaVenue(at, types.GeoPoint(30.5, 59.5, 1), "Boathouse", "Strand 3", "", "", ""),
    ]
    item = types.StoryItem(3, START, START, types.MessageMediaEmpty(), caption="Race", media_areas=areas)
    flow.post(post(1, "", types.MessageMediaStory(types.PeerChannel(9), 3, story=item)))
    flow.watch()
    assert told() == [
        "story: Race",
        "story: https://example.org/regatta",
        "story: Boathouse\nStrand 3",
        "location: 59.500000, 30.500000",
    ]
    assert finds("boathouse")
