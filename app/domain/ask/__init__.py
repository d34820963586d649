"""Questions to the archive: spans of posts, answers made of sentences that cite them, checks on each sentence."""
