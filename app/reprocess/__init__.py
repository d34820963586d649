"""Reading and tagging again what was read and tagged before: what it would change, what it costs, and the doing."""
