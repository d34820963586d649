"""The views of the page: each reads an address and returns the content of its page."""
