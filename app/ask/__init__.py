"""Questions to the archive: retrieval, the rows of a question, and its answer as users read it."""
