"""Verifies an export: every file against the manifest, the manifest against its signature and against SHA256SUMS."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from app.domain.export.keys import from_pem
from app.domain.export.manifest import (
    ABOUT,
    LONGEST,
    MANIFEST,
    SUMS,
    UNLISTED,
    Entry,
    WrongManifest,
    sums_line,
    to_entry,
    to_values,
)
from app.errors import UserError
from app.exports.checks.findings import Report, Wrong
from app.exports.checks.opened import Unfit, hash_of, opened, walk
from app.exports.checks.signature import check_signature

SHOWN = 1_000  # findings; a directory that is no export at all must not fill the memory with them


def verify_export(root: Path, pinned: bytes | None = None) -> Report:
    """Checks all of an export. pinned: the public key in PEM that must have signed it.

    UserError for a directory that has no manifest at all, and for a pinned key that is none.
    """
    if not root.is_dir() or root.is_symlink():
        raise UserError(f"{root} is no directory")
    if not (root / MANIFEST).exists() and not (root / ABOUT).exists():
        raise UserError(f"{root} is no export: it has no {MANIFEST}")
    report = Report()
    _refuse_no_key(pinned)
    check_signature(root, pinned, report)
    listed = _check_manifest(root, report)
    _check_extra(root, listed, report)
    return report


def _refuse_no_key(pinned: bytes | None) -> None:
    try:
        if pinned is not None:
            from_pem(pinned)
    except ValueError:
        raise UserError("the key that you named is no Ed25519 public key in PEM") from None


def _check_manifest(root: Path, report: Report) -> set[str]:
    """Compares each listed file, then the sums; returns the paths that are listed."""
    listed: set[str] = set()
    sums = sha256()
    try:
        with opened(root, MANIFEST) as file:
            for entry in _entries(file, report):
                if entry.path in listed:
                    _add(report, Wrong.MANIFEST, entry.path, "it is listed twice")
                listed.add(entry.path)
                sums.update(sums_line(entry.path, entry.sha256).encode())
                _check_file(root, entry, report)
            file.seek(0)
            sums.update(sums_line(MANIFEST, hash_of(file)[1]).encode())
    except FileNotFoundError:
        _add(report, Wrong.MISSING, MANIFEST, "it is missing")
        return listed
    except Unfit as error:
        _add(report, Wrong.REFUSED, MANIFEST, str(error))
        return listed
    _check_numbers(listed, report)
    _check_sums(root, sums.hexdigest(), report)
    return listed


def _check_numbers(listed: set[str], report: Report) -> None:
    """A manifest tells how many files it lists, itself out of account and the file about the export."""
    told = report.about.get("files")
    if told is not None and told != len(listed - {ABOUT}):
        _add(report, Wrong.MANIFEST, MANIFEST, f"it lists {len(listed - {ABOUT})} files, and tells of {told}")


def _check_sums(root: Path, wanted: str, report: Report) -> None:
    try:
        with opened(root, SUMS) as file:
            if hash_of(file)[1] != wanted:
                _add(report, Wrong.CHANGED, SUMS, "it does not say what the manifest says")
    except FileNotFoundError:
        _add(report, Wrong.MISSING, SUMS, "it is missing")
    except Unfit as error:
        _add(report, Wrong.REFUSED, SUMS, str(error))


def _entries(file: BinaryIO, report: Report) -> Iterator[Entry]:
    """The files that a manifest lists, behind its head."""
    for number, line in enumerate(_lines(file), 1):
        try:
            if number == 1:
                report.about = _head(line)
            else:
                yield to_entry(line)
        except WrongManifest as error:
            _add(report, Wrong.MANIFEST, f"{MANIFEST}:{number}", str(error))


def _lines(file: BinaryIO) -> Iterator[str]:
    while line := file.readline(LONGEST):
        yield line.decode("utf-8", "replace")


def _head(line: str) -> dict[str, object]:
    about = to_values(line).get("export")
    if not isinstance(about, dict) or type(about.get("files")) is not int:
        raise WrongManifest("the first line tells nothing of the export")
    return about


def _check_file(root: Path, entry: Entry, report: Report) -> None:
    try:
        with opened(root, entry.path) as file:
            size, digest = hash_of(file)
    except FileNotFoundError:
        _add(report, Wrong.MISSING, entry.path, "it is listed, and not there")
        return
    except Unfit as error:
        _add(report, Wrong.REFUSED, entry.path, str(error))
        return
    report.files += 1
    report.size += size
    if size != entry.size:
        _add(report, Wrong.CHANGED, entry.path, f"it has {size} bytes instead of {entry.size}")
    elif digest != entry.sha256:
        _add(report, Wrong.CHANGED, entry.path, f"its SHA-256 is {digest} instead of {entry.sha256}")


def _check_extra(root: Path, listed: set[str], report: Report) -> None:
    for path, regular in walk(root):
        if not regular:
            if path not in listed:  # else told already
                _add(report, Wrong.REFUSED, path, "it is a link or no regular file")
        elif path not in listed and path not in UNLISTED:
            _add(report, Wrong.EXTRA, path, "the manifest does not list it")


def _add(report: Report, wrong: Wrong, path: str, reason: str) -> None:
    if len(report.findings) < SHOWN:
        report.add(wrong, path, reason)
