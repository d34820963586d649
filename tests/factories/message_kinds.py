"""Messages of every kind of Telegram, each with the words, files and remarks that the archive must keep of it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from telethon.tl import types

from app.demo.world import File, Message
from tests.factories.messages import START, commented

PEER = types.PeerChannel(1)  # the server puts in the channel that serves the message
LATER = datetime(2024, 9, 1, tzinfo=UTC)
_numbers = itertools.count(70_001)


@dataclass(frozen=True)
class Kind:
    """One kind. words: "origin: text" of each; files: "role kind" of each; left: a piece of each remark.

    finds: a query that finds it by its words, None for messages that are no publications.
    """

    name: str
    carries: str
    tl: tuple[bytes, ...]
    attached: tuple[File, ...] = ()
    words: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    finds: str | None = None

    def messages(self, first: int) -> list[Message]:
        """The messages, with successive ids."""
        return [Message(first + n, START, tl=tl, files=self.attached) for n, tl in enumerate(self.tl)]


def file(kind: Any = "photo", mime: str = "image/jpeg") -> File:
    """A file with a number of its own: a picture of 8 by 8 pixels, or a few bytes."""
    number = next(_numbers)
    shows = f"picture {number}|seen{number}|{number}"
    data = commented((number % 256, 9, 9), shows) if mime == "image/jpeg" else f"bytes of {number}".encode()
    return File(number, kind, data, mime, width=8, height=8, duration=1.0)


def photo(of: File) -> Any:
    """Its types.Photo; the server puts in references."""
    return types.Photo(of.id, 0, b"", START, [types.PhotoSize("y", 8, 8, len(of.read()))], 2)


def document(of: File, *attributes: Any) -> Any:
    """Its types.Document."""
    return types.Document(of.id, 0, b"", START, of.mime, len(of.read()), 2, list(attributes))


def photo_media(of: File, **fields: Any) -> Any:
    """A medium that is a photo."""
    return types.MessageMediaPhoto(photo=photo(of), **fields)


def file_media(of: File, *attributes: Any, **fields: Any) -> Any:
    """A medium that is any other file."""
    return types.MessageMediaDocument(document=document(of, *attributes), **fields)


def words(text: str, *entities: Any) -> Any:
    """A types.TextWithEntities."""
    return types.TextWithEntities(text, list(entities))


def plain(text: str) -> Any:
    """A rich text."""
    return types.TextPlain(text)


def kind(
    name: str,
    carries: str = "text",
    text: str = "",
    media: Any = None,
    *,
    attached: Sequence[File] = (),
    words: Sequence[str] = (),
    files: Sequence[str] = (),
    left: Sequence[str] = (),
    finds: str | None = None,
    **fields: Any,
) -> Kind:
    """A kind of one message. fields: of types.Message."""
    message = types.Message(1, PEER, START, text, post=True, media=media, **fields)
    return Kind(name, carries, (bytes(message),), tuple(attached), tuple(words), tuple(files), tuple(left), finds)


def service(name: str, carries: str, action: Any, attached: Sequence[File] = ()) -> Kind:
    """A note of Telegram's own."""
    message = types.MessageService(1, PEER, date=START, action=action, post=True)
    return Kind(name, f"service: {carries}", (bytes(message),), tuple(attached))


def kinds() -> list[Kind]:
    """All kinds, in the order of the page."""
    return [*_texts(), *_surroundings(), *_files(), *_pages(), *_words(), *_bought(), *_stories(), *_gone(), *_notes()]


