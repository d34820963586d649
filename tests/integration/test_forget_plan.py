"""The plan of forgetting: all that would go, and the files that stay because others posted them too."""

from __future__ import annotations

from app.db import snapshot, transaction
from app.forget.named import named
from app.forget.plan import Plan, plan
from app.models import MediaFile, PostMedia
from app.settings import Settings
from tests.factories import rows as make

SHARED, OWN = "a" * 64, "b" * 64


def planned(name: str) -> Plan:
    with snapshot() as session:
        return plan(session, named(session, name))


def test_a_shared_file_stays_and_its_postings_are_named(settings: Settings) -> None:
    with transaction() as session:
        for sha256, size in ((SHARED, 5), (OWN, 7)):
            make.add(session, MediaFile(sha256=sha256, size=size, mime="image/jpeg"))
        news = make.channel(session, telegram_id=5, username="news")
        city = make.channel(session, "@city", telegram_id=6, username="city")
        album = make.publication(session, news.id, grouped_id=9)
        for number, sha256 in ((1, SHARED), (2, OWN)):
            item = make.post(session, album, number, leads=number == 1)
            make.add(session, PostMedia(post_id=item.id, kind="photo", sha256=sha256))
        other = make.post(session, make.publication(session, city.id), 3, leads=True)
        make.add(session, PostMedia(post_id=other.id, kind="photo", sha256=SHARED))
    first = planned("https://t.me/news/1")
    assert (first.posts, first.album, first.files, first.size) == (1, 1, 0, 0)
    assert [(one.sha256, one.elsewhere) for one in first.shared] == [(SHARED, ("https://t.me/city/3",))]
    channel = planned("@news")
    assert (channel.posts, channel.files, channel.size, channel.whole) == (2, 1, 7, True)
    assert [one.sha256 for one in channel.shared] == [SHARED]
    file = planned(SHARED)
    assert (file.posts, file.files, file.size, file.shared) == (2, 1, 5, ())
    assert file.postings == ("https://t.me/news/1", "https://t.me/city/3")
