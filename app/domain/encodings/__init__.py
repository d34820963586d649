"""Which encoding a text is in, judged by its letters: pure functions and tables, without files or libraries."""
