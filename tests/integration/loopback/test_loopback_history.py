"""Channels and messages of the loopback server, seen by an unmodified client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from telethon import errors, events
from telethon.tl import functions, types

from app.demo.telegram import LoopbackTelegram
from app.demo.world import Delete, Message, Post
from tests.factories.messages import START
from tests.factories.worlds import GROUP, HOLE, NEWS
from tests.integration.loopback.sample import ALBUM, CLOSED, connected, make_world, run

ALL = [number for number in range(1, 251) if number != HOLE]


def read(server: LoopbackTelegram, **how: Any) -> list[Any]:
    async def work() -> list[Any]:
        async with connected(server.session()) as client:
            return [message async for message in client.iter_messages("Loopback_News", wait_time=0, **how)]

    return run(work())


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, ALL[::-1]),
        ({"reverse": True}, ALL),
        ({"reverse": True, "min_id": 200}, list(range(201, 251))),
        ({"reverse": True, "min_id": 10, "limit": 40}, [*range(11, 40), *range(41, 52)]),
        ({"reverse": True, "min_id": 30, "max_id": 45}, [i for i in ALL if 30 < i < 45]),
        ({"max_id": 45, "min_id": 30}, [i for i in ALL if 30 < i < 45][::-1]),
        ({"offset_id": 60, "limit": 3}, [59, 58, 57]),
        ({"offset_date": START + timedelta(minutes=201), "limit": 2}, [200, 199]),
    ],
)
def test_history_is_read_in_both_directions(server: LoopbackTelegram, how: dict[str, Any], expected: list[int]) -> None:
    assert [message.id for message in read(server, **how)] == expected


def test_a_page_has_at_most_100_messages_and_obeys_its_borders(server: LoopbackTelegram) -> None:
    async def page(client: Any, **values: int) -> list[int]:
        peer = await client.get_input_entity("loopback_news")
        defaults = {"offset_id": 0, "add_offset": 0, "limit": 500, "max_id": 0, "min_id": 0}
        request = functions.messages.GetHistoryRequest(peer=peer, offset_date=None, hash=0, **(defaults | values))
        return [message.id for message in (await client(request)).messages]

    async def work() -> None:
        async with connected(server.session()) as client:
            assert await page(client) == list(range(250, 150, -1))
            assert await page(client, offset_id=240, add_offset=-5, limit=10) == list(range(244, 234, -1))
            assert await page(client, offset_id=248, add_offset=-100, limit=100) == [250, 249, 248]
            assert await page(client, min_id=240, max_id=243) == [242, 241]
            assert await page(client, limit=0) == []

    run(work())


def test_ids_come_in_the_order_asked_and_holes_are_none(server: LoopbackTelegram) -> None:
    found = read(server, ids=[39, HOLE, 999, 2])
    assert [message and message.id for message in found] == [39, None, None, 2]


def test_a_message_keeps_entities_forward_reply_and_edit_date(server: LoopbackTelegram) -> None:
    (message,) = read(server, ids=[20])
    assert [(text, type(e).__name__) for e, text in message.get_entities_text()] == [
        ("#tag", "MessageEntityHashtag"),
        ("link", "MessageEntityTextUrl"),
    ]
    assert message.entities[1].url == "https://example.org/"
    assert (message.fwd_from.from_id.channel_id, message.fwd_from.channel_post) == (CLOSED, 3)
    assert message.reply_to_msg_id == 19
    assert message.edit_date == START + timedelta(days=1)


def test_an_album_shares_its_signed_id_and_captions_one_item(server: LoopbackTelegram) -> None:
    items = read(server, ids=list(ALBUM))
    assert {item.grouped_id for item in items} == {GROUP}
    assert [item.message for item in items] == ["", "", "caption", ""]
    assert len({item.photo.id for item in items}) == 4


def test_kinds_of_media_and_service_messages(server: LoopbackTelegram) -> None:
    video, audio, document, service, text = read(server, ids=[14, 15, 12, 21, 250])
    assert (video.file.duration, video.file.width, video.file.name) == (7.5, 640, "clip.mp4")
    assert (audio.file.duration, audio.file.mime_type) == (61, "audio/mpeg")
    assert (document.file.size, document.file.name) == (3_145_729, "report.pdf")
    assert isinstance(service.action, types.MessageActionChatEditTitle)
    assert (text.views, text.media) == (250, None)


def test_a_private_channel_is_found_by_number_through_the_dialogs(server: LoopbackTelegram) -> None:
    async def work() -> tuple[str | None, str]:
        async with connected(server.session()) as client:
            await client.get_dialogs()
            channel = await client.get_entity(types.PeerChannel(CLOSED))
            return channel.username, (await client.get_messages(channel))[0].message

    assert run(work()) == (None, "secret")


def test_names_numbers_and_descriptions(server: LoopbackTelegram) -> None:
    async def work() -> str:
        async with connected(server.session()) as client:
            with pytest.raises(ValueError, match="No user has"):
                await client.get_entity("nobody_of_that_name")
            with pytest.raises(errors.ChannelInvalidError):
                await client(functions.channels.GetFullChannelRequest(types.InputChannel(NEWS, 1)))
            full = await client(functions.channels.GetFullChannelRequest("loopback_news"))
            return str(full.full_chat.about)

    assert run(work()) == "All that is new"


def test_changes_are_visible_at_once_and_pushed_to_listeners(server: LoopbackTelegram) -> None:
    server.world.later.append((Post(NEWS, Message(251, START, "fresh")), Delete(NEWS, 250)))

    async def work() -> list[Any]:
        seen: list[Any] = []
        async with connected(server.session(), sequential_updates=True) as client:
            for event in (events.NewMessage, events.MessageEdited, events.MessageDeleted):
                client.add_event_handler(lambda event: seen.append(event), event())
            await client.get_entity("loopback_news")
            assert server.next_batch()
            server.apply(Post(NEWS, Message(251, START, "mended", edit_date=START)))
            assert not server.next_batch()
            found = await client.get_messages("loopback_news", ids=[250, 251])
            assert [found[0], found[1].message] == [None, "mended"]
            while len(seen) < 3:
                await client.get_me()
        return seen

    new, deleted, edited = run(work())
    assert (new.message.id, new.message.message) == (251, "fresh")
    assert deleted.deleted_ids == [250]
    assert edited.message.message == "mended"


def test_a_client_can_ask_for_what_it_missed() -> None:
    with LoopbackTelegram(make_world(), push_updates=False) as server:

        async def work() -> Any:
            async with connected(server.session()) as client:
                peer = await client.get_input_entity("loopback_news")
                before = (await client(functions.channels.GetFullChannelRequest(peer))).full_chat.pts
                server.apply(Post(NEWS, Message(251, START, "fresh")))
                server.apply(Delete(NEWS, 1))
                ask = functions.updates.GetChannelDifferenceRequest(
                    peer, types.ChannelMessagesFilterEmpty(), pts=before, limit=100
                )
                return await client(ask)

        difference = run(work())
    assert [message.id for message in difference.new_messages] == [251]
    assert [update.messages for update in difference.other_updates] == [[1]]
