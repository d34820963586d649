"""Looks that the sample channels do not have: the set is to hold what nobody tuned anything on."""
