"""Messages as they come over the wire, mapped."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from telethon.extensions import BinaryReader
from telethon.tl import types

from app.adapters.telegram.mapping import map_message
from app.adapters.telegram.media import location_of
from app.domain.kinds import MediaKind, MediaRole
from app.domain.messages import Entity, Forward, Incoming, MediaDescriptor, Unparsed

DATE = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
PEER = types.PeerChannel(1_500_000_001)
REFERENCE = b"\x01\x02\x03"


def message(**fields: Any) -> Any:
    """A message after its journey: built, serialised, read."""
    built = types.Message(**{"id": 7, "peer_id": PEER, "date": DATE, "message": "", "post": True} | fields)
    return BinaryReader(bytes(built)).tgread_object()


def incoming(**fields: Any) -> Incoming:
    found = map_message(message(**fields))
    assert isinstance(found, Incoming), found
    return found


def described(media: Any) -> MediaDescriptor:
    [found] = incoming(media=media).media
    return found


def photo(*sizes: Any, number: int = 11) -> Any:
    return types.MessageMediaPhoto(photo=types.Photo(number, 5, REFERENCE, DATE, list(sizes), 4))


def document(*attributes: Any, mime: str = "application/pdf") -> Any:
    file = types.Document(21, 6, REFERENCE, DATE, mime, 3_145_729, 2, list(attributes))
    return types.MessageMediaDocument(document=file)


def test_a_plain_post() -> None:
    found = incoming(message="Привет 😀", views=10, forwards=2, edit_date=DATE.replace(day=7))
    assert (found.id, found.date, found.text, found.views, found.forwards) == (7, DATE, "Привет 😀", 10, 2)
    assert found.edit_date == DATE.replace(day=7)
    assert found.date.tzinfo is UTC
    assert found.media == ()
    assert not found.service


def test_hidden_edits_are_none() -> None:
    """Reactions and buttons set edit_date too, and would make every post look edited."""
    assert incoming(edit_date=DATE, edit_hide=True).edit_date is None


def test_negative_group() -> None:
    assert incoming(grouped_id=-(2**63) + 1).grouped_id == -(2**63) + 1


def test_largest_photo_size_whatever_its_form() -> None:
    small, outline = types.PhotoSize("m", 320, 240, 9_000), types.PhotoStrippedSize("i", b"\x01\x02\x03")
    progressive = types.PhotoSizeProgressive("y", 1280, 960, [10, 200, 150_001])
    found = described(photo(outline, progressive, small))
    assert (found.kind, found.key, found.size) == (MediaKind.PHOTO, "photo:11", 150_001)
    assert (found.width, found.height, found.location["dc_id"]) == (1280, 960, 4)
    assert location_of(found) == types.InputPhotoFileLocation(11, 5, REFERENCE, "y")


def test_location_survives_json() -> None:
    found = described(document())
    again = json.loads(json.dumps(found.location))
    assert location_of(MediaDescriptor(found.kind, found.key, found.size, location=again)) == (
        types.InputDocumentFileLocation(21, 6, REFERENCE, "")
    )


VIDEO = types.DocumentAttributeVideo(7.5, 640, 360)
VOICE = types.DocumentAttributeAudio(61, voice=True)
NAME = types.DocumentAttributeFilename("song.mp4")
STICKER = types.DocumentAttributeSticker("😀", types.InputStickerSetEmpty())


@pytest.mark.parametrize(
    ("attributes", "kind", "duration"),
    [
        ((VIDEO, NAME), MediaKind.VIDEO, 7.5),
        ((types.DocumentAttributeAnimated(), VIDEO), MediaKind.VIDEO, 7.5),
        ((VOICE,), MediaKind.AUDIO, 61.0),
        ((types.DocumentAttributeImageSize(512, 512), STICKER), MediaKind.DOCUMENT, None),
        ((NAME,), MediaKind.DOCUMENT, None),  # a lying name decides nothing
    ],
)
def test_document_kinds(attributes: tuple[Any, ...], kind: MediaKind, duration: float | None) -> None:
    found = described(document(*attributes, mime="video/mp4"))
    assert (found.kind, found.duration, found.key, found.size) == (kind, duration, "document:21", 3_145_729)


def test_claims_of_the_sender_are_kept_as_claims() -> None:
    found = described(document(types.DocumentAttributeFilename("a\x00b.pdf"), mime="x/y"))
    assert (found.file_name, found.mime) == ("a\ufffdb.pdf", "x/y")


@pytest.mark.parametrize(
    "media",
    [
        types.MessageMediaPoll(types.Poll(1, types.TextWithEntities("?", []), [], hash=0), types.PollResults()),
        types.MessageMediaGeo(types.GeoPoint(30.0, 60.0, 1)),
        types.MessageMediaContact("1", "A", "B", "", 5),
        types.MessageMediaUnsupported(),
        types.MessageMediaPhoto(photo=types.PhotoEmpty(1)),
        types.MessageMediaPhoto(),
        types.MessageMediaDocument(),
        photo(types.PhotoStrippedSize("i", b"\x01")),
    ],
)
def test_media_without_a_file_is_unknown_never_a_photo(media: Any) -> None:
    found = described(media)
    assert (found.kind, found.key, found.size) == (MediaKind.UNKNOWN, "", None)


def test_the_picture_of_a_preview_is_no_medium_of_the_post_itself() -> None:
    picture = photo(types.PhotoSize("y", 100, 80, 999)).photo
    page = types.WebPage(1, "https://example.org", "example.org", 0, photo=picture)
    found = described(types.MessageMediaWebPage(page))
    assert (found.role, found.key) == (MediaRole.PREVIEW, "photo:11")


def test_entities_keep_utf16_units() -> None:
    entities = [types.MessageEntityHashtag(3, 4), types.MessageEntityTextUrl(8, 4, "https://example.org/")]
    found = incoming(message="😀 #tag link", entities=entities)
    assert found.entities == (Entity("hashtag", 3, 4), Entity("text_url", 8, 4, "https://example.org/"))


@pytest.mark.parametrize(
    ("header", "forward"),
    [
        (
            types.MessageFwdHeader(DATE, from_id=types.PeerChannel(99), channel_post=3),
            Forward(99, None, 3, DATE),
        ),
        (types.MessageFwdHeader(DATE, from_name="Hidden\x00"), Forward(None, "Hidden\ufffd", None, DATE)),
        (types.MessageFwdHeader(DATE, from_id=types.PeerUser(5)), Forward(5, None, None, DATE)),
    ],
)
def test_forwards(header: Any, forward: Forward) -> None:
    assert incoming(fwd_from=header).forward == forward


def test_replies_within_the_channel_only() -> None:
    assert incoming(reply_to=types.MessageReplyHeader(reply_to_msg_id=5)).reply_to == 5
    elsewhere = types.MessageReplyHeader(reply_to_msg_id=5, reply_to_peer_id=types.PeerChannel(1))
    assert incoming(reply_to=elsewhere).reply_to is None
    assert incoming(reply_to=types.MessageReplyStoryHeader(types.PeerUser(1), 5)).reply_to is None


def test_service_messages_are_posts_without_text_or_media() -> None:
    built = types.MessageService(8, PEER, action=types.MessageActionChatEditPhoto(photo().photo), date=DATE)
    found = map_message(BinaryReader(bytes(built)).tgread_object())
    assert isinstance(found, Incoming)
    assert (found.service, found.text, found.media, found.raw["action"]["_"]) == (
        True,
        "",
        (),
        "MessageActionChatEditPhoto",
    )


def test_a_hole() -> None:
    assert map_message(types.MessageEmpty(9, PEER)) is None


def test_raw_is_json_without_nul_and_without_what_only_requests_need() -> None:
    found = incoming(message="a\x00b", media=document(), reply_markup=types.ReplyInlineMarkup([]), effect=2**63 - 1)
    assert found.text == "a\ufffdb"
    assert found.raw["message"] == "a\\u0000b"
    text = json.dumps(found.raw, allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\u0000", "")
    assert "access_hash" not in text
    assert "file_reference" not in text
    assert found.raw["date"] == "2024-05-06T07:08:09+00:00"
    assert found.raw["media"]["document"]["size"] == 3_145_729


def test_numbers_that_json_does_not_know() -> None:
    nowhere = types.MessageMediaGeo(types.GeoPoint(float("nan"), float("inf"), 1))
    json.dumps(incoming(media=nowhere).raw, allow_nan=False)


def test_what_cannot_be_mapped_is_kept_raw() -> None:
    broken = message(message="x")
    broken.entities = [object()]
    found = map_message(broken)
    assert isinstance(found, Unparsed)
    assert (found.id, found.date, found.raw["message"]) == (7, DATE, "x")
    assert "AttributeError" in found.error
    json.dumps(found.raw)
