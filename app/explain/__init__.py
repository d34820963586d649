"""Explains why a publication has its tags: collects from rows everything that led to them."""

from app.explain.find import Traced, find, find_trace, renamed_since
from app.explain.readings import ReadingOf
from app.explain.story import Explanation, Message, as_json, explain

__all__ = ["Explanation", "Message", "ReadingOf", "Traced", "as_json", "explain", "find", "find_trace", "renamed_since"]
