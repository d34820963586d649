"""Writes exports below a home: parts, media, manifest, signature."""