def _texts() -> list[Kind]:
    styles = [types.MessageEntityBold(0, 4), types.MessageEntityItalic(5, 6), types.MessageEntitySpoiler(12, 6)]
    code = [types.MessageEntityCode(0, 4), types.MessageEntityPre(5, 5, "python")]
    address = types.MessageEntityTextUrl(0, 7, "https://example.org/harbour")
    return [
        kind("text", text="The ferry sails tomorrow", finds="ferry"),
        kind(
            "text with a hashtag",
            text="Market day #bazaar",
            entities=[types.MessageEntityHashtag(11, 7)],
            finds="bazaar",
        ),
        kind("cashtag", text="Shares of $GAZP", entities=[types.MessageEntityCashtag(10, 5)], finds="GAZP"),
        kind(
            "mention", text="Ask @harbour_master", entities=[types.MessageEntityMention(4, 15)], finds="harbour_master"
        ),
        kind(
            "bot command", text="Write /timetable", entities=[types.MessageEntityBotCommand(6, 10)], finds="/timetable"
        ),
        kind(
            "link without a preview",
            text="https://example.org/tides",
            entities=[types.MessageEntityUrl(0, 25)],
            finds="example.org",
        ),
        kind("words that link", text="Berths for hire", entities=[address], finds="berths"),
        kind("bold, italic, spoiler", text="Boat sunken secret!", entities=styles, finds="sunken"),
        kind("code", text="code print", entities=code, finds="print"),
        kind(
            "quotation",
            text="Zephyr said so",
            entities=[types.MessageEntityBlockquote(0, 6, collapsed=True)],
            finds="zephyr",
        ),
        kind("custom emoji", text="😀 regatta", entities=[types.MessageEntityCustomEmoji(0, 2, 55)], finds="regatta"),
        kind(
            "telephone, e-mail",
            text="+79990000000 pier@example.org",
            entities=[types.MessageEntityPhone(0, 12), types.MessageEntityEmail(13, 16)],
            finds="pier@example.org",
        ),
    ]


def _surroundings() -> list[Kind]:
    header = types.MessageFwdHeader
    button = types.KeyboardInlineButton("Tickets", types.InlineButtonTypeUrl("https://example.org"))
    count = types.KeyboardInlineButton("Comments (12)", types.InlineButtonTypeCallback(b"c"))
    markup = types.ReplyInlineMarkup([types.KeyboardInlineButtonRow([button, count])])
    quote = types.MessageReplyHeader(quote=True, reply_to_msg_id=1, quote_text="ferry sails", quote_offset=4)
    return [
        kind(
            "forwarded from a channel",
            text="Dredging begins",
            fwd_from=header(START, from_id=types.PeerChannel(99), channel_post=3),
            finds="dredging",
        ),
        kind(
            "forwarded from a user",
            text="Mooring lines",
            fwd_from=header(START, from_id=types.PeerUser(5)),
            finds="mooring",
        ),
        kind(
            "forwarded from a hidden user",
            text="Anchors aweigh",
            fwd_from=header(START, from_name="A sailor"),
            finds="aweigh",
        ),
        kind("reply", text="Yes, at seven bells", reply_to=types.MessageReplyHeader(reply_to_msg_id=1), finds="bells"),
        kind(
            "reply with a quotation",
            text="Quoted gladly",
            reply_to=quote,
            words=["quotation: ferry sails"],
            finds="gladly sails",
        ),
        kind("sent by a bot", text="Automatic tide table", via_bot_id=77, finds="automatic"),
        kind(
            "with buttons",
            text="Buy passage",
            reply_markup=markup,
            words=["buttons: Tickets / https://example.org", "buttons: Comments (12) (still counting)"],
            finds="passage tickets",
        ),
        kind("silent", text="Quiet night watch", silent=True, finds="quiet"),
        kind("signed", text="Notes of a pilot", post_author="The pilot", finds="pilot"),
        kind("edited", text="Corrected depth", edit_date=LATER, finds="corrected"),
        kind("with an effect", text="Fireworks tonight", effect=5, finds="fireworks"),
        kind("no forwarding", text="Closed chart", noforwards=True, finds="chart"),
        kind(
            "restricted on one system",
            text="Rum for sale",
            restriction_reason=[types.RestrictionReason("ios", "porn", "hidden there")],
            finds="rum",
        ),
        kind(
            "fact check",
            text="The moon is cheese",
            factcheck=types.FactCheck(1, country="DE", text=words("It is basalt")),
            words=["fact check: It is basalt"],
            finds="basalt",
        ),
    ]


