"""Media files made once: held in memory, or kept in a directory under a key of everything that shapes them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from app.demo.channels.asset import Asset
from app.demo.channels.canvas import FONTS
from app.demo.channels.gallery import render
from app.domain.kinds import Classification

HERE = Path(__file__).resolve().parent
INDEX = "index.json"


@dataclass(frozen=True)
class Made:
    """A media file that is ready: its bytes or their path, and its facts (`asset.data` is empty)."""

    data: bytes | Path
    sha256: str
    asset: Asset


def make(names: Iterable[str], cache: Path | None) -> dict[str, Made]:
    """All files by name. With a cache the first call fills it and later ones only read its index."""
    wanted = sorted(set(names))
    if cache is None:
        return {name: _made(render(name)) for name in wanted}
    home = cache / f"sample-{source_key(wanted)}"
    if not (home / INDEX).exists():
        _fill(home, wanted)
    return _read(home)


def source_key(names: Iterable[str]) -> str:
    """16 hex digits over the generator's source, its fonts and photographs, the drawing libraries and the names."""
    digest = hashlib.sha256(json.dumps([list(names), version("pillow"), version("av"), version("pypdfium2")]).encode())
    for folder in (HERE, FONTS):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in {".py", ".toml", ".jpg", ".ttf"}:
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _made(asset: Asset) -> Made:
    return Made(asset.data, hashlib.sha256(asset.data).hexdigest(), _bare(asset))


def _bare(asset: Asset) -> Asset:
    return Asset(**{**asdict(asset), "data": b""})


def _fill(home: Path, names: list[str]) -> None:
    """Write into a neighbouring directory and rename it, so that a half-filled cache is never found."""
    home.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".filling-", dir=home.parent))
    index: dict[str, dict[str, object]] = {}
    for name in names:
        asset = render(name)
        sha256 = hashlib.sha256(asset.data).hexdigest()
        (work / sha256).write_bytes(asset.data)
        index[name] = {**asdict(_bare(asset)), "data": sha256}
    (work / INDEX).write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    try:
        os.rename(work, home)
    except OSError:  # another process was quicker: its files are the same
        shutil.rmtree(work)


def _read(home: Path) -> dict[str, Made]:
    index = json.loads((home / INDEX).read_text(encoding="utf-8"))
    return {name: _from_index(home, facts) for name, facts in index.items()}


def _from_index(home: Path, facts: dict[str, object]) -> Made:
    sha256 = str(facts["data"])
    shows = Classification(str(facts["shows"])) if facts["shows"] else None
    return Made(home / sha256, sha256, Asset(**{**facts, "data": b"", "shows": shows}))  # type: ignore[arg-type]
