"""Taggers."""