def _files() -> list[Kind]:
    video, audio = types.DocumentAttributeVideo, types.DocumentAttributeAudio
    sticker = types.DocumentAttributeSticker("😀", types.InputStickerSetEmpty())
    emoji = types.DocumentAttributeCustomEmoji("😀", types.InputStickerSetEmpty())
    one, two, still, spoiled, live = (file() for _ in range(5))
    film, clip, other, note, gif, webm, covered = (file("video", "video/mp4") for _ in range(7))
    cover = file()
    voice, song = file("audio", "audio/ogg"), file("audio", "audio/mpeg")
    pdf, webp, tgs, tiny, raw = (
        file("document", mime)
        for mime in ("application/octet-stream", "image/webp", "application/x-tgsticker", "image/webp", "image/jpeg")
    )
    album = tuple(
        bytes(types.Message(1, PEER, START, text, post=True, media=photo_media(of), grouped_id=-77))
        for of, text in ((one, ""), (two, "Two views of the quay"))
    )
    named = types.DocumentAttributeFilename
    return [
        kind(
            "photo", "photo", "A schooner", photo_media(still), attached=[still], files=["own photo"], finds="schooner"
        ),
        kind(
            "photo under a spoiler",
            "photo",
            "Guess",
            photo_media(spoiled, spoiler=True),
            attached=[spoiled],
            files=["own photo"],
            finds="guess",
        ),
        Kind("album", "photo", album, (one, two), (), ("own photo", "own photo"), (), "quay"),
        kind(
            "live photo",
            "live photo",
            "Waves that move",
            photo_media(live, live_photo=True, video=document(film, video(2.0, 8, 8))),
            attached=[live, film],
            files=["own photo", "live video"],
            finds="waves",
        ),
        kind(
            "video",
            "video",
            "Launching",
            file_media(clip, video(1.0, 8, 8)),
            attached=[clip],
            files=["own video"],
            finds="launching",
        ),
        kind(
            "video in several qualities",
            "video",
            "Harbour film",
            file_media(
                covered, video(1.0, 8, 8), alt_documents=[document(other, video(1.0, 4, 4))], video_cover=photo(cover)
            ),
            attached=[covered, other, cover],
            files=["own video"],
            left=["1 other qualities", "the cover"],
            finds="film",
        ),
        kind(
            "round video",
            "round video",
            "",
            file_media(note, video(1.0, 8, 8, round_message=True), round=True),
            attached=[note],
            files=["own video"],
        ),
        kind(
            "GIF",
            "animation",
            "Gull loops",
            file_media(gif, types.DocumentAttributeAnimated(), video(1.0, 8, 8)),
            attached=[gif],
            files=["own video"],
            finds="gull",
        ),
        kind(
            "voice message",
            "voice message",
            "",
            file_media(voice, audio(3, voice=True), voice=True),
            attached=[voice],
            files=["own audio"],
        ),
        kind(
            "music",
            "audio",
            "",
            file_media(song, audio(90, title="Heave away", performer="Stokers"), named("shanty_song.mp3")),
            attached=[song],
            words=["audio: Stokers / Heave away"],
            files=["own audio"],
            finds="stokers shanty_song.mp3",
        ),
        kind(
            "document",
            "document",
            "Plan of dock",
            file_media(pdf, named("dock_plan.bin")),
            attached=[pdf],
            files=["own doc"],
            finds="dock_plan.bin",
        ),
        kind(
            "picture sent as a file",
            "document",
            "Uncompressed",
            file_media(raw, types.DocumentAttributeImageSize(8, 8), named("raw_shot.jpg")),
            attached=[raw],
            files=["own doc"],
            finds="uncompressed",
        ),
        kind(
            "sticker",
            "sticker",
            "",
            file_media(webp, types.DocumentAttributeImageSize(8, 8), sticker),
            attached=[webp],
            words=["sticker: 😀"],
            files=["own doc"],
        ),
        kind(
            "animated sticker",
            "sticker",
            "",
            file_media(tgs, sticker),
            attached=[tgs],
            words=["sticker: 😀"],
            files=["own doc"],
        ),
        kind(
            "video sticker",
            "sticker",
            "",
            file_media(webm, video(1.0, 8, 8), sticker),
            attached=[webm],
            words=["sticker: 😀"],
            files=["own video"],
        ),
        kind(
            "custom emoji as a file",
            "custom emoji",
            "",
            file_media(tiny, emoji),
            attached=[tiny],
            words=["sticker: 😀"],
            files=["own doc"],
        ),
    ]


