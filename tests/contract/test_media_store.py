"""The contract of MediaStore, on the file store."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.adapters.store import FileStore, file_store
from app.errors import Transient, UserError
from app.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5000


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "media")


def files(store_root: Path) -> list[str]:
    return sorted(str(p.relative_to(store_root)) for p in store_root.rglob("*") if p.is_file())


def put(store: FileStore, data: bytes) -> str:
    temporary = store.temporary()
    temporary.write_bytes(data)
    return store.put(temporary).sha256


def test_put_names_by_content_and_takes_the_file_over(store: FileStore, tmp_path: Path) -> None:
    temporary = store.temporary()
    temporary.write_bytes(PNG)
    stored = store.put(temporary)
    assert (stored.sha256, stored.size, stored.mime, stored.extension) == (sha(PNG), len(PNG), "image/png", ".png")
    assert files(tmp_path / "media") == [f"{sha(PNG)[:2]}/{sha(PNG)[2:4]}/{sha(PNG)}"]
    assert store.path(sha(PNG)).read_bytes() == PNG


def test_same_bytes_twice_are_one_file(store: FileStore, tmp_path: Path) -> None:
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


def test_a_damaged_copy_is_replaced(store: FileStore) -> None:
    put(store, PNG)
    store.path(sha(PNG)).write_bytes(PNG[:100])
    put(store, PNG)
    assert store.path(sha(PNG)).read_bytes() == PNG


def test_absent_and_malformed_names(store: FileStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.path(sha(b"never stored"))
    for name in ("../../etc/passwd", sha(PNG).upper(), ""):
        with pytest.raises(ValueError, match="not a sha256"):
            store.path(name)


def test_pieces_are_invisible_until_finished(store: FileStore, tmp_path: Path) -> None:
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


def test_discarded_pieces_leave_nothing(store: FileStore, tmp_path: Path) -> None:
    incoming = store.incoming()
    incoming.write(PNG)
    incoming.discard()
    assert files(tmp_path / "media") == []


def test_abandoned_files_are_removed_by_age(store: FileStore, tmp_path: Path) -> None:
    old, young = store.temporary(), store.temporary()
    for path in (old, young):
        path.write_bytes(b"cut off")
    two_hours_ago = time.time() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    FileStore(tmp_path / "media").temporary()
    assert not old.exists()
    assert young.exists()


def test_synced_before_it_has_a_name(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash may lose a file but never leave a cut one under its hash."""
    happened: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        happened.append("sync " + ("directory" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file"))
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        happened.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    put(store, PNG)
    assert happened[0] == "sync file"
    assert happened[-2:] == ["rename", "sync directory"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_full_or_closed_disk_waits_for_a_person(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    temporary = store.temporary()
    temporary.write_bytes(PNG)

    def refuse(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(Transient, match=os.strerror(code)) as caught:
        store.put(temporary)
    assert not caught.value.charge
    assert caught.value.retry_after
    monkeypatch.undo()
    assert store.put(temporary).sha256 == sha(PNG)


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
