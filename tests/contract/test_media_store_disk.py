"""The file store on real disks: they lose what was not synced, take part of a write, and are full."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.adapters.store import FileStore
from app.errors import Transient

DATA = bytes(range(256)) * 5000
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def happened(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the disk is told, in order: syncs of files with their size, of directories, and renames."""
    told: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        of = "." if path == root else ".." if path == root.parent else str(path.relative_to(root))
        told.append(f"directory {of}" if path.is_dir() else f"file of {os.fstat(descriptor).st_size}")
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        told.append(f"rename to {target.relative_to(root)}")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    return told


def store(root: Path, data: bytes = DATA) -> str:
    """A process of its own stores a file in two pieces."""
    incoming = FileStore(root).incoming()
    try:
        incoming.write(data[:-1])
        incoming.write(data[-1:])
        return incoming.finish().sha256
    finally:
        incoming.discard()


def place(name: str) -> str:
    return f"{name[:2]}/{name[2:4]}"


def test_a_file_is_on_disk_before_it_has_a_name_and_its_name_before_it_counts(root: Path, happened: list[str]) -> None:
    """A crash may lose a file but never leave a cut one under its hash, nor a row without its file."""
    store(root)
    rename = happened.index(f"rename to {place(NAME)}/{NAME}")
    assert f"file of {len(DATA)}" in happened[:rename], "all its bytes, after the last write"
    assert happened[rename + 1 :] == [f"directory {place(NAME)}"]
    assert {f"directory {NAME[:2]}", "directory .", "directory .."} <= set(happened[:rename]), "the way to it"


def test_a_file_that_is_there_already_is_synced_all_the_same(root: Path, happened: list[str]) -> None:
    """The process that stored it may have crashed before its syncs."""
    store(root)
    first = list(happened)
    happened.clear()
    store(root)
    assert happened == first


def test_directories_are_synced_once_in_a_process(root: Path, happened: list[str]) -> None:
    files = FileStore(root)
    for _ in range(2):
        happened.clear()
        incoming = files.incoming()
        incoming.write(DATA)
        incoming.finish()
    assert happened == [f"file of {len(DATA)}", f"rename to {place(NAME)}/{NAME}", f"directory {place(NAME)}"]


class Part(io.FileIO):
    """A file on a disk that takes 1,000 bytes of a write at most, as a full or a remote one may."""

    room = 10**9

    def write(self, data: object) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = super().write(memoryview(data)[: min(1000, self.room)])  # type: ignore[arg-type]
        self.room -= taken or 0
        return taken or 0


def on(disk: Callable[[str], io.FileIO], patch: pytest.MonkeyPatch) -> None:
    """New files are on this disk."""
    real = Path.open

    def opened(self: Path, mode: str = "r", *rest: object, **named: object) -> object:
        return disk(str(self)) if mode == "xb" else real(self, mode, *rest, **named)  # type: ignore[call-overload]

    patch.setattr(Path, "open", opened)


def test_a_write_that_was_taken_in_part_is_continued(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on(lambda path: Part(path, "x"), monkeypatch)
    files = FileStore(root)
    incoming = files.incoming()
    incoming.write(DATA[:2500])
    incoming.write(DATA[2500:])
    assert incoming.size == len(DATA)
    assert incoming.finish().size == len(DATA)
    assert files.path(NAME).read_bytes() == DATA


def test_a_disk_that_fills_up_in_the_middle_of_a_write_stores_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Part):
        room = 2500

    with monkeypatch.context() as full:
        on(lambda path: Full(path, "x"), full)
        incoming = FileStore(root).incoming()
        with pytest.raises(Transient, match="No space left") as caught:
            incoming.write(DATA)
        incoming.discard()
    assert (caught.value.charge, caught.value.retry_after) == (False, 60.0)
    assert [path for path in root.rglob("*") if path.is_file()] == []
    assert store(root) == NAME


def refuses(code: int) -> Callable[..., object]:
    def call(*given: object, **named: object) -> object:
        raise OSError(code, os.strerror(code))

    return call


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO])
@pytest.mark.parametrize("call", [(Path, "mkdir"), (Path, "open"), (os, "fsync"), (Path, "replace"), (os, "open")])
def test_a_full_or_closed_disk_waits_for_a_person(
    call: tuple[object, str], code: int, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the disk refuses: the file is not charged, nothing half-written has a name, and later it is stored."""
    with monkeypatch.context() as closed:
        closed.setattr(*call, refuses(code))
        with pytest.raises(Transient, match=os.strerror(code)) as caught:
            store(root)
    assert (caught.value.charge, caught.value.retry_after) == (False, 60.0)
    assert str(root) in caught.value.reason
    held = [path for path in root.rglob("*") if path.is_file()]
    assert [path.name for path in held] in ([], [NAME])
    assert all(path.read_bytes() == DATA for path in held), "whole, if it has a name"
    assert store(root) == NAME


def test_an_error_of_the_process_is_no_full_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refuses(errno.EMFILE))
    with pytest.raises(OSError, match="Too many open files"):
        store(root)
