"""Recipes and the active chain in the database. Registering a recipe makes no work due and costs no tokens."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.reading import Recipe
from app.models import VisionChain, VisionVersion


def register(session: Session, recipe: Recipe) -> int:
    """Returns the id of the recipe's row; inserts the row if it is new."""
    where = [getattr(VisionVersion, name) == value for name, value in recipe.model_dump().items()]
    query = select(VisionVersion.id).where(*where)
    found = session.scalars(query).first()
    if found is None:
        session.execute(insert(VisionVersion).values(recipe.model_dump()).on_conflict_do_nothing())
        found = session.scalars(query).one()
    return found


def activate(session: Session, recipes: Sequence[Recipe]) -> list[int]:
    """Makes these recipes, the primary first, the active chain; returns their ids."""
    members = [register(session, recipe) for recipe in recipes]
    if chain(session) != members:
        statement = insert(VisionChain).values(id=1, members=members)
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"members": members}))
    return members


def chain(session: Session) -> list[int]:
    """The active chain, the primary first; empty until a provider is configured."""
    return session.scalars(select(VisionChain.members)).first() or []
