"""Pictures with text: each style is a function from words to a sheet."""
