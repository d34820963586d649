"""What every vision provider promises, local or paid, and what the paid ones promise beyond it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from app.adapters.store.types import identify
from app.adapters.vision.local import local_vision
from app.adapters.vision.phash import phash
from app.adapters.vision.remote.factory import remote_vision
from app.adapters.vision.remote.vision import RemoteVision
from app.demo.llm import Fault, LoopbackLLM
from app.demo.llm.faults import Kind
from app.domain.kinds import Classification
from app.domain.media_types import DOCX, OLD_DOC
from app.domain.reading import RawAnswer
from app.errors import (
    MediaAuditError,
    Misconfigured,
    NoAnswer,
    Permanent,
    Refused,
    Skip,
    Transient,
)
from app.ports import MediaInput, VisionProvider
from app.settings import Settings
from tests.factories.broken_metadata import turned
from tests.factories.envelopes import body
from tests.factories.files import scanned_pdf, stored, stored_photo, typed_pdf, video
from tests.factories.films import SIZE, clip, even, moving, sticker, title, video_sticker
from tests.factories.heic_files import heic, words
from tests.factories.office_files import compound, paragraph, word_parts, zipped
from tests.factories.pictures import ENGLISH, RUSSIAN, differing_bits, encoded, page, photograph
from tests.factories.providers import reading_with
from tests.factories.settings import vision_settings

pytestmark = pytest.mark.slow

NAMES = ("local", "gigachat", "openai")
PAID = NAMES[1:]
Make = Callable[..., VisionProvider]
MakePaid = Callable[..., RemoteVision]


@pytest.fixture
def make(server: LoopbackLLM) -> Iterator[Make]:
    """A name and settings -> the provider."""
    with ExitStack() as open_ones:

        def made(name: str, **changes: object) -> VisionProvider:
            if name == "local":
                return local_vision(Settings.model_validate(changes))
            return open_ones.enter_context(reading_with(server, name, **changes))

        yield made


@pytest.fixture(params=PAID)
def paid(request: pytest.FixtureRequest, server: LoopbackLLM) -> Iterator[RemoteVision]:
    """Each paid provider."""
    with reading_with(server, request.param) as vision:
        yield vision


@pytest.mark.parametrize("name", NAMES)
class TestEveryProvider:
    def test_the_recipe_is_stable_and_its_own(self, name: str, make: Make) -> None:
        recipe = make(name).recipe
        assert recipe == make(name).recipe
        assert recipe.provider == name
        assert len(recipe.prompt_hash) == 64

    def test_types_without_a_reader_are_named(self, name: str, make: Make, tmp_path: Path) -> None:
        provider = make(name)
        readable = (
            "image/jpeg",
            "image/webp",
            "image/heic",
            "image/heif",
            "video/mp4",
            "application/pdf",
            "text/plain",
        )
        assert all(map(provider.reads, readable))
        assert not any(map(provider.reads, ("audio/ogg", "application/zip", "image/svg+xml")))
        (tmp_path / "file").write_bytes(b"OggS")
        with pytest.raises(Skip, match="no reader for audio/ogg"):
            provider.read(stored(tmp_path / "file", "audio/ogg"))

    @pytest.mark.parametrize(
        ("mime", "words"),
        [("image/jxl", "no reader for JPEG XL"), ("application/x-tgsticker", "no reader for animated stickers")],
    )
    def test_types_that_are_known_and_not_read_say_so(
        self, name: str, mime: str, words: str, make: Make, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(b"\xff\x0a of no use")
        media, provider = stored(tmp_path / "file", mime), make(name)
        assert provider.reads(mime), "else nothing would say why"
        with pytest.raises(Skip, match=words):
            provider.read(media)
        assert server.ledger.calls() == []
        assert not isinstance(provider, RemoteVision) or provider.estimate(media) == 0

    @pytest.mark.parametrize("bare", [False, True])
    def test_jpeg_2000_is_read(self, name: str, bare: bool, make: Make, server: LoopbackLLM, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(encoded(page("Открыта запись на экскурсию"), "JPEG2000", no_jp2=bare))
        mime = identify(tmp_path / "file").mime
        found = make(name).read(stored(tmp_path / "file", mime))
        assert mime == ("image/j2c" if bare else "image/jp2")
        assert (found.inspection.width, found.inspection.height, found.inspection.damaged) == (1240, 700, None)
        assert name != "local" or (
            found.reading.ocr is not None and found.reading.ocr.text == "Открыта запись на экскурсию"
        )
        assert len(server.ledger.readings()) == (name != "local")

    @pytest.mark.parametrize("mime", ["image/jpeg", "image/webp", "image/heic", "video/mp4", "application/pdf"])
    def test_bytes_that_cannot_be_decoded_are_permanent(
        self, name: str, mime: str, make: Make, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(b"\x00\x01 nothing that any decoder knows " * 40)
        with pytest.raises(Permanent):
            make(name).read(stored(tmp_path / "file", mime))
        assert server.ledger.calls() == []  # nothing is paid for it

    def test_pictures_above_the_limit_are_skipped(self, name: str, make: Make, server: LoopbackLLM) -> None:
        with pytest.raises(Skip, match="IMAGE_MAX_PIXELS=1000"):
            make(name, image_max_pixels=1000).read(stored_photo())
        assert server.ledger.calls() == []

    def test_a_damaged_picture_is_read_and_its_damage_told(self, name: str, make: Make, tmp_path: Path) -> None:
        data = encoded(page(RUSSIAN), quality=88)
        (tmp_path / "file").write_bytes(data[: len(data) * 3 // 4])
        assert make(name).read(stored(tmp_path / "file", "image/jpeg")).inspection.damaged

    @pytest.mark.parametrize("case", ["PNG: half of Exif <", "WEBP: half of Exif >", "TIFF raw: Exif nowhere"])
    def test_broken_metadata_hide_no_pixels(self, name: str, case: str, make: Make, tmp_path: Path) -> None:
        shown = page(ENGLISH, size=(620, 340), height=20)
        (tmp_path / "file").write_bytes(dict(turned(shown.transpose(Image.Transpose.ROTATE_90)))[case])
        found = make(name).read(stored(tmp_path / "file", identify(tmp_path / "file").mime))
        assert (found.inspection.width, found.inspection.height, found.inspection.damaged) == (620, 340, None)
        assert differing_bits(found.reading.phash or "", phash(shown)) <= 4
        if name == "local":
            assert found.reading.ocr is not None
            assert "The committee approved the city budget" in found.reading.ocr.text

    @pytest.mark.parametrize("size", [(2, 1), (1, 3000), (3000, 60)])
    def test_tiny_and_thin_pictures_are_read_too(
        self, name: str, size: tuple[int, int], make: Make, tmp_path: Path
    ) -> None:
        image = Image.new("RGB", size, "#204060")
        image.putpixel((size[0] - 1, size[1] - 1), (255, 255, 255))
        (tmp_path / "file").write_bytes(encoded(image, "PNG"))
        found = make(name).read(stored(tmp_path / "file", "image/png"))
        assert (found.inspection.width, found.inspection.height) == size
        assert "#204060" in found.reading.colours

    def test_the_text_that_a_file_holds_is_taken_as_it_is(self, name: str, make: Make, tmp_path: Path) -> None:
        provider = make(name)
        (tmp_path / "text").write_bytes(RUSSIAN.encode("cp1251"))
        plain = provider.read(stored(tmp_path / "text", "text/plain")).reading
        typed = provider.read(stored(typed_pdf(tmp_path / "typed", [ENGLISH]), "application/pdf")).reading
        assert plain.ocr is not None
        assert typed.ocr is not None
        assert (plain.ocr.text, plain.language) == (RUSSIAN, "ru")
        assert (typed.ocr.text.split(), typed.language) == (ENGLISH.split(), "en")
        assert (plain.phash, plain.colours) == (None, ())

    def test_what_pixels_show_is_the_same_whoever_reads(self, name: str, make: Make, tmp_path: Path) -> None:
        clip = stored(video(tmp_path / "clip", [photograph("coffee"), photograph("mountains")]), "video/mp4")
        (tmp_path / "heic").write_bytes(heic(words().turned(1)))
        for media in (stored_photo("cat"), clip, stored(tmp_path / "heic", "image/heic")):
            found, local = make(name).read(media), make("local").read(media)
            assert found.inspection == local.inspection
            assert (found.reading.phash, found.reading.colours) == (local.reading.phash, local.reading.colours)


class TestPaidProviders:
    def test_a_picture_costs_one_call_and_the_answer_becomes_its_reading(
        self, paid: RemoteVision, server: LoopbackLLM
    ) -> None:
        found = paid.read(stored_photo())
        (call,) = server.ledger.calls("chat")
        assert found.reading.description == "A mostly brown picture of 600 by 400 points, about food."
        assert [label.name for label in found.reading.labels] == ["food", "brown"]
        assert found.reading.nsfw is None
        assert (found.status, found.calls) == ("ok", 1)
        assert (found.tokens, found.prompt_tokens, found.completion_tokens) == (
            call.tokens,
            call.prompt_tokens,
            call.completion_tokens,
        )
        assert call.tokens <= paid.estimate(stored_photo())
        paid.close()
        assert server.files == {}

    def test_frames_and_pages_go_in_one_call(self, paid: RemoteVision, server: LoopbackLLM, tmp_path: Path) -> None:
        clip = video(tmp_path / "clip", [photograph(name) for name in ("coffee", "mountains", "photographer")])
        scan = scanned_pdf(tmp_path / "scan", [page(text, size=(1240, 400)) for text in ("One", "Two", "Three", "4")])
        media = stored(clip, "video/mp4")
        paid.read(media)
        paid.read(stored(scan, "application/pdf"))
        calls = server.ledger.calls("chat")
        assert [(call.outcome, len(set(call.pictures))) for call in calls] == [("ok", 3), ("ok", 3)]
        assert all(call.tokens <= paid.estimate(media) for call in calls)
        paid.close()
        assert server.files == {}

    def test_nothing_is_paid_for_a_file_without_anything_to_see(
        self, paid: RemoteVision, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        clear = Image.new("RGBA", SIZE, (255, 255, 255, 0))
        files = [video_sticker(tmp_path / "sticker", [clear] * 2), clip(tmp_path / "film", [even(), even("blue")])]
        blank = {"white": encoded(even("white"), "JPEG", quality=40), "dot": encoded(Image.new("L", (1, 1)), "PNG")}
        blank |= {"clear": encoded(clear, "WEBP"), "moving": moving([even(), even("white")], "GIF")}
        for name, data in blank.items():
            (tmp_path / name).write_bytes(data)
            files.append(tmp_path / name)
        for path in files:
            with pytest.raises(Skip, match="nothing to see"):
                paid.read(stored(path, identify(path).mime))
            assert paid.look(stored(path, identify(path).mime)).inspection.flat
        assert server.ledger.calls() == []

    def test_even_frames_are_left_out_and_the_others_go_in_one_call(
        self, paid: RemoteVision, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        frames = [even(), even("blue"), title("One"), even("white"), title("Two")]
        clip(tmp_path / "one keyframe", frames)
        clip(tmp_path / "keyframes", frames, gop=5)
        scanned_pdf(tmp_path / "pages", [even("white"), title("One"), title("Two")])
        for kind in ("GIF", "PNG", "WEBP"):
            (tmp_path / kind).write_bytes(moving(frames, kind))
        for path in sorted(tmp_path.iterdir()):
            media = stored(path, identify(path).mime)
            server.ledger.clear()
            assert paid.read(media).calls == 1
            (call,) = server.ledger.calls("chat")
            assert len(set(call.pictures)) == 2, path.name
            assert call.tokens <= paid.estimate(media)

    def test_white_letters_on_nothing_are_sent_on_dark(self, paid: RemoteVision, tmp_path: Path) -> None:
        """Not as the blank white picture that they would be on paper."""
        (tmp_path / "file").write_bytes(encoded(sticker("white"), "WEBP"))
        facts = paid.look(stored(tmp_path / "file", "image/webp"))
        assert facts.colours[0] == "#000000"
        assert facts.inspection.flat is False

    def test_a_plain_text_is_described_without_a_picture(
        self, paid: RemoteVision, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        (tmp_path / "text").write_text(RUSSIAN * 100)
        media = stored(tmp_path / "text", "text/plain")
        found = paid.read(media)
        (call,) = server.ledger.calls("chat")
        assert (call.pictures, found.reading.classification) == ((), Classification.DOCUMENT)
        assert call.tokens <= paid.estimate(media)
        assert found.reading.ocr is not None
        assert found.reading.ocr.text == RUSSIAN * 100

    def test_a_document_is_sent_as_its_text_and_one_that_is_not_read_costs_nothing(
        self, paid: RemoteVision, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        (tmp_path / "docx").write_bytes(zipped(word_parts(paragraph(RUSSIAN * 100))))
        media = stored(tmp_path / "docx", DOCX)
        found = paid.read(media)
        (call,) = server.ledger.calls("chat")
        assert (call.pictures, found.reading.classification) == ((), Classification.DOCUMENT)
        assert call.tokens <= paid.estimate(media) == paid.estimate(stored(tmp_path / "docx", "text/plain"))
        assert found.reading.ocr is not None
        assert found.reading.ocr.text == RUSSIAN * 100
        (tmp_path / "doc").write_bytes(compound("WordDocument"))
        for mime in (OLD_DOC, DOCX):
            with pytest.raises((Skip, Permanent)):
                paid.read(stored(tmp_path / "doc", mime))
        assert server.ledger.calls("chat") == [call]

    @pytest.mark.parametrize("letter", ["<", "漢", "\u2028", "7"])
    def test_a_plain_text_costs_no_more_than_was_estimated(
        self, letter: str, paid: RemoteVision, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        (tmp_path / "text").write_text(f"x{letter * 6000}x", encoding="utf-8")
        media = stored(tmp_path / "text", "text/plain")
        found = paid.read(media).reading.ocr
        (call,) = server.ledger.calls("chat")
        assert call.tokens <= paid.estimate(media)
        assert found is not None
        assert len(found.text) >= 6000  # what was left out is kept here

    @pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIC"])
    def test_every_format_arrives_as_a_jpeg(
        self, format: str, paid: RemoteVision, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(heic(words()) if format == "HEIC" else encoded(photograph("cat"), format))
        paid.read(stored(tmp_path / "file", f"image/{format.lower()}"))
        assert len(server.ledger.readings()) == 1  # the server takes no other format than it says

    def test_the_raw_answer_is_there_before_it_is_interpreted(self, paid: RemoteVision, server: LoopbackLLM) -> None:
        media = stored_photo()
        raw = paid.ask(media)
        calls = server.ledger.calls()
        kept = RawAnswer.model_validate_json(json.dumps(raw.model_dump(mode="json")))
        again = paid.interpret(media, [kept])
        assert kept == raw
        assert server.ledger.calls() == calls  # interpreting is free, also from what was stored
        assert again.model_dump() == paid.interpret(media, [raw]).model_dump()
        assert again.raw["answers"] == [raw.model_dump(mode="json")]

    def test_a_decoder_that_is_busy_holds_nobody_up(self, make: Make, server: LoopbackLLM, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")  # opening it takes for ever
        media = MediaInput(tmp_path / "pipe", "0" * 64, "image/jpeg")
        patient, impatient = make("openai", decode_timeout=4.0), make("openai", decode_timeout=0.3)
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(patient.read, media)
            time.sleep(0.5)
            with pytest.raises(Transient, match="the decoder is busy"):
                impatient.read(stored_photo())
            assert not slow.done()
            with pytest.raises(Transient, match="too long"):
                slow.result()
        assert server.ledger.calls() == []

    def test_an_answer_about_another_file_is_not_taken(self, paid: RemoteVision) -> None:
        with pytest.raises(ValueError, match="an answer about"):
            paid.interpret(stored_photo("cat"), [paid.ask(stored_photo("coffee"))])

    @pytest.mark.parametrize("kind", ["bad_fields", "prose"])
    def test_a_bad_answer_is_repaired_by_one_call_without_pictures(
        self, kind: Kind, paid: RemoteVision, server: LoopbackLLM
    ) -> None:
        right = paid.read(stored_photo())
        server.ledger.clear()
        server.faults.add(Fault(kind))
        found = paid.read(stored_photo())
        first, second = server.ledger.calls("chat")
        assert (found.status, found.calls, found.reading) == ("ok", 2, right.reading)
        assert (first.repair, second.repair, second.pictures) == (False, True, ())
        assert found.tokens == first.tokens + second.tokens
        assert len(server.ledger.readings()) == 1

    def test_what_is_valid_of_a_hopeless_answer_is_kept(self, paid: RemoteVision, server: LoopbackLLM) -> None:
        right = paid.read(stored_photo()).reading
        server.faults.add(Fault("hopeless"))
        found = paid.read(stored_photo())
        assert (found.status, found.calls) == ("partial", 2)
        assert (found.reading.description, found.reading.labels) == (right.description, right.labels)
        assert found.reading.classification is Classification.OTHER
        assert len(found.raw["answers"]) == 2  # type: ignore[arg-type]

    def test_the_repair_is_a_call_of_its_own_that_the_caller_books(
        self, paid: RemoteVision, server: LoopbackLLM
    ) -> None:
        media = stored_photo()
        server.faults.add(Fault("bad_fields"))
        raw = paid.ask(media)
        assert paid.interpret(media, [raw]).status == "partial"
        problem = paid.problem(raw)
        assert problem is not None
        assert "classification" in problem
        assert len(server.ledger.calls("chat")) == 1
        second = paid.repair(raw, problem)
        assert paid.interpret(media, [raw, second]).status == "ok"
        assert paid.problem(second) is None

    @pytest.mark.parametrize("kind", ["refusal", "moderated", "blocked"])
    def test_a_refusal_is_a_state_of_its_own(self, kind: Kind, paid: RemoteVision, server: LoopbackLLM) -> None:
        server.faults.add(Fault(kind))
        with pytest.raises(Refused):
            paid.read(stored_photo())
        assert len(server.ledger.calls("chat")) == 1  # and no repair

    def test_an_empty_answer_is_no_reading(self, paid: RemoteVision, server: LoopbackLLM) -> None:
        server.faults.add(Fault("empty"))
        with pytest.raises(NoAnswer, match="an empty answer"):
            paid.read(stored_photo())
        assert len(server.ledger.calls("chat")) == 1  # and no repair

    def test_nothing_that_postgresql_refuses_is_in_an_answer(self, paid: RemoteVision, server: LoopbackLLM) -> None:
        server.faults.add(Fault("nul"))
        found = paid.read(stored_photo())
        texts = list(_strings([found.raw, found.reading.model_dump()]))
        assert len(texts) > 5
        assert not any("\x00" in text for text in texts)
        "".join(texts).encode()  # fails on half a surrogate pair
        assert found.reading.description is not None
        assert found.reading.description.startswith("zero")

    def test_an_answer_cut_at_its_limit_keeps_what_came(self, server: LoopbackLLM) -> None:
        long = {
            "classification": "document",
            "is_meme": False,
            "description": "A page.",
            "labels": [],
            "objects": [],
            "language": "ru",
            "text": "Совет депутатов утвердил бюджет. " * 100,
        }
        with LoopbackLLM(answer=lambda asked: long) as talkative:
            for name in PAID:
                with reading_with(talkative, name) as vision:
                    found = vision.read(stored_photo())
                assert (found.status, found.calls) == ("partial", 1)  # a repair would be cut as well
                assert found.reading.description == "A page."
                assert found.reading.ocr is not None
                assert found.reading.ocr.text.startswith("Совет депутатов")

    @pytest.mark.parametrize("kinds", [("no_max_tokens",), ("no_temperature",), ("no_schema", "no_max_tokens")])
    def test_models_that_do_not_take_a_parameter_are_asked_without(
        self, kinds: tuple[Kind, ...], server: LoopbackLLM
    ) -> None:
        server.faults.add(*(Fault(kind, times=0) for kind in kinds))
        with reading_with(server, "openai") as vision:
            assert [vision.read(stored_photo(name)).status for name in ("coffee", "cat")] == ["ok", "ok"]
        assert [call.outcome for call in server.ledger.calls("chat")] == [*kinds, "ok", "ok"]  # learnt once

    def test_a_limit_by_its_other_name_still_holds(self) -> None:
        with LoopbackLLM(answer=lambda asked: {"description": "слово " * 2000}) as talkative:
            talkative.faults.add(Fault("no_max_tokens", times=0))
            with reading_with(talkative, "openai", vision_max_tokens=300) as vision:
                assert vision.ask(stored_photo()).completion_tokens <= 301

    def test_a_repair_that_is_declined_leaves_what_was_valid(self, paid: RemoteVision, server: LoopbackLLM) -> None:
        server.faults.add(Fault("bad_fields"), Fault("declined", after=1))
        found = paid.read(stored_photo())
        assert (found.status, found.calls) == ("partial", 1)
        assert found.reading.description

    def test_many_threads_share_one_provider(self, paid: RemoteVision, server: LoopbackLLM) -> None:
        names = ("cat", "coffee", "mountains", "photographer")
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda name: paid.read(stored_photo(name)).reading, names))
        assert together == [paid.read(stored_photo(name)).reading for name in names]


def _strings(value: object) -> Iterator[str]:
    """Every string inside plain JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.items():
            yield from _strings(list(one))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)


