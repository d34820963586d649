"""Recipes and the chain of vision providers: which provider reads a file, and which one is its fallback."""
