"""The sample files of `make eval-files`: what they are, that they hold their words, and how they are scored."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from app.adapters.store.types import identify
from app.eval.files import __main__ as command
from app.eval.files import report
from app.eval.files.kinds import KINDS, Sample, samples
from app.eval.files.scores import rows
from app.eval.files.versions import HERE, Read, Version
from app.eval.scores import text_errors

TYPES = {"docx": "wordprocessingml.document", "odt": "opendocument.text", "xlsx": "spreadsheetml.sheet", "epub": "epub"}


def drawn(only: str) -> list[Sample]:
    """The samples of a kind, of which there is at least one."""
    found = list(samples(only))
    assert found
    return found


def layer(data: bytes) -> str:
    """The text layer of all pages."""
    with pypdfium2.PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def share(text: str, sample: Sample) -> float:
    """The share of the sample's words in the text."""
    return text_errors(text, sample.words, ordered=False).recall or 0.0


def test_kinds_have_names_of_their_own() -> None:
    assert len({(kind.group, kind.name) for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", TYPES)
def test_documents_are_what_their_content_says(kind: str, tmp_path: Path) -> None:
    for sample in drawn(f"document {kind}"):
        (tmp_path / "file").write_bytes(sample.data)
        assert TYPES[kind] in identify(tmp_path / "file").mime


def test_text_layers_hold_the_words_or_other_letters() -> None:
    assert all(share(layer(sample.data), sample) == 1 for sample in drawn("PDF typed") if "map" not in sample.kind.name)
    assert all(share(layer(sample.data), sample) == 1 for sample in drawn("12 typed"))
    assert all(share(layer(sample.data), sample) < 0.1 for sample in drawn("map to letters"))
    assert all(share(layer(sample.data), sample) < 0.6 for sample in drawn("poor OCR"))


def test_a_reader_process_tells_words_and_faults(tmp_path: Path) -> None:
    sample = drawn("UTF-8")[0]
    (tmp_path / "text").write_bytes(sample.data)
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    with Version(HERE) as version:
        read, noise = version.read(tmp_path / "text"), version.read(tmp_path / "noise")
    assert share(read.text, sample) == 1
    assert (read.fault, noise.text, noise.fault) == ("", "", "no reader")


def test_scores_stand_in_one_row_a_kind() -> None:
    found = drawn("UTF-8")
    read = [(sample, (Read("", "Permanent", 0.2), Read(sample.words, "", 0.1))) for sample in found]
    (row,) = rows(read)
    assert (row.scores[0].share, row.scores[1].share, row.files) == (0, 1, 3)
    (same,) = rows([(sample, (Read(sample.words, "", 0.2), Read(sample.words, "", 0.1))) for sample in found])
    assert report.markdown([same]).splitlines()[2].endswith("| 200 | 100 | 0.50 |")
    assert "| text: UTF-8 | 3 | 333 | 0.0 % (Permanent) | 100.0 % | 200 | 100 | - |" in report.markdown([row])


def test_a_folder_without_code_is_refused(tmp_path: Path) -> None:
    assert command.main(["--before", str(tmp_path), "--only", "UTF-8"]) == 2
