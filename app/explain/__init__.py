"""Why a publication has its tags: everything that led to them, from rows."""

from app.explain.find import find
from app.explain.readings import ReadingOf
from app.explain.story import Explanation, Message, as_json, explain

__all__ = ["Explanation", "Message", "ReadingOf", "as_json", "explain", "find"]
