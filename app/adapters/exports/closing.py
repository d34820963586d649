"""Closes an export: joins its parts, lists and signs its files. Done again after a crash, it makes the same files."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.adapters.exports import tree
from app.adapters.exports.html import render
from app.adapters.exports.parts import ENTRIES, PAGES, POSTS, SUMS, TABLE
from app.domain.export import cells, manifest
from app.domain.export.keys import fingerprint, to_pem
from app.domain.export.lines import iso
from app.domain.export.manifest import ABOUT, MANIFEST, PUBLIC_KEY, SIGNATURE, Entry
from app.domain.export.plan import Closed, Closing, Format


def close(out: Path, parts: Path, closing: Closing, key: Ed25519PrivateKey) -> None:
    """Makes the export in `out` from the parts."""
    sources = [parts / name for name in closing.parts]
    for source in sources:
        _move(source, out)
    made = _own(out, sources, closing)
    about = _about(closing, _listed(sources, made), fingerprint(key.public_key()))
    text = json.dumps(about, ensure_ascii=False, indent=2) + "\n"
    made.append(_entry(ABOUT, tree.write_text(out / ABOUT, [text])))
    head = "".join(f"{line}\n" for line in (manifest.compact({"export": about}), *map(manifest.to_line, made)))
    signed = _entry(MANIFEST, tree.joined(out / MANIFEST, head, (source / ENTRIES for source in sources)))
    _sums(out, sources, made, signed)
    tree.write_text(out / PUBLIC_KEY, [to_pem(key.public_key())])
    tree.write(out / SIGNATURE, [signature(out / MANIFEST, key)])


def told(place: Path) -> Closed:
    """The numbers of a whole export, as it tells them itself."""
    about = json.loads((place / ABOUT).read_text(encoding="utf-8"))
    return Closed(about["files"], about["bytes"])


def _listed(sources: Iterable[Path], own: Sequence[Entry]) -> Closed:
    """The files that the manifest lists beside the one about the export."""
    files, size = len(own), sum(one.size for one in own)
    for line in chain.from_iterable(map(_lines, (source / ENTRIES for source in sources))):
        files += 1
        size += json.loads(line)["size"]
    return Closed(files, size)


def signature(path: Path, key: Ed25519PrivateKey) -> bytes:
    """64 bytes over the whole file. It is mapped, as the sum needs it in one piece: no copy of it is in memory."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as data,
    ):
        return key.sign(data)


def _move(source: Path, out: Path) -> None:
    """Moves the files of a part that the export holds as they are."""
    for line in _lines(source / ENTRIES):
        path = json.loads(line)["path"]
        tree.moved(source / path, out / path)


def _own(out: Path, sources: Sequence[Path], closing: Closing) -> list[Entry]:
    """Makes the files of the export as a whole."""
    formats, made = closing.plan.formats, list[Entry]()
    if Format.JSONL in formats:
        made.append(_entry(POSTS, tree.joined(out / POSTS, "", (source / POSTS for source in sources))))
    if Format.CSV in formats:
        made.append(_entry(TABLE, tree.joined(out / TABLE, cells.header(), (source / TABLE for source in sources))))
    if Format.HTML in formats:
        pages = (json.loads(line) for source in sources for line in _lines(source / PAGES))
        text = render.index(closing.plan, closing.counts, pages, len(sources))
        made.append(_entry("index.html", tree.write_text(out / "index.html", text)))
        static = {name: (render.HERE / name).read_text(encoding="utf-8") for name in render.STATIC}
        made += [_entry(name, tree.write_text(out / name, [text])) for name, text in static.items()]
    return made


def _entry(path: str, made: tree.Measured) -> Entry:
    return Entry(path, made.size, made.sha256)


def _sums(out: Path, sources: Sequence[Path], own: Sequence[Entry], signed: Entry) -> None:
    """Lists all files in the order of the manifest, then the manifest, as `sha256sum` does."""
    head = "".join(manifest.sums_line(one.path, one.sha256) for one in own)
    last = manifest.sums_line(signed.path, signed.sha256).encode()
    parts = chain.from_iterable(tree.chunks(source / SUMS) for source in sources)
    tree.write(out / manifest.SUMS, chain([head.encode()], parts, [last]))


def _about(closing: Closing, listed: Closed, key: str) -> Mapping[str, Any]:
    plan, counts = closing.plan, closing.counts
    return {
        "version": manifest.VERSION,
        "made_with": f"media-audit {version('media-audit')}",
        "name": plan.directory,
        "query": plan.query,
        "formats": [one.value for one in plan.formats],
        "with_media": plan.media,
        "made_by": plan.made_by,
        "made_at": iso(plan.made_at),
        "publications": counts.publications,
        "posts": counts.posts,
        "media_files": counts.media,
        "files": listed.files,
        "bytes": listed.size,
        "signature": "Ed25519",
        "public_key_sha256": key,
    }


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from file
