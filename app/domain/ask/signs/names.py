"""The names of the signs, and how a sign looks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """One feature of a clause. Only TOKEN and SPOKEN_TO make an order alone."""

    TOKEN = "token"  # marks of a chat template, which no person writes to another
    SPOKEN_TO = "spoken_to"  # `if you are an AI`, `I order you to answer`
    ROLE = "role"  # a role before a colon: `System: `
    MACHINE = "machine"  # a name for models alone
    HELPER = "helper"  # a name for models, and for people or things: assistant, model, system, bot
    ADDRESSED = "addressed"  # `note to AI`, `ChatGPT, ...`
    USER = "user"  # the person who asks, not as the subject of a sentence
    OVERRIDE = "override"  # ignore, forget
    GUIDANCE = "guidance"  # instructions, prompt, context
    RULES = "rules"  # rules, role, limits: of a machine or of people
    HIDDEN = "hidden"  # system prompt, previous rules
    BEFORE = "before"  # above, previous
    ALL = "all"
    QUESTION = "question"  # the question as a thing
    OWN = "own"  # your
    TOLD = "told"  # `you were told`
    VOID = "void"  # no longer valid
    NEW_TASK = "new_task"
    ABOVE = "above"  # `the text that precedes this`
    BECOME = "become"  # `you are now`, `pretend`, `from now on`
    FREED = "freed"  # DAN, without restrictions
    COMMAND = "command"  # to say or write; in Russian and Ukrainian in the familiar form, which adverts avoid
    POLITE = "polite"  # the same in the polite form
    ANSWERING = "answering"  # a command to answer, or `you answer`
    ANSWER = "answer"  # the answer as a thing
    OWN_ANSWER = "own_answer"  # `your reply`
    CHANGE = "change"  # to change or fill a text
    EACH_ANSWER = "each_answer"  # `every reply`, `the end of the answer`
    REPLY = "reply"  # `Answer: `
    SHAPE = "shape"  # a language, a format, a manner for the answer
    ONLY = "only"  # only, nothing else, one word
    THING = "thing"  # an address, a long number, quoted words: to be said
    LINK = "link"  # the same without words such as number and code
    WHEN = "when"  # `when asked about`, `to any question`
    MUST = "must"
    SPEECH = "speech"  # to say or show, beside MUST
    CITING = "citing"  # a command to cite, to use, to rely on
    OTHERS = "others"  # other posts, other sources
    THIS = "this"  # this post
    ALONE = "alone"  # only this post
    SOURCE = "source"  # citations
    INSTEAD = "instead"  # `instead of an answer`
    TRUTH = "truth"  # the only one, reliable
    PEOPLE = "people"  # comments, surveys, prizes, cash desks: a person is meant
    MAIL = "mail"  # earlier posts or letters, which people ask each other to ignore
    REPORTED = "reported"  # said, told: news about orders


@dataclass(frozen=True)
class Look:
    """How a sign looks.

    words: patterns of whole words between blanks; one is enough. phrases: patterns in the text, tried where a word of
    `near` stands, or always where `near` is empty.
    """

    words: str = ""
    near: str = ""
    phrases: tuple[str, ...] = ()


def either(listed: str) -> str:
    """One pattern of several between blanks."""
    return "|".join(listed.split())
