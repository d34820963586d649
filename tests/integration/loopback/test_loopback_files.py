"""Files of the loopback server, seen by an unmodified client."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from telethon import errors
from telethon.tl import functions, types

from app.demo.telegram import Faults, LoopbackTelegram
from tests.factories.worlds import NEWS
from tests.integration.loopback.sample import DOCUMENT, ELSEWHERE, FILES, connected, make_world, run

NEAR = [number for number, file in FILES.items() if file.dc == 2]
KIB = 1024


def download(server: LoopbackTelegram, message_id: int) -> bytes:
    async def work() -> bytes:
        async with connected(server.session()) as client:
            message = await client.get_messages("loopback_news", ids=message_id)
            return bytes(await message.download_media(bytes))

    return run(work())


@pytest.mark.parametrize("message_id", NEAR)
def test_files_of_every_kind_arrive_whole(server: LoopbackTelegram, message_id: int) -> None:
    assert download(server, message_id) == FILES[message_id].read()


def test_bytes_may_lie_in_a_file(tmp_path: Path) -> None:
    world = make_world()
    path = tmp_path / "report.pdf"
    path.write_bytes(DOCUMENT.read())
    messages = world.channels[0].messages
    messages[12] = replace(messages[12], file=replace(DOCUMENT, data=path))
    with LoopbackTelegram(world) as server:
        assert download(server, 12) == DOCUMENT.read()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("lying", [False, True])
def test_a_file_in_the_second_data_centre_is_fetched_there(server: LoopbackTelegram, lying: bool) -> None:
    server.faults = Faults(lying_dc=lying)
    assert download(server, 13) == ELSEWHERE.read()
    assert server.ledger.count("auth.importAuthorization", "ok") == 1
    assert server.ledger.count("upload.getFile", "FILE_MIGRATE_4") == 1


def test_with_one_data_centre_every_file_is_near() -> None:
    with LoopbackTelegram(make_world(), second_dc=False) as server:
        assert download(server, 13) == ELSEWHERE.read()
        assert server.ledger.count("auth.exportAuthorization") == 0


def location(document: Any, **changes: Any) -> Any:
    values = {
        "id": document.id,
        "access_hash": document.access_hash,
        "file_reference": document.file_reference,
        "thumb_size": "",
    }
    return types.InputDocumentFileLocation(**(values | changes))


def test_parts_obey_telegrams_rules(server: LoopbackTelegram) -> None:
    async def work() -> None:
        async with connected(server.session()) as client:
            document = (await client.get_messages("loopback_news", ids=12)).document

            async def part(offset: int, limit: int, precise: bool = False, **changes: Any) -> bytes:
                where = location(document, **changes)
                request = functions.upload.GetFileRequest(where, offset, limit, precise=precise)
                return bytes((await client(request)).bytes)

            data = DOCUMENT.read()
            assert await part(1024 * KIB, 1024 * KIB) == data[1024 * KIB : 2048 * KIB]
            assert await part(3 * 1024 * KIB, 4096) == data[3 * 1024 * KIB :]
            assert await part(4 * 1024 * KIB, 4096) == b""
            assert await part(1024, 3 * KIB, precise=True) == data[1024 : 4 * KIB]
            for offset, limit in ((4096, 12 * KIB), (0, 2048 * KIB), (4096, 1024 * KIB), (0, 4000), (0, 0)):
                with pytest.raises(errors.LimitInvalidError):
                    await part(offset, limit)
            with pytest.raises(errors.OffsetInvalidError):
                await part(1024, 4096)
            for changes in ({"access_hash": 1}, {"thumb_size": "m"}):
                with pytest.raises(errors.LocationInvalidError):
                    await part(0, 4096, **changes)
            with pytest.raises(errors.FileIdInvalidError):
                await part(0, 4096, id=999)
            with pytest.raises(errors.FileReferenceEmptyError):
                await part(0, 4096, file_reference=b"")

    run(work())


async def parts(client: Any, count: int) -> float:
    """Seconds for that many parts of 512 KiB, all in flight."""
    document = (await client.get_messages("loopback_news", ids=12)).document
    where = location(document)
    start = time.perf_counter()
    requests = [functions.upload.GetFileRequest(where, number * 512 * KIB, 512 * KIB) for number in range(count)]
    await asyncio.gather(*(client(request) for request in requests))
    return time.perf_counter() - start


def test_requests_of_one_connection_wait_out_their_latency_side_by_side(server: LoopbackTelegram) -> None:
    server.faults = Faults(latency=0.4)

    async def work() -> float:
        async with connected(server.session()) as client:
            return await parts(client, 6)

    assert 0.4 <= run(work()) < 1.6  # one after another they would take 2.4


def test_a_connection_can_be_slow(server: LoopbackTelegram) -> None:
    server.faults = Faults(rate=2 * 1024 * KIB)

    async def work() -> float:
        async with connected(server.session()) as client:
            return await parts(client, 2)

    assert run(work()) >= 0.5  # 1 MiB at 2 MiB a second


def test_the_ledger_names_what_was_asked(server: LoopbackTelegram) -> None:
    download(server, 12)
    asked = server.ledger.of("upload.getFile")
    assert {(entry.args["kind"], entry.args["file"]) for entry in asked} == {("document", 11)}
    assert sum(entry.bytes for entry in asked) >= 3_145_729
    assert server.bytes_sent >= 3_145_729
    (read,) = server.ledger.of("channels.getMessages")
    assert read.args == {"channel": NEWS, "ids": [12]}
