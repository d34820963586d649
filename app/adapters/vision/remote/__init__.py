"""Vision by paid models: GigaChat, and any server that speaks OpenAI's chat completions."""

from app.adapters.vision.remote.gigachat import gigachat_vision
from app.adapters.vision.remote.openai import openai_vision
from app.adapters.vision.remote.vision import RemoteVision

__all__ = ["RemoteVision", "gigachat_vision", "openai_vision"]
