"""Reading media files by a chat model: asking and interpreting apart, so that what was paid is stored first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property

from app.adapters.llm.answers import refusal
from app.adapters.llm.chat import ChatModel, Question, Turn
from app.adapters.llm.paid import PaidClient
from app.adapters.vision.remote import decoder as decoding
from app.adapters.vision.remote.interpret import analysis
from app.adapters.vision.remote.prompt import TEXT_TOKENS, Limits, prompt_hash, reading, repairing
from app.adapters.vision.remote.schema import json_schema, parse
from app.adapters.vision.tuning import TUNING
from app.adapters.vision.types import PDF, TEXT, is_video, readable
from app.domain.reading import SCHEMA_VERSION, Analysis, LocalFacts, RawAnswer, Recipe
from app.errors import Refused
from app.ports import MediaInput
from app.settings import Settings

PICTURE_TOKENS = 1792  # of GigaChat, for one picture of any size, as an earlier system measured
MOST_PROBLEMS = 10  # that a repair is told; the rest are of the same kind
PATCH = 28  # pixels; open vision models make one token of a square with this side
PROMPT_TOKENS = 700  # of the words around a picture: 500 in English tokens, and the schema where it is sent


class RemoteVision(PaidClient[MediaInput, Analysis]):
    """The port PaidVision on any chat model. Safe to share between threads."""

    def __init__(self, connect: Callable[[], ChatModel], provider: str, model: str, settings: Settings) -> None:
        """connect: makes the connections, on the event loop, when the first call needs them."""
        super().__init__(connect, "vision", provider, model, settings)
        self._settings = settings
        self._limits = Limits(settings.vision_max_side, settings.vision_max_tokens)

    @cached_property
    def recipe(self) -> Recipe:
        """Identity of what this provider reads with; needs no network."""
        return Recipe(
            provider=self._provider,
            model=self._model,
            prompt_hash=prompt_hash(self._limits),
            schema_version=SCHEMA_VERSION,
        )

    def reads(self, mime: str) -> bool:
        """What the local provider reads."""
        return readable(mime)

    def about(self, given: MediaInput) -> str:
        """The file's own name."""
        return given.sha256

    def estimate(self, given: MediaInput) -> int:
        """The most tokens of one `ask`: pictures at their largest, and the longest answer."""
        mime = given.mime
        frames = 0 if mime == TEXT else TUNING.frames if is_video(mime) or mime in (PDF, "image/tiff") else 1
        picture = max(PICTURE_TOKENS, math.ceil((self._limits.max_side / PATCH) ** 2))
        text = TEXT_TOKENS if mime == TEXT else 0
        return PROMPT_TOKENS + frames * picture + text + self._limits.max_tokens

    def estimate_repair(self) -> int:
        """The most tokens of one `repair`: the answer goes back and comes again."""
        return PROMPT_TOKENS + 2 * self._limits.max_tokens

    def ask(self, given: MediaInput) -> RawAnswer:
        """One paid call for the whole file, which is asked after 2 * DECODE_TIMEOUT at most."""
        ready = self._decoded(given)
        turns = reading(given.mime, self._limits, ready.pictures, ready.text)
        return self._asked(turns, RawAnswer(about=given.sha256, model=self._model, text="", facts=ready.facts))

    def look(self, media: MediaInput) -> LocalFacts:
        """What decoding shows, without a call."""
        return self._decoded(media).facts

    def problem(self, raw: RawAnswer) -> str | None:
        """See the port. A repaired answer would be cut at the same limit, and an empty one has nothing to repair."""
        parsed = parse(raw.text)
        hopeless = (raw.finish == "length" and parsed.given) or not raw.text.strip() or refusal(raw)
        return None if hopeless else "; ".join(parsed.problems[:MOST_PROBLEMS]) or None

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer:
        """One paid call that corrects the form of an answer, without pictures."""
        turns = repairing(raw.text, problem, self._limits)
        empty = RawAnswer(about=raw.about, purpose="repair", model=self._model, text="", facts=raw.facts)
        return self._asked(turns, empty)

    def interpret(self, given: MediaInput, answers: Sequence[RawAnswer]) -> Analysis:
        """The analysis; see the port."""
        if wrong := [raw.about for raw in answers if raw.about != given.sha256]:
            raise ValueError(f"an answer about {wrong[0][:12]}, not about {given.sha256[:12]}")
        if why := refusal(answers[0]):
            raise Refused(why)
        return analysis(answers)

    def read(self, media: MediaInput) -> Analysis:
        """All of it, with a repair where one is needed and possible."""
        return self.at_once(media)

    def _decoded(self, media: MediaInput) -> decoding.Prepared:
        most = decoding.Limits(self._limits.max_side, self._settings.image_max_pixels, self._asker.max_bytes)
        return decoding.decoder().prepare(media, most, self._settings.decode_timeout)

    def _asked(self, turns: tuple[Turn, ...], empty: RawAnswer) -> RawAnswer:
        question = Question(turns, json_schema(), self._limits.max_tokens, self._limits.temperature)
        return self._asker.ask(question, empty)
