"""Commands whose arguments are a query: a minus before a word is a sign of its language, not an option."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click


class QueryCommand(click.Command):
    """Takes `-word` as a word. Options have two dashes; -h is the one exception."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does. A blank in front makes an argument no option, and says nothing in a query."""
        return super().parse_args(ctx, list(self._words(args)))

    def _words(self, args: Sequence[str]) -> Iterator[str]:
        options = {name: one for one in self.params if isinstance(one, click.Option) for name in one.opts}
        before = None
        for arg in args:
            taken = before is not None and not before.is_flag  # the value of an option, such as -100123456
            excludes = arg.startswith("-") and not arg.startswith("--") and arg != "-h"
            yield f" {arg}" if excludes and not taken else arg
            before = None if taken else options.get(arg)
