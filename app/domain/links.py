"""Reads the forms in which users name a channel or a post: @name, a number, any link that Telegram's programs make.

Telegram's own description of its links is https://core.telegram.org/api/links.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from app.domain.link_words import LETTERS, OPENS, RESERVED
from app.errors import Permanent

REMEDY = "write @name, a t.me link or the channel's number"
HOSTS = ("t.me", "telegram.me", "telegram.dog")
WEB = ("web.telegram.org", "weba.telegram.org", "webk.telegram.org", "webz.telegram.org")
MARK = 10**12  # Telegram's clients write -100 in front of a channel's number: -(10^12 + id)
LARGEST = 997_852_516_352  # the largest number of a channel: https://core.telegram.org/api/bots/ids
LARGEST_MESSAGE = 2**31 - 1

# Telegram's rule (is_valid_username of TDLib); names of official channels may be shorter than the usual 5 letters.
_NAME = re.compile(r"(?=.{3,32}\Z)[A-Za-z](?:_?[A-Za-z0-9])*")
_HASH = re.compile(r"[A-Za-z0-9_-]{4,64}")
_PAIR = re.compile(r"(@*[A-Za-z]\w*|-?[0-9]+)(?:/[0-9]+){1,2}", re.ASCII)
_BLANK = "\u2800\u3164\u115f\u1160\uffa0"  # letters without ink; they come with copied text
_BEFORE = "<([{\"'«„“”‘’`*"
_AFTER = ">)]}\"'»“”‘’`*.,;:!?…"
# Full-width forms as keyboards of East Asia type them, and the dashes that word processors put for a minus.
_PLAIN = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | dict.fromkeys((0x2212, *range(0x2010, 0x2016)), "-")


@dataclass(frozen=True)
class Reference:
    """A channel by name, by number or by the hash of an invitation: exactly one of the fields is set."""

    username: str | None = None
    telegram_id: int | None = None  # bare and positive
    invite: str | None = field(default=None, repr=False)  # lets everyone in who has it: no log may show it


@dataclass(frozen=True)
class Link:
    """A channel, and the message that a link leads to, if it leads to one."""

    channel: Reference
    message_id: int | None = None


def channel(text: str) -> Reference:
    """The channel that a user names; a link to a post names its channel. Permanent with the remedy if it names none."""
    return read(text).channel


def read(text: str) -> Link:
    """The channel, and the message of a link to a post. Permanent with the remedy if the text names no channel."""
    return _Reading(text).of(cleaned(text))


def is_link(text: str) -> bool:
    """Whether the text is an address (t.me, tg:, web.telegram.org or of another site), not a name, number or title."""
    written = cleaned(text)
    return _scheme(written) != "" or "." in written.lstrip("/").split("/", 1)[0].strip(".")


def cleaned(text: str) -> str:
    """The text without what copying adds: invisible characters anywhere, blanks and punctuation at its ends."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf").translate(_PLAIN)
    start, end = 0, len(seen)
    while start < end and _is_wrapping(seen[start], _BEFORE):
        start += 1
    while start < end and _is_wrapping(seen[end - 1], _AFTER):
        end -= 1
    return seen[start:end]


def _is_wrapping(character: str, marks: str) -> bool:
    return character in marks or character in _BLANK or unicodedata.category(character) in ("Cc", "Zl", "Zp", "Zs")


def _scheme(written: str) -> str:
    found = re.match(r"(tg|https?):", written, re.IGNORECASE)
    return found[1].lower() if found else ""


