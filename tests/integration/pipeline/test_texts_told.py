"""Two texts of one document: both are found, once, and every surface tells where they come from."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.domain.reading import Ocr, PagesRead, Reading, TextOf
from app.settings import get_settings
from tests.browsing import browsing
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import rows
from tests.integration.pipeline.exporting import export, posts
from tests.integration.pipeline.flow import Flow

SCAN = Reading(
    ocr=Ocr(text="Совет утвердил бюджет\nНомер 17", engine="tesseract 5", confidence=0.9),
    own=(
        TextOf(text="Совет утвердил бюджет\nScanned with CamScanner"),
        TextOf(text="Ñîâåò óòâåðäèë", used=False, why="its letters are those of another code page"),
    ),
    pages=PagesRead(total=12, recognised=3, own=1),
)
FOUND = "Совет утвердил бюджет\nScanned with CamScanner\n\nНомер 17"
ORIGINS = [("tesseract 5", True), ("text of the file", True), ("text of the file", False)]


@pytest.fixture
def scanned(flow: Flow) -> Flow:
    flow.vision.readings["скан"] = SCAN
    flow.post(message(1, "Протокол", photo("скан")))
    return flow.watch()


def test_both_texts_are_searched_and_the_wrong_one_is_not(scanned: Flow) -> None:
    assert rows("SELECT ocr FROM search_documents") == [(FOUND,)]
    assert scanned.tagger.calls[-1].ocr == (FOUND,)


def test_the_page_tells_their_origin(scanned: Flow) -> None:
    with browsing(get_settings()) as client:
        text = client.get("/p/news/1", headers={"Accept-Language": "en"}).text
        view = client.get("/p/news/1.json").json()
    assert "3 of 12 pages recognised" in text
    assert text.count("Scanned with CamScanner") == 3  # among all words, by its origin, and in the table of readings
    assert "not used · its letters are those of another code page" in text
    medium = view["shown"]["items"][0]["media"][0]
    assert medium["pages"] == {"total": 12, "recognised": 3, "own": 1}
    assert [(one["engine"], one["used"]) for one in medium["texts"]] == ORIGINS


def test_explain_and_exports_tell_them(scanned: Flow) -> None:
    told = CliRunner().invoke(cli, ["explain", "@news/1"]).output
    assert "3 of 12 pages recognised, 1 with text of their own" in " ".join(told.split())
    assert "not used, its letters are those of another code page" in " ".join(told.split())
    reading = posts(export(scanned, "протокол"))[0]["posts"][0]["media"][0]["reading"]
    assert (reading["words"], reading["pages"]["recognised"]) == (FOUND, 3)
    assert [(one["engine"], one["used"]) for one in reading["texts"]] == ORIGINS
