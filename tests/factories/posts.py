"""Posts in the form in which a tagger gets them."""

from __future__ import annotations

from typing import Any

from app.domain.messages import Entity
from app.ports import TagInput

RU_POST = (
    "В Казани открыли новый городской парк. Городской парк занимает 12 гектаров, в нём высадили более 800 деревьев. "
    "Мэр города рассказал, что летом здесь пройдёт фестиваль уличной еды."
)
EN_POST = (
    "The city council approved a new bicycle lane network. Bicycle lanes will connect the railway station with the "
    "university campus. Construction begins in March."
)


def post(text: str, *entities: Entity, **more: Any) -> TagInput:
    """A publication of one item. more: fields of TagInput."""
    return TagInput(text, ((text, entities),), **more)
