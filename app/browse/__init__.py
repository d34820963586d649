"""Reads the archive as its readers see it: publications by time, and one as it was posted."""
