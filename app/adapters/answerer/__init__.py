"""Answerers of questions: sentences of the archive itself, or a paid model that phrases them. Imports nothing."""
