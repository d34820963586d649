"""How likely one Cyrillic letter follows another: the ground on which code pages are told apart.

Counted in 60,000 sentences of Russian, Ukrainian, Belarusian, Bulgarian, Serbian and Macedonian: news, and the words of
Debian's programs. A table of pairs tells apart what single letters cannot: capitals in one code page are lower case in
another, and every code page has its own lines and signs where another has letters.
"""

from __future__ import annotations

LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўђѓјљњћќџѕ"
EDGE = " "  # any character that is no letter of these

# A row for each first letter, EDGE before the others; a digit for each second one, in the same order: how surprising it
# is, in bits, as a hexadecimal digit. f: 15 and more.
_ROWS = (
    "f553646845a4653435455687678fef8b6c7a8f9fe9fedcff",  # EDGE
    "2b6565675b55453a65549976679fffc76acc7f8be8d7ceff",  # а
    "43889a3a94f63753c3793c788c665ba9895ffcfff9cfffff",  # б
    "3298973983f5575386665f8a88a85abf794ffffffb9fffff",  # в
    "43a8955ff4f84751c3a84ffd7afcef7fff5ffffffffeffff",  # г
    "4286973674f5474375675ca899f8779e886fffffffdaffff",  # д
    "287665866865443863549887778ffffa9aeeadcacba9acff",  # е
    "4378742cf3f66b37bf985fff8ffd797be88ffffdfffcffff",  # ж
    "32647559d5f6653466985d9b98fc78ec697fffffffffffff",  # з
    "28657658565454476544b766678fffe75cfddffef7dbcfff",  # и
    "1f8895abdef636469c44acf988ffffffdfffffffffffffff",  # й
    "42b7bc5c84fb4b72f5544cd6ea79ffbdff5fffffff9fffff",  # к
    "439b993893f67a63cc895bfd9fda73c5485fffffffffffff",  # л
    "2376ad2ff4f777635b8b4ddfbcfb699f694ffffffedfffff",  # м
    "52ca863ca3f6bc43ed6458a899bd56c8495fcfffffcfffff",  # н
    "3b5344755855444954449a9867afffc78ec8af9df8bedfff",  # о
    "63ecfc3ff4f75e7292885fe7aaf89acc8b5ffffffddfffff",  # п
    "5296782793f7965398655a79a7b95889696ffffdfffeffff",  # р
    "4586a94be4f4475447625a8789f775bb496fffffffffffff",  # с
    "33b5c93db3f6995394695bbd9ff9648a896fbfffffdfffff",  # т
    "285464666a75555a5544f87a577fff95bfed5ffff8fc9fff",  # у
    "62ffb94ff3df6ab3a58638fdfffc9dbba84fffffffffffff",  # ф
    "14d6ab5ff5fa6852f5975cfdfffcff8fdf5fffffffffffff",  # х
    "53b7dc3fc2f7dfc6a8b96ff5effc53866a2ffffffeffffff",  # ц
    "52a7ff2df3f58c36e9d45ffbd9fd666ff66ffffffeffffff",  # ч
    "53f7ff2ef2f3494596b45ffd6dfc689ff66fffffffe97fff",  # ш
    "63ffff2ff3ffff81fffb5ffffffff6fff58fffffffffffff",  # щ
    "8f8484374fd544755253ff8a7b5ffffc57ffffffffffffff",  # ъ
    "2e6487496935446f6554d74676efeffa5c8fff8fffffffff",  # ы
    "1f98786f59d3a635af46fa87b5bffff679dedfefffffffff",  # ь
    "7a6665a68f53353c8442f7c966ffcfffafffff9fffffffff",  # э
    "1b7586f78fa8697f9862fdf73b4ffff6ffff5fffffffffff",  # ю
    "1f7575696a94655e9674ff77788ffff78fff8f8fffffffff",  # я
    "3f8575f66f97433f6452ff5ff9ffffcfffffff7fffffffff",  # ё
    "276463c75f5545489546db86669ffff65ba57fbfffffffff",  # і
    "0dd7fbdf8f97988dffbaff4fdffffffffff5dfffffffffff",  # ї
    "1ff6c5fefff4c46ff862fefffefffff5fff7ffffffffffff",  # є
    "25ffff6ff6fffff7f2f73fffffffffffff5fffffffffffff",  # ґ
    "2f8374f66ff4492f6844ffb99fffffffffbfffffffffffff",  # ў
    "f2ffff1ff4fffff4ffff2ffff9ffffffffffffffffffffff",  # ђ
    "f2ffffffffffffffffff0fffffffffffffffffffffffffff",  # ѓ
    "3297e62fc5f88976bc654ef9aafffffffffffffffef9ffaf",  # ј
    "72afff2ff3f3ff5ccf6f2ff7fafffffffffffffffffbffff",  # љ
    "f2ffff1ff6fbfff8ffcf5fffffffffffffffffffffffffcf",  # њ
    "43ffff1ff2ffff57ffaf4fffffffffffffffffffffafffff",  # ћ
    "f3ffff0fffffffffffffffffffffffffffffffffffffffff",  # ќ
    "51ffff7ff2fffff2ffffffffffffffffffffffffffffffff",  # џ
    "fff1fffff1ffffffffffffffffffffffffffffffffffffff",  # ѕ
)

PAIRS: dict[str, dict[str, int]] = {
    first: {second: int(digit, 16) for second, digit in zip(EDGE + LETTERS, row, strict=True)}
    for first, row in zip(EDGE + LETTERS, _ROWS, strict=True)
}