KEYS = {"gigachat": "GIGACHAT_CREDENTIALS", "openai": "OPENAI_API_KEY"}


@pytest.mark.parametrize("name", PAID)
class TestSettings:
    @pytest.mark.parametrize("changes", [{"vision_model": None}, {"vision_timeout": 300.0}])
    def test_wrong_ones_are_named_before_anything_is_asked(
        self, name: str, changes: dict[str, object], make: Make
    ) -> None:
        with pytest.raises(MediaAuditError, match=next(iter(changes)).upper()):
            make(name, **changes)

    def test_a_wrong_key_is_named_and_not_shown(self, name: str, make: Make) -> None:
        secret = "c2VjcmV0OnNlY3JldA=="
        with pytest.raises(Misconfigured, match=KEYS[name]) as raised:
            make(name, gigachat_credentials=secret, openai_api_key=secret).read(stored_photo())
        assert secret not in str(raised.value)

    def test_a_key_with_a_line_end_is_the_key(self, name: str, make: Make, server: LoopbackLLM) -> None:
        keys = {KEYS[name].lower(): f" {server.credentials if name == 'gigachat' else server.api_key}\r\n"}
        assert make(name, **keys).read(stored_photo()).reading.description

    def test_a_key_that_no_header_takes_is_named_and_not_shown(self, name: str, server: LoopbackLLM) -> None:
        secret = "c2VjcmV0OnNlY3JldA=="
        settings = vision_settings(server, name).model_copy(
            update={KEYS[name].lower(): SecretStr(f"{secret}\n{secret}")}
        )
        with closing(remote_vision(settings, name)) as vision, pytest.raises(Misconfigured, match=KEYS[name]) as raised:
            vision.read(stored_photo())
        assert secret not in f"{raised.value!r} {raised.value.__cause__!r}"

    def test_an_unknown_model_is_named(self, name: str, make: Make) -> None:
        with pytest.raises(Misconfigured, match="VISION_MODEL"):
            make(name, vision_model="no-such-model").read(stored_photo())

    def test_another_model_or_size_is_another_recipe(self, name: str, make: Make) -> None:
        first = make(name).recipe
        others = [make(name, **one).recipe for one in ({"vision_model": "x"}, {"vision_max_side": 640})]
        assert len({first, *others}) == 3


