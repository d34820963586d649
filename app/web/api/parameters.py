"""Parameters that several addresses of the API take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict

from app.search.cursors import HIGHEST

Id = Annotated[int, Path(ge=1, le=HIGHEST)]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of a file, in hex")]
Prefix = Annotated[str, Path(pattern="^[0-9a-f]{8,64}$", description="The first 8 digits or more of a SHA-256")]
Cursor = Annotated[str | None, Query(max_length=2_000, description="As `next` has it")]


class Body(BaseModel):
    """A body of a request. A member that it does not have is refused: none is taken for another one."""

    model_config = ConfigDict(extra="forbid", strict=True)
