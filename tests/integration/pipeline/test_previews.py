"""Link previews and stories: who reads their pictures, and what old posts gain when they are read again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console
from telethon.tl import types

from app import db
from app.cli.explain import show
from app.demo.world import File, Message
from app.domain.albums import Item, fingerprint
from app.domain.kinds import Step
from app.errors import Skip
from app.explain import explain, find
from app.operations.channels import backfill
from tests.factories.message_kinds import document, photo, photo_media
from tests.factories.messages import START, message, sha256
from tests.factories.messages import photo as picture
from tests.integration.pipeline.database import change, enrichment, lineage, one, revision, rows
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import Bought


def page(of: File, title: str = "A page", **fields: object) -> types.MessageMediaWebPage:
    address = "https://example.org/a"
    return types.MessageMediaWebPage(
        types.WebPage(1, address, "example.org/a", 0, title=title, photo=photo(of), **fields)
    )


def post(id: int, media: object, *files: File, words: str = "") -> Message:
    """A message with any medium."""
    tl = types.Message(1, types.PeerChannel(1), START, words, post=True, media=media)
    return Message(id, START, tl=bytes(tl), files=files)


def files_of(id: int) -> list[tuple[str, int, bool]]:
    """(role, position, whether the file is there) of a message's current media."""
    return [
        (role, position, arrived)
        for role, position, arrived in rows(
            "SELECT m.role, m.position, m.sha256 IS NOT NULL FROM post_media m JOIN posts p ON p.id = m.post_id"
            " WHERE p.telegram_message_id = :id AND m.replaced_at IS NULL ORDER BY m.position",
            id=id,
        )
    ]


def again(flow: Flow) -> None:
    """`backfill --again`, to its end."""
    with db.transaction() as session:
        backfill(session, again=True)
    flow.drive.settle()


def aside(bill: Bought) -> PictureReader:
    """A paid provider reads posts, another reader previews."""
    bill.connect("openai")
    reader = PictureReader("aside")
    bill.flow.drive.previews = reader
    return reader


def test_previews_and_stories_cost_nothing(bill: Bought) -> None:
    reader, flow = aside(bill), bill.flow
    linked, told, own = picture("linked"), picture("told"), picture("own")
    story = types.MessageMediaStory(
        types.PeerChannel(9), 3, story=types.StoryItem(3, START, START, photo_media(told), caption="A tale")
    )
    flow.post(post(1, page(linked), linked), post(2, story, told), message(3, "Own", own))
    flow.run()
    assert len(reader.calls) == 2
    assert len(rows("SELECT 1 FROM token_ledger")) == 1
    assert [item["description"] for item in (enrichment(1, "vision") or {})["items"]] != []


def test_a_file_that_a_post_has_as_its_own_is_read_by_the_chain_too(bill: Bought) -> None:
    reader, flow = aside(bill), bill.flow
    shared = picture("shared")
    flow.post(post(1, page(shared), shared))
    flow.run()
    assert (len(reader.calls), rows("SELECT 1 FROM token_ledger")) == (1, [])
    flow.post(message(2, "The same picture as a post", shared))
    flow.run()
    flow.post(message(3, "And once more", replace(shared)), post(4, page(shared), shared))
    flow.run()
    assert (len(reader.calls), len(rows("SELECT 1 FROM token_ledger"))) == (1, 1)
    paid = one("SELECT v.id FROM vision_versions v WHERE v.provider = 'openai'")
    assert [(enrichment(i, "vision") or {})["vision_version"] for i in (1, 2, 3, 4)] == [paid] * 4


def test_a_preview_that_its_reader_skips_is_not_bought(bill: Bought) -> None:
    """Although the reader is the chain's primary, and a paid provider its fallback."""
    reader, flow = aside(bill), bill.flow
    flow.drive.vision, flow.drive.fallback = reader, (bill.open[-1],)
    reader.failures["linked"] = [Skip("too many pixels")]
    reader.failures["own"] = [Skip("too many pixels")]
    linked, own = picture("linked"), picture("own")
    flow.post(post(1, page(linked), linked))
    flow.run()
    assert rows("SELECT 1 FROM token_ledger") == []
    flow.post(message(2, "As its own", own))
    flow.run()
    assert len(rows("SELECT 1 FROM token_ledger")) == 1


