"""Where a tensor stands for one of its sizes, and what stands around it there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence
from shapecheck.reading.applied import size_asked
from shapecheck.reading.failing import Shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sizes.tensors_as_sizes import TensorAsSize
from shapecheck.reading.sources import Source, call_around, home_around, last_name, parents, statement_of, walk
from shapecheck.reading.vocabulary import MADE_NEW, MADE_OF_SIZES

RANGES = ("range", "arange", "randint", "linspace")
FACTORIES = (*MADE_OF_SIZES, *MADE_NEW)
LAID_OUT = ("view", "reshape")
# What is done to a square, both of whose sides are as long.
_SQUARES = ("triu", "tril")


@dataclass(frozen=True)
class Use:
    """A place where something is counted by a tensor.

    Args:
        evidence: The problem.
        one: The tensor.
        source: The file of the place.
        node: The expression there.
    """

    evidence: Evidence
    one: TensorAsSize
    source: Source
    node: ast.expr

    @property
    def row(self) -> list[ast.expr]:
        """The sizes among which it stands; none where it stands in no row."""
        return row_around(self.node)

    @property
    def call(self) -> ast.Call | None:
        """The innermost call around it."""
        return call_over(self.node)

    def asked(self, node: ast.AST) -> int | None:
        """The axis whose size an expression asks of the tensor: ``x.size(1)``, ``x.shape[1]``, ``len(x)``."""
        asked = size_asked(node)
        return asked[1] if asked is not None and self.is_it(asked[0]) else None

    def is_it(self, node: ast.AST) -> bool:
        """Whether an expression is the tensor, by its name."""
        return ast.unparse(node) == self.one.text

    def shape(self, node: ast.expr) -> Shape:
        """The shape that an expression had around the place."""
        return sizes_of(held_around(self.evidence, self.source, self.node).get(self.source.span(node).text))

    def readings(self) -> Iterator[ast.Name]:
        """Where the name is read that the result of the call is given."""
        line, home = statement_of(self.call), home_around(self.node)
        names = {each.id for each in getattr(line, "targets", ()) if isinstance(each, ast.Name)}
        yield from (each for each in walk(home) if isinstance(each, ast.Name) and each.id in names)


def row_around(node: ast.AST) -> list[ast.expr]:
    """The items of the tuple, or the arguments of the call, among which an expression stands."""
    up, call = getattr(node, "parent", None), call_around(node)
    row = up.elts if isinstance(up, ast.Tuple) else call.args if call is not None else []
    return row if node in row else []


def call_over(node: ast.AST) -> ast.Call | None:
    """The innermost call that an expression stands in."""
    return next((each for each in parents(node) if isinstance(each, ast.Call)), None)


def is_square(call: ast.Call) -> bool:
    """Whether what a call makes is cut to a triangle: ``torch.ones(n, n).triu(1)``."""
    return any(isinstance(up, ast.Call) and last_name(up.func) in _SQUARES for up in parents(call))
