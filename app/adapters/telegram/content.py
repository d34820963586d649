"""Reads what a message carries beside its text: media with their roles, words with their origin, and what stays behind.

One entry of READERS for each type of Telegram's media. A part that is not taken leaves its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from telethon.tl import types

from app.adapters.telegram import media as files
from app.adapters.telegram import worded
from app.adapters.telegram.articles import article
from app.adapters.telegram.gathered import Content
from app.adapters.telegram.polls import read_poll, read_tasks
from app.adapters.telegram.prices import price
from app.adapters.telegram.surroundings import read_buttons, read_quotation
from app.domain.kinds import MediaRole, Origin
from app.domain.messages import Words

NOTHING = (
    type(None),
    types.MessageMediaEmpty,
    types.MessageMediaWebPage,
)  # leave a message without a medium of its own


Reader = Callable[[Content, Any, MediaRole], None]


def content_of(message: Any, now: datetime) -> Content:
    """What a types.Message carries. now: decides whether a live location is over."""
    out = Content(text=_written(message), date=message.date, now=now)
    _quotation(out, message.reply_to)
    if (rich := getattr(message, "rich_message", None)) is not None:
        _blocks(out, rich, Origin.RICH, MediaRole.OWN)
    take(out, message.media, MediaRole.OWN)
    if not out.media and not isinstance(message.media, NOTHING):
        out.media.append(files.WITHOUT_FILE)
    fact = getattr(message, "factcheck", None)
    if fact is not None and fact.text is not None:
        out.say(Origin.FACT_CHECK, fact.text.text, entities=fact.text.entities)
    elif fact is not None:
        out.leave("the fact check: Telegram did not send its words along")
    out.words += read_buttons(message.reply_markup)
    return out


def _written(message: Any) -> str:
    links = (getattr(entity, "url", None) for entity in message.entities or ())
    return " ".join(filter(None, (message.message, *links)))


def _quotation(out: Content, header: Any) -> None:
    out.words += read_quotation(header)
    if getattr(header, "reply_media", None) is not None:
        out.leave("the medium of the message that it answers: it belongs to that message")


def take(out: Content, media: Any, role: MediaRole) -> None:
    """Takes one medium, or notes why not."""
    READERS.get(type(media), _unknown)(out, media, role)


def _photo(out: Content, media: Any, role: MediaRole) -> None:
    if not isinstance(media.photo, types.Photo):
        once = media.ttl_seconds is not None
        out.leave("the photo: it has destroyed itself" if once else "the photo: Telegram has it no more", role)
        return
    _add_photo(out, media.photo, role)
    if isinstance(film := getattr(media, "video", None), types.Document):
        out.media.append(files.document(film, MediaRole.LIVE if role is MediaRole.OWN else role))
    elif getattr(media, "live_photo", None):
        out.leave("the film of the live photo: Telegram has it no more", MediaRole.LIVE)


def _add_photo(out: Content, photo: Any, role: MediaRole) -> None:
    found = files.photo(photo, role)
    if found is None:
        out.leave("the photo: Telegram sent an outline of it alone", role)
    else:
        out.media.append(found)


def _document(out: Content, media: Any, role: MediaRole) -> None:
    if not isinstance(media.document, types.Document):
        once = media.ttl_seconds is not None
        out.leave("the file: it has destroyed itself" if once else "the file: Telegram has it no more", role)
        return
    _add_document(out, media.document, role)
    if media.alt_documents:
        out.leave(f"{len(media.alt_documents)} other qualities of the video: the best one is kept")
    if media.video_cover is not None:
        out.leave("the cover of the video: it shows the video, which is kept")


def _add_document(out: Content, document: Any, role: MediaRole) -> None:
    out.media.append(files.document(document, role))
    for attribute in document.attributes:
        if isinstance(attribute, types.DocumentAttributeAudio):
            out.say(Origin.AUDIO, attribute.performer, attribute.title)
        elif isinstance(attribute, types.DocumentAttributeSticker | types.DocumentAttributeCustomEmoji):
            out.say(Origin.STICKER, attribute.alt)


def _page(out: Content, media: Any, role: MediaRole) -> None:
    page = media.webpage
    if media.manual and (address := getattr(page, "url", None)) and address not in out.text:
        out.say(Origin.LINK, address)
    if isinstance(page, types.WebPage):
        _web_page(out, page)
    elif isinstance(page, types.WebPagePending):
        out.leave("the preview: Telegram is still making it, a later reading brings it", MediaRole.PREVIEW)
    elif isinstance(page, types.WebPageEmpty):
        out.leave("the preview: Telegram found none for the link")
    else:  # a page that the client has already
        out.silent.add(MediaRole.PREVIEW)


def _web_page(out: Content, page: Any) -> None:
    out.say(Origin.PAGE, page.title, page.site_name, page.author, page.description)
    if isinstance(page.photo, types.Photo):
        _add_photo(out, page.photo, MediaRole.PREVIEW)
    elif page.photo is not None:
        out.leave("the picture of the preview: Telegram has it no more", MediaRole.PREVIEW)
    if isinstance(page.document, types.Document):
        _add_document(out, page.document, MediaRole.PREVIEW)
    elif page.document is not None:
        out.leave("the file of the preview: Telegram has it no more", MediaRole.PREVIEW)
    elif page.embed_url:
        out.leave("the film of the page: its site plays it, Telegram has no file of it")
    if page.cached_page is not None:
        _blocks(out, page.cached_page, Origin.ARTICLE, MediaRole.PREVIEW)
    for attribute in page.attributes or ():
        if isinstance(attribute, types.WebPageAttributeStory):
            _story(out, attribute, MediaRole.STORY)
        else:
            name = type(attribute).__name__.removeprefix("WebPageAttribute")
            out.leave(f"{name}: it is Telegram's own, and in no store of files")


def _blocks(out: Content, page: Any, origin: Origin, role: MediaRole) -> None:
    found = article(page)
    if found.text:
        out.words.append(Words(origin, found.text, tuple(found.entities)))
    for file in found.files:
        if isinstance(file, types.Photo):
            _add_photo(out, file, role)
        elif isinstance(file, types.Document):
            out.media.append(files.document(file, role))
        else:
            out.leave(f"a file of the {origin.value}: Telegram has it no more", role)
    if page.part:
        out.leave(f"the rest of the {origin.value}: Telegram sent its beginning", role)
    elif found.missing:
        out.leave(f"{found.missing} files of the {origin.value}: Telegram did not send them along")
    if found.frames:
        out.leave(f"{found.frames} frames of the {origin.value}: their contents are in other sites")
    if found.elsewhere:
        out.leave(f"{found.elsewhere} links of the {origin.value} to other articles: they are no part of it")
    if found.unknown:
        out.leave(f"{found.unknown} parts of the {origin.value}: a newer version of Media Audit may know them")


def _poll(out: Content, media: Any, role: MediaRole) -> None:
    out.words += read_poll(media.poll, media.results)
    if media.results.min or media.results.results is None:  # such an answer leaves out counts and right answers
        out.silent.add(MediaRole.POLL)
    inner = (media.attached_media, *(a.media for a in media.poll.answers), media.results.solution_media)
    for one in inner:
        if one is not None:
            take(out, one, MediaRole.POLL if role is MediaRole.OWN else role)


def _tasks(out: Content, media: Any, role: MediaRole) -> None:
    out.words += read_tasks(media.todo, media.completions or ())


def _story(out: Content, media: Any, role: MediaRole) -> None:
    story, silent = media.story, (MediaRole.STORY, role)
    if isinstance(story, types.StoryItem):
        out.say(Origin.STORY, story.caption, entities=story.entities)
        worded.areas(out, story.media_areas or ())
        take(out, story.media, MediaRole.STORY)
        if story.music is not None:
            out.leave("the music of the story: it belongs to its film")
    elif isinstance(story, types.StoryItemDeleted):
        out.leave("the story: it was deleted", *silent)
    elif isinstance(story, types.StoryItemSkipped):
        out.leave("the story: Telegram sent its date alone", *silent)
    else:
        out.leave("the story: it is gone, or closed to this account", *silent)


def _paid(out: Content, media: Any, role: MediaRole) -> None:
    _unlocked(out, media.extended_media, role, f"{media.stars_amount} stars")


def _unlocked(out: Content, items: list[Any], role: MediaRole, cost: str) -> None:
    locked = 0
    for item in items:
        if isinstance(item, types.MessageExtendedMedia):
            take(out, item.media, role)
        else:
            locked += 1
    if locked:
        # An account that has not paid learns nothing about media that another one has brought.
        silent = (role,) if locked == len(items) else ()
        out.leave(f"{locked} of {len(items)} paid media: not unlocked ({cost})", *silent)


def _invoice(out: Content, media: Any, role: MediaRole) -> None:
    out.say(Origin.INVOICE, media.title, media.description)
    out.say(Origin.INVOICE, price(media.currency, media.total_amount))
    if media.photo is not None:
        out.leave("the picture of the invoice: its shop keeps it, not Telegram")
    if media.extended_media is not None:
        _unlocked(out, [media.extended_media], role, "an invoice")


def _game(out: Content, media: Any, role: MediaRole) -> None:
    game = media.game
    out.say(Origin.GAME, game.title, game.description)
    if isinstance(game.photo, types.Photo):
        _add_photo(out, game.photo, MediaRole.PREVIEW)
    if isinstance(game.document, types.Document):
        _add_document(out, game.document, MediaRole.PREVIEW)


def _stream(out: Content, media: Any, role: MediaRole) -> None:
    out.leave("the live stream: it has no file")


def _unsupported(out: Content, media: Any, role: MediaRole) -> None:
    out.leave("the medium: Telegram sends this kind to newer versions of Media Audit only", role)


def _unknown(out: Content, media: Any, role: MediaRole) -> None:
    out.leave(f"{type(media).__name__}: this version of Media Audit does not know it", role)


def _nothing(out: Content, media: Any, role: MediaRole) -> None:
    """A message without a medium."""


READERS: Mapping[type, Reader] = {
    type(None): _nothing,
    types.MessageMediaEmpty: _nothing,
    types.MessageMediaPhoto: _photo,
    types.MessageMediaDocument: _document,
    types.MessageMediaWebPage: _page,
    types.MessageMediaPoll: _poll,
    types.MessageMediaToDo: _tasks,
    types.MessageMediaStory: _story,
    types.MessageMediaPaidMedia: _paid,
    types.MessageMediaGeo: worded.geo,
    types.MessageMediaGeoLive: worded.live_geo,
    types.MessageMediaVenue: worded.venue,
    types.MessageMediaContact: worded.contact,
    types.MessageMediaInvoice: _invoice,
    types.MessageMediaGiveaway: worded.giveaway,
    types.MessageMediaGiveawayResults: worded.giveaway_results,
    types.MessageMediaGame: _game,
    types.MessageMediaDice: worded.dice,
    types.MessageMediaVideoStream: _stream,
    types.MessageMediaUnsupported: _unsupported,
}
