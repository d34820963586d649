"""Files from the loopback server into the store: all their bytes or an error, whatever goes wrong on the way."""

from __future__ import annotations

import errno
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.adapters.store import FileStore, Incomplete
from app.adapters.telegram import TelegramAdapter
from app.demo.telegram import Faults, LoopbackTelegram, Rule
from app.demo.telegram.state import SECOND_DC
from app.demo.world import Delete, File, Message, Post
from app.domain.messages import MediaRequest, StoredFile
from app.errors import MediaAuditError, Permanent, Skip, Transient
from app.settings import Settings
from tests.factories.files import JPEG, content
from tests.factories.messages import START
from tests.factories.settings import telegram_settings
from tests.telegram import FILES, LARGE, NEWS, connected, make_world, requests

GET = "upload.getFile"
NO_BYTE = "the file is empty: Telegram announces no byte and serves none"


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    with LoopbackTelegram(make_world()) as running:
        yield running


@pytest.fixture
def ours(server: LoopbackTelegram, database_url: str, tmp_path: Path) -> Settings:
    return telegram_settings(server, database_url, tmp_path)


@pytest.fixture
def telegram(ours: Settings) -> Iterator[TelegramAdapter]:
    with connected(ours) as adapter:
        yield adapter


def fetch(adapter: TelegramAdapter, *ids: int) -> list[StoredFile | MediaAuditError]:
    return adapter.media.fetch(requests(adapter, *ids))


def whole(results: list[StoredFile | MediaAuditError], files: list[File]) -> bool:
    """Whether each file is stored with its bytes; empty ones are skipped."""
    return [r.sha256 if isinstance(r, StoredFile) else repr(r) for r in results] == [
        hashlib.sha256(f.read()).hexdigest() if f.read() else repr(Skip(NO_BYTE)) for f in files
    ]


def error(result: StoredFile | MediaAuditError) -> MediaAuditError:
    assert isinstance(result, MediaAuditError), result
    return result


def left_over(home: Path) -> list[Path]:
    return list((home / "media" / "tmp").iterdir())


def add_photos(server: LoopbackTelegram, count: int, size: int = 20_000) -> dict[int, File]:
    photos = {
        1000 + i: File(5000 + i, "photo", content(i, size, JPEG), width=90, height=60, dc=4 if i % 4 == 0 else 2)
        for i in range(count)
    }
    for i, photo in photos.items():
        server.apply(Post(NEWS.telegram_id, Message(i, START, file=photo)))
    return photos


def telegram_asked(server: LoopbackTelegram) -> Counter[int]:
    """Requests for each file."""
    return Counter(entry.args["file"] for entry in server.ledger.of(GET))


def test_every_kind_from_both_data_centres(server: LoopbackTelegram, telegram: TelegramAdapter, tmp_path: Path) -> None:
    results = fetch(telegram, *FILES)
    assert whole(results, list(FILES.values()))
    mimes = [r.mime for r in results if isinstance(r, StoredFile)]
    assert mimes == ["image/jpeg", "application/octet-stream", "image/jpeg", "video/mp4"]
    assert telegram_asked(server) == {11: 1, 12: 7, 13: 1, 14: 3, 15: 2}, "no request for the ends"
    for result, file in list(zip(results, FILES.values(), strict=True))[:4]:
        assert isinstance(result, StoredFile)
        path = tmp_path / "media" / result.sha256[:2] / result.sha256[2:4] / result.sha256
        assert path.read_bytes() == file.read()
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(
    "faults",
    [
        Faults(short_chunk=Rule(every=1)),  # each answer about half of what was asked
        Faults(short_chunk=Rule(every=2)),
        Faults(long_chunk=Rule(every=2), expired_photo=Rule(first=1)),
        Faults(expired_photo=Rule(every=3), expired_document=Rule(every=4)),
        Faults(server_error=Rule(every=3)),
        Faults(flood=Rule(first=2), flood_premium=Rule(first=2), flood_seconds=1),
        Faults(flood=Rule(first=2, methods=("channels.getMessages",)), expired_photo=Rule(first=2), flood_seconds=1),
        Faults(drop=Rule(every=7)),
        Faults(cut=Rule(every=7)),
        Faults(lying_dc=True),
        Faults(
            server_error=Rule(every=9),
            drop=Rule(every=23),
            short_chunk=Rule(every=5),
            expired_photo=Rule(every=6),
            expired_document=Rule(every=8),
            lying_dc=True,
        ),
    ],
    ids=[
        "always short",
        "short",
        "long",
        "expired",
        "5xx",
        "flood",
        "flood of refreshes",
        "drop",
        "cut",
        "migrate",
        "all",
    ],
)
def test_whole_in_spite_of(server: LoopbackTelegram, telegram: TelegramAdapter, faults: Faults) -> None:
    photos = add_photos(server, 20)
    wanted = requests(telegram, *FILES, *photos)
    server.faults = faults
    assert whole(telegram.media.fetch(wanted), [*FILES.values(), *photos.values()])
    assert server.ledger.count(GET) > len(wanted)


