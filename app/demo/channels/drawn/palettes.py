"""Colours that go together, picked by name."""

from __future__ import annotations

from dataclasses import dataclass

from app.demo.channels.canvas import Colour


@dataclass(frozen=True)
class Palette:
    """paper carries ink; accent carries paper."""

    paper: Colour
    ink: Colour
    accent: Colour
    soft: Colour


PALETTES = {
    "river": Palette("#f2f6f7", "#12313b", "#1f6f8b", "#c4dde4"),
    "brick": Palette("#fbf3ee", "#3b1a12", "#b4472d", "#f0d3c6"),
    "forest": Palette("#f3f6ee", "#1d2f1b", "#3f7040", "#d3e2c8"),
    "night": Palette("#16213a", "#f5f3ea", "#e0b44a", "#33415f"),
    "plum": Palette("#f8f2f7", "#31152f", "#87406f", "#e6cfe0"),
    "sand": Palette("#fbf6e8", "#3a2e14", "#a87420", "#eedfb9"),
    "slate": Palette("#f4f5f7", "#20242c", "#4a5568", "#d7dbe2"),
    "sun": Palette("#ffd84d", "#221c05", "#c02f1d", "#ffe994"),
}
