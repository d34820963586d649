"""Licences: the judge on made-up METADATA, then on every pinned package, every bundled library and all data."""

from __future__ import annotations

import re

import pytest
import yaml

from scripts.licences.__main__ import FILES
from scripts.licences.expressions import refusal
from scripts.licences.facts import FACTS, ROOT
from scripts.licences.judge import judge
from scripts.licences.packages import Pin, files, libraries, metadata, pins, verdict

REQUIREMENTS = ("runtime", "embedded", "dev", "build", "exporter")
PINNED = sorted(set().union(*map(pins, REQUIREMENTS)))
GPL = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"
AGPL = "License :: OSI Approved :: GNU Affero General Public License v3"
LGPL = "License :: OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)"
MIT = "License :: OSI Approved :: MIT License"


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT"], "MIT"),
        (["License: MIT OR GPL-2.0"], "MIT OR GPL-2.0"),
        (["License: MIT OR GPL-2.0-only", f"Classifier: {MIT}"], "MIT OR GPL-2.0-only"),
        (["License-Expression: LGPL-3.0-only"], "LGPL-3.0-only"),
        (["License: BSD-3-Clause", f"Classifier: {LGPL}"], "BSD-3-Clause AND LGPL-3.0"),
        (["License: UNKNOWN", f"Classifier: {MIT}"], "MIT"),
        (["License: MIT License", "        ", "        Permission is hereby granted to any person"], "MIT"),
        (["License-Expression: (GPL-2.0-only OR MIT) AND BSD-2-Clause"], "(GPL-2.0-only OR MIT) AND BSD-2-Clause"),
        (["License-Expression: GPL-3.0-or-later WITH GCC-exception-3.1"], "GPL-3.0-or-later WITH GCC-exception-3.1"),
    ],
)
def test_taken(lines: list[str], licence: str) -> None:
    found = judge("\n".join(["Name: made-up", *lines]))
    assert (found.licence, found.refused) == (licence, None)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["License: MIT", f"Classifier: {AGPL}"], "AGPL is always refused"),
        (["License-Expression: MIT OR AGPL-3.0-only"], "AGPL is always refused"),
        (["License: A text", "        of the GNU Affero General Public License"], "AGPL is always refused"),
        (["License: CC BY-NC 4.0"], "NonCommercial is always refused"),
        (["License-Expression: CC-BY-NC-SA-4.0"], "NonCommercial is always refused"),
        (["License: MIT", "Classifier: License :: Free for non-commercial use"], "NonCommercial is always refused"),
        (["License-Expression: GPL-3.0-only"], "GPL-3.0-only is refused"),
        (["License-Expression: MIT AND GPL-2.0-or-later"], "GPL-2.0-or-later is refused"),
        (["License-Expression: GPL-2.0-only WITH Classpath-exception-2.0"], "GPL-2.0-only is refused"),
        ([f"Classifier: {GPL}", f"Classifier: {MIT}"], "GPL-3.0 is refused"),
        (["License: GNU GPL v2"], "GPL-2.0 is refused"),
        (["License-Expression: BUSL-1.1"], "BUSL-1.1 is not known"),
        (["License: Ask us", f"Classifier: {MIT}"], "unknown words: 'Ask us AND MIT'"),
        (["License-Expression: (MIT"], "no licence can be read"),
        (["Summary: nothing about it"], "METADATA names no licence"),
    ],
)
def test_refused(lines: list[str], reason: str) -> None:
    found = judge("\n".join(["Name: made-up", *lines]))
    assert found.refused
    assert reason in found.refused


def test_an_explanation_holds_for_the_very_words_and_lets_no_agpl_in() -> None:
    explained = {"": "MIT", "Dual License": "Apache-2.0 OR GPL-2.0-only", "Ours": "GPL-3.0-only", "Affero": "MIT"}
    assert judge("Name: silent", explained).refused is None
    assert judge("License: Dual License", explained).licence == "Apache-2.0 OR GPL-2.0-only"
    assert judge("License: Triple License", explained).refused
    assert judge("License: Ours", explained).refused == "GPL-3.0-only is refused"
    assert judge("License: Affero", explained).refused == "AGPL is always refused"


@pytest.mark.parametrize("pin", PINNED, ids=lambda pin: f"{pin.name}-{pin.version}")
def test_each_pinned_package_is_taken(pin: Pin) -> None:
    """Those that are not installed, the Celery exporter's above all, by the words that facts.toml has recorded."""
    assert verdict(pin).refused is None


def test_no_line_of_a_requirements_file_is_overlooked() -> None:
    for name in REQUIREMENTS:
        lines = re.findall(r"^[\w.-]+ ?[=@].*", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE)
        assert len(lines) == len(pins(name)) > 0, name


def test_a_version_that_is_neither_installed_nor_recorded_is_an_error() -> None:
    with pytest.raises(LookupError, match="av 0 is not installed: run `make setup`, or record its words"):
        metadata(Pin("av", "0", ""))


@pytest.mark.parametrize("name", sorted({pin.name for pin in pins("embedded")}))
def test_each_bundled_library_is_known_and_under_the_gpl_only_by_name(name: str) -> None:
    known, let_in = FACTS["libraries"].get(name, {}), FACTS["exceptions"].get(name, [])
    assert libraries(name).keys() <= known.keys()
    refused = {library for library in libraries(name) if refusal(known[library])}
    assert refused == set(let_in), "and an exception goes when its library does"


def test_all_data_is_there_and_taken() -> None:
    for one in FACTS["data"]:
        assert refusal(one["licence"]) is None, one["name"]
        assert "place" in one or _found(one), one["name"]


def test_no_model_comes_without_a_word_about_its_licence() -> None:
    """Samples that a package brings for its own tests and examples are under its own licence."""
    told = {file for one in FACTS["data"] if "package" in one for file in _found(one)}
    model = re.compile(r".*\.(onnx|npz|ftz|bin|model|plzma|pt|pth|safetensors|tflite|traineddata|h5)")
    shipped = {file for pin in pins("embedded") for file in files(pin.name) if model.fullmatch(file)}
    assert {file for file in shipped - told if not re.search("/(tests|datasets)/", file)} == set()


def _found(one: dict[str, str]) -> list[str]:
    if "package" not in one:
        return [str(path) for path in ROOT.glob(one["files"])]
    pattern = re.compile(re.escape(one["files"]).replace(r"\*", ".*"))
    return [file for file in files(one["package"]) if pattern.fullmatch(file)]


def test_each_image_of_compose_is_listed() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    named = {service["image"].rpartition(":")[0] for service in services} - {"media-audit"}
    assert named == set(FACTS["images"])


@pytest.mark.parametrize("name", FILES)
def test_the_committed_page_is_what_the_script_writes(name: str) -> None:
    assert (ROOT / name).read_text() == FILES[name](), "run `make licences`"


@pytest.mark.parametrize("file", [".dockerignore", "scripts/install-runtime", "pyproject.toml"])
def test_the_notice_travels_with_image_and_wheel(file: str) -> None:
    assert re.search(r"\bNOTICE\b", (ROOT / file).read_text())
