"""make test-install: scripts/install-runtime as continuous integration and the image run it, then the demo.

An empty prefix, an empty home, a user without rights, the code read-only. It downloads 400 MB and takes minutes, so
`make test` leaves it out (its name begins with no test_); nothing is skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
NOBODY = 65534
ROOTS = os.geteuid() == 0


class Place:
    """Code that nobody may change, and directories that belong to a user without rights."""

    def __init__(self, root: Path) -> None:
        self.code, self.prefix, self.home, self.temporary = (root / name for name in ("code", "prefix", "home", "tmp"))
        root.chmod(0o755)
        for own in (self.prefix, self.home, self.temporary):
            own.mkdir(mode=0o700)
            if ROOTS:
                os.chown(own, NOBODY, NOBODY)
        copy_code(self.code)

    def run(self, argv: Sequence[str | Path], seconds: float) -> subprocess.CompletedProcess[str]:
        """As that user, with nothing of our environment but how packages are found."""
        rights = {"user": NOBODY, "group": NOBODY, "extra_groups": ()} if ROOTS else {}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(word) for word in argv],
            env=self.environment(),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            **rights,  # type: ignore[call-overload]
        )
        return done

    def environment(self) -> Mapping[str, str]:
        """Settings of ours would change what is tested; those of pip and of proxies are the machine's."""
        known = {name.upper() for name in Settings.model_fields} | {"SECRETS_DIR", "VIRTUAL_ENV", "PATH", "OCR_DATA"}
        kept = {
            name: value for name, value in os.environ.items() if name not in known and not name.startswith("PYTHON")
        }
        own = {"HOME": self.home, "TMPDIR": self.temporary, "XDG_CACHE_HOME": self.home / "cache"}
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return kept | {name: str(value) for name, value in own.items()} | {"PATH": path}


def copy_code(target: Path) -> None:
    """What is, or is about to be, in the repository; then nobody may write there."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    forbid(target, "a+rX,a-w")


def forbid(tree: Path, mode: str) -> None:
    """chmod for a whole tree."""
    subprocess.run(["chmod", "-R", mode, str(tree)], check=True)


def state(tree: Path) -> dict[str, tuple[int, int]]:
    """Every file and directory with its time and size: what changed, was written."""
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in (tree, *tree.rglob("*"))}


@pytest.fixture
def place() -> Iterator[Place]:
    """Everything in one directory that every user can reach, unlike pytest's own."""
    root = Path(tempfile.mkdtemp(prefix="media-audit-install-"))
    try:
        yield Place(root)
    finally:
        forbid(root, "u+w")
        shutil.rmtree(root)


@pytest.mark.timeout(1800)
def test_a_user_without_rights_installs_read_only_code_and_the_demo_holds(place: Place) -> None:
    script, before = place.code / "scripts/install-runtime", state(place.code)
    began = time.monotonic()
    installed = place.run([script, place.prefix], 900)
    assert installed.returncode == 0, installed.stderr
    took = time.monotonic() - began
    assert re.search(r"^setup: done$", installed.stderr, re.MULTILINE)
    assert state(place.code) == before, "nothing is written beside the code"
    again = place.run([script, place.prefix], 60)
    assert (again.returncode, again.stderr) == (0, ""), "it knows that it is done"
    assert place.run([place.prefix / "bin/pip", "check"], 60).returncode == 0

    forbid(place.prefix, "a-w")  # as in an image whose file system is read-only
    where = place.run([place.prefix / "bin/python", "-c", "import app; print(app.__file__)"], 60).stdout
    assert where.startswith(str(place.prefix)), "a copy runs, not the checkout"
    frozen, began = state(place.prefix), time.monotonic()
    demo = place.run([place.prefix / "bin/media-audit", "demo", "--json"], 900)
    assert demo.stdout, demo.stderr
    report = json.loads(demo.stdout)
    assert [check for check in report["checks"] if not check["held"]] == []
    assert demo.returncode == 0, demo.stderr
    assert report["analyzed"] > 0, "pictures were read: Tesseract's data are there"
    assert state(place.prefix) == frozen, "nothing is written where the program lies"
    assert state(place.code) == before
    sys.stderr.write(f"installed in {took:.0f} s, demo in {time.monotonic() - began:.0f} s\n")
