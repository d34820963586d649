"""The commands of docs/export.md for a check by hand, run as they stand there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.adapters.store.files import FileStore
from tests.factories.exports import medium, record, stored, written

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.search(r"```sh\n(.*?)```", (ROOT / "docs/export.md").read_text(), re.DOTALL)
assert BLOCK is not None
SUMS, SIGNATURE, FINGERPRINT = BLOCK[1].splitlines()

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the command openssl")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A whole export."""
    stored(FileStore(tmp_path / "media"))
    return written(tmp_path, [record(1, "Ferry", medium())])


def run(command: str, export: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", command], cwd=export, capture_output=True, text=True, check=False)


def test_a_whole_export_passes(export: Path) -> None:
    assert run(SUMS, export).returncode == 0
    assert run(SIGNATURE, export).returncode == 0
    told = json.loads((export / "export.json").read_text())["public_key_sha256"]
    assert run(FINGERPRINT, export).stdout.split()[0] == told


def test_a_changed_file_and_a_changed_manifest_fail(export: Path) -> None:
    (export / "posts.csv").write_text("=1")
    failed = run(SUMS, export)
    assert failed.returncode == 1
    assert "posts.csv: FAILED" in failed.stdout
    with (export / "manifest.jsonl").open("a") as file:
        file.write("{}\n")
    assert run(SIGNATURE, export).returncode != 0