def _page(number: int, **fields: Any) -> Any:
    address = f"https://example.org/{number}"
    return types.MessageMediaWebPage(types.WebPage(number, address, address[8:], 0, **fields))


def _rich_blocks(picture: File) -> list[Any]:
    tag = types.TextConcat([plain("Tides of "), types.TextHashtag(plain("#northsea"))])
    item = types.PageListItemText(plain("Mind the sandbank"), checkbox=True, checked=True)
    row = types.PageTableRow([types.PageTableCell(text=plain("High")), types.PageTableCell(text=plain("04:12"))])
    return [
        types.PageBlockHeading1(plain("Almanac")),
        types.PageBlockParagraph(tag),
        types.PageBlockPhoto(picture.id, types.PageCaption(plain("A lighthouse"), types.TextEmpty())),
        types.PageBlockList([item]),
        types.PageBlockTable(types.TextEmpty(), [row]),
    ]


RICH = "Almanac\nTides of #northsea\nA lighthouse\n☑ Mind the sandbank\nHigh | 04:12"


def _pages() -> list[Kind]:
    picture, far, inside, drawn, framed = (file() for _ in range(5))
    film, sheet = file("video", "video/mp4"), file("document", "application/octet-stream")
    shown = types.StoryItem(4, START, LATER, photo_media(framed), caption="Story of a link")
    story = types.WebPageAttributeStory(types.PeerChannel(9), 4, story=shown)
    rich = types.RichMessage(_rich_blocks(drawn), [photo(drawn)], [])
    instant = types.Page("https://example.org/5", _rich_blocks(inside), [photo(inside)], [])
    part = types.RichMessage([types.PageBlockParagraph(plain("Opening of a saga"))], [], [], part=True)
    pending, empty = types.WebPagePending(7, START), types.WebPageEmpty(8)
    return [
        kind(
            "link preview with a picture",
            "link preview",
            "See https://example.org/1",
            _page(1, site_name="Tidal Times", title="Whale sighted", description="Off the cape", photo=photo(picture)),
            attached=[picture],
            words=["link preview: Whale sighted / Tidal Times / Off the cape"],
            files=["preview photo"],
            finds="whale sighted",
        ),
        kind(
            "link preview with a video",
            "link preview",
            "https://example.org/2",
            _page(2, title="Squid filmed", document=document(film, types.DocumentAttributeVideo(1.0, 8, 8))),
            attached=[film],
            words=["link preview: Squid filmed"],
            files=["preview video"],
            finds="squid",
        ),
        kind(
            "link preview with a file",
            "link preview",
            "https://example.org/3",
            _page(3, title="Sheet music", document=document(sheet)),
            attached=[sheet],
            words=["link preview: Sheet music"],
            files=["preview doc"],
            finds="sheet music",
        ),
        kind(
            "link preview of words",
            "link preview",
            "https://example.org/4",
            _page(4, title="Barometer falls"),
            words=["link preview: Barometer falls"],
            finds="barometer",
        ),
        kind(
            "article (instant view)",
            "article",
            "https://example.org/5",
            _page(5, title="Long read", photo=photo(far), cached_page=instant),
            attached=[far, inside],
            words=["link preview: Long read", f"article: {RICH.replace(chr(10), ' / ')}"],
            files=["preview photo", "preview photo"],
            finds="long read sandbank",
        ),
        kind(
            "link to a story",
            "link preview",
            "https://example.org/6",
            _page(6, title="A story", attributes=[story]),
            attached=[framed],
            words=["link preview: A story", "story: Story of a link"],
            files=["story photo"],
            finds="story of a link",
        ),
        kind(
            "link preview still being made",
            "link preview",
            "https://example.org/7",
            types.MessageMediaWebPage(pending),
            left=["still making"],
            finds="example.org",
        ),
        kind(
            "link without a page",
            "link preview",
            "https://example.org/8",
            types.MessageMediaWebPage(empty),
            left=["found none"],
            finds="example.org",
        ),
        kind(
            "rich message",
            "rich message",
            "",
            attached=[drawn],
            rich_message=rich,
            words=[f"rich message: {RICH.replace(chr(10), ' / ')}"],
            files=["own photo"],
            finds="almanac lighthouse",
        ),
        kind(
            "beginning of a rich message",
            "rich message",
            "",
            rich_message=part,
            words=["rich message: Opening of a saga"],
            left=["the rest of the rich message"],
            finds="saga",
        ),
    ]


