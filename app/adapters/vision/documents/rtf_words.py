"""Control words of RTF, by the specification 1.9.1 of Microsoft, as far as they matter for the text."""

from __future__ import annotations

from app.adapters.vision.documents.collector import names

# Groups that begin with one of these hold no text of the document. Any other group that begins with \\* neither, unless
# it is among SHOWN.
NO_TEXT = names(
    "fonttbl colortbl stylesheet info pict fldinst objdata objclass themedata colorschememapping datastore "
    "filetbl latentstyles rsidtbl xmlnstbl listtable listoverridetable revtbl generator nonshppict pntext "
    "listtext sn sv sp xe tc bkmkstart bkmkend atnid atnauthor atndate atnref atrfstart atrfend pgdsctbl upr "
    "fchars lchars"
)
SHOWN = frozenset({"shpinst", "shptxt", "annotation", "footnote", "ud", "docvar"})
APART = names("footnote annotation shptxt header headerl headerr headerf footer footerl footerr footerf")
LINES = frozenset({"par", "line", "sect", "page", "row", "nestrow", "column", "softline"})
CELLS = frozenset({"cell", "nestcell"})
SIGNS = {
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
SYMBOLS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\"}
CHARSETS = {
    77: "mac-roman",
    89: "mac-cyrillic",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
SYMBOL_FONT = 2  # its characters are pictures
PAGES = {"mac": "mac-roman", "pc": "cp437", "pca": "cp850"}