DRAFT = {"classification": "photo", "is_meme": True, "description": "A draft."}
SHOP = {
    "classification": "Скриншот",
    "Is Meme": "no",
    "description": "Страница магазина.",
    "labels": "shop: 95%, discount",
    "objects": {"sign": 0.8},
    "language": "Russian",
    "text": "Тег </think> {закрыто}",
}
SPELT: dict[str, str] = {
    "values": json.dumps(SHOP),
    "thoughts and a draft": f"<think>Hm, {json.dumps(DRAFT)}</think>```json\n{json.dumps(SHOP)}\n```",
    "channels": f"<|channel|>analysis<|message|>{{x}}<|end|><|channel|>final<|message|>{json.dumps(SHOP)}",
    "JSON in JSON": json.dumps({"result": json.dumps([SHOP])}),
    "Python": f"Here it is:\n{SHOP!r}\nDone.",
    "no last bracket": json.dumps(SHOP, ensure_ascii=False)[:-1],
}


@pytest.mark.parametrize("name", SPELT)
@pytest.mark.parametrize("provider", PAID)
def test_an_answer_in_other_words_is_read_by_its_one_call(name: str, provider: str, server: LoopbackLLM) -> None:
    server.faults.add(Fault("raw", raw=body({"content": SPELT[name]})))
    with reading_with(server, provider) as vision:
        found = vision.read(stored_photo())
    assert (found.status, found.calls, len(server.ledger.calls("chat"))) == ("ok", 1, 1)
    assert (found.reading.classification, found.reading.is_meme) == (Classification.SCREENSHOT, False)
    assert found.reading.description == "Страница магазина."
    assert [(one.name, one.score) for one in found.reading.labels] == [("shop", 0.95), ("discount", 0.5)]
    assert [(one.name, one.score) for one in found.reading.objects] == [("sign", 0.8)]
    assert found.reading.ocr is not None
    assert (found.reading.ocr.text, found.reading.language) == ("Тег </think> {закрыто}", "ru")


@pytest.mark.parametrize("provider", PAID)
@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_loop_is_cut_and_makes_the_reading_partial(provider: str, finish: str, server: LoopbackLLM) -> None:
    looped = {**SHOP, "text": "Распродажа\n" + "Скидка на всё до конца недели.\n" * 50}
    server.faults.add(Fault("raw", raw=body({"content": json.dumps(looped)}, finish)))
    with reading_with(server, provider) as vision:
        found = vision.read(stored_photo())
    assert (found.status, found.calls) == ("partial", 1)  # and no repair, which would cost
    assert found.reading.ocr is not None
    assert found.reading.ocr.text == "Распродажа\nСкидка на всё до конца недели."
    assert found.raw["problems"] == ["text: repeats itself"]


@pytest.mark.parametrize("said", ["No text", "null", "нет текста", "-"])
def test_words_for_no_text_are_none(said: str, server: LoopbackLLM) -> None:
    server.faults.add(Fault("raw", raw=body({"content": json.dumps({**SHOP, "text": said})})))
    with reading_with(server, "openai") as vision:
        found = vision.read(stored_photo())
    assert (found.reading.ocr, found.reading.language, found.status) == (None, None, "ok")