def test_old_posts_gain_their_previews_and_nothing_else_moves(flow: Flow) -> None:
    """As an archive of a former version: its post has the own picture, neither preview nor words nor kind."""
    linked, own = picture("linked"), picture("own", "words on a sign")
    flow.post(post(1, page(linked), linked, words="See this"), message(2, "An own picture", own))
    flow.watch()
    before = {i: enrichment(i, "vision") for i in (1, 2)}
    read, served = list(flow.vision.calls), flow.server.ledger.count("upload.getFile")
    change("UPDATE posts SET kind = NULL, words = '[]', not_taken = '[]'")
    change(
        "DELETE FROM work WHERE step = 'download' AND subject_id IN (SELECT id FROM post_media WHERE role = 'preview')"
    )
    change("UPDATE post_media SET replaced_at = now() WHERE role = 'preview'")
    change(
        "DELETE FROM post_enrichment e USING posts p"
        " WHERE p.id = e.post_id AND telegram_message_id = 1 AND e.kind = 'vision'"
    )
    change("DELETE FROM tag_changes")
    former = fingerprint([Item(1, "See this", [], None, deleted=False)])
    change(
        "UPDATE publications SET fingerprint = :former WHERE lead_post_id ="
        " (SELECT id FROM posts WHERE telegram_message_id = 1)",
        former=former,
    )
    again(flow)
    assert (revision(1), revision(2)) == (2, 1)
    assert files_of(1) == [("preview", 0, True)]
    assert one("SELECT words->0->>'text' FROM posts WHERE telegram_message_id = 1") == "A page"
    assert flow.server.ledger.count("upload.getFile") == served  # the file is there already
    assert flow.vision.calls == read
    assert enrichment(2, "vision") == before[2]
    assert lineage(2) == []  # not even asked for again
    assert lineage(1) != []


def test_a_preview_enters_with_a_revision_of_its_own(flow: Flow) -> None:
    """Pending first, as for every new link; then there; then for a moment pending again."""
    linked = picture("linked")
    pending = types.MessageMediaWebPage(types.WebPagePending(1, START, "https://example.org/a"))
    flow.post(post(1, pending, words="https://example.org/a"))
    flow.watch()
    assert (files_of(1), revision(1)) == ([], 1)
    flow.post(post(1, page(linked), linked, words="https://example.org/a"))
    flow.run()
    assert (files_of(1), revision(1)) == ([("preview", 0, True)], 2)
    flow.post(post(1, pending, words="https://example.org/a"))
    flow.run()
    assert (files_of(1), revision(1)) == ([("preview", 0, True)], 2)
    assert one("SELECT words->0->>'text' FROM posts") == "A page"


def test_own_media_come_first_in_the_event(flow: Flow) -> None:
    linked, own, film = picture("linked"), picture("own"), document_file()
    live = photo_media(own, live_photo=True, video=document(film, types.DocumentAttributeVideo(1.0, 8, 8)))
    flow.post(post(1, page(linked), linked), post(2, live, own, film))
    flow.watch()
    told = "SELECT payload->'media_roles' FROM outbox_events WHERE routing_key = 'posts.parsed' ORDER BY publication_id"
    assert [roles for (roles,) in rows(told)] == [["preview"], ["own", "live"]]
    first = one("SELECT payload->'media_sha256_list'->>0 FROM outbox_events WHERE payload->'media_roles'->>0 = 'own'")
    assert first == sha256(own)


def document_file() -> File:
    """A film."""
    return File(92, "video", b"a film", "video/mp4", width=8, height=8, duration=1.0)


def poll(votes: int, *, closed: bool = False) -> types.MessageMediaPoll:
    """A poll with so many votes for its only answer."""
    answer = types.PollAnswer(types.TextWithEntities("Halibut", []), b"0")
    asked = types.Poll(1, types.TextWithEntities("Which fish", []), [answer], hash=0, closed=closed or None)
    results = [types.PollAnswerVoters(b"0", voters=votes, recent_voters=[])]
    return types.MessageMediaPoll(asked, types.PollResults(results=results, total_voters=votes))


