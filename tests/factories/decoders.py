"""Programs that take the place of the decoder's child, each for one process: the next child is the real one."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from app.adapters.vision.remote.decoder import decoder

LEAVES = 'read -r request; exec 0<&-; echo \'{"error": "Transient", "reason": "not this time"}\'; exec sleep 60'
"""Answers one request and reads no other, but lives on: so does a child that dies after it was found alive."""


def first_child(patch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """The next child of this process's decoders is this shell script."""
    decoder().close()
    used, program = folder / "used", folder / "child"
    real = shlex.quote(sys.executable)
    program.write_text(f'#!/bin/sh\n[ -e {used} ] && exec {real} "$@"\n: > {used}\n{script}\n')
    program.chmod(0o755)
    patch.setattr(sys, "executable", str(program))
