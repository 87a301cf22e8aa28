"""Rows of symbols that end with one and the same, and are filled up behind it with what the script calls padding."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.user_code import trees_around
from shapecheck.reading.assignments import named_values
from shapecheck.reading.sources import walk

_PADDING = re.compile(r"(^|[._])(pad|padding)($|[._])", re.IGNORECASE)


def filled_by_name(step: Step, base: Ref) -> Iterator[tuple[Tensor, str]]:
    """Where the filler stands, and who says so.

    Behind a symbol that ends each row nothing is left to be said: to ask for the filler there teaches nothing. Where
    there is none, the filler itself says that a row has ended.
    """
    value = step.value_of_input(base)
    if value is None or value.ndim != 2 or value.is_floating_point() or value.dtype == torch.bool:
        return
    loss = step.node(step.loss.node)
    called = {name: number for tree in trees_around(loss.spot) for name, number in _numbers(tree)}
    for name, number in called.items():
        hidden = value == number
        laid = [(rows, each) for rows, each in ((value, hidden), (value.t(), hidden.t())) if _ends_behind(rows, each)]
        if len(laid) == 1:
            yield hidden, f"the script calls the symbol {number} `{name}`, and it stands behind the end of each row"
            return


def _numbers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The numbers that are given a name that means padding: ``PAD = 0``, ``PAD, EOS = 0, 1``, ``pad_id=0``."""
    for name, value in (*named_values(tree), *_in_tables(tree)):
        # By that very word a convolution is told how far it reaches out.
        if name != "padding" and _PADDING.search(name) and isinstance(value, ast.Constant) and type(value.value) is int:
            yield name, value.value


def _in_tables(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The symbols that stand in a table with their numbers: ``{"<pad>": 0, "<unk>": 1}``."""
    for table in (item for item in walk(tree) if isinstance(item, ast.Dict)):
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value[:1] in "<[":
                yield key.value.strip("<>[]"), value


def _ends_behind(rows: Tensor, hidden: Tensor) -> bool:
    """Whether each row is a run of symbols, the last of which stands nowhere else in any, and then one of fillers."""
    lengths = (~hidden).sum(1)
    is_run = bool((hidden == (torch.arange(rows.shape[1])[None] >= lengths[:, None])).all())
    if not is_run or not bool(hidden.any()) or len(lengths.unique()) < 2 or int(lengths.min()) < 2:  # type: ignore[no-untyped-call]
        return False
    last = rows[torch.arange(len(rows)), lengths - 1][hidden.any(1)]
    is_end = bool((last == last[0]).all()) and len(last) > 1
    return is_end and bool(((rows == last[0]).sum(1) <= 1).all())
