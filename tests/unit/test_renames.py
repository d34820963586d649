"""docs/renames.md leads to modules and names that exist."""

from __future__ import annotations

import importlib
import re
from importlib.util import find_spec

import pytest

from tests.pages import ROOT

PAGE = (ROOT / "docs" / "renames.md").read_text()
MODULES = re.findall(r"^\| `([\w.]+)` \| `([\w.]+)` \|$", PAGE, re.M)
NAMES = re.findall(r"^\| .+ \| `(\w+)` \| `([\w.]+)` \|$", PAGE, re.M)


def test_every_new_module_exists() -> None:
    assert len(MODULES) > 80
    assert [new for _, new in MODULES if find_spec(new) is None] == []


@pytest.mark.parametrize(("name", "module"), NAMES, ids=lambda value: value)
def test_every_new_name_exists(name: str, module: str) -> None:
    assert hasattr(importlib.import_module(module), name)
