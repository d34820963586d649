"""Words of a message beside its own text: how rows keep them, which of them are content, and how they join the text.

A row keeps a list of {origin, text}, with `entities` where there are some, and `running: true` for counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.domain.kinds import MediaRole, Origin
from app.domain.messages import Entity, Words

Kept = Mapping[str, Any]  # one entry of such a list

# The role of media whose answer brings these words, too: an answer without a word about the role leaves both alone.
ROLES: Mapping[Origin, MediaRole] = {
    Origin.RICH: MediaRole.OWN,
    Origin.STORY: MediaRole.STORY,
    Origin.PAGE: MediaRole.PREVIEW,
    Origin.ARTICLE: MediaRole.PREVIEW,
    Origin.LINK: MediaRole.PREVIEW,
    Origin.RESULTS: MediaRole.POLL,
    Origin.SOLUTION: MediaRole.POLL,
}


def kept(words: Iterable[Words]) -> list[dict[str, Any]]:
    """The words as rows keep them."""
    return [_kept(one) for one in words]


def _kept(words: Words) -> dict[str, Any]:
    entry: dict[str, Any] = {"origin": words.origin.value, "text": words.text}
    if words.entities:
        entry["entities"] = [asdict(entity) for entity in words.entities]
    return entry | ({"running": True} if words.running else {})


def settled(stored: Sequence[Kept], new: Sequence[Kept], silent: Collection[MediaRole]) -> list[Kept]:
    """The new words, and the stored ones of roles about which the answer says nothing, in their old places.

    An answer that brings words of an origin replaces the stored ones of it, also where it is silent about their media,
    unless they go on where it ends: then it is the beginning of a long text.
    """
    known = {one["origin"]: one for one in stored if ROLES.get(Origin(one["origin"])) in silent}
    found = [_longer(one, known.get(one["origin"])) for one in new]
    origins = {one["origin"] for one in new}
    for place, one in enumerate(stored):
        if one["origin"] not in origins and ROLES.get(Origin(one["origin"])) in silent:
            behind = {later["origin"] for later in stored[place + 1 :]}
            found.insert(next((i for i, other in enumerate(found) if other["origin"] in behind), len(found)), one)
    return found


def _longer(new: Kept, stored: Kept | None) -> Kept:
    goes_on = stored is not None and len(stored["text"]) > len(new["text"]) and stored["text"].startswith(new["text"])
    return stored if stored is not None and goes_on else new


def content(words: Iterable[Kept]) -> list[Kept]:
    """The words that make a revision, and that are searched and tagged: all but running counts."""
    return [one for one in words if not one.get("running")]


def composed(text: str, words: Iterable[Kept]) -> str:
    """A text and the words beside it, a paragraph each; exactly the text where there are none."""
    beside = [one["text"] for one in content(words)]
    return "\n\n".join(filter(None, (text, *beside))) if beside else text


def marked(words: Iterable[Kept]) -> list[tuple[str, list[Entity]]]:
    """The words that have entities, with them."""
    return [(one["text"], [Entity(**e) for e in one["entities"]]) for one in content(words) if one.get("entities")]