def _poll(question: str, **fields: Any) -> Any:
    answers = [
        types.PollAnswer(words(text), option) for text, option in ((f"{question} aye", b"0"), (f"{question} nay", b"1"))
    ]
    return types.Poll(9, words(question), answers, hash=0, **fields)


def _votes(*, right: bool = False) -> list[Any]:
    return [
        types.PollAnswerVoters(b"0", correct=right or None, voters=12, recent_voters=[]),
        types.PollAnswerVoters(b"1", voters=3, recent_voters=[]),
    ]


def _words() -> list[Kind]:
    results = types.PollResults
    map_, diagram, solved = file(), file(), file()
    pictured = _poll("Cartography")
    pictured.answers[0].media = photo_media(diagram)
    tasks = types.TodoList(
        words("Careening"), [types.TodoItem(1, words("Scrape hull")), types.TodoItem(2, words("Tar seams"))]
    )
    done = [types.TodoCompletion(1, types.PeerUser(5), START)]
    geo = types.GeoPoint(30.3351, 59.934281, 0)
    card = "BEGIN:VCARD\nORG:Chandlery;Ropes\nEND:VCARD"
    running = "results: {0} aye: 12 / {0} nay: 3 / 15 voters (still counting)"

    def asked(text: str) -> list[str]:
        return [f"question: {text}", f"answers: {text} aye / {text} nay"]

    return [
        kind(
            "poll",
            "poll",
            "",
            types.MessageMediaPoll(_poll("Northbound"), results(results=_votes(), total_voters=15)),
            words=[*asked("Northbound"), running.format("Northbound")],
            finds="northbound",
        ),
        kind(
            "poll with public votes",
            "poll",
            "",
            types.MessageMediaPoll(_poll("Southbound", public_voters=True), results()),
            words=asked("Southbound"),
            finds="southbound",
        ),
        kind(
            "poll with several answers",
            "poll",
            "",
            types.MessageMediaPoll(_poll("Eastbound", multiple_choice=True), results()),
            words=asked("Eastbound"),
            finds="eastbound",
        ),
        kind(
            "closed poll",
            "poll",
            "",
            types.MessageMediaPoll(_poll("Westbound", closed=True), results(results=_votes(), total_voters=15)),
            words=[*asked("Westbound"), "results: Westbound aye: 12 / Westbound nay: 3 / 15 voters"],
            finds="westbound",
        ),
        kind(
            "quiz with its solution",
            "quiz",
            "",
            types.MessageMediaPoll(
                _poll("Knots", quiz=True, closed=True),
                results(
                    results=_votes(right=True),
                    total_voters=15,
                    solution="Bowline explained",
                    solution_entities=[],
                    solution_media=photo_media(solved),
                ),
            ),
            attached=[solved],
            words=[
                *asked("Knots"),
                "results: Knots aye: 12 / Knots nay: 3 / 15 voters",
                "solution: Knots aye",
                "solution: Bowline explained",
            ],
            files=["poll photo"],
            finds="bowline",
        ),
        kind(
            "poll with pictures",
            "poll",
            "",
            types.MessageMediaPoll(pictured, results(), attached_media=photo_media(map_)),
            attached=[map_, diagram],
            words=asked("Cartography"),
            files=["poll photo", "poll photo"],
            finds="cartography",
        ),
        kind(
            "to-do list",
            "to-do list",
            "",
            types.MessageMediaToDo(tasks, done),
            words=[
                "task list: Careening / Scrape hull / Tar seams",
                "results: 1 of 2 done / Scrape hull (still counting)",
            ],
            finds="careening",
        ),
        kind(
            "contact",
            "contact",
            "",
            types.MessageMediaContact("+79990001122", "Grace", "Darling", card, 0),
            words=["contact: Grace Darling / +79990001122 / Chandlery Ropes"],
            finds="grace darling",
        ),
        kind(
            "venue",
            "venue",
            "",
            types.MessageMediaVenue(geo, "Admiralty", "Palace embankment", "foursquare", "1", "fort"),
            words=["place: Admiralty / Palace embankment", "location: 59.934281, 30.335100"],
            finds="admiralty",
        ),
        kind(
            "location",
            "location",
            "",
            types.MessageMediaGeo(geo),
            words=["location: 59.934281, 30.335100"],
            finds="59.934281",
        ),
        kind(
            "live location, over",
            "live location",
            "",
            types.MessageMediaGeoLive(geo, 900),
            words=["location: 59.934281, 30.335100"],
            finds="30.335100",
        ),
        kind(
            "live location without an end",
            "live location",
            "",
            types.MessageMediaGeoLive(geo, 0x7FFFFFFF),
            words=["location: 59.934281, 30.335100 (still counting)"],
        ),
        kind(
            "location without coordinates",
            "location",
            "",
            types.MessageMediaGeo(types.GeoPointEmpty()),
            left=["no coordinates"],
        ),
    ]


