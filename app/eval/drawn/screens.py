"""Screenshots that the sample channels do not have: a feed, an editor, a message on a locked telephone."""

from __future__ import annotations

from app.demo.channels.canvas import Ink, Sheet, font, height_of
from app.demo.channels.photographs import filled


def feed(
    author: str, when: str, text: str, replies: list[str], photo: str = "", variant: int = 72, dark: bool = False
) -> Sheet:
    """A post of a social network with its replies. replies: "name | words"."""
    paper, ink, quiet = ("#15202b", "#f2f4f6", "#8b98a5") if dark else ("#ffffff", "#101418", "#65717c")
    sheet = Sheet.blank(1080, 2340, paper)
    sheet.write("9:41", 60, 26, 200, Ink("bold", 36, ink))
    sheet.draw.rounded_rectangle((930, 32, 1010, 66), 9, outline=ink, width=3)
    y = _author(sheet, author, when, 130, (ink, quiet))
    y = sheet.write(text, 50, y + 26, 980, Ink("sans", 58, ink, leading=1.34)) + 20
    if photo:
        sheet.image.paste(filled(photo, variant, 980, 820), (50, y))
        y += 850
    for reply in replies:
        sheet.draw.line((0, y + 14, 1080, y + 14), fill=quiet, width=1)
        name, _, words = reply.partition(" | ")
        y = _author(sheet, name, "", y + 44, (ink, quiet))
        y = sheet.write(words, 50, y + 12, 980, Ink("sans", 52, ink)) + 14
    _tools(sheet, quiet)
    return sheet


def _tools(sheet: Sheet, quiet: str) -> None:
    """The row of buttons along the bottom."""
    sheet.draw.line((0, 2170, 1080, 2170), fill=quiet, width=2)
    for number in range(5):
        left = 92 + number * 206
        sheet.draw.rounded_rectangle((left, 2212, left + 64, 2276), 14 + 9 * (number % 3), outline=quiet, width=6)


def _author(sheet: Sheet, name: str, when: str, y: int, colours: tuple[str, str]) -> int:
    sheet.draw.ellipse((50, y, 138, y + 88), fill="#a2574f" if len(name) % 2 else "#4f7aa2")
    below = sheet.write(name, 164, y + 4, 860, Ink("bold", 40, colours[0]))
    if when:
        sheet.write(when, 164, below - 6, 860, Ink("sans", 32, colours[1]))
    return y + 100


def editor(title: str, lines: list[str], dark: bool = True) -> Sheet:
    """A program's source or a log in a window; each line stands as it is, with its number."""
    paper, bar, ink, quiet = (
        ("#1e1f24", "#33353d", "#d6d9df", "#767b86") if dark else ("#fcfcfc", "#e3e5e8", "#24282e", "#9aa0a8")
    )
    sheet = Sheet.blank(1366, 768, paper)
    sheet.draw.rectangle((0, 0, 1366, 46), fill=bar)
    for number, light in enumerate(("#e8695f", "#e9bd4e", "#63bb57")):
        sheet.draw.ellipse((18 + number * 30, 14, 36 + number * 30, 32), fill=light)
    sheet.write(title, 160, 8, 1046, Ink("sans", 23, ink, "centre"))
    for number, line in enumerate(lines):
        sheet.write(str(number + 1), 20, 74 + number * 38, 40, Ink("mono", 23, quiet, "right"))
        sheet.draw.text((90, 74 + number * 38), line, ink, font("mono", 25))
        sheet.written.append(line)
    return sheet


def locked(clock: str, day: str, notes: list[str], photo: str, variant: int = 73) -> Sheet:
    """A locked telephone with messages over its wallpaper. notes: "program | words"."""
    sheet = Sheet(filled(photo, variant, 1080, 2340))
    sheet.write(day, 90, 230, 900, Ink("sans", 46, "white", "centre", outline=1))
    sheet.write(clock, 90, 290, 900, Ink("bold", 210, "white", "centre", outline=1))
    y = 760
    for note in notes:
        program, _, words = note.partition(" | ")
        high = 110 + height_of(words, 880, Ink("sans", 50))
        sheet.draw.rounded_rectangle((50, y, 1030, y + high), 40, fill="#eef0f2")
        sheet.write(program, 96, y + 26, 880, Ink("bold", 32, "#5a636d"))
        sheet.write(words, 96, y + 78, 880, Ink("sans", 50, "#15181b"))
        y += high + 24
    return sheet
