"""Recognises formats that share a container: ISO base media, RIFF, Matroska, Ogg, zip, and streams of audio frames."""

from __future__ import annotations

import codecs

_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/x-wav", b"AVI ": "video/x-msvideo"}
_OOXML = "application/vnd.openxmlformats-officedocument."
_ZIP_PARTS = (
    (b"word/", _OOXML + "wordprocessingml.document"),
    (b"xl/", _OOXML + "spreadsheetml.sheet"),
    (b"ppt/", _OOXML + "presentationml.presentation"),
)
_ZIP_MIMES = (
    b"application/epub+zip",
    b"application/vnd.oasis.opendocument.text",
    b"application/vnd.oasis.opendocument.spreadsheet",
    b"application/vnd.oasis.opendocument.presentation",
)
_DIB_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})  # sizes of bitmap headers over time


def identify(head: bytes, tail: bytes) -> str | None:
    """The mime of a container by its content; None for any other format."""
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"\x42\x82\x84webm" in head[:4096] else "video/x-matroska"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head[:512] else "audio/ogg"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(head, tail)
    if head[4:8] in _QUICKTIME_ATOMS:  # before 2001 the files began without ftyp
        return "video/quicktime"
    return _bitmap(head) or _audio(head)


def _iso_media(head: bytes) -> str:
    length = min(int.from_bytes(head[:4], "big"), 4096)
    major, compatible = head[8:12], [head[i : i + 4] for i in range(16, length, 4)]
    if major.startswith(b"3g"):
        return "video/3gpp"
    if major in (b"mif1", b"msf1"):  # names the structure only; the codec is among the other brands
        return next((_BRANDS[b] for b in compatible if _BRANDS.get(b, "image/heif") != "image/heif"), "image/heif")
    return _BRANDS.get(major, "video/mp4")


def _zip(head: bytes, tail: bytes) -> str:
    declared = head[38 : 38 + 64] if head[30:38] == b"mimetype" else b""
    for mime in sorted(_ZIP_MIMES, key=len, reverse=True):
        if declared.startswith(mime):
            return mime.decode()
    names = _directory(head + tail)
    if b"xl/workbook.bin" in names:
        return "application/vnd.ms-excel.sheet.binary.macroenabled.12"
    if b"[Content_Types].xml" in head + tail:
        return next((mime for part, mime in _ZIP_PARTS if part in names), "application/zip")
    if b"AndroidManifest.xml" in names:
        return "application/vnd.android.package-archive"
    return "application/zip"


def _directory(data: bytes) -> bytes:
    """The directory of a zip, as far as it is in the data; all of them without one.

    A presentation holds the tables behind its charts as files of their own, whose parts must not decide.
    """
    end = data.rfind(b"PK\x05\x06")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    return data[max(end - size, 0) : end] if end >= 0 and size else data


def _bitmap(head: bytes) -> str | None:
    """Recognises a bitmap. Two letters are no signature, so the reserved field and the header's size must fit, too."""
    fits = head.startswith(b"BM") and head[6:10] == bytes(4) and int.from_bytes(head[14:18], "little") in _DIB_HEADERS
    return "image/bmp" if fits else None


def _audio(head: bytes) -> str | None:
    if head.startswith(b"ID3") and len(head) > 10:
        return "audio/flac" if head[_id3_end(head) :].startswith(b"fLaC") else "audio/mpeg"
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head.startswith(codecs.BOM_UTF16_LE):  # the sync of MPEG-1 layer I with a checksum, too, which no program writes
        return None
    if head[1] & 0xF6 == 0xF0:  # ADTS: sync of twelve ones, layer 0
        return "audio/aac"
    return "audio/mpeg" if _mpeg_frame(head) else None


def _id3_end(head: bytes) -> int:
    """The end of an ID3 tag; its length is 4 bytes of 7 bits (https://id3.org/id3v2.4.0-structure)."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _mpeg_frame(head: bytes) -> bool:
    """Whether no field of the first frame header has a reserved value: eleven ones alone occur by chance."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bitrate not in (0, 15) and rate != 3
