"""Switches for faults between a client and Telegram. Deterministic: the same requests fail in each run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from app.demo.telegram.aliens import Place

# Methods of a rule without methods: the requests of an archiver at work, not those of connecting and logging in,
# because Telethon gives up on the first error there.
WORK = frozenset(
    {
        "channels.getFullChannel",
        "channels.getMessages",
        "contacts.resolveUsername",
        "messages.getHistory",
        "upload.getFile",
    }
)

Strangeness = Literal[
    "nul", "no_photo", "poll", "unknown", "unknown_media", "unknown_entity", "unknown_markup", "unknown_inside"
]


@dataclass(frozen=True)
class Rule:
    """When a fault strikes: at each of the `first` matching requests, then at every `every`-th one (0: never)."""

    every: int = 0
    first: int = 0
    methods: tuple[str, ...] = ()  # TL names such as upload.getFile; empty means WORK, EVERY means all

    def matches(self, method: str) -> bool:
        """Whether requests of this method count."""
        return _among(method, self.methods)


EVERY = ("*",)


def _among(method: str, methods: tuple[str, ...]) -> bool:
    return methods == EVERY or (method in methods if methods else method in WORK)


@dataclass(frozen=True)
class Refusal:
    """An RPC error for each matching request, until the rule is taken away or has struck `first` times.

    methods: as in Rule. channel, file: the only one that is refused; 0 for any. paged: only requests for older pages.
    """

    name: str
    code: int = 400
    methods: tuple[str, ...] = ()
    channel: int = 0
    file: int = 0
    paged: bool = False
    first: int = 0

    def matches(self, method: str, request: Any) -> bool:
        """Whether the request is one that it refuses."""
        peer = getattr(request, "peer", None) or getattr(request, "channel", None)
        location = getattr(request, "location", None)
        return (
            _among(method, self.methods)
            and self.channel in (0, getattr(peer, "channel_id", None))
            and self.file in (0, getattr(location, "id", None))
            and not (self.paged and not getattr(request, "offset_id", 0))
        )


@dataclass(frozen=True)
class Strange:
    """A message with content that mappers fail on.

    nul: its text contains a NUL; no_photo: a photo message without a photo; poll: a poll with media of no known kind;
    unknown: a constructor that no TL layer knows, so that the whole answer cannot be parsed; unknown_media: as medium;
    unknown_entity, unknown_markup: there; unknown_inside: as a block of a page that a medium brings.
    """

    channel: int
    message: int
    how: Strangeness


@dataclass(frozen=True)
class Hidden:
    """Messages that an account may not see, since it joined after them (ChannelFull.available_min_id)."""

    channel: int
    until: int  # this id and all below it are holes
    user: int = 0  # the account; 0: every one
    told: bool = True  # whether channels.getFullChannel names the border


@dataclass(frozen=True)
class Restricted:
    """A channel that Telegram restricts (https://core.telegram.org/constructor/restrictionReason)."""

    channel: int
    platform: str = "all"
    reason: str = "terms"
    empty: bool = True  # whether it answers as if it had no messages


@dataclass
class Faults:
    """All faults of the loopback server. Assign a new one to the server at any time."""

    latency: float = 0.0  # seconds; requests of one connection wait side by side, as on a real network
    rate: float = 0.0  # bytes a second for each connection; 0: as fast as it goes
    seed: int = 0  # shifts which requests `every` picks

    flood: Rule = Rule()  # FLOOD_WAIT
    flood_premium: Rule = Rule()  # FLOOD_PREMIUM_WAIT
    flood_seconds: int = 1
    server_error: Rule = Rule()  # 500 INTERNAL, 500 RPC_CALL_FAIL and -503 Timeout in turn
    drop: Rule = Rule()  # closes the TCP connection instead of answering
    cut: Rule = Rule()  # closes it in the middle of the answer
    hang: Rule = Rule()  # never answers
    short_chunk: Rule = Rule()  # upload.getFile returns about half of the requested bytes
    long_chunk: Rule = Rule()  # it returns up to 5,000 bytes more than were asked for
    empty_chunk: Rule = Rule()  # it returns no byte, wherever in the file
    blank: Rule = Rule()  # messages.getHistory returns an empty page, where it is asked for other than the newest
    expired_photo: Rule = Rule()  # FILE_REFERENCE_EXPIRED until the message is read again
    expired_document: Rule = Rule()
    moved: Rule = Rule()  # the file has another access hash until the message is read again
    moved_error: str = "LOCATION_INVALID"  # the answer for the old one

    refusals: tuple[Refusal, ...] = ()
    account_frozen: bool = False  # 420 FROZEN_METHOD_INVALID for each method of WORK
    alien_answers: Rule = Rule()  # the answer begins with a constructor that no TL layer knows
    private: frozenset[int] = frozenset()  # telegram_ids of channels that answer CHANNEL_PRIVATE
    lost: frozenset[int] = frozenset()  # ids of files that Telegram has lost: always refused
    lost_error: str = "FILE_ID_INVALID"
    claims: dict[int, int] = field(default_factory=dict)  # file id -> bytes that messages announce
    endless: frozenset[int] = frozenset()  # ids of files that are served without an end
    lying_dc: bool = False  # messages name the main data centre for each file, so others answer FILE_MIGRATE
    auth_key_duplicated: bool = False  # a second main connection kills the key for both
    clock_skew: int = 0  # seconds that the server's clock is ahead
    strange: tuple[Strange, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    restricted: tuple[Restricted, ...] = ()
    outside: frozenset[int] = frozenset()  # telegram_ids of channels that are not among the account's dialogs
    alien: frozenset[Place] = frozenset()  # where answers hold objects that no TL layer knows

    _seen: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def strikes(self, name: str, method: str) -> bool:
        """Counts a request against the rule of that name; returns whether the fault strikes it."""
        rule: Rule = getattr(self, name)
        if not (rule.every or rule.first) or not rule.matches(method):
            return False
        seen = self._seen[name] = self._seen.get(name, 0) + 1
        return seen <= rule.first or (rule.every > 0 and (seen + self.seed) % rule.every == 0)

    def refusal(self, method: str, request: Any) -> Refusal | None:
        """The refusal that the request meets, if any; counts it."""
        if self.account_frozen and method in WORK:
            return Refusal("FROZEN_METHOD_INVALID", 420)
        for number, rule in enumerate(self.refusals):
            if rule.matches(method, request):
                struck = self._seen[f"refusal {number}"] = self._seen.get(f"refusal {number}", 0) + 1
                if not rule.first or struck <= rule.first:
                    return rule
        return None

    def turn(self, name: str) -> int:
        """Number of requests that the rule of that name has seen."""
        return self._seen.get(name, 0)

    def hidden_until(self, channel: int, user: int, *, told: bool = False) -> int:
        """The highest id that this account may not see; 0: it sees all. told: as getFullChannel tells it."""
        ids = (h.until for h in self.hidden if h.channel == channel and h.user in (0, user) and (h.told or not told))
        return max(ids, default=0)

    def is_empty(self, channel: int) -> bool:
        """Whether a restriction makes the channel look empty."""
        return any(r.empty for r in self.restricted if r.channel == channel)

    def strangeness(self, channel: int, message: int) -> Strangeness | None:
        """The distortion of a message, if any."""
        return next((s.how for s in self.strange if (s.channel, s.message) == (channel, message)), None)