def _bought() -> list[Kind]:
    locked = types.MessageExtendedMediaPreview(w=8, h=8)
    open_, second, mixed, toy, cup = (file() for _ in range(5))
    shop = types.WebDocumentNoProxy("https://example.org/p.jpg", 10, "image/jpeg", [])
    unlocked = [types.MessageExtendedMedia(photo_media(one)) for one in (open_, second)]
    half = [types.MessageExtendedMedia(photo_media(mixed)), locked]
    game = types.Game(1, 2, "race", "Sail race", "Steer around buoys", photo(toy))
    return [
        kind(
            "paid media, locked",
            "paid media",
            "Treasure maps",
            types.MessageMediaPaidMedia(50, [locked, locked]),
            left=["2 of 2 paid media: not unlocked (50 stars)"],
            finds="treasure",
        ),
        kind(
            "paid media, unlocked",
            "paid media",
            "Opened chest",
            types.MessageMediaPaidMedia(50, unlocked),
            attached=[open_, second],
            files=["own photo", "own photo"],
            finds="chest",
        ),
        kind(
            "paid media, half unlocked",
            "paid media",
            "Half chest",
            types.MessageMediaPaidMedia(7, half),
            attached=[mixed],
            files=["own photo"],
            left=["1 of 2 paid media"],
            finds="half chest",
        ),
        kind(
            "invoice",
            "invoice",
            "",
            types.MessageMediaInvoice("Sextant", "Brass, boxed", "EUR", 12500, "", photo=shop),
            words=["invoice: Sextant / Brass, boxed", "invoice: 125.00 EUR"],
            left=["the picture of the invoice"],
            finds="sextant",
        ),
        kind(
            "invoice with media",
            "invoice",
            "",
            types.MessageMediaInvoice(
                "Goblet", "Silver", "XTR", 5, "", extended_media=types.MessageExtendedMedia(photo_media(cup))
            ),
            attached=[cup],
            words=["invoice: Goblet / Silver", "invoice: 5 stars"],
            files=["own photo"],
            finds="goblet",
        ),
        kind(
            "giveaway",
            "giveaway",
            "",
            types.MessageMediaGiveaway([1], 10, LATER, months=3, prize_description="Spyglasses"),
            words=["giveaway: Spyglasses / Giveaway: 10 prizes, Telegram Premium for 3 months / until 2024-09-01"],
            finds="spyglasses",
        ),
        kind(
            "giveaway of stars",
            "giveaway",
            "",
            types.MessageMediaGiveaway([1], 2, LATER, stars=500, countries_iso2=["FI"]),
            words=["giveaway: Giveaway: 2 prizes, 500 stars / until 2024-09-01", "giveaway: FI"],
            finds="500 stars",
        ),
        kind(
            "giveaway results",
            "giveaway results",
            "",
            types.MessageMediaGiveawayResults(1, 2, 9, 1, [5], LATER, prize_description="Compasses"),
            words=["giveaway: Compasses / Giveaway results: 9 winners, of its channel's own"],
            finds="compasses",
        ),
        kind(
            "game",
            "game",
            "",
            types.MessageMediaGame(game),
            attached=[toy],
            words=["game: Sail race / Steer around buoys"],
            files=["preview photo"],
            finds="buoys",
        ),
        kind("dice", "dice", "", types.MessageMediaDice(5, "🎲"), words=["game: 🎲 5"]),
    ]


