"""The contract of Thumbnails, on a tree of files: real pictures and videos in, WebP out."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from PIL import Image

from app.adapters.store import Inventory
from app.adapters.thumbnails import ThumbnailTree
from app.domain.thumbnails import WIDTHS
from app.errors import Permanent, Skip, Transient
from app.ports import MediaInput, Thumbnails
from tests.factories.files import stored, typed_pdf, video
from tests.factories.heic_files import heic, words
from tests.factories.pictures import encoded, photograph, texture


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "thumbnails"


@pytest.fixture
def thumbnails(root: Path) -> Thumbnails:
    return ThumbnailTree(root, max_pixels=4_000_000)


def picture(path: Path, image: Image.Image, kind: str = "JPEG", **options: object) -> MediaInput:
    path.write_bytes(encoded(image, kind, **options))
    return stored(path, f"image/{kind.lower()}")


def sizes(thumbnails: Thumbnails, media: MediaInput) -> list[tuple[int, int]]:
    """The sizes of all thumbnails of a file, each of which must be a WebP."""
    found = []
    for width in WIDTHS:
        with Image.open(thumbnails.path(media.sha256, width)) as image:
            assert image.format == "WEBP"
            found.append(image.size)
    return found


def test_a_picture_is_scaled_down_to_each_width(thumbnails: Thumbnails, tmp_path: Path) -> None:
    large = picture(tmp_path / "large", texture(2000, 1500))
    thumbnails.make(large)
    assert sizes(thumbnails, large) == [(256, 192), (512, 384), (1080, 810)]
    assert thumbnails.whole(large.sha256)


def test_a_picture_is_never_enlarged(thumbnails: Thumbnails, tmp_path: Path) -> None:
    small, wide, tiny = (
        picture(tmp_path / name, texture(*size))
        for name, size in {"small": (300, 200), "wide": (1081, 1), "tiny": (3, 2)}.items()
    )
    for media in (small, wide, tiny):
        thumbnails.make(media)
    assert sizes(thumbnails, small) == [(256, 171), (300, 200), (300, 200)]
    assert sizes(thumbnails, wide) == [(256, 1), (512, 1), (1080, 1)]
    assert sizes(thumbnails, tiny) == [(3, 2)] * 3


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_every_type_of_picture_has_its_colours(thumbnails: Thumbnails, tmp_path: Path, kind: str) -> None:
    media = picture(tmp_path / "file", Image.new("RGB", (600, 400), "#c03020"), kind)
    thumbnails.make(media)
    with Image.open(thumbnails.path(media.sha256, 256)) as image:
        pixel = image.convert("RGB").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert all(abs(a - b) <= 8 for a, b in zip(pixel, (0xC0, 0x30, 0x20), strict=True))


def test_a_photograph_is_upright_and_tells_nothing_of_where_it_was_taken(
    thumbnails: Thumbnails, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"  # turned by 90 degrees
    for kind in ("JPEG", "PNG", "WEBP"):
        media = picture(tmp_path / kind, photograph("cat").resize((400, 300)), kind, exif=exif)
        assert b"taken at home" in media.path.read_bytes()
        thumbnails.make(media)
        assert sizes(thumbnails, media)[1] == (300, 400)
        for width in WIDTHS:
            data = thumbnails.path(media.sha256, width).read_bytes()
            assert b"taken at home" not in data
            assert b"EXIF" not in data


def test_a_video_shows_its_first_frame(thumbnails: Thumbnails, tmp_path: Path) -> None:
    scenes = [Image.new("RGB", (640, 480), colour) for colour in ("#d02020", "#2020d0")]
    film = stored(video(tmp_path / "film", scenes), "video/mp4")
    thumbnails.make(film)
    assert sizes(thumbnails, film) == [(256, 192), (512, 384), (640, 480)]
    with Image.open(thumbnails.path(film.sha256, 256)) as image:
        red, _, blue = image.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    assert red > 150 > 100 > blue


def test_a_picture_of_a_telephone_that_browsers_do_not_show(thumbnails: Thumbnails, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(heic(words()))
    media = stored(tmp_path / "file", "image/heic")
    thumbnails.make(media)
    assert sizes(thumbnails, media)[0][0] == 256


def test_files_without_a_picture_end_with_a_reason(thumbnails: Thumbnails, tmp_path: Path) -> None:
    (tmp_path / "damaged").write_bytes(encoded(texture(600, 400))[:200])
    damaged = stored(tmp_path / "damaged", "image/jpeg")
    with pytest.raises(Permanent, match="can be decoded"):
        thumbnails.make(damaged)
    with pytest.raises(Skip, match="IMAGE_MAX_PIXELS"):
        thumbnails.make(picture(tmp_path / "huge", Image.new("L", (2001, 2000)), "PNG"))
    with pytest.raises(Skip, match="no picture"):
        thumbnails.make(stored(typed_pdf(tmp_path / "pdf", ["words"]), "application/pdf"))
    with pytest.raises(FileNotFoundError):
        thumbnails.path(damaged.sha256, 256)


def test_made_twice_is_the_same_and_leaves_nothing_else(thumbnails: Thumbnails, root: Path, tmp_path: Path) -> None:
    media = picture(tmp_path / "file", texture(600, 400))
    thumbnails.make(media)
    first = {path: path.read_bytes() for path in root.rglob("*.*")}
    thumbnails.make(media)
    assert {path: path.read_bytes() for path in root.rglob("*.*")} == first
    folder = root / media.sha256[:2] / media.sha256[2:4]
    assert sorted(first) == sorted(folder / f"{media.sha256}-{width}.webp" for width in WIDTHS)


def test_each_is_on_disk_before_it_has_a_name(
    thumbnails: Thumbnails, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media, told, real = picture(tmp_path / "file", texture(600, 400)), [], os.fsync

    def sync(descriptor: int) -> None:
        named = sum(path.suffix == ".webp" for path in root.rglob("*"))
        told.append((Path(os.readlink(f"/proc/self/fd/{descriptor}")).suffix, named))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    thumbnails.make(media)
    assert told[:3] == [(".part", 0)] * 3, "the bytes of all, before any has its name"
    assert told[-1] == ("", 3), "their directory, after all have their names"


def test_a_lost_or_cut_thumbnail_is_noticed(thumbnails: Thumbnails, tmp_path: Path) -> None:
    media = picture(tmp_path / "file", texture(600, 400))
    assert not thumbnails.whole(media.sha256)
    thumbnails.make(media)
    path = thumbnails.path(media.sha256, 512)
    whole = path.read_bytes()
    for damage in (whole[:-1], b"", b"x" * len(whole)):
        path.write_bytes(damage)
        assert not thumbnails.whole(media.sha256)
    path.unlink()
    assert not thumbnails.whole(media.sha256)
    thumbnails.make(media)
    assert thumbnails.whole(media.sha256)


def test_they_are_named_and_removed_together(thumbnails: Thumbnails, root: Path, tmp_path: Path) -> None:
    assert list(thumbnails.names()) == []
    media = [picture(tmp_path / str(number), texture(300, 200, number)) for number in range(3)]
    for one in media:
        thumbnails.make(one)
    (root / media[0].sha256[:2] / media[0].sha256[2:4] / "notes.txt").write_text("not ours")
    assert sorted(name for some in thumbnails.names() for name in some) == sorted(one.sha256 for one in media)
    assert thumbnails.remove(media[0].sha256)
    assert not thumbnails.remove(media[0].sha256)
    assert sorted(name for some in thumbnails.names() for name in some) == sorted(one.sha256 for one in media[1:])


def test_a_tree_inside_a_store_is_no_file_of_it(tmp_path: Path) -> None:
    """As where MEDIA_URL names the store."""
    inside = ThumbnailTree(tmp_path / "media" / "thumbnails", max_pixels=10**6)
    inside.make(picture(tmp_path / "file", texture(300, 200)))
    assert list(Inventory(tmp_path / "media").names()) == []


def test_no_other_name_leads_anywhere(thumbnails: Thumbnails) -> None:
    for name in ("../../../etc/passwd", "A" * 64, ""):
        with pytest.raises(ValueError, match="sha256"):
            thumbnails.path(name, 256)


def test_a_full_disk_lets_the_work_wait(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media = picture(tmp_path / "file", texture(300, 200))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Transient, match="No space left") as raised:
        ThumbnailTree(root, max_pixels=10**6).make(media)
    assert not raised.value.charge
    assert not list(root.rglob("*.*")), "no half of a thumbnail is left"
