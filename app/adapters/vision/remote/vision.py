"""Reads media files by a chat model. Asking and interpreting are apart, so that a paid answer is stored first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import astuple
from functools import cached_property

from app.adapters.llm.answers import refusal, spoken
from app.adapters.llm.chat import ChatModel, Question, Turn
from app.adapters.llm.customisation import customisation
from app.adapters.llm.paid import PaidClient
from app.adapters.llm.silence import no_answer
from app.adapters.vision.remote import decoder as decoding
from app.adapters.vision.remote.header import Header, header_of
from app.adapters.vision.remote.interpret import analysis, says_something
from app.adapters.vision.remote.prompt import TEXT_TOKENS, Limits, prompt_hash, reading, repairing
from app.adapters.vision.remote.schema import json_schema, parse
from app.adapters.vision.strips import count, sent_room
from app.adapters.vision.tuning import TUNING
from app.adapters.vision.types import PDF, readable
from app.domain.media_types import NOT_READ, TEXTS, is_video
from app.domain.reading import SCHEMA_VERSION, Analysis, LocalFacts, RawAnswer, Recipe
from app.errors import Skip
from app.ports import MediaInput
from app.settings import Settings

PICTURE_TOKENS = 1792  # at GigaChat, for one picture of any size, as measured by an earlier system
GIF = "image/gif"
MOST_PROBLEMS = 10  # problems in a repair; the others are of the same kind
NOTHING = "nothing to see: all of it has one even shade, which no paid model is asked about"
PATCH = 28  # pixels; open vision models make one token of a square with this side
PROMPT_TOKENS = 700  # of the prompt around a picture: 500 in English tokens, plus the schema if it is sent


class RemoteVision(PaidClient[MediaInput, Analysis]):
    """The port PaidVision on any chat model. Safe to share between threads."""

    def __init__(self, connect: Callable[[], ChatModel], provider: str, model: str, settings: Settings) -> None:
        """connect: makes the connections, on the event loop, at the first call."""
        super().__init__(connect, "vision", provider, model, settings)
        self._settings = settings
        self._limits = Limits(settings.vision_max_side, settings.vision_max_tokens, settings.page_limits())
        self._own = customisation(settings, provider, "vision")

    @cached_property
    def recipe(self) -> Recipe:
        """The identity of this provider's readings; needs no network."""
        return Recipe(
            provider=self._provider,
            model=self._model,
            prompt_hash=prompt_hash(self._limits, self._own),
            schema_version=SCHEMA_VERSION,
        )

    def reads(self, mime: str) -> bool:
        """Whether it reads the type: the same types as the local provider."""
        return readable(mime)

    def about(self, given: MediaInput) -> str:
        """The sha256 of the file."""
        return given.sha256

    def estimate(self, given: MediaInput) -> int:
        """An upper estimate of the tokens of one `ask`: pictures of the largest size, and the longest answer.

        Reads the size of a picture from the head of its file, unless it is given: a long one has several parts. 0 for a
        type that is not read: its `ask` says why, and makes no call.
        """
        if given.mime in NOT_READ:
            return 0
        picture = max(PICTURE_TOKENS, math.ceil((self._limits.max_side / PATCH) ** 2))
        text = TEXT_TOKENS if given.mime in TEXTS else 0
        pictures = self._pictures(given) * picture
        return PROMPT_TOKENS + self._own.tokens + pictures + text + self._limits.max_tokens

    def _pictures(self, given: MediaInput) -> int:
        """The most pictures of one question; as many as a file may have if the size of its picture is not known."""
        if given.mime in TEXTS:
            return 0
        if given.mime in (PDF, "image/tiff"):
            return self._limits.pages.recognised
        if is_video(given.mime):
            return TUNING.frames
        header = Header(given.size, given.mime == GIF) if given.size else header_of(given.path)
        if header is None:
            return TUNING.strips
        # A phone may turn it, and parts of a wide picture share more.
        sizes = header.size, header.size[::-1]
        parts = max(count(size, sent_room(self._limits.max_side)) for size in sizes)
        return min(TUNING.strips, parts + (TUNING.frames - 1 if header.moving else 0))

    def estimate_repair(self) -> int:
        """An upper estimate of the tokens of one `repair`: sends the answer, and gets another one."""
        return PROMPT_TOKENS + self._own.tokens + 2 * self._limits.max_tokens

    def ask(self, given: MediaInput) -> RawAnswer:
        """Makes one paid call for the whole file, which begins after at most 2 * DECODE_TIMEOUT.

        Skip, too, for a file without anything to see: nothing is paid for it, and the next provider may be free.
        """
        ready = self._decoded(given)
        if not ready.pictures and ready.text is None:
            raise Skip(NOTHING)
        turns = reading(given.mime, self._limits, ready.pictures, ready.text, self._own, ready.order)
        return self._asked(turns, RawAnswer(about=given.sha256, model=self._model, text="", facts=ready.facts))

    def look(self, media: MediaInput) -> LocalFacts:
        """Facts from decoding, without a call."""
        return self._decoded(media).facts

    def problem(self, raw: RawAnswer) -> str | None:
        """See the port. None for an answer that a repair would truncate at the same limit, and for an empty one."""
        parsed = parse(raw.text)
        hopeless = (raw.finish == "length" and parsed.given) or not raw.text.strip() or refusal(raw)
        return None if hopeless else "; ".join(parsed.problems[:MOST_PROBLEMS]) or None

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer:
        """Makes one paid call that corrects the form of an answer, without pictures."""
        turns = repairing(raw.text, problem, self._limits, self._own)
        empty = RawAnswer(about=raw.about, purpose="repair", model=self._model, text="", facts=raw.facts)
        return self._asked(turns, empty)

    def interpret(self, given: MediaInput, answers: Sequence[RawAnswer]) -> Analysis:
        """The analysis; see the port."""
        found = says_something(spoken(answers, given.sha256))
        analysed = analysis(answers)
        if found:
            return analysed
        error = no_answer(answers, "VISION_MAX_TOKENS")
        error.own = analysed if analysed.reading.text else None
        raise error

    def read(self, media: MediaInput) -> Analysis:
        """Asks, repairs if needed and possible, and interprets."""
        return self.at_once(media)

    def _decoded(self, media: MediaInput) -> decoding.Prepared:
        settings, most = self._settings, self._pictures(media)
        sizes = self._limits.max_side, settings.image_max_pixels, self._asker.max_bytes, most
        limits = decoding.Limits(*sizes, *astuple(self._limits.pages))
        return decoding.decoder().prepare(media, limits, settings.decode_timeout)

    def _asked(self, turns: tuple[Turn, ...], empty: RawAnswer) -> RawAnswer:
        question = Question(turns, json_schema(), self._limits.max_tokens, self._limits.temperature)
        return self._asker.ask(question, empty)
