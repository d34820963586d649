"""Reads and tags posts again (`reanalyze`, `retag`): choice of posts, plan with its price, and the work rows for it."""
