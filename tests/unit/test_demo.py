"""The demo's own parts: what it expects, and that it empties no home but its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.demo import home as places
from app.demo.channels import sample_world
from app.demo.expected import expected
from app.errors import UserError


@pytest.mark.slow
def test_expectations_agree_with_the_facts_of_the_sample_channels(samples: Path) -> None:
    found = expected(sample_world(samples))
    facts = found.facts
    assert len(found.final) == facts.posts
    assert len(found.albums) == facts.albums
    assert (len(found.sizes), sum(found.sizes.values())) == (facts.media_files, facts.media_bytes)
    assert len(found.deleted) == facts.deleted
    assert len(found.damaged) == 2
    assert set(found.lying.values()) == {"image/png", "text/html"}
    assert found.late
    assert found.edited
    assert any(len(items) == 10 for items in found.albums.values())


def test_a_home_with_real_data_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    with pytest.raises(UserError, match="MEDIA_AUDIT_HOME"):
        places.claim(tmp_path)
    with pytest.raises(UserError, match="nothing is deleted"):
        places.empty(tmp_path, "postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1/0")


def test_a_home_of_an_earlier_demo_is_taken_again(tmp_path: Path) -> None:
    places.claim(tmp_path)
    (tmp_path / "media").mkdir()
    places.claim(tmp_path)
    assert (tmp_path / "media").is_dir(), "what is there is emptied later, once its services run"


def test_the_demo_knows_nothing_of_its_users_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ | {"TELEGRAM_SESSION": "real", "DATABASE_URL": "real", "PATH": "p"})
    (tmp_path / ".env").write_text("TELEGRAM_SESSION=real\n")
    places.seclude(tmp_path / "demo")
    assert "TELEGRAM_SESSION" not in os.environ
    assert "DATABASE_URL" not in os.environ
    assert os.environ["PATH"] == "p"
    assert os.environ["MEDIA_AUDIT_HOME"] == str(tmp_path / "demo")
    assert not Path(".env").exists()
