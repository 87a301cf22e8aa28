"""Lengths that count the steps from before several of them were put side by side: divided as the steps were."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Span
from shapecheck.reading.edits import bracketed
from shapecheck.reading.sources import Source, function_around, last_name, walk

_FOLDS = ("reshape", "view")


def folded_lengths(source: Source, lengths: Span, padded: ast.expr, *, cost: float) -> Iterator[Candidate]:
    """``lens // 2`` for steps that were laid out with ``x.reshape(b, t // 2, 2 * d)``.

    Args:
        source: The file.
        lengths: What is given as the lengths.
        padded: The padded tensor.
        cost: What it costs.
    """
    for divisor in _divisors(source, padded):
        if isinstance(divisor, ast.Constant | ast.Name | ast.Attribute) and "//" not in lengths.text:
            text = f"{bracketed(lengths.text)} // {ast.unparse(divisor)}"
            yield Candidate(text, (Change(lengths, text),), (), cost)


def folds_steps(source: Source, padded: ast.expr) -> bool:
    """Whether a padded tensor was laid out with fewer steps than it had."""
    return any(True for _ in _divisors(source, padded))


def _divisors(source: Source, padded: ast.expr) -> Iterator[ast.expr]:
    """What the axis of steps was divided by where the tensor was last made; it stands behind that of the samples."""
    home = function_around(padded)
    made = [
        each.value
        for each in walk(home or source.tree)
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == ast.unparse(padded)
        if function_around(each) is home and each.lineno < padded.lineno
    ]
    for call in (made or [padded])[-1:]:
        sizes = call.args if isinstance(call, ast.Call) and last_name(call.func) in _FOLDS else []
        if len(sizes) == 3 and isinstance(sizes[1], ast.BinOp) and isinstance(sizes[1].op, ast.FloorDiv):
            yield sizes[1].right
