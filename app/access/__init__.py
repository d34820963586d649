"""Users of the page, their sessions and one-time links as rows; passwords as hashes; attempts counted in Redis."""
