"""Types of files by what they show: pictures, videos, texts. Recognised by content, never by a sender's word."""

from __future__ import annotations

JPEG_2000 = frozenset({"image/jp2", "image/jpx", "image/jph", "image/j2c"})
PICTURES = JPEG_2000 | frozenset(
    f"image/{kind}" for kind in ("jpeg", "jpg", "png", "apng", "gif", "webp", "bmp", "x-ms-bmp", "tiff", "avif")
)
HEIC = frozenset({"image/heic", "image/heif"})
JXL, TGS = "image/jxl", "application/x-tgsticker"

_OOXML, _ODF = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
DOCX, XLSX = _OOXML + "wordprocessingml.document", _OOXML + "spreadsheetml.sheet"
PPTX = _OOXML + "presentationml.presentation"
ODT, ODS, ODP = _ODF + "text", _ODF + "spreadsheet", _ODF + "presentation"
RTF, HTML, EPUB, TEXT = "application/rtf", "text/html", "application/epub+zip", "text/plain"
# Files whose whole content is their text: no page of them is drawn and recognised.
TEXTS = frozenset({DOCX, XLSX, PPTX, ODT, ODS, ODP, RTF, HTML, EPUB, TEXT})

OLD_DOC, OLD_XLS, OLD_PPT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
XLSB, LOCKED = "application/vnd.ms-excel.sheet.binary.macroenabled.12", "application/encrypted"
# What people call the types whose registered names are long.
CALLED = {
    DOCX: "docx",
    XLSX: "xlsx",
    PPTX: "pptx",
    ODT: "odt",
    ODS: "ods",
    ODP: "odp",
    RTF: "rtf",
    EPUB: "epub",
    OLD_DOC: "doc",
    OLD_XLS: "xls",
    OLD_PPT: "ppt",
    XLSB: "xlsb",
}
# Types that are known and not read -> the reason.
NOT_READ = {
    JXL: "no reader for JPEG XL: saved as PNG or JPEG the picture can be read",
    TGS: "no reader for animated stickers of Telegram (.tgs)",
    OLD_DOC: "no reader for old Word documents (.doc): saved as .docx it can be read",
    OLD_XLS: "no reader for old Excel workbooks (.xls): saved as .xlsx it can be read",
    OLD_PPT: "no reader for old PowerPoint presentations (.ppt): saved as .pptx it can be read",
    XLSB: "no reader for binary Excel workbooks (.xlsb): saved as .xlsx it can be read",
    LOCKED: "an office document locked with a password",
}


def called(mime: str | None) -> str:
    """The name of a type for people: "docx"; the registered one where it is short enough, "" without one."""
    return CALLED.get(mime or "", mime or "")


def is_video(mime: str) -> bool:
    """Whether the type is any video; FFmpeg tells later whether it can decode the file."""
    return mime.startswith("video/")
