"""The local tagger in a fixed language. Apart from its sources, whose hash is its version without one."""
