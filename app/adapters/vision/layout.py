"""Analyses a grey picture before recognition: lines of text, their angle, white text over dark.

Recognition takes 40 to 600 ms and fails on skewed and sideways pages; these analyses take 10 to 20 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from app.adapters.vision.tuning import TUNING

LOOK_SIDE = 600  # pixels of the longer side; lines of a full page are still separate
GROUND = 32  # pixels; larger than a letter's stroke, smaller than a chat's bubble
BLOCK = 8  # pixels; captions are nearer than this to their outline


@dataclass(frozen=True)
class Lines:
    """The angles at which edges line up, in degrees, counter-clockwise; peaks as ratios to the median angle."""

    angle: float
    peak: float  # of rows
    sideways_angle: float
    sideways_peak: float  # of columns

    @property
    def sideways(self) -> bool:
        """Whether the lines run from top to bottom."""
        return self.sideways_peak >= max(TUNING.line_peak, TUNING.sideways_peak * self.peak)

    @property
    def skew(self) -> float:
        """The angle to turn back by, clockwise; 0 if there are no lines or they are straight enough."""
        angle, peak = (self.sideways_angle, self.sideways_peak) if self.sideways else (self.angle, self.peak)
        return angle if peak >= TUNING.line_peak and abs(angle) >= TUNING.deskew_from else 0.0


def find_lines(grey: Image.Image) -> Lines:
    """Finds lines by projection profiles of the strongest edges: text has a comb-like profile at its own angle only."""
    rows, columns = _edges(_reduced(grey))
    if len(rows) < 50:
        return Lines(0.0, 0.0, 0.0, 0.0)
    angle, peak = _sharpest(rows, columns)
    sideways_angle, sideways_peak = _sharpest(columns, rows)
    return Lines(-angle, peak, sideways_angle, sideways_peak)


def _reduced(grey: Image.Image) -> np.ndarray:
    factor = max(1, max(grey.size) // LOOK_SIDE)
    return np.asarray(grey.reduce(factor) if factor > 1 else grey, dtype=np.int16)


def _edges(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of the strongest tenth of edges, without the noise of a plain scan."""
    down = np.abs(np.diff(pixels, axis=0))[:, :-1]
    right = np.abs(np.diff(pixels, axis=1))[:-1]
    strength = np.maximum(down, right)
    threshold = max(40.0, float(np.percentile(strength, 90))) if strength.size else 40.0
    rows, columns = np.nonzero(strength >= threshold)
    return rows.astype(np.float32), columns.astype(np.float32)


def _sharpest(across: np.ndarray, along: np.ndarray) -> tuple[float, float]:
    """(angle, peak) at which the histogram of `across` has the steepest steps."""
    angles = np.arange(-TUNING.deskew_to, TUNING.deskew_to + 0.5, 0.5)
    scores = np.array([_steepness(across, along, np.deg2rad(angle)) for angle in angles])
    best = int(scores.argmax())
    return float(angles[best]), float(scores[best] / max(float(np.median(scores)), 1e-9))


def _steepness(across: np.ndarray, along: np.ndarray, radians: float) -> float:
    shifted = across * np.float32(np.cos(radians)) - along * np.float32(np.sin(radians))
    profile = np.bincount((shifted - shifted.min()).astype(np.int32)).astype(np.float64)
    return float((np.diff(profile) ** 2).sum()) / len(across)


def white_text(grey: Image.Image) -> Image.Image:
    """Near-white pixels close to dark ones as black on white: the captions of memes, without clouds and snow."""
    pixels = np.asarray(grey)
    height, width = (side // BLOCK * BLOCK for side in pixels.shape)
    if not height or not width:
        return Image.new("L", grey.size, 255)
    darkest = pixels[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).min(axis=(1, 3))
    around = np.pad(darkest, 1, mode="edge")
    rows, columns = darkest.shape
    nearby = np.minimum.reduce([around[i : i + rows, j : j + columns] for i in range(3) for j in range(3)])
    dark = np.zeros(pixels.shape, bool)
    dark[:height, :width] = np.repeat(np.repeat(nearby < TUNING.outline, BLOCK, axis=0), BLOCK, axis=1)
    return Image.fromarray(np.where((pixels >= TUNING.white) & dark, 0, 255).astype(np.uint8))


def even_ground(grey: Image.Image) -> Image.Image:
    """Pixels that differ from the median of their block of 32 x 32 pixels, dark on white.

    Tesseract separates light and dark at one level, and so loses white letters in blue bubbles on black.
    """
    pixels = np.asarray(grey)
    height, width = pixels.shape
    rows, columns = -(-height // GROUND), -(-width // GROUND)
    padded = np.pad(pixels, ((0, rows * GROUND - height), (0, columns * GROUND - width)), mode="edge")
    blocks = padded.reshape(rows, GROUND, columns, GROUND).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    ground = np.median(blocks[:, :, ::7], axis=2).astype(
        np.int16
    )  # a seventh of the pixels has the same median, in less time
    spread = np.repeat(np.repeat(ground, GROUND, axis=0), GROUND, axis=1)[:height, :width]
    difference = np.abs(pixels.astype(np.int16) - spread).astype(np.uint8)
    return ImageOps.invert(ImageOps.autocontrast(Image.fromarray(difference)))
