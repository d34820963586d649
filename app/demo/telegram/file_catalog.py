"""The files behind messages: their data centres, references and bytes."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path

from app.demo.telegram.errors import RpcFailure
from app.demo.world import File, World

MAIN_DC = 2
_REFERENCE = struct.Struct("<qI")  # file id, generation


def access_hash(file_id: int) -> int:
    """A stable 63-bit number that cannot be mistaken for the id."""
    return (file_id * 0x9E3779B97F4A7C15 + 1) & (2**63 - 1)


@dataclass
class FileCatalog:
    """Finds files by id; photos and documents have numbers of their own."""

    world: World
    second_dc: bool
    _files: dict[tuple[bool, int], File] = field(default_factory=dict)
    _generations: dict[tuple[bool, int], int] = field(default_factory=dict)
    _moves: dict[tuple[bool, int], int] = field(default_factory=dict)
    _bytes: dict[bytes | Path, memoryview] = field(default_factory=dict)

    def find(self, *, photo: bool, file_id: int) -> File:
        """The file; a deleted message's file stays, as a valid reference to it keeps working."""
        key = (photo, file_id)
        if key not in self._files:
            self._scan()
        if key not in self._files:
            raise RpcFailure(400, "FILE_ID_INVALID")
        return self._files[key]

    def add(self, file: File) -> None:
        """Makes a file known."""
        self._files[_key(file)] = file

    def _scan(self) -> None:
        for channel in self.world.channels:
            for message in channel.messages.values():
                for file in (*([message.file] if message.file else ()), *message.files):
                    self.add(file)

    def dc(self, file: File) -> int:
        """The data centre that really holds the bytes."""
        return file.dc if self.second_dc else MAIN_DC

    def reference(self, file: File) -> bytes:
        """The file reference that a message carries now."""
        return _REFERENCE.pack(file.id, self._generations.get(_key(file), 0))

    def access_hash(self, file: File) -> int:
        """The access hash that a message carries now."""
        return access_hash(file.id) ^ self._moves.get(_key(file), 0)

    def move(self, file: File) -> None:
        """Invalidates the access hash issued so far."""
        self._moves[_key(file)] = self._moves.get(_key(file), 0) + 1

    def expire(self, file: File) -> None:
        """Invalidates the references issued so far."""
        self._generations[_key(file)] = self._generations.get(_key(file), 0) + 1

    def expire_all(self) -> None:
        """The same for every file."""
        self._scan()
        for file in self._files.values():
            self.expire(file)

    def move_all(self) -> None:
        """Invalidates the access hash of every file."""
        self._scan()
        for file in self._files.values():
            self.move(file)

    def check(self, file: File, reference: bytes) -> None:
        """Refuses a reference that is missing, wrong or expired."""
        if not reference:
            raise RpcFailure(400, "FILE_REFERENCE_EMPTY")
        if len(reference) != _REFERENCE.size or _REFERENCE.unpack(reference)[0] != file.id:
            raise RpcFailure(400, "FILE_REFERENCE_INVALID")
        if reference != self.reference(file):
            raise RpcFailure(400, "FILE_REFERENCE_EXPIRED")

    def view(self, file: File) -> memoryview:
        """The bytes, mapped once: reading a file anew for each part would cost more than encrypting it."""
        if isinstance(file.data, bytes):
            return memoryview(file.data)
        if file.data not in self._bytes:
            self._bytes[file.data] = _map(file.data)
        return self._bytes[file.data]

    def size(self, file: File) -> int:
        """Length in bytes."""
        return len(self.view(file))


def _key(file: File) -> tuple[bool, int]:
    return file.kind == "photo", file.id


def _map(path: Path) -> memoryview:
    with path.open("rb") as stream:
        if path.stat().st_size == 0:  # an empty file cannot be mapped
            return memoryview(b"")
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
