"""How well providers read and taggers tag, on a labelled set that this package draws: `make eval`, see docs/eval.md."""
