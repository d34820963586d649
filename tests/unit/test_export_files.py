"""Files of exports: the key is made once, and no name of a medium makes a browser run it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.adapters.exports.keys import NAME, signing_key
from app.domain.export.keys import fingerprint
from app.domain.export.manifest import PATH, place_of
from app.errors import Misconfigured


def test_of_many_who_make_the_key_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: signing_key(tmp_path / "secrets"), range(16)))
    assert len({fingerprint(key.public_key()) for key in keys}) == 1
    [path] = (tmp_path / "secrets").iterdir()
    assert (path.name, path.stat().st_mode & 0o777) == (NAME, 0o600)


def test_a_key_that_is_damaged_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("no key")
    with pytest.raises(Misconfigured):
        signing_key(tmp_path)
    assert (tmp_path / NAME).read_text() == "no key"


@pytest.mark.parametrize(
    ("extension", "end"),
    [(".jpg", ".jpg"), ("", ""), (".html", ".html.txt"), (".svg", ".svg.txt"), ("/../x", ""), (".a b", "")],
)
def test_a_medium_is_named_by_its_hash_and_runs_nowhere(extension: str, end: str) -> None:
    path = place_of("ab" * 32, extension)
    assert path == f"media/ab/{'ab' * 32}{end}"
    assert PATH.fullmatch(path)
