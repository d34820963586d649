"""The exports of a home: exports/NAME once they are whole, exports/.partial-NAME until then."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from uuid import uuid4

from app.adapters.exports import closing, keys, parts, tree
from app.domain.export.keys import to_pem
from app.domain.export.manifest import ABOUT
from app.domain.export.plan import Closed, Closing, Part, PartWritten
from app.errors import Permanent
from app.ports import MediaStore
from app.settings import Settings

PARTIAL, REMOVED = ".partial-", ".removed-"
GONE = "its parts are gone from the disk: make the export again"


class ExportTree:
    """The port ExportFiles on a local or mounted file system."""

    def __init__(self, root: Path, secrets: Path, store: MediaStore) -> None:
        """root: of all exports; the first part makes it. secrets: directory of the key that signs."""
        self._root, self._secrets, self._store = root, secrets, store

    def write(self, part: Part) -> PartWritten:
        """Writes a part. Withheld while the disk is full or closed; Permanent where earlier parts are gone."""
        with tree.writable(self._root):
            place = self._parts(part.plan.directory)
            if part.number and not place.is_dir():
                raise Permanent(GONE)
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            return parts.write_part(place, self._store, part)

    def close(self, given: Closing) -> Closed:
        """Makes the whole export out of its parts and puts it at its place in one step. Errors as `write`."""
        place, partial = self._root / given.plan.directory, self._partial(given.plan.directory)
        with tree.writable(self._root):
            if not place.is_dir():
                self._build(place, partial, given)
            shutil.rmtree(partial, ignore_errors=True)
            return closing.told(place)

    def _build(self, place: Path, partial: Path, given: Closing) -> None:
        if not all((partial / "parts" / name).is_dir() for name in given.parts):
            raise Permanent(GONE)
        out = partial / "out"
        out.mkdir(exist_ok=True)
        closing.close(out, partial / "parts", given, keys.signing_key(self._secrets))
        os.sync()  # one for all files: a crash of the machine must not leave empty ones under the name of an export
        out.rename(place)

    def path(self, directory: str) -> Path:
        """The directory of a whole export (FileNotFoundError if it is absent)."""
        place = self._root / directory
        if not (place / ABOUT).is_file():
            raise FileNotFoundError(place)
        return place

    def public_key(self) -> str:
        """The public key (PEM) of the home; the first call makes the pair."""
        with tree.writable(self._secrets):
            return to_pem(keys.signing_key(self._secrets).public_key())

    def remove(self, directory: str) -> None:
        """Removes an export, whole or not. At once it is no export any more; its files follow."""
        for place in (self._root / directory, self._partial(directory)):
            gone = self._root / f"{REMOVED}{uuid4().hex}"
            if place.is_dir():
                with tree.writable(self._root):
                    place.rename(gone)
        for gone in self._root.glob(f"{REMOVED}*"):
            shutil.rmtree(gone, ignore_errors=True)

    def _partial(self, directory: str) -> Path:
        return self._root / f"{PARTIAL}{directory}"

    def _parts(self, directory: str) -> Path:
        return self._partial(directory) / "parts"


def export_tree(settings: Settings, store: MediaStore) -> ExportTree:
    """The exports under the home of the settings."""
    return ExportTree(settings.home / "exports", settings.home / "secrets", store)
