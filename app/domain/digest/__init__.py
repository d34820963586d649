"""The rules of a digest: which posts are copies of one, which topics of a period stand out, which are one line."""