def test_votes_make_no_revision_until_the_poll_is_closed(flow: Flow) -> None:
    flow.post(post(1, poll(3)))
    flow.watch()
    flow.post(post(1, poll(4)))
    flow.run()
    assert (revision(1), len(lineage(1))) == (1, 1)
    assert one("SELECT words->2->>'text' FROM posts") == "Halibut: 4\n4 voters"
    change("UPDATE posts SET kind = NULL")  # anything else that is read anew
    flow.run()
    assert (revision(1), len(lineage(1))) == (1, 1)
    flow.post(post(1, poll(5, closed=True)))
    flow.run()
    assert revision(1) == 2
    assert "Halibut: 5" in one("SELECT text FROM search_documents")


@pytest.mark.parametrize("gone", [types.StoryItemDeleted(3), None])
def test_a_story_that_is_gone_stays_in_the_archive(flow: Flow, gone: object) -> None:
    told = picture("told")
    item = types.StoryItem(3, START, START, photo_media(told), caption="A tale")
    flow.post(post(1, types.MessageMediaStory(types.PeerChannel(9), 3, story=item), told))
    flow.watch()
    flow.post(post(1, types.MessageMediaStory(types.PeerChannel(9), 3, story=gone)))
    flow.run()
    assert (files_of(1), revision(1)) == ([("story", 0, True)], 1)
    assert one("SELECT words->0->>'text' FROM posts") == "A tale"
    assert "the story" in one("SELECT not_taken->>0 FROM posts")


def test_media_change_places_without_a_second_download(flow: Flow) -> None:
    first, second, third = picture("first"), picture("second"), picture("third")

    def paid(*files: File) -> types.MessageMediaPaidMedia:
        return types.MessageMediaPaidMedia(5, [types.MessageExtendedMedia(photo_media(one)) for one in files])

    flow.post(post(1, paid(first, second), first, second))
    flow.watch()
    served = flow.server.ledger.count("upload.getFile")
    flow.post(post(1, paid(second, first, third), first, second, third))
    flow.run()
    assert files_of(1) == [("own", 0, True), ("own", 1, True), ("own", 2, True)]
    keys = rows("SELECT telegram_key FROM post_media WHERE replaced_at IS NULL ORDER BY position")
    assert keys == [(f"photo:{one.id}",) for one in (second, first, third)]
    assert flow.server.ledger.count("upload.getFile") == served + 1
    assert rows("SELECT 1 FROM work WHERE step = :step AND state <> 'done'", step=Step.DOWNLOAD.value) == []


@pytest.mark.parametrize("media", [types.MessageMediaPhoto(ttl_seconds=5), types.MessageMediaUnsupported()])
def test_a_photo_that_telegram_shows_no_more_stays_in_the_archive(flow: Flow, media: object) -> None:
    shown = picture("shown")
    flow.post(post(1, photo_media(shown), shown))
    flow.watch()
    flow.post(post(1, media))
    flow.run()
    assert (files_of(1), revision(1)) == ([("own", 0, True)], 1)
    assert one("SELECT has_media FROM posts")


def test_explain_prints_words_media_and_remarks(flow: Flow) -> None:
    linked = picture("linked")
    locked = types.MessageMediaPaidMedia(50, [types.MessageExtendedMediaPreview(w=8, h=8)])
    flow.post(post(1, poll(3)), post(2, page(linked), linked), post(3, locked))
    flow.watch()
    console = Console(width=160, record=True)
    with db.transaction() as session:
        for number in (1, 2, 3):
            show(console, explain(session, find(session, f"@news/{number}")))
    said = console.export_text()
    assert "question: Which fish" in said
    assert "results: Halibut: 3 / 3 voters (still counting)" in said
    assert "link preview: A page" in said
    assert "preview: photo, image/jpeg" in said
    assert "not taken: 1 of 1 paid media: not unlocked (50 stars)" in said
