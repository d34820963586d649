"""Every kind of damage to an export is found and named, with nothing but its own files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.adapters.store.files import FileStore
from app.cli import main
from app.domain.export.keys import to_pem
from app.errors import UserError
from app.exports.checks.findings import Wrong
from app.exports.checks.verify import verify_export
from tests.factories.exports import JPEG, medium, record, stored, written


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of two parts, which no test changes."""
    home = tmp_path_factory.mktemp("home")
    stored(FileStore(home / "media"))
    stored(FileStore(home / "media"), JPEG + b"2")
    first = [record(1, "Ferry one", medium()), record(2, "Ferry two", medium(JPEG + b"2"))]
    return written(home, first, [record(3, "Ferry three", medium())])


@pytest.fixture
def export(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, elsewhere."""
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def picture(export: Path) -> Path:
    return sorted(path for path in (export / "media").rglob("*.jpg"))[0]


def found(export: Path, pinned: bytes | None = None) -> set[tuple[Wrong, str]]:
    return {(one.wrong, one.path) for one in verify_export(export, pinned).findings}


def test_a_copy_is_whole(export: Path) -> None:
    report = verify_export(export, (export / "public.pem").read_bytes())
    assert (report.findings, report.pinned) == ([], True)
    listed = [json.loads(line) for line in (export / "manifest.jsonl").read_text().splitlines()[1:]]
    assert report.files == len(listed)
    on_disk = {path.relative_to(export).as_posix() for path in export.rglob("*") if path.is_file()}
    assert {one["path"] for one in listed} == on_disk - {"manifest.jsonl", "manifest.sig", "public.pem", "SHA256SUMS"}


def bit(path: Path) -> None:
    """Flips one bit; the size stays."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()  # a hard link of the store would change with it
    path.write_bytes(data)


def lines(export: Path, change: Callable[[list[str]], list[str]]) -> None:
    path = export / "manifest.jsonl"
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))


def resign(export: Path) -> None:
    """Somebody else signs what is there, with a key of their own."""
    key = Ed25519PrivateKey.generate()
    (export / "public.pem").write_text(to_pem(key.public_key()))
    (export / "manifest.sig").write_bytes(key.sign((export / "manifest.jsonl").read_bytes()))


def linked(export: Path) -> None:
    secret = export.parent / "secret"
    secret.write_bytes(picture(export).read_bytes())
    path = picture(export)
    path.unlink()
    path.symlink_to(secret)


def behind_a_link(export: Path) -> None:
    (export / "media").rename(export.parent / "elsewhere")
    (export / "media").symlink_to(export.parent / "elsewhere")


def pipe(export: Path) -> None:
    path = picture(export)
    path.unlink()
    os.mkfifo(path)


SUMS, MANIFEST, SIGNATURE = (Wrong.CHANGED, "SHA256SUMS"), "manifest.jsonl", (Wrong.SIGNATURE, "manifest.sig")
DAMAGES: dict[str, tuple[Callable[[Path], object], set[tuple[Wrong, str]]]] = {
    "a bit of the posts": (lambda one: bit(one / "posts.jsonl"), {(Wrong.CHANGED, "posts.jsonl")}),
    "a bit of a page": (lambda one: bit(one / "pages/00001.html"), {(Wrong.CHANGED, "pages/00001.html")}),
    "a shorter file": (lambda one: os.truncate(one / "posts.csv", 9), {(Wrong.CHANGED, "posts.csv")}),
    "a file that is gone": (lambda one: (one / "search.js").unlink(), {(Wrong.MISSING, "search.js")}),
    "a file that is new": (lambda one: (one / "media/x.jpg").write_bytes(JPEG), {(Wrong.EXTRA, "media/x.jpg")}),
    "a file of another name": (
        lambda one: (one / "index.html").rename(one / "start.html"),
        {(Wrong.MISSING, "index.html"), (Wrong.EXTRA, "start.html")},
    ),
    "a line taken out of the manifest": (
        lambda one: lines(one, lambda some: some[:-1]),
        {(Wrong.MANIFEST, MANIFEST), SUMS, SIGNATURE},
    ),
    "a line twice": (
        lambda one: lines(one, lambda some: [*some, some[-1]]),
        {SUMS, SIGNATURE},
    ),
    "another query": (
        lambda one: lines(one, lambda some: [some[0].replace("ferry", "tram"), *some[1:]]),
        {SUMS, SIGNATURE},
    ),
    "no manifest": (lambda one: (one / MANIFEST).unlink(), {(Wrong.MISSING, MANIFEST)}),
    "an empty manifest": (lambda one: (one / MANIFEST).write_text(""), {SUMS, SIGNATURE}),
    "no signature": (lambda one: (one / "manifest.sig").unlink(), {SIGNATURE}),
    "a signature of another manifest": (lambda one: (one / "manifest.sig").write_bytes(bytes(64)), {SIGNATURE}),
    "no key": (lambda one: (one / "public.pem").unlink(), {(Wrong.KEY, "public.pem")}),
    "a key that is none": (lambda one: (one / "public.pem").write_text("key"), {(Wrong.KEY, "public.pem")}),
    "a key without its signature": (
        lambda one: (one / "public.pem").write_text(to_pem(Ed25519PrivateKey.generate().public_key())),
        {SIGNATURE},
    ),
    "no sums": (lambda one: (one / "SHA256SUMS").unlink(), {(Wrong.MISSING, "SHA256SUMS")}),
    "other sums": (lambda one: bit(one / "SHA256SUMS"), {SUMS}),
}
# Damages of a picture, whose name depends on its bytes.
OF_PICTURE: dict[str, tuple[Callable[[Path], object], Wrong]] = {
    "a bit": (lambda one: bit(picture(one)), Wrong.CHANGED),
    "a link to the same bytes": (linked, Wrong.REFUSED),
    "a directory of pictures behind a link": (behind_a_link, Wrong.REFUSED),
    "a pipe": (pipe, Wrong.REFUSED),
}


