"""Exports: asked for, listed, read page by page, deleted; checked without a database."""
