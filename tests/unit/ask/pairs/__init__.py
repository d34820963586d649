"""Quotes and sentences that were invented for the checks: good ones, and bad ones of each kind.

The first sets were written before the checks were mended; the second ones (`held_out`) after that, without a look at the
first failures' code, and were scored once before anything was changed for them: see the docstring there.
"""
