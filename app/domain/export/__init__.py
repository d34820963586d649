"""Exports as values: records, their lines and cells, parts, and the manifest."""