def _stories() -> list[Kind]:
    still, film = file(), file("video", "video/mp4")
    owner = types.PeerChannel(9)

    def story(media: Any, caption: str | None) -> Any:
        return types.MessageMediaStory(owner, 3, story=types.StoryItem(3, START, LATER, media, caption=caption))

    skipped = types.StoryItemSkipped(3, START, LATER)
    return [
        kind(
            "story",
            "story",
            "",
            story(photo_media(still), "Seen from the crow's nest"),
            attached=[still],
            words=["story: Seen from the crow's nest"],
            files=["story photo"],
            finds="nest",
        ),
        kind(
            "story with a film",
            "story",
            "",
            story(file_media(film, types.DocumentAttributeVideo(1.0, 8, 8)), None),
            attached=[film],
            files=["story video"],
        ),
        kind(
            "deleted story",
            "story",
            "",
            types.MessageMediaStory(owner, 3, story=types.StoryItemDeleted(3)),
            left=["the story: it was deleted"],
        ),
        kind(
            "story of which the date is known",
            "story",
            "",
            types.MessageMediaStory(owner, 3, story=skipped),
            left=["its date alone"],
        ),
        kind(
            "story that is closed to us", "story", "", types.MessageMediaStory(owner, 3), left=["it is gone, or closed"]
        ),
    ]


def _gone() -> list[Kind]:
    outline = types.Photo(1, 0, b"", START, [types.PhotoStrippedSize("i", b"\1\1\1")], 2)
    stream = types.MessageMediaVideoStream(types.InputGroupCall(1, 2))
    once = types.MessageMediaDocument(ttl_seconds=60, voice=True)
    return [
        kind(
            "photo that destroyed itself",
            "photo",
            "",
            types.MessageMediaPhoto(ttl_seconds=60),
            left=["the photo: it has destroyed itself"],
        ),
        kind(
            "voice message that destroyed itself", "voice message", "", once, left=["the file: it has destroyed itself"]
        ),
        kind(
            "photo that Telegram lost",
            "photo",
            "",
            types.MessageMediaPhoto(photo=types.PhotoEmpty(1)),
            left=["has it no more"],
        ),
        kind("outline of a photo", "photo", "", types.MessageMediaPhoto(photo=outline), left=["an outline"]),
        kind("unsupported medium", "unsupported", "", types.MessageMediaUnsupported(), left=["newer versions"]),
        kind("live stream", "live stream", "", stream, left=["the live stream"]),
    ]


def _notes() -> list[Kind]:
    face = file()
    return [
        service("pinned message", "pin message", types.MessageActionPinMessage()),
        service("new title", "chat edit title", types.MessageActionChatEditTitle("Harbour")),
        service("new picture", "chat edit photo", types.MessageActionChatEditPhoto(photo(face)), [face]),
        service("picture removed", "chat delete photo", types.MessageActionChatDeletePhoto()),
        service("channel created", "channel create", types.MessageActionChannelCreate("Harbour")),
        service("video chat", "group call", types.MessageActionGroupCall(types.InputGroupCall(1, 2))),
        service("giveaway begun", "giveaway launch", types.MessageActionGiveawayLaunch()),
        service("boost", "boost apply", types.MessageActionBoostApply(2)),
        service("topic", "topic create", types.MessageActionTopicCreate("Sails", 1)),
        service("messages that vanish", "set messages ttl", types.MessageActionSetMessagesTTL(86_400)),
        service("history cleared", "history clear", types.MessageActionHistoryClear()),
        service("own words of a bot", "custom action", types.MessageActionCustomAction("Hello")),
    ]