@pytest.mark.parametrize(("damage", "expected"), DAMAGES.values(), ids=DAMAGES)
def test_each_damage_is_named(export: Path, damage: Callable[[Path], object], expected: set[tuple[Wrong, str]]) -> None:
    damage(export)
    assert expected <= found(export)
    if not expected & {SIGNATURE, (Wrong.MISSING, MANIFEST)}:
        assert found(export) == expected


@pytest.mark.parametrize(("damage", "wrong"), OF_PICTURE.values(), ids=OF_PICTURE)
def test_each_damage_of_a_picture_is_named(export: Path, damage: Callable[[Path], object], wrong: Wrong) -> None:
    path = picture(export).relative_to(export).as_posix()
    damage(export)
    assert (wrong, path) in found(export)


def test_an_export_that_somebody_else_signed_again_needs_the_pinned_key_to_be_found(export: Path) -> None:
    pinned = (export / "public.pem").read_bytes()
    lines(export, lambda some: [some[0].replace("ferry", "tram"), *some[1:]])
    resign(export)
    assert (Wrong.KEY, "public.pem") in found(export, pinned)
    assert Wrong.SIGNATURE not in {wrong for wrong, _ in found(export)}, "the signature itself fits"


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "/etc/passwd",
        "media/../../secret",
        "a//b",
        "",
        ".",
        "media\\x",
        "a\nb",
        "manifest.jsonl",
        "x" * 200,
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_and_not_opened(export: Path, path: str) -> None:
    (export.parent / "secret").write_bytes(b"secret")
    entry = json.dumps({"path": path, "size": 6, "sha256": "0" * 64})
    lines(export, lambda some: [*some, entry + "\n"])
    report = verify_export(export)
    number = len((export / "manifest.jsonl").read_text().splitlines())
    assert (Wrong.MANIFEST, f"manifest.jsonl:{number}") in {(one.wrong, one.path) for one in report.findings}
    assert not any("secret" in one.path for one in report.findings)


@pytest.mark.parametrize("line", ["no json", "[]", "[" * 9_000, '{"path": "a"}', '{"path": 5, "size": 1}', "\xff"])
def test_a_line_that_no_export_writes_is_named(export: Path, line: str) -> None:
    lines(export, lambda some: [*some, line + "\n"])
    assert any(wrong is Wrong.MANIFEST for wrong, _ in found(export))


def test_what_is_no_export_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file", tmp_path / "nothing"):
        with pytest.raises(UserError):
            verify_export(path)


def call(*argv: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main.main(argv)
    return int(ended.value.code or 0)


def test_the_command_needs_no_home_and_tells_by_its_exit_code(
    export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDIA_AUDIT_HOME", "/proc/nowhere")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere.invalid/x")
    assert call("verify-export", str(export)) == 0
    assert "is whole" in capsys.readouterr().out
    assert call("verify-export", str(export), "--key", str(export / "public.pem"), "--json") == 0
    assert json.loads(capsys.readouterr().out)["pinned"] is True
    (export / "posts.csv").unlink()
    assert call("verify-export", str(export), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["wrong"], one["path"]) for one in told["findings"]] == [("missing", "posts.csv")]
    assert call("verify-export", str(export.parent)) == 2
    assert call("verify-export", str(export), "--key", str(export / "posts.jsonl")) == 2
