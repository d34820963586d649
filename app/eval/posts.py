"""The labelled posts: app/eval/content/posts.toml as texts with reference tags, and as documents for a tagger."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.demo.channels import markup
from app.domain.messages import Entity
from app.domain.reading import Reading
from app.domain.tags import normalise_tag
from app.errors import UserError
from app.eval.cases import CONTENT
from app.ports import TagInput

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")  # TL names as the pipeline has them: TextUrl -> text_url


@dataclass(frozen=True)
class Post:
    """A text, perhaps a picture of the set, and its tags in the project's spelling."""

    name: str
    text: str  # in the light markup of the sample channels
    wanted: tuple[frozenset[str], ...]  # the synonyms of each reference tag
    allowed: frozenset[str]
    picture: str | None = None  # the name of a case

    def document(self, reading: Reading | None) -> TagInput:
        """The document that the pipeline would give a tagger: the text with its entities, and the picture's reading."""
        text, found = markup.parse(self.text)
        entities = tuple(Entity(_CAPITAL.sub("_", one.kind).lower(), one.offset, one.length, one.url) for one in found)
        if reading is None:
            return TagInput(text, ((text, entities),))
        return TagInput(
            text,
            ((text, entities),),
            ocr=(reading.text,) if reading.text else (),
            labels=tuple(label.name for label in reading.labels),
            descriptions=(reading.description,) if reading.description else (),
            classifications=(reading.classification.value,),
            language=reading.language,
        )


def posts() -> list[Post]:
    """All labelled posts. UserError names a fault of the table."""
    table = tomllib.loads((CONTENT / "posts.toml").read_text(encoding="utf-8"))
    return [
        Post(
            name,
            words["text"],
            tuple(_synonyms(name, tag.split(" | ")) for tag in words["tags"]),
            _synonyms(name, words.get("allowed", ())),
            words.get("picture"),
        )
        for name, words in table.items()
    ]


def ready(all_posts: Iterable[Post], pictures: Sequence[str]) -> list[Post]:
    """The posts whose picture is among `pictures`, and those without one."""
    return [post for post in all_posts if post.picture is None or post.picture in pictures]


def _synonyms(name: str, raw: Iterable[str]) -> frozenset[str]:
    tags = {tag: normalise_tag(tag) for tag in raw}
    if bad := [tag for tag, spelt in tags.items() if spelt is None]:
        raise UserError(f"posts.toml: [{name}]: {bad[0]!r} is no tag")
    return frozenset(spelt for spelt in tags.values() if spelt is not None)
