"""The network that scores spans: E5 reads question and post apart, two further layers read them together.

The score begins as E5's own likeness, by tokens (ColBERT, Khattab and Zaharia, SIGIR 2020) and by means, and training
adds to it. Reading apart first keeps what E5 knows; with both together from the first layer, 300 questions taught
nothing (.12 of the best spans right on `tune`, .59 so).
"""

from __future__ import annotations

import copy
import math

import torch
from torch import nn
from torch.nn import functional

from scripts.scorer.base import Base

JOINT = 2  # layers that read both; begin as copies of the last ones
FAR = 1e4  # less than any likeness
# Likeness of average texts, by tokens and by means: the scores begin around zero.
BY_TOKENS, BY_MEANS = 0.85, 0.8
RARE = -2.0  # log odds of a span to answer


class Layer(nn.Module):
    """A layer of BERT over one text, tokens first."""

    def __init__(self, base: Base, number: int) -> None:
        super().__init__()
        width, inner = base.sizes["width"], base.sizes["inner"]
        self.heads = base.sizes["heads"]
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm, self.last_norm = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        with torch.no_grad():
            for part, names in ((self.qkv, "qkv"), (self.out, ["ao"]), (self.widen, ["fi"]), (self.narrow, ["fo"])):
                shape = (part.weight.shape[0] // len(names), part.weight.shape[1])
                part.weight.copy_(torch.cat([base.tensor(f"l{number}.{name}.w", *shape) for name in names]))
                part.bias.copy_(torch.cat([base.tensor(f"l{number}.{name}.b") for name in names]))
            for norm, name in ((self.norm, "aln"), (self.last_norm, "oln")):
                norm.weight.copy_(base.tensor(f"l{number}.{name}.w"))
                norm.bias.copy_(base.tensor(f"l{number}.{name}.b"))

    def forward(self, x: torch.Tensor, apart: torch.Tensor, drop: float) -> torch.Tensor:
        """x: (windows, tokens, width). apart: (windows, 1, tokens, tokens), -FAR where one must not see the other."""
        windows, tokens, width = x.shape
        parts = linear(self.qkv, x).view(windows, tokens, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        seen = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(width // self.heads) + apart, -1) @ value
        seen = linear(self.out, seen.transpose(1, 2).reshape(windows, tokens, width))
        x = self.norm(x + functional.dropout(seen, drop, self.training))
        wide = linear(self.narrow, functional.gelu(linear(self.widen, x)))
        return self.last_norm(x + functional.dropout(wide, drop, self.training))


def linear(part: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    """As matrix product and sum: so both become operators that can be stored in few bits."""
    return x @ part.weight.T + part.bias


class Network(nn.Module):
    """Scores of the spans of one window."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        width = base.sizes["width"]
        self.table = nn.Embedding(len(base.keep), width)
        self.places = nn.Embedding(base.sizes["places"], width)
        self.kind = nn.Parameter(base.tensor("emb.type")[:width].clone())
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(base, number) for number in range(base.sizes["layers"]))
        with torch.no_grad():
            self.table.weight.copy_(base.tensor("emb.word", base.sizes["pieces"], width)[base.keep])
            self.places.weight.copy_(base.tensor("emb.pos", base.sizes["places"], width))
            self.norm.weight.copy_(base.tensor("emb.ln.w"))
            self.norm.bias.copy_(base.tensor("emb.ln.b"))
        self.table.weight.requires_grad = False  # stored as it is, in four bits
        self.joint = nn.ModuleList(copy.deepcopy(layer) for layer in self.layers[-JOINT:])
        self.sides = nn.Parameter(torch.zeros(2, width))
        self.weighs = zeros(width)
        self.head = zeros(4 * width)
        self.scales = nn.Parameter(torch.tensor([30.0, 15.0]))

    def forward(self, vectors, places, asks, words, spans, drop: float = 0.0):
        """vectors: (L, width) of the tokens; places: (L); asks: 1 for a token of the question; words: 1 for its words
        alone; spans: (N, L), 1 for a token of the span, its closing one included. Returns (N) log odds."""
        x = functional.dropout(self.norm(vectors + self.places.weight[places] + self.kind), drop, self.training)[None]
        apart = ((asks[:, None] - asks[None, :]).abs() * -FAR)[None, None]
        for layer in self.layers:
            x = layer(x, apart, drop)
        y = x + self.sides[0] * asks[:, None] + self.sides[1] * (1 - asks)[:, None]
        for layer in self.joint:
            y = layer(y, apart * 0, drop)
        x, y = x[0].float(), y[0].float()
        closing = spans * (1 - torch.cat([spans[:, 1:], spans[:, :1] * 0], 1))
        inner = spans - closing
        likeness = self.scales[0] * (self.by_tokens(x, words, inner) - BY_TOKENS)
        likeness = likeness + self.scales[1] * (by_means(x, asks, inner) - BY_MEANS)
        mean = spans @ y / spans.sum(1, keepdim=True)
        most = (y[None] + (spans[:, :, None] - 1) * FAR).max(1).values
        asked = (y * asks[:, None]).sum(0) / asks.sum()
        marks = functional.dropout(torch.cat([mean, most, closing @ y, mean * asked], 1), drop, self.training)
        return likeness + self.head(marks).squeeze(1) + RARE

    def by_tokens(self, x: torch.Tensor, words: torch.Tensor, inner: torch.Tensor) -> torch.Tensor:
        """The likeness of each word of the question to the nearest token of a span, weighed."""
        near = unit(x) @ unit(x).T
        weights = torch.softmax(self.weighs(x).squeeze(1) - (1 - words) * FAR, 0)
        return ((near[None] + (inner[:, None, :] - 1) * FAR).max(2).values * weights[None]).sum(1)


def by_means(x: torch.Tensor, asks: torch.Tensor, inner: torch.Tensor) -> torch.Tensor:
    """The cosine of the question's mean and that of each span."""
    asked = unit((x * asks[:, None]).sum(0) / asks.sum())
    return unit(inner @ x / inner.sum(1, keepdim=True).clamp(min=1)) @ asked


def zeros(width: int) -> nn.Linear:
    """A layer of one output that begins at zero."""
    part = nn.Linear(width, 1)
    nn.init.zeros_(part.weight)
    nn.init.zeros_(part.bias)
    return part


def unit(x: torch.Tensor) -> torch.Tensor:
    """Of length 1."""
    return x / x.norm(dim=-1, keepdim=True)
