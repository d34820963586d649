"""Questions to the archive: spans of posts, answers made of sentences that cite them, and the checks on each sentence."""
