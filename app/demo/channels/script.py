"""Scripts of channels: posts, edits and deletions in order. docs/sample-channels.md has the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

YEAR = 2026


@dataclass(frozen=True)
class Draft:
    """A post or an album before it has ids. captions: marked text by item, from 0."""

    at: datetime
    name: str
    media: tuple[str, ...] = ()
    captions: dict[int, str] = field(default_factory=dict)
    reply: str | None = None  # name in the same channel
    forward: str | None = None  # "channel/name", or "~Hidden_Name"
    edited: int = 0  # minutes after posting; 0: never
    gap: int = 0  # ids before this post that were deleted
    group: str | None = None  # the same word gives the same grouped_id in every channel
    later: int = 0  # the batch in which it appears; 0: from the beginning
    late: bool = False  # the last item of the album appears in batch 1
    service: bool = False

    @property
    def size(self) -> int:
        """How many messages it takes."""
        return max(1, len(self.media))


@dataclass(frozen=True)
class Change:
    """An edit (with its new marked text) or a deletion (None) of one item of a named post."""

    batch: int
    name: str
    item: int
    text: str | None
    at: datetime


@dataclass
class Script:
    """A channel as written down."""

    key: str
    title: str
    about: str
    username: str | None
    drafts: list[Draft]
    changes: list[Change]


def read(path: Path) -> Script:
    """Parse a script. ValueError names the file and the block that is wrong."""
    head, *blocks = path.read_text(encoding="utf-8").split("\n=== ")
    facts = dict(line.split(": ", 1) for line in head.strip().splitlines())
    script = Script(path.stem, facts["title"], facts["about"], facts.get("username"), [], [])
    for number, block in enumerate(blocks, 1):
        try:
            item = _block(f"{path.stem}-{number}", block)
        except (ValueError, KeyError) as error:
            raise ValueError(f"{path.name}, block {number} ({block.splitlines()[0]}): {error}") from error
        (script.drafts if isinstance(item, Draft) else script.changes).append(item)  # type: ignore[arg-type]
    return script


def _block(name: str, block: str) -> Draft | Change:
    head, *lines = block.strip().splitlines()
    day, clock, *words = head.split()
    at = datetime.strptime(f"{YEAR}-{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    options = dict(word.partition("=")[::2] for word in words)
    if "edit" in options or "delete" in options:
        return _change(at, options, "\n".join(lines))
    media = tuple(part.strip() for line in lines if line.startswith("+ ") for part in line[2:].split(","))
    return Draft(
        at,
        options.get("name", name),
        media,
        _captions([line for line in lines if not line.startswith("+ ")]),
        options.get("re"),
        options.get("fwd"),
        int(options.get("edited", 0)),
        int(options.get("gap", 0)),
        options.get("group"),
        int(options.get("later", 0)),
        "late" in options,
        "service" in options,
    )


def _change(at: datetime, options: dict[str, str], text: str) -> Change:
    name, _, item = (options.get("edit") or options["delete"]).partition("/")
    return Change(int(options["later"]), name, int(item or 1) - 1, text if "edit" in options else None, at)


def _captions(lines: list[str]) -> dict[int, str]:
    """Text before any `-- n` belongs to the first item, text after it to item n."""
    item, texts = 0, dict[int, list[str]]()
    for line in lines:
        if line.startswith("-- "):
            item = int(line[3:]) - 1
        else:
            texts.setdefault(item, []).append(line)
    return {item: "\n".join(text).strip() for item, text in texts.items() if "\n".join(text).strip()}
