"""Styles that the sample channels do not have: the set must hold pictures on which no provider was tuned."""