def test_expired_references_of_photos_and_documents(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    wanted = requests(telegram, *FILES)
    server.expire_references()
    assert whole(telegram.media.fetch(wanted), list(FILES.values()))
    assert server.ledger.count("channels.getMessages") == 1 + 5  # each once, however many parts


def test_a_hanging_request_is_asked_again(
    server: LoopbackTelegram, ours: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.adapters.telegram.parts.PATIENCE", 0.5)
    with connected(ours) as telegram:
        wanted = requests(telegram, 10, 11)
        server.faults = Faults(hang=Rule(every=4))
        assert whole(telegram.media.fetch(wanted), [FILES[10], FILES[11]])


def test_another_data_centre_forgets_its_key(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    """Its refusal says nothing about the account's own login: a new key is agreed on."""
    wanted = requests(telegram, 12, 13)
    assert whole(telegram.media.fetch(wanted), [FILES[12], FILES[13]])
    for key in server._state.keys:
        if key.dc == SECOND_DC:
            key.authorised = False
    assert whole(telegram.media.fetch(wanted), [FILES[12], FILES[13]])
    assert telegram.source.history(NEWS, limit=1)[0].id == 250


def test_gone_and_replaced_messages(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    wanted = requests(telegram, 10, 11, 12)
    server.apply(Delete(NEWS.telegram_id, 10))
    server.apply(Post(NEWS.telegram_id, Message(11, START, "other", file=FILES[10])))
    server.expire_references()
    gone, replaced, sound = telegram.media.fetch(wanted)
    assert isinstance(gone, Permanent)
    assert "deleted" in gone.reason
    assert isinstance(replaced, Skip)
    assert whole([sound], [FILES[12]])


def test_one_bad_file_spoils_no_other(server: LoopbackTelegram, telegram: TelegramAdapter, tmp_path: Path) -> None:
    wanted = requests(telegram, 10, 11, 12)
    server.faults = Faults(lost=frozenset({FILES[11].id}))
    results = telegram.media.fetch(wanted)
    assert whole([results[0], results[2]], [FILES[10], FILES[12]])
    assert isinstance(results[1], Permanent)
    assert left_over(tmp_path) == []


MIB = 1024 * 1024
SIZES = {31: 1, 32: 1023, 33: 524_288, 34: MIB, 35: MIB - 1, 36: MIB + 1, 37: 2 * MIB + 524_288, 38: 700_001}
CLAIMS = [0, 1, 1024, 4096, 524_287, 524_288, 524_289, MIB - 1, MIB, MIB + 1, 3 * MIB, 5 * MIB + 17]
OF_FAULTS = [Faults(), Faults(short_chunk=Rule(every=2)), Faults(empty_chunk=Rule(every=3))]


@pytest.mark.parametrize("faults", OF_FAULTS, ids=["sound", "short chunks", "empty chunks"])
@pytest.mark.parametrize("part", [65_536, 524_288, MIB])
def test_the_announced_size_is_a_claim(
    server: LoopbackTelegram, ours: Settings, tmp_path: Path, part: int, faults: Faults
) -> None:
    """Files of eight sizes under twelve claims each, and under the right one."""
    kinds = ("document", "photo")
    files = {i: File(i, kinds[i % 2], content(i, size)) for i, size in SIZES.items()}  # type: ignore[arg-type]
    for i, file in files.items():
        server.apply(Post(NEWS.telegram_id, Message(i + 1000, START, file=file)))
    one_by_one = {"parts_in_flight": 1, "download_parallel": 1}  # else a file may meet every empty answer
    with connected(
        ours.model_copy(update={"part_bytes": part} | (one_by_one if faults.empty_chunk.every else {}))
    ) as telegram:
        right = requests(telegram, *(i + 1000 for i in files))
        told = [_claiming(one, claim) for one in right for claim in (one.media.size or 0, *CLAIMS)]
        server.faults = faults
        results = telegram.media.fetch(told)
    assert whole(results, [files[one.message_id - 1000] for one in told])
    assert left_over(tmp_path) == []


def _claiming(request: MediaRequest, size: int) -> MediaRequest:
    return replace(request, media=replace(request.media, size=size))


@pytest.mark.parametrize("part", [65_536, 524_288, MIB])
def test_a_right_size_costs_no_request(server: LoopbackTelegram, ours: Settings, part: int) -> None:
    """A file that ends at a multiple of 1 KiB costs two more: an answer that was cut short may end there, too."""
    files = {i: File(i, "document", content(i, size)) for i, size in SIZES.items()}
    for i, file in files.items():
        server.apply(Post(NEWS.telegram_id, Message(i + 1000, START, file=file)))
    with connected(ours.model_copy(update={"part_bytes": part})) as telegram:
        assert whole(fetch(telegram, *(i + 1000 for i in files)), list(files.values()))
    assert telegram_asked(server) == {i: -(-size // part) + 2 * (size % 1024 == 0) for i, size in SIZES.items()}


def test_a_file_without_an_end_stops_at_the_limit(server: LoopbackTelegram, ours: Settings, tmp_path: Path) -> None:
    with connected(ours.model_copy(update={"media_max_bytes": 4_000_000})) as telegram:
        wanted = requests(telegram, 10, 11, 14)
        server.faults = Faults(endless=frozenset({FILES[10].id, FILES[11].id, FILES[14].id}))
        results = telegram.media.fetch(wanted)
        assert len(results) == 3
        for result in results:
            assert isinstance(result, Skip)
            assert "MEDIA_MAX_BYTES=4000000" in result.reason
    assert server.ledger.bytes_of(GET) < 3 * 5_000_000
    assert left_over(tmp_path) == []


def test_an_announced_file_without_bytes_is_no_file(telegram: TelegramAdapter, tmp_path: Path) -> None:
    for claim in (700, 5_000_000):
        none = error(telegram.media.fetch([_claiming(requests(telegram, 14)[0], claim)])[0])
        assert isinstance(none, Transient)
        assert none.charge
        assert f"none of the {claim} bytes" in none.reason
    assert left_over(tmp_path) == []


STALE = ["LOCATION_INVALID", "FILE_ID_INVALID", "FILE_REFERENCE_0_EXPIRED", "FILE_REFERENCE_1_INVALID"]


@pytest.mark.parametrize("name", [*STALE, "LOCATION_NOT_AVAILABLE", "VOLUME_LOC_NOT_FOUND"])
def test_a_stale_address_is_read_again(server: LoopbackTelegram, telegram: TelegramAdapter, name: str) -> None:
    wanted = requests(telegram, *FILES)
    server.ledger.clear()
    server.faults = Faults(moved=Rule(first=len(FILES)), moved_error=name)
    assert whole(telegram.media.fetch(wanted), list(FILES.values()))
    assert 0 < server.ledger.count("channels.getMessages") <= 2 * len(FILES)


@pytest.mark.parametrize("name", ["LOCATION_INVALID", "FILE_ID_INVALID", "LOCATION_NOT_AVAILABLE"])
def test_a_file_that_the_fresh_address_lacks_is_gone(
    server: LoopbackTelegram, telegram: TelegramAdapter, name: str
) -> None:
    wanted = requests(telegram, 10, 11)
    server.ledger.clear()
    server.faults = Faults(lost=frozenset({FILES[10].id, FILES[11].id}), lost_error=name)
    results = telegram.media.fetch(wanted)
    assert len(results) == 2
    for result in results:
        assert isinstance(result, Permanent)
        assert "read twice" in result.reason
    assert server.ledger.count("channels.getMessages") == 2


def test_too_large_is_skipped_by_one_byte_behind_the_limit(server: LoopbackTelegram, ours: Settings) -> None:
    with connected(ours.model_copy(update={"media_max_bytes": 200_000})) as telegram:
        small, large = fetch(telegram, 10, 11)
        assert whole([small], [FILES[10]])
        assert isinstance(large, Skip)
        assert "MEDIA_MAX_BYTES" in large.reason
    [asked] = server.ledger.of(GET, lambda entry: entry.args["file"] == LARGE.id)
    assert (asked.args["offset"], asked.args["limit"]) == (199_680, 1024)


def test_long_flood_waits_go_back_to_the_caller(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    wanted = requests(telegram, 10, 12)
    server.faults = Faults(flood=Rule(every=1), flood_seconds=40)
    results = telegram.media.fetch(wanted)
    assert len(results) == len(wanted)
    for result in results:
        assert isinstance(result, Transient)
        assert result.retry_after is not None
        assert 38 <= result.retry_after <= 40
        assert not result.charge
    asked = server.ledger.count(GET)
    assert [isinstance(result, Transient) for result in telegram.media.fetch(wanted)] == [True] * len(wanted)
    assert server.ledger.count(GET) == asked  # nobody knocks while the wait lasts


def test_files_in_flight_are_bounded_across_callers(server: LoopbackTelegram, ours: Settings) -> None:
    photos = add_photos(server, 8)
    with connected(ours.model_copy(update={"download_parallel": 2})) as telegram:
        wanted = requests(telegram, *photos)
        telegram.media.fetch(requests(telegram, 12))  # the second data centre is known now
        server.ledger.clear()
        server.faults = Faults(latency=0.2)
        with ThreadPoolExecutor(4) as pool:
            results = [r for part in pool.map(telegram.media.fetch, [wanted[i::4] for i in range(4)]) for r in part]
    assert [type(result) for result in results] == [StoredFile] * 8
    times = sorted(entry.at for entry in server.ledger.of(GET))
    assert len(times) == 8
    assert all(third - first > 0.15 for first, third in zip(times, times[2:], strict=False))


def test_parts_of_a_large_file_are_in_flight_together(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    wanted = requests(telegram, 11)
    server.faults = Faults(latency=1.0)
    assert whole(telegram.media.fetch(wanted), [LARGE])
    times = [entry.at for entry in server.ledger.of(GET)]
    assert len(times) == 7
    assert max(times) - min(times) < 0.9, "none waited for the answer of another"


def test_the_line_does_not_wait_for_the_disk(
    server: LoopbackTelegram, ours: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two parts in flight the third is asked for before the first is written."""
    write = Incomplete.write
    asked: list[int] = []

    def waits(self: Incomplete, piece: bytes) -> None:
        deadline = time.monotonic() + 5
        while server.ledger.count(GET) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        asked.append(server.ledger.count(GET))
        write(self, piece)

    with connected(ours.model_copy(update={"parts_in_flight": 2})) as telegram:
        wanted = requests(telegram, 11)
        server.ledger.clear()
        monkeypatch.setattr(Incomplete, "write", waits)
        assert whole(telegram.media.fetch(wanted), [LARGE])
    assert asked[0] >= 3


def test_a_fetch_ends_before_its_lease(server: LoopbackTelegram, ours: Settings, tmp_path: Path) -> None:
    photos = add_photos(server, 3)
    with connected(ours.model_copy(update={"lease_seconds": 2.0, "download_parallel": 1})) as telegram:
        wanted = requests(telegram, *photos)
        server.faults = Faults(hang=Rule(every=1))
        started = time.monotonic()
        results = telegram.media.fetch(wanted)
        assert time.monotonic() - started < 10  # one silent request alone would take fifteen
    assert "within 2 s" in str(error(results[0])), "a share of the lease of 2 s is left for its end"
    assert all(isinstance(result, Transient) for result in results)
    assert [result.charge for result in results if isinstance(result, Transient)] == [True, False, False]
    assert not (tmp_path / "media" / "tmp").exists() or left_over(tmp_path) == []


def test_a_server_that_vanishes(server: LoopbackTelegram, telegram: TelegramAdapter, tmp_path: Path) -> None:
    wanted = requests(telegram, *FILES, *add_photos(server, 12))
    server.faults = Faults(rate=300_000)
    threading.Timer(0.5, server.__exit__, (None, None, None)).start()
    started = time.monotonic()
    results = telegram.media.fetch(wanted)
    assert time.monotonic() - started < 60  # one attempt to connect for all of them, not four seconds for each
    lost = [result for result in results if not isinstance(result, StoredFile)]
    assert lost
    assert all(isinstance(result, Transient) and not result.charge for result in lost)
    assert left_over(tmp_path) == []


def add_documents(server: LoopbackTelegram, count: int, size: int) -> dict[int, File]:
    files = {2000 + i: File(7000 + i, "document", content(700 + i, size), "application/zip") for i in range(count)}
    for i, file in files.items():
        server.apply(Post(NEWS.telegram_id, Message(i, START, file=file)))
    return files


# Sixteen files that take 0.4 s each by themselves and 6.4 s together, with a deadline of 2.4 s.
CROWD = {"lease_seconds": 3.0, "part_bytes": 65_536}
SIZE, RATE = 800_000, 2_000_000.0


def test_files_that_share_a_slow_line_go_on_where_they_stopped(
    server: LoopbackTelegram, ours: Settings, tmp_path: Path
) -> None:
    files = add_documents(server, 16, SIZE)
    with connected(ours.model_copy(update=CROWD)) as telegram:
        waiting = dict(zip(files, requests(telegram, *files), strict=True))
        server.faults = Faults(rate=RATE)
        server.ledger.clear()
        for _ in range(6):
            results = dict(zip(waiting, telegram.media.fetch(list(waiting.values())), strict=True))
            late = {i: error(result) for i, result in results.items() if not isinstance(result, StoredFile)}
            assert all(isinstance(one, Transient) and not one.charge for one in late.values()), late
            assert whole([r for i, r in results.items() if i not in late], [files[i] for i in results if i not in late])
            waiting = {i: waiting[i] for i in late}
        assert waiting == {}
    parts = 16 * -(-SIZE // 65_536)
    assert server.ledger.count(GET) < 2 * parts  # beginnings were not asked for again, but what was on its way
    assert left_over(tmp_path) == []


def test_large_files_take_turns_and_keep_none_from_small_ones(
    server: LoopbackTelegram, ours: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.adapters.telegram.factory.LARGE", 500_000)
    files = add_documents(server, 16, SIZE) | add_photos(server, 2)
    with connected(ours.model_copy(update=CROWD)) as telegram:
        wanted = requests(telegram, *files)
        server.faults = Faults(rate=RATE)
        results = telegram.media.fetch(wanted)
    stored = [i for i, result in zip(files, results, strict=True) if isinstance(result, StoredFile)]
    assert len([i for i in stored if files[i].kind == "document"]) >= 4  # side by side none or two were in time
    assert [i for i in files if files[i].kind == "photo"] == [i for i in stored if files[i].kind == "photo"]
    late = [result for result in results if not isinstance(result, StoredFile)]
    assert all(isinstance(result, Transient) and not result.charge for result in late)
    assert left_over(tmp_path) == []  # what was begun went with the process


def test_a_large_file_that_stalls_is_charged(server: LoopbackTelegram, ours: Settings) -> None:
    with connected(ours.model_copy(update=CROWD)) as telegram:
        wanted = requests(telegram, 11)
        server.faults = Faults(hang=Rule(every=1))
        stalled = error(telegram.media.fetch(wanted)[0])
        assert isinstance(stalled, Transient)
        assert stalled.charge
        server.faults = Faults()
        assert whole(telegram.media.fetch(wanted), [LARGE])


def test_a_file_that_the_disk_opens_too_late_leaves_nothing(
    server: LoopbackTelegram, ours: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = FileStore.incoming

    def late(self: FileStore) -> Incomplete:
        found = opened(self)
        time.sleep(1.2)
        return found

    with connected(ours.model_copy(update={"lease_seconds": 1.0})) as telegram:
        wanted = requests(telegram, 11)
        monkeypatch.setattr(FileStore, "incoming", late)
        assert "not downloaded within" in str(error(telegram.media.fetch(wanted)[0]))
        assert left_over(tmp_path) == []
        monkeypatch.setattr(FileStore, "incoming", opened)
        assert whole(telegram.media.fetch(wanted), [LARGE])


class FullDisk:
    """Writes a little, and says after the deadline that there is no room for the rest."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, piece: memoryview) -> int:
        self._stream.write(piece[:10])
        time.sleep(1.2)
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        self._stream.close()


def test_a_piece_that_was_written_in_part_is_no_beginning(
    ours: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Incomplete.write

    def fails(self: Incomplete, piece: bytes) -> None:
        self._stream = FullDisk(self._stream)  # type: ignore[assignment]
        write(self, piece)

    with connected(ours.model_copy(update={"lease_seconds": 1.2})) as telegram:
        wanted = requests(telegram, 11)
        monkeypatch.setattr(Incomplete, "write", fails)
        assert "No space left" in str(error(telegram.media.fetch(wanted)[0]))
        assert left_over(tmp_path) == []
        monkeypatch.setattr(Incomplete, "write", write)
        assert whole(telegram.media.fetch(wanted), [LARGE])
