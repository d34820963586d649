"""Numbers, dates, times and codes of a text, in whatever form they are written, as values that can be compared."""
