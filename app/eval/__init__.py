"""Evaluates vision providers and taggers on a labelled set that this package draws: `make eval`, see docs/eval.md."""
