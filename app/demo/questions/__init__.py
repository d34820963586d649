"""The demo's questions to the archive: what is asked, how, and what happens when a post changes under an answer."""
