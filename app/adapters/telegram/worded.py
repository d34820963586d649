"""Reads media that are words: places, contacts, giveaways, dice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from telethon.tl import types

from app.adapters.telegram.gathered import Content
from app.adapters.telegram.texts import clean, coordinates
from app.adapters.telegram.vcards import words_of
from app.domain.kinds import MediaRole, Origin

FOREVER = 0x7FFFFFFF  # period of a live location without an end


def place(out: Content, geo: Any, *, running: bool = False) -> None:
    """Adds the coordinates of a place in degrees, or notes that it has none."""
    if (where := coordinates(geo)) is not None:
        out.say(Origin.LOCATION, where, running=running)
    else:
        out.leave("the place: it has no coordinates")


def geo(out: Content, media: Any, role: MediaRole) -> None:
    """A place."""
    place(out, media.geo)


def live_geo(out: Content, media: Any, role: MediaRole) -> None:
    """The place is content once the sender has arrived: until then it changes all the time."""
    endless = media.period == FOREVER or out.date is None or out.now is None
    over = not endless and _utc(out.date) + timedelta(seconds=media.period) <= _utc(out.now)
    place(out, media.geo, running=not over)


def _utc(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def venue(out: Content, media: Any, role: MediaRole) -> None:
    """A place with a name and an address."""
    out.say(Origin.PLACE, media.title, media.address)
    place(out, media.geo)


def contact(out: Content, media: Any, role: MediaRole) -> None:
    """A contact with the words of its card."""
    told = (f"{media.first_name} {media.last_name}".strip(), media.phone_number)
    out.say(Origin.CONTACT, *told, *(value for value in words_of(media.vcard) if value not in told))


def giveaway(out: Content, media: Any, role: MediaRole) -> None:
    """Prizes, their end, and the countries of those who may take part."""
    countries = ", ".join(media.countries_iso2 or ())
    until = f"until {media.until_date:%Y-%m-%d}" if media.until_date else None
    out.say(Origin.GIVEAWAY, media.prize_description, f"Giveaway: {media.quantity} prizes, {_prize(media)}", until)
    out.say(Origin.GIVEAWAY, countries)


def giveaway_results(out: Content, media: Any, role: MediaRole) -> None:
    """The end of a giveaway."""
    end = f"Giveaway results: {media.winners_count} winners, {_prize(media)}"
    out.say(Origin.GIVEAWAY, media.prize_description, end)


def _prize(media: Any) -> str:
    if media.stars:
        return f"{media.stars} stars"
    return f"Telegram Premium for {media.months} months" if media.months else "of its channel's own"


def dice(out: Content, media: Any, role: MediaRole) -> None:
    """An emoji with a value that Telegram drew."""
    out.say(Origin.GAME, f"{clean(media.emoticon)} {media.value}")


def areas(out: Content, areas: Iterable[Any]) -> None:
    """The places and addresses on a story."""
    for area in areas:
        out.say(Origin.STORY, *(getattr(area, name, None) for name in ("title", "url")), _address(area))
        if isinstance(geo := getattr(area, "geo", None), types.GeoPoint):
            place(out, geo)


def _address(area: Any) -> str | None:
    address = getattr(area, "address", None)
    if not isinstance(address, types.GeoPointAddress):
        return address
    return ", ".join(filter(None, (address.street, address.city, address.state, address.country_iso2)))
