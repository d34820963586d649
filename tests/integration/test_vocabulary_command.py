"""The command media-audit vocabulary learn over a real database: its file is a vocabulary that the taggers take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from app.adapters.tagger.vocabulary import load_vocabulary
from app.cli.main import main
from app.db import transaction
from app.models import SearchDocument
from app.settings import Settings
from tests.factories import rows
from tests.integration.search_rows import CITY, add_city, put

# The blanks around & are no part of a tag by the rules of today: an older release may have written it.
COUNTS = {"паром": 4, "c++": 3, "нью-йорк": 3, "ferry": 3, "rock & roll": 2, "зима": 1}


@pytest.fixture
def archive(settings: Settings) -> Settings:
    """Four posts of one channel with these tags, one of another channel, and a deleted one."""
    with transaction() as session:
        add_city(session)
        rows.channel(session, "@port", id=CITY + 1, username="port", telegram_id=222, title="Порт")
        for number in range(4):
            put(session, number + 1, tags="\n".join(tag for tag, count in COUNTS.items() if count > number))
        put(session, 8, tags="паром\nпорт", channel=CITY + 1)
        put(session, 9, tags="паром\nferry\nудалено")
        session.execute(
            update(SearchDocument).where(SearchDocument.publication_id == 9).values(deleted_at=datetime.now(UTC))
        )
    return settings


def learn(*argv: str) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as end:
        main(["vocabulary", "learn", *argv])
    return int(end.value.code or 0)


def lines(place: Path) -> list[str]:
    """The lines of the file that are no comments, white space collapsed."""
    return [" ".join(line.split()) for line in place.read_text().splitlines() if not line.startswith("#")]


def test_frequent_tags_of_today_come_first_with_their_numbers(archive: Settings, tmp_path: Path) -> None:
    place = tmp_path / "tags.txt"
    assert learn("--out", str(place)) == 0
    assert lines(place) == ["паром # 5", "c++ # 3", "ferry # 3", "нью-йорк # 3"]
    assert learn("--out", str(place), "--force", "--least", "1", "--limit", "2") == 0
    assert lines(place) == ["паром # 5", "c++ # 3"]
    assert [path.name for path in tmp_path.iterdir()] == ["tags.txt"]


def test_the_file_is_a_vocabulary(archive: Settings, tmp_path: Path) -> None:
    place = tmp_path / "tags.txt"
    assert learn("--out", str(place), "--least", "1") == 0
    found = load_vocabulary(Settings(tag_vocabulary=place))
    assert found is not None
    assert set(found.names) == {*COUNTS, "порт"} - {"rock & roll"}


def test_one_channel_alone(archive: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert learn("--out", str(tmp_path / "tags.txt"), "--least", "1", "--channel", "@port") == 0
    assert lines(tmp_path / "tags.txt") == ["паром # 1", "порт # 1"]
    assert learn("--out", str(tmp_path / "other.txt"), "--channel", "@nothing") == 2
    assert "no watched channel" in capsys.readouterr().err


def test_an_edited_file_is_not_overwritten(
    archive: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "tags.txt"
    place.write_text("мое\n")
    assert learn("--out", str(place)) == 2
    assert "--force" in capsys.readouterr().err
    assert place.read_text() == "мое\n"
    assert learn("--out", str(tmp_path / "no/such/folder.txt")) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_without_frequent_tags_no_file_is_written(
    archive: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert learn("--out", str(tmp_path / "tags.txt"), "--least", "50") == 2
    assert "--least" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