class _Reading:
    """One text on its way to a link; keeps the text for the errors."""

    def __init__(self, text: str, inside: bool = False) -> None:
        """inside: the text comes from another link, which may not be repeated."""
        self._shown = repr(text if len(text) <= 80 else f"{text[:77]}...")
        self._inside = inside

    def of(self, written: str) -> Link:
        if "%" in re.split(r"[/?#:]", written, maxsplit=1)[0]:
            written = unquote(written)  # a link that was the value of another one: no scheme, host or name has a %
        scheme = _scheme(written)
        if scheme == "tg":
            return self._of_scheme(written[3:].lstrip("/"))
        if scheme:
            return self._address(re.sub(r"^[^:]*:/*", "https://", written))
        if is_link(written):
            return self._address("https://" + written.lstrip("/"))
        plain = re.split(r"[?#]", written, maxsplit=1)[0].rstrip("/")  # as at the end of a link
        if _PAIR.fullmatch(plain):
            head, *ids = plain.split("/")
            return Link(self._plain(head), self._message(ids))
        return Link(self._plain(plain))

    def _plain(self, written: str) -> Reference:
        if re.fullmatch(r"-?[0-9]+", written):
            return self._number(written)
        return self._named(written)

    # Addresses

    def _address(self, address: str) -> Link:
        try:
            parts = urlsplit(address)
            host = (parts.hostname or "").rstrip(".").removeprefix("www.")
        except ValueError:
            raise self._none() from None
        if host in WEB:
            return self._web_client(parts, bare=host == "webk.telegram.org" or parts.path.startswith("/k"))
        segments = [segment.strip() for segment in unquote(parts.path).split("?")[0].split("/") if segment.strip()]
        if host in HOSTS:
            return self._path(segments, _values(parts.query))
        name, _, rest = host.partition(".")
        if rest in HOSTS:
            if name in RESERVED:
                raise self._opens(OPENS[name])
            return self._path([name, *segments], _values(parts.query))
        raise Permanent(f"{self._shown} names no channel, it is an address of another site: {REMEDY}")

    def _path(self, segments: list[str], query: dict[str, str]) -> Link:
        head = segments[0] if segments else ""
        word, rest = head.lower(), segments[1:]
        if head.startswith("+"):
            return self._invitation(head[1:])
        match word:
            case "joinchat":
                return self._invitation(rest[0] if rest else "")
            case "c" if rest:
                return Link(self._number(rest[0]), self._message(rest[1:]))
            case "s" if rest:
                return Link(self._named(rest[0]), self._message(rest[1:]))
            case "boost" if rest or query.get("c"):
                return Link(self._named(rest[0]) if rest else self._number(query["c"]))
            case "share" | "msg" | "iv" if query.get("url"):
                return self._contained(query["url"])
        if word in LETTERS or word.startswith("$"):
            raise self._opens(LETTERS.get(word, "an invoice"))
        return Link(self._named(head), self._message(rest))

    def _of_scheme(self, written: str) -> Link:
        path, _, query = written.partition("?")
        word, values = path.strip("/").lower(), _values(query)
        name, number = values.get("domain"), values.get("channel") or values.get("chat_id")
        match word:
            case "resolve" | "boost" if name:
                return Link(self._named(name), self._message([values.get("post", "")]))
            case "privatepost" | "openmessage" | "boost" if number:
                id_ = values.get("post") or values.get("message_id", "")
                return Link(self._number(number), self._message([id_]))
            case "join":
                return self._invitation(values.get("invite", ""))
            case "share" | "msg" | "msg_url" | "iv" if values.get("url"):
                return self._contained(values["url"])
        if values.get("phone") or values.get("user_id"):
            raise self._opens("a person")
        raise self._opens(OPENS[word]) if word in OPENS else self._none()

    def _web_client(self, parts: SplitResult, *, bare: bool) -> Link:
        """Telegram in a browser names the chat after the #. bare: this client writes channels without the -100."""
        fragment = parts.fragment
        if "tgaddr=" in fragment:
            return self._contained(unquote(fragment.partition("tgaddr=")[2]))
        path, _, query = unquote(fragment).strip("/").partition("?")
        values = _values(query)
        head, *ids = [part for part in (values.get("p") or path).split("/") if part] or [""]
        ids = ids or [values.get("post", "")]
        if head.startswith("@"):
            return Link(self._named(head), self._message(ids))
        if old := re.match(r"[cs]([0-9]+)(?:_|$)", head):  # the first web client: c<number>_<hash>
            return Link(self._number(old[1]), self._message(ids))
        number = head.partition("_")[0]
        if re.fullmatch(r"[gu]?[0-9]+", number):
            raise self._opens("a person or a private group")
        if not re.fullmatch(r"-[0-9]+", number):
            raise self._none()
        marked = len(number) > len(str(MARK))
        return Link(self._number(number if marked or not bare else number[1:]), self._message(ids))

    def _contained(self, text: str) -> Link:
        """The link that another link carries."""
        if self._inside or not is_link(text):
            raise self._opens(OPENS["share"])
        inner = _Reading(text, inside=True)
        inner._shown = self._shown
        return inner.of(cleaned(text))

    # Their parts

    def _named(self, written: str) -> Reference:
        name = written.lstrip("@")
        if name.lower() in RESERVED:
            raise self._opens(OPENS[name.lower()])
        if not _NAME.fullmatch(name):
            raise self._none()
        return Reference(username=name)

    def _number(self, written: str) -> Reference:
        if not re.fullmatch(r"-?[0-9]+", written):
            raise self._none()
        digits = written.lstrip("-").lstrip("0")
        if len(digits) > len(str(2 * MARK)):
            raise Permanent(f"{self._shown} is too large for the number of a channel: {REMEDY}")
        number = int(digits or 0) - (MARK if written.startswith("-") else 0)
        if number <= 0:
            raise Permanent(
                f"{self._shown} is the number of a chat or a person, not of a channel: those begin with -100"
            )
        if number > LARGEST:
            marked = f"; write -{number} if this is a number with its 100 in front" if number < 2 * MARK else ""
            raise Permanent(f"{self._shown} is too large for the number of a channel{marked}: {REMEDY}")
        return Reference(telegram_id=number)

    def _invitation(self, hash_: str) -> Link:
        if re.fullmatch(r"[0-9 ()-]{5,}", hash_):  # t.me/+79991234567 is a telephone number
            raise self._opens("a person")
        if not _HASH.fullmatch(hash_):
            raise Permanent("this invitation link is not whole: copy it again, or give the channel's @name or number")
        return Link(Reference(invite=hash_))

    def _message(self, ids: list[str]) -> int | None:
        """The message of a path <message> or <topic>/<message>; None if the link goes elsewhere, as to a story."""
        if not ids or not re.fullmatch(r"[0-9]{1,10}", ids[0]):
            return None
        last = ids[1] if len(ids) > 1 and re.fullmatch(r"[0-9]{1,10}", ids[1]) else ids[0]
        return int(last) if 0 < int(last) <= LARGEST_MESSAGE else None

    # Errors

    def _none(self) -> Permanent:
        return Permanent(
            f"{self._shown} names no channel: {REMEDY}. A name has 3 to 32 letters a-z, digits and single underscores;"
            " it begins with a letter and does not end with an underscore"
        )

    def _opens(self, what: str) -> Permanent:
        return Permanent(f"{self._shown} names no channel, it opens {what}: {REMEDY}")


def _values(query: str) -> dict[str, str]:
    """The first value of each parameter; a parameter without a value is empty."""
    try:
        return {name.lower(): values[0].strip() for name, values in parse_qs(query, keep_blank_values=True).items()}
    except ValueError:
        return {}
