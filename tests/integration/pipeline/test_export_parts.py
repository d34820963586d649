"""How exports come about part by part: workers that die, that are late, closed disks, two at once, deletions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from app import wiring
from app.domain.export.plan import Closed, Closing, Format, Part, PartWritten
from app.domain.kinds import Step
from app.errors import MediaAuditError, UserError
from app.exports.acts import Made, delete
from app.exports.checks.verify import verify_export
from app.exports.pages import ExportPages
from app.pipeline.engine.external_runner import run_external
from app.pipeline.steps.export import ExportInput, WriteExport, write_exports
from app.ports import ExportFiles
from app.settings import get_settings
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, one, work
from tests.integration.pipeline.exporting import ANNA, ask, contents, follow, place, posts, shown
from tests.integration.pipeline.flow import Flow, elsewhere
from tests.integration.pipeline.forgetting import begun


def test_a_part_is_committed_by_itself_and_the_next_worker_goes_on(flow: Flow) -> None:
    flow.post(*[message(number, f"Паром {number}", photo(f"паром {number % 2}")) for number in range(1, 8)])
    flow.watch()
    made = ask("паром")
    follow(made, portion=2, most=1)
    assert (shown(made.id).publications, shown(made.id).state) == (2, "making")
    assert not shown(made.id).place
    follow(made, portion=2)
    assert (shown(made.id).publications, shown(made.id).state) == (7, "done")
    assert [one["posts"][0]["message_id"] for one in posts(place(made.id))] == list(range(7, 0, -1))
    assert one("SELECT count(*) FROM export_parts") == one("SELECT count(*) FROM export_media") == 0
    assert sorted(path.name for path in place(made.id).parent.iterdir()) == [place(made.id).name]


def posted(flow: Flow, count: int = 6) -> None:
    """Publications with pictures, some of them twice."""
    flow.post(*[message(number, f"Паром {number}", photo(f"паром {number % 3}")) for number in range(1, count + 1)])
    flow.watch()


def same(one: Path, other: Path) -> bool:
    """Whether two exports of one query hold the same, but for their names and times."""
    names = [path for path in contents(one) if path.startswith(("posts", "media", "pages", "search", "page.css"))]
    return sorted(contents(one)) == sorted(contents(other)) and all(
        contents(one)[name] == contents(other)[name] for name in names
    )


class Dying:
    """Files of a worker that is killed: after it wrote a part, before it could say so."""

    def __init__(self, files: ExportFiles) -> None:
        self._files = files

    def write(self, part: Part) -> PartWritten:
        """Writes, and dies."""
        self._files.write(part)
        raise KeyboardInterrupt

    def close(self, given: Closing) -> Closed:
        """The same."""
        self._files.close(given)
        raise KeyboardInterrupt


def killed(made: Made) -> None:
    """A worker dies in the middle of its lease, which then runs out."""
    with pytest.raises(KeyboardInterrupt):
        write_exports(cast(ExportFiles, Dying(wiring.export_files())), ExportPages(2), made.call.keys)
    run_out()


def run_out() -> None:
    """The lease of the export ends by its time."""
    change("UPDATE work SET lease_until = now() - interval '1 second' WHERE state = 'leased'")


def test_a_worker_that_dies_costs_its_part_alone_and_the_export_is_the_same(flow: Flow) -> None:
    posted(flow)
    whole, disturbed = ask("паром"), ask("паром")
    follow(whole, portion=2)
    killed(disturbed)
    assert shown(disturbed.id).publications == 0
    follow(disturbed, portion=2, most=2)
    killed(disturbed)
    assert shown(disturbed.id).publications == 4, "those of the part that was written twice count once"
    follow(disturbed, portion=2, most=1)
    killed(disturbed)  # in closing, after it was put at its place
    assert shown(disturbed.id).place is None
    follow(disturbed, portion=2)
    assert same(place(whole.id), place(disturbed.id))
    assert verify_export(place(disturbed.id)).findings == []
    assert not list(place(whole.id).parent.glob(".*")), "no part is left"


def test_a_late_worker_changes_nothing(flow: Flow) -> None:
    """Its lease ran out, another one wrote the same part and the next, and now it writes, too."""
    posted(flow)
    made = ask("паром")
    slow = WriteExport(wiring.export_files(), ExportPages(2))
    perform = slow.perform

    def overtaken(inputs: Sequence[ExportInput]) -> list[PartWritten | Closed | MediaAuditError]:
        elsewhere(run_out)
        elsewhere(lambda: follow(made, portion=2, most=2))
        flow.post(message(6, "Паром другой", photo("паром 9")))
        return perform(inputs)

    slow.perform = overtaken  # type: ignore[method-assign]
    assert run_external(slow, made.call.keys) == []
    assert shown(made.id).publications == 4
    follow(made, portion=2)
    assert [one["text"] for one in posts(place(made.id))] == [f"Паром {number}" for number in range(6, 0, -1)]
    assert verify_export(place(made.id)).findings == []


def test_two_exports_at_once_do_not_meet(flow: Flow) -> None:
    posted(flow)
    one, other = ask("паром"), ask("паром")
    for _ in range(6):
        for made in (one, other):
            write_exports(wiring.export_files(), ExportPages(2), made.call.keys)
    assert same(place(one.id), place(other.id))
    keys = {(place(made.id) / "public.pem").read_text() for made in (one, other)}
    assert len(keys) == 1, "one home signs with one key"
    key = get_settings().home / "secrets/export-signing-key.pem"
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_disk_that_is_closed_makes_it_wait_with_the_reason_and_nothing_half(flow: Flow) -> None:
    posted(flow)
    made = ask("паром")
    follow(made, portion=2, most=1)
    home = get_settings().home / "exports"
    [partial] = home.iterdir()
    (partial / "parts").rename(partial / "away")
    (partial / "parts").write_text("a file where parts should be: what root meets as others meet a closed directory")
    follow(made, portion=2)
    assert shown(made.id).state in ("failed", "waiting")
    assert "parts" in str(shown(made.id).reason)
    assert [path.name for path in home.iterdir()] == [partial.name]
    (partial / "parts").unlink()
    (partial / "away").rename(partial / "parts")
    change("UPDATE work SET state = 'due', next_attempt_at = now() WHERE step = 'export'")
    follow(made, portion=2)
    assert verify_export(place(made.id)).ok


def test_a_deleted_export_leaves_nothing(flow: Flow) -> None:
    posted(flow)
    home = get_settings().home / "exports"
    for when in (0, 1, 99):
        made = ask("паром")
        follow(made, portion=2, most=when)
        delete(wiring.export_files(), ANNA, made.id)
        follow(made, portion=2)
        assert not home.exists() or list(home.iterdir()) == []
    assert one("SELECT count(*) FROM exports") == one("SELECT count(*) FROM export_parts") == 0
    assert {row[2] for row in work(Step.EXPORT)} == {"skipped", "done"}


def test_posts_that_arrive_meanwhile_are_not_in_it_and_none_is_lost(flow: Flow) -> None:
    posted(flow)
    made = ask("паром")
    follow(made, portion=2, most=1)
    flow.post(message(7, "Паром 7"))
    flow.run()
    follow(made, portion=2)
    assert [one["posts"][0]["message_id"] for one in posts(place(made.id))] == list(range(6, 0, -1))


def test_an_empty_query_and_too_many_exports_are_refused(flow: Flow) -> None:
    for query in ("", "  ", "!", "channel:nosuch"):
        with pytest.raises(UserError):
            ask(query)
    for _ in range(20):
        ask("паром", [Format.JSONL])
    with pytest.raises(UserError, match="20 exports are not whole yet"):
        ask("паром", [Format.JSONL])


def test_what_is_forgotten_meanwhile_is_not_in_it(flow: Flow) -> None:
    """Whether parts were written by then, or all of it was put at its place."""
    posted(flow)
    written, closed = ask("паром"), ask("паром")
    follow(written, portion=2, most=1)
    follow(closed, portion=2, most=3)
    closing = WriteExport(wiring.export_files(), ExportPages(2))
    perform = closing.perform

    def meanwhile(inputs: Sequence[ExportInput]) -> list[PartWritten | Closed | MediaAuditError]:
        done = perform(inputs)
        elsewhere(lambda: begun("@news/5"))
        return done

    closing.perform = meanwhile  # type: ignore[method-assign]
    run_external(closing, closed.call.keys)
    assert shown(closed.id).place is None, "it is not whole"
    flow.drive.settle()
    for made in (written, closed):
        assert [one["text"] for one in posts(place(made.id))] == [f"Паром {number}" for number in (6, 4, 3, 2, 1)]
        assert verify_export(place(made.id)).ok
    kept = {place(made.id).name for made in (written, closed)}
    assert {path.name for path in place(written.id).parent.iterdir()} == kept, "what was written before is gone"
