"""What both keepers of lessons promise: in the memory of a process, and in rows that all processes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from app.db import transaction
from app.domain.server_lessons import PARTS, TOLD, Endpoint, Lesson, MemoryLessons, RequestPart
from app.pipeline.engine.server_lessons import StoredLessons
from app.ports import ServerLessons
from app.settings import Settings
from tests.integration.pipeline.database import change, rows

SERVER = Endpoint("openai", "http://127.0.0.1:11434/v1", "m-1")
OTHERS = (
    Endpoint("gigachat", SERVER.address, SERVER.model),
    Endpoint("openai", "http://127.0.0.1:11435/v1", SERVER.model),
    Endpoint("openai", SERVER.address, "m-2"),
)


def lesson(
    part: RequestPart, words: str = "not taken", *, old: timedelta = timedelta(), most: int | None = None
) -> Lesson:
    return Lesson(part, words, datetime.now(UTC) - old, most)


@dataclass
class Kept:
    """A keeper. later: what a process knows that comes after it, or beside it."""

    lessons: ServerLessons
    later: Callable[[], ServerLessons]


@pytest.fixture(params=["memory", "rows"])
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    if request.param == "memory":
        memory = MemoryLessons()
        yield Kept(memory, lambda: memory)
        return
    request.getfixturevalue("settings")
    yield rows_of(StoredLessons())


def rows_of(stored: StoredLessons) -> Kept:
    def later() -> ServerLessons:
        with transaction() as session:
            stored.write(session)
        other = StoredLessons()
        with transaction() as session:
            other.read(session)
        return other

    return Kept(stored, later)


def test_a_lesson_is_known_at_once_and_later_for_its_endpoint_alone(kept: Kept) -> None:
    kept.lessons.learn(SERVER, lesson("several_pictures", "At most 2", most=2))
    for known in (kept.lessons.known, kept.later().known):
        assert set(known(SERVER)) == {"several_pictures"}
        found = known(SERVER)["several_pictures"]
        assert (found.words, found.most) == ("At most 2", 2)
        assert [dict(known(other)) for other in OTHERS] == [{}] * 3


def test_a_later_lesson_takes_the_place_of_an_earlier_one(kept: Kept) -> None:
    kept.lessons.learn(SERVER, lesson("several_pictures", most=3))
    kept.later()
    kept.lessons.learn(SERVER, lesson("several_pictures", most=1))
    assert kept.later().known(SERVER)["several_pictures"].most == 1


def test_each_part_can_be_learnt_and_told(kept: Kept) -> None:
    for part in PARTS:
        kept.lessons.learn(SERVER, lesson(part, most=2))
    assert set(kept.later().known(SERVER)) == set(PARTS) == set(TOLD)
    assert all(one.told and "{" not in one.told for one in kept.later().known(SERVER).values())


def test_a_server_is_asked_again_after_a_day_and_without_pictures_after_ten_minutes(kept: Kept) -> None:
    kept.lessons.learn(SERVER, lesson("system", old=timedelta(hours=25)))
    kept.lessons.learn(SERVER, lesson("temperature", old=timedelta(hours=23)))
    kept.lessons.learn(SERVER, lesson("pictures", old=timedelta(minutes=11)))
    assert set(kept.lessons.known(SERVER)) == {"temperature"}


class TestRows:
    def test_a_lesson_that_was_not_committed_is_written_with_the_next_call(self, settings: Settings) -> None:
        stored = StoredLessons()
        stored.learn(SERVER, lesson("system"))
        with suppress(RuntimeError), transaction() as session:
            stored.write(session)
            raise RuntimeError("the worker is killed")
        assert rows("SELECT part FROM server_lessons") == []
        assert set(rows_of(stored).later().known(SERVER)) == {"system"}

    def test_reading_keeps_lessons_that_are_not_written_yet(self, settings: Settings) -> None:
        stored = StoredLessons()
        stored.learn(SERVER, lesson("system"))
        with transaction() as session:
            stored.read(session)
        assert set(stored.known(SERVER)) == {"system"}

    def test_a_row_that_a_person_removed_is_forgotten(self, settings: Settings) -> None:
        stored = StoredLessons()
        stored.learn(SERVER, lesson("system"))
        rows_of(stored).later()
        change("DELETE FROM server_lessons")
        with transaction() as session:
            stored.read(session)
        assert not stored.known(SERVER)

    def test_old_rows_go_with_the_next_lesson_and_unknown_parts_are_no_fault(self, settings: Settings) -> None:
        for part, age in (("system", "25 hours"), ("of_a_later_release", "1 hour")):
            change(
                "INSERT INTO server_lessons (provider, address, model, part, words, learned_at)"
                f" VALUES ('openai', 'a', 'm', '{part}', '', now() - interval '{age}')"
            )
        stored = StoredLessons()
        stored.learn(SERVER, lesson("temperature"))
        assert set(rows_of(stored).later().known(SERVER)) == {"temperature"}
        assert rows("SELECT part FROM server_lessons ORDER BY part") == [("of_a_later_release",), ("temperature",)]
