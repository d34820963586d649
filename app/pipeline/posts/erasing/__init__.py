"""Erases the rows of posts and files. Each function is a part of one transaction, and safe to repeat."""
