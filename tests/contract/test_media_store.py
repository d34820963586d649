"""The contract of MediaStore, on the file store."""

from __future__ import annotations

import hashlib
import os
import string
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.adapters.store import FileStore, file_store
from app.errors import UserError
from app.ports import MediaStore
from app.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5000


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return FileStore(tmp_path / "media")


def files(store_root: Path) -> list[str]:
    return sorted(str(p.relative_to(store_root)) for p in store_root.rglob("*") if p.is_file())


def put(store: MediaStore, data: bytes) -> str:
    """Stores a file in pieces, as a download does; returns its name."""
    incoming = store.incoming()
    for start in range(0, len(data), 100_000):
        incoming.write(data[start : start + 100_000])
    return incoming.finish().sha256


def test_a_file_is_named_by_its_content(store: MediaStore, tmp_path: Path) -> None:
    incoming = store.incoming()
    incoming.write(PNG)
    assert incoming.size == len(PNG)
    stored = incoming.finish()
    assert (stored.sha256, stored.size, stored.mime, stored.extension) == (sha(PNG), len(PNG), "image/png", ".png")
    assert files(tmp_path / "media") == [f"{sha(PNG)[:2]}/{sha(PNG)[2:4]}/{sha(PNG)}"]
    assert store.path(sha(PNG)).read_bytes() == PNG


def test_same_bytes_twice_are_one_file(store: MediaStore, tmp_path: Path) -> None:
    assert put(store, PNG) == put(store, PNG)
    assert len(files(tmp_path / "media")) == 1


def test_two_writers_at_once(store: FileStore, tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def write(number: int) -> str:
        other = FileStore(tmp_path / "media")
        barrier.wait()
        return put(other, PNG if number % 2 else b"another" * 1000)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(8))) == {sha(PNG), sha(b"another" * 1000)}
    assert len(files(tmp_path / "media")) == 2


def test_a_damaged_copy_is_replaced(store: MediaStore) -> None:
    put(store, PNG)
    store.path(sha(PNG)).write_bytes(PNG[:100])
    put(store, PNG)
    assert store.path(sha(PNG)).read_bytes() == PNG


def test_absent_and_malformed_names(store: MediaStore, tmp_path: Path) -> None:
    absent = sha(b"never stored")
    with pytest.raises(FileNotFoundError):
        store.path(absent)
    (tmp_path / "media" / absent[:2] / absent[2:4] / absent).mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        store.path(absent)
    put(store, PNG)
    strange = sorted({*string.printable, "é", "٣", "\x00"} - set("0123456789abcdef"))
    wrong = [f"{one}{sha(PNG)[1:]}" for one in strange]
    for name in ("../../etc/passwd", sha(PNG).upper(), "", sha(PNG)[:-1], f"{sha(PNG)}0", *wrong):
        with pytest.raises(ValueError, match="not a sha256"):
            store.path(name)


def test_pieces_are_invisible_until_finished(store: MediaStore, tmp_path: Path) -> None:
    incoming = store.incoming()
    for start in range(0, len(PNG), 100_000):
        incoming.write(PNG[start : start + 100_000])
        with pytest.raises(FileNotFoundError):
            store.path(sha(PNG))
    stored = incoming.finish()
    incoming.discard()
    assert (stored.sha256, stored.mime, stored.size) == (sha(PNG), "image/png", len(PNG))
    assert store.path(sha(PNG)).read_bytes() == PNG
    assert len(files(tmp_path / "media")) == 1


def test_discarded_pieces_leave_nothing(store: MediaStore, tmp_path: Path) -> None:
    incoming = store.incoming()
    incoming.write(PNG)
    assert len(files(tmp_path / "media")) == 1
    incoming.discard()
    incoming.discard()
    assert files(tmp_path / "media") == []


def test_an_empty_file_is_a_file(store: MediaStore) -> None:
    assert put(store, b"") == sha(b"")
    assert store.path(sha(b"")).read_bytes() == b""


def test_files_at_once_do_not_mix(store: MediaStore) -> None:
    first, second = store.incoming(), store.incoming()
    for number in range(20):
        first.write(b"%d" % number)
        second.write(b"-%d" % number)
    assert second.finish().sha256 == sha(b"".join(b"-%d" % n for n in range(20)))
    assert first.finish().sha256 == sha(b"".join(b"%d" % n for n in range(20)))


@pytest.mark.parametrize(("age", "stays"), [(3500, True), (3700, False)])
def test_abandoned_files_are_removed_by_age(age: int, stays: bool, store: MediaStore, tmp_path: Path) -> None:
    """By the last write: a slow download is not abandoned. Only files of ours are removed."""
    path, other = store.temporary(), tmp_path / "media" / "tmp" / "of a person"
    for one in (path, other):
        one.write_bytes(b"cut off")
        os.utime(one, (time.time() - age, time.time() - age))
    (other.parent / "gone meanwhile.part").symlink_to("nowhere")
    FileStore(tmp_path / "media").incoming().discard()
    assert path.exists() is stays
    assert other.exists()


def test_a_process_that_lives_long_removes_abandoned_files_again(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = time.time()
    old = store.temporary()
    old.write_bytes(b"cut off")
    monkeypatch.setattr(time, "time", lambda: started + 1000)
    store.temporary()
    assert old.exists()
    monkeypatch.setattr(time, "time", lambda: started + 4000)
    store.temporary()
    assert not old.exists()


def test_address_of_the_store(tmp_path: Path) -> None:
    def root(url: str | None) -> Path:
        store = file_store(Settings(media_audit_home=tmp_path / "home", media_url=url, database_url=SecretStr("x")))
        return store.temporary().parent.parent

    assert root(None) == tmp_path / "home" / "media"
    assert root(f"file://{tmp_path}/a%20b") == tmp_path / "a b"
    with pytest.raises(UserError, match="not available yet"):
        root("s3://bucket/prefix")
    for wrong in ("/just/a/path", "file://host/path", "file:///", "http://x/y"):
        with pytest.raises(UserError, match="file:///"):
            root(wrong)
