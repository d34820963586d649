"""A digest on the screen: what a line says, and what a text from Telegram cannot do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from rich.console import Console

from app.cli.show_digest import show
from app.domain.ask.answer import Source
from app.domain.digest.digest import Digest, DigestLine, DigestPeriod, DigestPost, Headline, Reason
from app.domain.digest.topics import Kind

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
PERIOD = DigestPeriod(
    datetime(2026, 3, 3, 18, tzinfo=UTC),
    datetime(2026, 3, 4, 18, tzinfo=UTC),
    1_234,
    date(2026, 2, 3),
    date(2026, 3, 3),
)
POST = DigestPost(7, 3, 1007, 7, "Channel [b]1[/b]\x1b[2J", "https://t.me/c1/7", AT, None, None, copy=False)
COPY = replace(POST, publication_id=8, permalink=None, deleted_at=AT, edited_at=AT, copy=True)
LINE = DigestLine(
    headline=Headline("Паром [red]сел[/red]\nна мель.", Source.POST, 0, POST),
    posts=9,
    channels=4,
    sources=3,
    usual=0.4,
    tags=("паром", "порт"),
    reasons=(Reason(Kind.TAG, "паром", 8, 0.4, 50.0), Reason(Kind.PICTURE, "5", 3, 0.0, 20.0)),
    shown=(POST, COPY),
)


def shown(digest: Digest) -> list[str]:
    console = Console(width=200, highlight=False, color_system=None)
    with console.capture() as capture:
        show(console, digest)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_line_tells_its_sentence_its_numbers_and_its_posts() -> None:
    assert shown(Digest((LINE,), PERIOD, ("a note [x]",), more=2)) == [
        "2026-03-03 18:00 to 2026-03-04 18:00 UTC, 1,234 posts; compared with 2026-02-03 to 2026-03-03",
        "",
        "1. Паром [red]сел[/red] на мель.",
        "   9 posts in 4 channels, 3 sources; the tag паром: 8, usual 0.4; tags: паром, порт",
        "   * https://t.me/c1/7  Channel [b]1[/b] [2J, 2026-03-04 12:00",
        "   - Channel [b]1[/b] [2J  Channel [b]1[/b] [2J, 2026-03-04 12:00 deleted edited copy",
        "   and 7 more",
        "",
        "a note [x]",
        "2 more: --limit 3",
    ]


def test_words_of_a_picture_and_lines_without_a_sentence_say_so() -> None:
    read = replace(LINE, headline=Headline("ЗАКРЫТО", Source.OCR, 0, POST), posts=1, channels=1, sources=1)
    none = replace(LINE, headline=None, reasons=LINE.reasons[1:], tags=())
    lines = shown(Digest((read, none), PERIOD, ()))
    assert "1. ЗАКРЫТО (in a picture)" in lines
    assert "   1 post in 1 channel, 1 source; the tag паром: 8, usual 0.4; tags: паром, порт" in lines
    assert "2. no sentence to show: see the posts" in lines
    assert "   9 posts in 4 channels, 3 sources; one picture: 3, usual none" in lines


def test_an_empty_digest_is_its_period_and_its_notes() -> None:
    assert len(shown(Digest((), PERIOD, ("nothing stands out",)))) == 2
