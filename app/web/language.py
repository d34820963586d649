"""The languages of the page: which one a request wants, and its words out of the catalogue locale/LANGUAGE.po."""

from __future__ import annotations

import gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "ru")  # the first stands for all that the page does not speak
COOKIE = "language"
CATALOGUES = Path(__file__).with_name("locale")


@lru_cache
def translations(language: str) -> gettext.NullTranslations:
    """The words of a language. English stands in the templates itself."""
    if language == LANGUAGES[0]:
        return gettext.NullTranslations()
    compiled = BytesIO()
    with (CATALOGUES / f"{language}.po").open(encoding="utf-8") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def chosen(cookie: str | None, accepted: str) -> str:
    """The language of a request. cookie: as the user chose; accepted: the header Accept-Language."""
    if cookie in LANGUAGES:
        return cookie
    return negotiate_locale(_by_weight(accepted), LANGUAGES, sep="-") or LANGUAGES[0]


def _by_weight(accepted: str) -> list[str]:
    """The languages of a header, the most wanted first (RFC 9110, 12.5.4)."""
    weighed = []
    for part in accepted.split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), name))
        except ValueError:
            continue
    return [name for weight, name in sorted(weighed, key=lambda one: one[0]) if weight < 0]
