"""The answers of chat completions: the completion that a body holds."""

from __future__ import annotations

from typing import Any

from app.adapters.llm.chat import Completion


def completion(body: dict[str, Any], model: str) -> Completion:
    """The completion of a body. Servers leave out different fields; without `usage` the price is unknown (0)."""
    choice = body["choices"][0]
    message, usage = choice["message"], body.get("usage") or {}
    prompt, output = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
    return Completion(
        text=str(message.get("content") or ""),
        model=str(body.get("model") or model),
        finish=choice.get("finish_reason"),
        refusal=message.get("refusal") or None,
        prompt_tokens=prompt,
        completion_tokens=output,
        total_tokens=int(usage.get("total_tokens") or prompt + output),
        body=body,
    )
