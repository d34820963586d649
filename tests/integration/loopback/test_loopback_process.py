"""The loopback server in a process of its own."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from app.demo.telegram import Faults, LoopbackProcess, Rule
from app.demo.telegram.control import ControlError, order
from app.demo.telegram.wire import decode
from app.demo.world import Delete, Message, Post
from tests.factories.messages import START
from tests.factories.worlds import NEWS
from tests.integration.loopback.sample import FILES, connected, make_world, run


def test_it_serves_clients_and_takes_orders() -> None:
    world = make_world()
    world.later = [(Post(NEWS, Message(252, START, "later")),)]
    with LoopbackProcess(world) as server:
        server.faults = Faults(expired_photo=Rule(first=1))
        assert server.faults.expired_photo == Rule(first=1)
        server.apply(Post(NEWS, Message(251, START, "now", file=FILES[15])))
        server.apply(Delete(NEWS, 250))
        assert server.next_batch()
        assert not server.next_batch()

        async def work() -> tuple[list[int], bytes]:
            async with connected(server.session()) as client:
                found = await client.get_messages("loopback_news", limit=3)
                return [message.id for message in found], await found[1].download_media(bytes)

        ids, data = run(work())
        assert ids == [252, 251, 249]
        assert data == FILES[15].read()
        assert server.ledger.count("messages.getHistory", "ok") == 1
        assert server.bytes_sent > len(data)
        server.clear_ledger()
        assert server.ledger.entries == []


def test_its_state_is_private_and_its_control_port_needs_the_token(tmp_path: Path) -> None:
    with LoopbackProcess(make_world(), home=tmp_path) as server:
        assert stat.S_IMODE(server.state.stat().st_mode) == 0o600
        assert server.public_key_file.read_text() == server.public_key
        port = json.loads(server.state.read_text())["control_port"]
        with pytest.raises(ControlError, match="wrong token"):
            order(port, "guess", "session", authorised=True)
    with pytest.raises(ControlError, match="no loopback Telegram server answers"):
        server.next_batch()


def test_sessions_outlive_a_restart_in_the_same_home(tmp_path: Path) -> None:
    async def count(session: str) -> int:
        async with connected(session) as client:
            return len(await client.get_messages("loopback_news", limit=5))

    with LoopbackProcess(make_world(), home=tmp_path) as server:
        session = server.session()
        assert run(count(session)) == 5
    with LoopbackProcess("tests.integration.loopback.sample:make_world", home=tmp_path):
        assert run(count(session)) == 5


def test_only_known_types_cross_the_wire() -> None:
    with pytest.raises(ValueError, match="unknown type 'Popen'"):
        decode({"_": "Popen", "args": ["true"]})
