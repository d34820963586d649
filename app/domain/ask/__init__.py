"""Questions to the archive: spans of posts, answers of sentences that cite them, and the checks on each sentence."""
