"""Readings, edits and wishes in any order, any of them twice: the tags at the end are the same, and none is made twice.

The gate alone, with the domain's own functions around it; tests/integration/pipeline/test_any_order.py has the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.features import features_hash
from app.domain.gate import TagState, decide, input_hash, text_hash
from app.domain.reading import Label, Reading
from app.domain.tags import normalise_tags, tags_hash
from app.domain.versions import best, publication_version
from tests.profiles import examples

CHAIN = (3, 1)  # 3 is the primary; 2 and 4 were used once
VERSIONS = (2, 4, 1, 3)  # ascending in rank
FILES = ("a", "b", "c")


@dataclass(frozen=True)
class Read:
    """A reading is there, and merged."""

    file: str
    version: int


@dataclass(frozen=True)
class Edit:
    """The text as Telegram has it after so many edits; an older message about it changes nothing."""

    number: int


@dataclass(frozen=True)
class Gone:
    """An edit took the file away; its readings may still come."""

    file: str


@dataclass(frozen=True)
class Ask:
    """A person wants it tagged again."""


@dataclass(frozen=True)
class Pass:
    """A message of the step `tag`."""


Event = Read | Edit | Gone | Ask | Pass
Seen = dict[tuple[str, int], int]  # what each version sees in each file


@dataclass
class Tagged:
    """One publication before the gate."""

    sees: Seen
    text: int = 0
    readings: dict[str, dict[int, Reading]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    asked: bool = False
    current: TagState | None = None
    tags: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)  # the input of each passing message
    called: list[str] = field(default_factory=list)  # the inputs that the tagger got

    def follow(self, events: Iterable[Event]) -> Tagged:
        """What becomes of it."""
        for event in events:
            match event:
                case Read(file, version):
                    label = Label(name=f"thing {self.sees[file, version]}", score=1.0)
                    self.readings.setdefault(file, {})[version] = Reading(labels=(label,))
                case Edit(number):
                    self.text = max(self.text, number)
                case Gone(file):
                    self.gone.add(file)
                case Ask():
                    self.asked = True
                case Pass():
                    self._pass()
        return self

    def _pass(self) -> None:
        used = {file: best(found, CHAIN) for file, found in self.readings.items() if file not in self.gone}
        text = text_hash(f"text {self.text}", [])
        features = features_hash({file: reading for file, (_, reading) in used.items()}) if used else None
        version = publication_version((version for version, _ in used.values()), CHAIN)
        new = TagState(version, features, text, input_hash(text, features, "tagger"))
        self.met.append(new.input_hash)
        passage = decide(self.current, new, CHAIN, asked=self.asked)
        self.asked = False
        if passage is None:
            return
        self.current = new
        if passage.call:
            self.called.append(new.input_hash)
            names = [label.name for _, reading in used.values() for label in reading.labels]
            self.tags = normalise_tags([f"text {self.text}", *names])

    @property
    def end(self) -> tuple[TagState | None, list[str], str]:
        """What a reader, and the next comparison, see of it."""
        return self.current, self.tags, tags_hash(self.tags)


@st.composite
def stories(draw: st.DrawFn, *, losing: bool) -> tuple[Seen, list[Event], list[Event]]:
    """(what is seen, the events in a straight line, the same ones in any order, doubled, with messages between).

    A higher version sees what the one below it saw, or something new, so no input comes back unless a file is lost.
    """
    sees = {}
    for file in FILES:
        thing = 0
        for version in VERSIONS:
            thing += draw(st.booleans())
            sees[file, version] = thing
    pairs = st.sampled_from([(file, version) for file in FILES for version in VERSIONS])
    straight: list[Event] = [Read(*pair) for pair in draw(st.lists(pairs, unique=True, max_size=8))]
    straight += [Edit(number) for number in range(1, draw(st.integers(0, 3)) + 1)]
    straight += [Ask()] * draw(st.integers(0, 2))
    if losing:
        straight += [Gone(file) for file in draw(st.lists(st.sampled_from(FILES), unique=True, max_size=2))]
    again = draw(st.lists(st.sampled_from(straight), max_size=6)) if straight else []
    between: list[Event] = [Pass()] * draw(st.integers(0, 10))
    mixed = draw(st.permutations([*straight, *again, *between]))
    return sees, straight, mixed


def one_call_each(met: Sequence[str]) -> list[str]:
    """The inputs that messages met, without those that were the same as before."""
    return [key for key, _ in groupby(met)]


@settings(max_examples=examples(150))
@given(stories(losing=False))
def test_any_order_ends_in_the_same_tags_and_no_input_is_paid_twice(
    story: tuple[Seen, list[Event], list[Event]],
) -> None:
    sees, straight, mixed = story
    expected = Tagged(sees).follow([*straight, Pass()])
    found = Tagged(sees).follow([*mixed, Pass(), Pass()])
    assert found.end == expected.end
    assert len(found.called) == len(set(found.called))
    assert found.called == one_call_each(found.met)


@settings(max_examples=examples(150))
@given(stories(losing=True))
def test_where_files_are_lost_an_input_may_come_back_but_only_once_each_time(
    story: tuple[Seen, list[Event], list[Event]],
) -> None:
    """The gate knows the last input alone; a paid answer for an earlier one is taken from its shelf, not bought."""
    sees, straight, mixed = story
    expected = Tagged(sees).follow([*straight, Pass()])
    found = Tagged(sees).follow([*mixed, Pass(), Pass()])
    assert found.end == expected.end
    assert found.called == one_call_each(found.met)
