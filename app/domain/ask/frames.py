"""The words around an answer, in the language of its question: the sentences themselves keep theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Outcome(StrEnum):
    """How far a question is."""

    OPEN = "open"  # a worker has yet to answer it
    WAITING = "waiting"  # for a budget or an operator, with a reason
    ANSWERED = "answered"  # at least one sentence stood every check
    NOT_FOUND = "not_found"  # no sentence did, or there was none
    STOPPED = "stopped"  # by a user, refused by the model, or its answer said nothing
    UNKNOWN = "unknown"  # the end of its paid call is not known
    DEAD = "dead"  # every attempt failed


@dataclass(frozen=True)
class Frame:
    """The words around an answer in one language. {} stands for a number."""

    passages: str
    answer: str
    sources: str
    not_found: str
    dropped: str
    left_out: str
    edited: str
    gone: str
    deleted: str
    repeated: str
    weak: str
    picture: str
    question: str
    tokens: str


_EN = Frame(
    passages="Passages",
    answer="Answer",
    sources="Sources",
    not_found="The archive has no answer that a post proves. The nearest passages are above.",
    dropped="sentences left out because a check failed: {}",
    left_out="posts left out because they give orders to machines: {}",
    edited="edited since",
    gone="edited since: the post no longer says it",
    deleted="deleted in Telegram",
    repeated="asked before, answered from the rows of {}",
    weak="by a model's description",
    picture="in a picture",
    question="question {}",
    tokens="tokens: {}",
)
_RU = Frame(
    passages="Что нашлось",
    answer="Ответ",
    sources="Источники",
    not_found="В архиве нет ответа, который подтверждается постом. Ближайшие места — выше.",
    dropped="предложений опущено, потому что не прошли проверку: {}",
    left_out="постов опущено, потому что в них приказы машинам: {}",
    edited="позже изменён",
    gone="позже изменён: этих слов в посте больше нет",
    deleted="удалён в Telegram",
    repeated="вопрос уже задавали, ответ взят из записей от {}",
    weak="по описанию от модели",
    picture="на картинке",
    question="вопрос {}",
    tokens="токенов: {}",
)
_UK = Frame(
    passages="Що знайшлося",
    answer="Відповідь",
    sources="Джерела",
    not_found="В архіві немає відповіді, яку підтверджує допис. Найближчі місця — вище.",
    dropped="речень пропущено, бо не пройшли перевірку: {}",
    left_out="дописів пропущено, бо в них накази машинам: {}",
    edited="згодом змінено",
    gone="згодом змінено: цих слів у дописі більше немає",
    deleted="видалено в Telegram",
    repeated="запитання вже ставили, відповідь узято із записів від {}",
    weak="за описом від моделі",
    picture="на зображенні",
    question="запитання {}",
    tokens="токенів: {}",
)
FRAMES: Mapping[str, Frame] = MappingProxyType({"en": _EN, "ru": _RU, "uk": _UK})


def frame(language: str) -> Frame:
    """The frame of a language; English for one that has none."""
    return FRAMES.get(language, _EN)
