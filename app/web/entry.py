"""The way in to the page, out of the settings of this process."""

from __future__ import annotations

from app.domain.access.entry import Entry, Wanted, entry
from app.settings import Settings


def entry_of(settings: Settings) -> Entry:
    """The way in that the settings mean. UserError with the remedy for settings that mean none."""
    return entry(
        Wanted(
            host=settings.web_host,
            login=settings.web_login,
            names=settings.web_names,
            url=settings.web_url,
            networks=settings.web_proxy_networks,
            header=settings.web_proxy_header,
        )
    )
