"""Files: each message has its own, described as it was sent; the store has each content once, byte for byte."""

from __future__ import annotations

from hashlib import sha256

from app.demo.checks.evidence import Check, Evidence, differences, facts_of, judged
from app.demo.world import File
from app.models import MediaFile, PostMedia
from app.ports import MediaStore

ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "text/html": ".html",
}
KINDS = {"photo": "photo", "video": "video", "audio": "audio", "document": "doc"}
CLOSE = 0.2  # seconds between the length that a sender claims and that of the film


def stored(found: Evidence) -> Check:
    """Checks that each message has its own file and no other, and that the store has exactly its bytes."""
    has = {key: [medium.sha256 for medium in some] for key, some in found.media.items()}
    wanted = {key: [name] for key, name in found.expected.files.items()}
    wrong: list[object] = [key for key in has.keys() | wanted.keys() if has.get(key) != wanted.get(key)]
    wrong += [name[:12] for name, size in found.expected.sizes.items() if not _is_stored(found.store, name, size)]
    return judged("every file, byte for byte", len(found.expected.sizes), "files in the store", wrong)


def _is_stored(store: MediaStore, name: str, size: int) -> bool:
    try:
        data = store.path(name).read_bytes()
    except FileNotFoundError:
        return False
    return len(data) == size and sha256(data).hexdigest() == name


def described(found: Evidence) -> Check:
    """Checks that each medium is described as its sender did, and can be asked for again."""
    wrong: list[str] = []
    files = {key: message.file for key, message in found.expected.final.items() if message.file}
    for key, file in files.items():
        wanted = _description(file, found.expected.sizes[found.expected.files[key]])
        wrong += [line for medium in found.media.get(key, []) for line in differences(key, _medium(medium), wanted)]
        wrong += [] if found.media.get(key) else [f"{key} has no medium"]
    return judged("files described as they were sent", len(files), "media", wrong)


def _medium(medium: PostMedia) -> dict[str, object]:
    names = ("position", "role", "kind", "telegram_key", "size", "mime", "file_name", "width", "height", "duration")
    return {**facts_of(medium, names), "place": (medium.location.get("type"), medium.location.get("id"))}


def _description(file: File, size: int) -> dict[str, object]:
    """The columns of a medium, from the attributes that Telegram has for each kind."""
    form = "photo" if file.kind == "photo" else "document"
    framed = file.kind != "audio" and file.width and file.height
    return {
        "position": 0,
        "role": "own",
        "kind": KINDS[file.kind],
        "telegram_key": f"{form}:{file.id}",
        "size": size,
        "mime": file.mime,
        "file_name": file.name if form == "document" else None,
        "width": file.width if framed else None,
        "height": file.height if framed else None,
        "duration": {"video": file.duration, "audio": float(int(file.duration))}.get(file.kind),
        "place": (form, file.id),
    }


def once(found: Evidence) -> Check:
    """Checks that distinct contents are stored once, however often they were posted."""
    has = {name: file.size for name, file in found.files.items()}
    sizes = found.expected.sizes
    wrong = [name[:12] for name in has.keys() | sizes.keys() if has.get(name) != sizes.get(name)]
    return judged("each file stored once", len(has), f"distinct files, posted {len(found.expected.files)} times", wrong)


def types(found: Evidence) -> Check:
    """Checks type and ending of each file by its content, and the measures of pictures, films and pages."""
    wrong: list[str] = []
    for name, mime in found.expected.types.items():
        if (row := found.files.get(name)) is None:
            wrong.append(f"{name[:12]} is not there")
            continue
        wanted = {"mime": mime, "extension": ENDINGS[mime], "measured": True}
        has = {
            **facts_of(row, ("mime", "extension")),
            "measured": _is_measured(row, found.expected.contents[name], sound=name not in found.expected.damaged),
        }
        wrong += differences(name[:12], has, wanted)
    return judged("types and measures of files", len(found.expected.types), "files", wrong)


def _is_measured(row: MediaFile, file: File, *, sound: bool) -> bool:
    """Whether the measures are those that the sender gave, where he gave some and the file has them."""
    if row.mime.startswith(("image/", "video/")):
        told = sound and file.width
        framed = (row.width, row.height) == (file.width, file.height) if told else bool(row.width and row.height)
        timed = row.duration is not None and abs(row.duration - file.duration) <= CLOSE
        return framed and row.phash is not None and (timed or row.mime.startswith("image/"))
    return bool(row.pages) or row.mime != "application/pdf"


def damaged(found: Evidence) -> Check:
    """Checks that pictures are known as damaged where they are, and no others are."""
    names = {name for name, file in found.files.items() if file.damaged is not None}
    wanted = found.expected.damaged
    return judged("damaged pictures recognised", len(wanted), "of them", sorted(n[:12] for n in names ^ wanted))


def lying(found: Evidence) -> Check:
    """Checks that files with a wrong name have the type of their content."""
    wanted = found.expected.lying
    has = {name: file.mime for name, file in found.files.items()}
    wrong = [f"{name[:12]} {has.get(name)}" for name, mime in wanted.items() if has.get(name) != mime]
    return judged("lying file names", len(wanted), "seen through", wrong)
