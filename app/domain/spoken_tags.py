"""Tags as models write them: several in one string, numbered, with the word "tag" before them, or none at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.model_values import says_nothing

# A comma between digits and the sign of c# separate nothing.
_SEPARATOR = re.compile(r"[;\n]|(?<!\d),|,(?!\d)|#(?=\w)")
_HASHTAG = re.compile(r"(?<![\w/&])#([^\W\d_][\w-]*)")
_NUMBERED = re.compile(r"^\s*(?:\(?№?\s*\d{1,3}(?:\)|[.:](?=\s|[^\W\d])|\s+[-–—]\s)|[-–—•*·▪►‣+](?=\s)|[•·▪►‣])\s*")
_PREFIX = re.compile(
    r"^\W{0,3}(?:the\s+)?(?:(?:hash-?)?tags?|key\s?words?|(?:х[еэ]ш?)?т[еэ]ги?|метк[аи]|ключев\w+ слов\w+)"
    r"\s*(?:№?\s*\d{1,2})?\W{0,3}\s*[:=](?!\w+://)",
    re.IGNORECASE,
)
# Words in the place of a tag in an example of the form.
PLACEHOLDER = re.compile(
    r"(?:(?:the|your|some|first|second|third)\s+)?(?:tag|keyword|тег|тэг)s?[\s_-]?(?:\d{1,2}|[a-cxn])?(?:\s+here)?"
    r"|strings?|examples?|example tags?|placeholder|lorem ipsum|пример(?:ы| тега)?|строка|ваш тег|\W*",
    re.IGNORECASE,
)
_NO_TAGS = frozenset(
    ("нет", "no", "unknown", "no tags", "no tag", "without tags", "не указано", "неизвестно", "нет тегов", "без тегов")
)
# Signs that a tag does not keep, where the name says nothing without them.
WRITTEN_OUT = {"c#": "csharp", "с#": "csharp", "f#": "fsharp", ".net": "dotnet", "asp.net": "asp.net"}
# Words of sentences, which no list of tags has.
_SPOKEN = """
    sorry cannot can't unable не могу извините сожалению я мне это the is are am i we you this that here there
"""
_TALK = frozenset(_SPOKEN.split())
LONGEST_LIST = 600  # characters of a plain list; a longer text is prose


def split(raw: str) -> list[str]:
    """The tags in one string, without numbers, bullets and prefixes."""
    parts = _SEPARATOR.split(_PREFIX.sub("", raw))
    return [tag for part in parts if (tag := _bare(part))]


def _bare(part: str) -> str:
    tag = part.strip()
    for pattern in (_NUMBERED, _PREFIX, _NUMBERED):
        tag = pattern.sub("", tag)
    tag = tag.strip(" \t\"'`«»“”„")
    return WRITTEN_OUT.get(tag.casefold(), tag)


def is_none(tag: str) -> bool:
    """Whether a model says with it that it has no tag."""
    return says_nothing(tag) or " ".join(tag.casefold().strip(" .!()[]<>").split()) in _NO_TAGS


def is_placeholder(tag: str) -> bool:
    """Whether it is the name of a tag's place."""
    return PLACEHOLDER.fullmatch(tag.strip(" <>[](){}.")) is not None


def plain_list(text: str) -> list[str]:
    """The tags of an answer without JSON: a list in lines, with hash signs, after a prefix, or between commas.

    Sentences may stand around hash signs. Empty for other sentences, so that a refusal makes no tag.
    """
    text = text.strip()
    if len(hashtags := _HASHTAG.findall(text)) > 1 and len(text) <= LONGEST_LIST and not re.search(r"[{}<>]", text):
        return hashtags
    if not text or len(text) > LONGEST_LIST or re.search(r"[{}<>]|[.!?](?:\s|$)(?<!\d\.\s)", text):
        return []
    tags = [tag for tag in split(text) if not is_none(tag)]
    lines = [line for line in text.splitlines() if line.strip()]
    marked = bool(_PREFIX.match(text)) or text.startswith("#") or all(map(_NUMBERED.match, lines[-3:]))
    short = all(len(tag.split()) <= 3 for tag in tags)
    is_list = short and len(tags) >= (1 if marked else 3) and _TALK.isdisjoint(_words(text))
    return tags if is_list else []


def _words(text: str) -> Iterator[str]:
    return (found[0] for found in re.finditer(r"[\w']+", text.casefold()))
