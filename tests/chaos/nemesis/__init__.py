"""A seeded nemesis over the real parts: what it does, what must hold afterwards, and how often it was tried."""
