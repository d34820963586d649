"""The rejection of a request, before it is known whether another form of the request helps."""

from __future__ import annotations

from app.errors import MediaAuditError


class Rejected(Exception):
    """A request that the server rejected without doing anything, as its status or its body says.

    status: of HTTP, or the one that the body of a success stands for. error: the verdict if no other form helps.
    """

    def __init__(self, status: int, content: bytes, error: MediaAuditError) -> None:
        super().__init__(str(error))
        self.status, self.content, self.error = status, content, error
