"""Exports on the page: made, listed, fetched and deleted by those who may, and nothing outside of them is served."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.domain.access.roles import Role
from app.domain.export.plan import Format
from app.domain.flow import Call
from app.domain.kinds import Step
from app.exports.checks.verify import verify_export
from app.settings import get_settings
from tests.browsing import browsing, signed_in
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import one, rows
from tests.integration.pipeline.exporting import ask, place, shown
from tests.integration.pipeline.flow import Flow


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over the flow's database and store."""
    with browsing(get_settings()) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        yield client


def enter(page: httpx.Client, role: Role, name: str | None = None) -> None:
    """The client signs in."""
    page.cookies.update(signed_in(get_settings(), role, name))


def send(page: httpx.Client, address: str, **fields: object) -> httpx.Response:
    """A form of the page, with its token."""
    token = page.get("/exports").text.split('name="form_token" value="')[1].split('"')[0]
    return page.post(address, data={"form_token": token, **fields})


def test_an_editor_makes_fetches_and_deletes_an_export(flow: Flow, page: httpx.Client, tmp_path: Path) -> None:
    flow.post(message(1, "Паром", photo("паром")), message(2, "Трамвай"))
    flow.watch()
    enter(page, Role.EDITOR, "anna")
    made = send(page, "/exports", q="паром", format=["jsonl", "csv"], media="1")
    assert made.status_code == 303
    assert made.headers["location"].startswith("/exports/1?done=")
    assert "export 1 is being written" in page.get(made.headers["location"]).text
    assert page.get("/exports/1.json").json()["export"]["state"] == "making"
    flow.drive.follow([Call(Step.EXPORT, ((1, 0),))])
    content = page.get("/exports.json").json()["page"]["exports"]
    assert [(one["state"], one["publications"], one["media_files"]) for one in content] == [("done", 1, 1)]
    archive = page.get("/exports/1/archive")
    assert archive.headers["content-type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as packed:
        packed.extractall(tmp_path, filter="data")
    assert verify_export(tmp_path / place(1).name).ok
    lines = page.get("/exports/1/files/posts.jsonl")
    assert lines.content == (place(1) / "posts.jsonl").read_bytes()
    assert "attachment" in lines.headers["content-disposition"]
    where = place(1)
    assert send(page, "/exports/1/delete").headers["location"].startswith("/exports?done=")
    assert not where.exists()
    assert page.get("/exports/1").status_code == 404
    told = rows("SELECT act, actor, via, target, details->>'query' FROM audit_entries ORDER BY id")
    acts = ("export.make", "export.download", "export.download", "export.delete")
    assert told == [(act, "anna", "page", "export 1", "паром") for act in acts]


def test_readers_look_and_change_and_take_nothing(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Паром"))
    flow.watch()
    flow.drive.follow([ask("паром", [Format.JSONL]).call])
    enter(page, Role.READER)
    assert page.get("/exports").status_code == 200
    assert send(page, "/exports", q="паром", format="jsonl").status_code == 403
    assert send(page, "/exports/1/delete").status_code == 403
    assert page.get("/exports/1/archive").status_code == 403
    assert page.get("/exports/1/files/posts.jsonl").status_code == 403
    assert one("SELECT count(*) FROM exports") == 1


def test_a_form_without_its_token_makes_nothing(flow: Flow, page: httpx.Client) -> None:
    enter(page, Role.EDITOR)
    assert page.post("/exports", data={"q": "паром", "format": "jsonl"}).status_code == 403
    assert one("SELECT count(*) FROM exports") == 0


def test_no_name_leads_out_of_an_export(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Паром"))
    flow.watch()
    flow.drive.follow([ask("паром", [Format.JSONL]).call])
    enter(page, Role.EDITOR)
    for name in (
        "../../../secrets/export-signing-key.pem",
        "..%2f..%2fsecrets",
        "index.html",
        "posts.csv",
        "media",
        "",
    ):
        assert page.get(f"/exports/1/files/{name}").status_code == 404, name


def test_a_wrong_query_or_format_is_a_mistake_that_names_itself(flow: Flow, page: httpx.Client) -> None:
    enter(page, Role.EDITOR)
    for fields in ({"q": "nosuch:x", "format": "jsonl"}, {"q": "паром"}, {"q": "паром", "format": "exe"}, {"q": "!"}):
        assert (answer := send(page, "/exports", **fields)).status_code == 400, answer.text
    assert one("SELECT count(*) FROM exports") == 0


def test_an_export_that_is_not_whole_is_not_handed_out(flow: Flow, page: httpx.Client) -> None:
    made = ask("паром")
    enter(page, Role.EDITOR)
    assert page.get(f"/exports/{made.id}/archive").status_code == 404
    assert shown(made.id).state == "making"
