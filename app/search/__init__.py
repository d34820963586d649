"""Search by words and by meaning over the indexed publications."""
