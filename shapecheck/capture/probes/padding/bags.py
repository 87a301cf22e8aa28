"""Bags of tokens, as of nn.EmbeddingBag, into which the filler of short rows was thrown as well."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch.nn import functional

from shapecheck.capture.instruments.padding.filled import filled_up
from shapecheck.capture.instruments.padding.padded import runs_out
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, in_constructor, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Fix
from shapecheck.reading.sources import is_named

_MAKES = frozenset(["tensor", "as_tensor"])
_NAMES = tuple(inspect.signature(functional.embedding_bag).parameters)


def filler_in_bags(step: Step) -> Iterator[Sighting]:
    """Rows of tokens that end in a filler, without ``padding_idx``."""
    for node in step.of_loss:
        if node.name != "embedding_bag":
            continue
        given = dict(zip(_NAMES, node.args, strict=False)) | node.kwargs
        source = given.get("input")
        if given.get("padding_idx") is not None or given.get("per_sample_weights") is not None:
            continue
        filler = _filler(step, source) if isinstance(source, Ref) else None
        if filler is None:
            continue

        def run(*args: Any, node: Node = node, filler: int = filler, **kwargs: Any) -> Any:
            return node.function(**dict(zip(_NAMES, args, strict=False)) | kwargs | {"padding_idx": filler})  # type: ignore[misc]

        base, after = step.run_with(None), step.run_with({node.index: run})
        if any_term_moved(step, base, after) and _is_counted(step, given.get("weight"), filler):
            text = (
                f"the rows of {node.shapes[0][0]} bags have different lengths and are filled up with {filler}, and the "
                "vector of that goes into each bag as often as there are free places"
            )
            change = f"padding_idx={filler}"
            fix = Fix(change, in_constructor(node, change), "call", "the filler has no influence any more")
            seen = sighted("padding_pooled", node, text, (fix,))
            place = made_at(step, node) if type(node.module).__module__.startswith("torch.") else None
            yield seen if place is None else replace(seen, span=place)
            return


def _is_counted(step: Step, table: Any, filler: int) -> bool:
    """Whether the filler's vector has a say in the end: a script may take it out again, or hold it at zero."""
    value = step.value(table).clone() if isinstance(table, Ref) else torch.zeros(1)
    if not isinstance(table, Ref) or not bool(value[filler].any()):
        return False
    value[filler] += 1.0
    return any_term_moved(step, step.run(), step.changed(table, value))


def _filler(step: Step, source: Ref) -> int | None:
    """The token that stands behind what was written into each row, and nowhere else.

    That rows end in one token is not enough: it may be a token like any other, or an empty place that counts. Of lists
    that were filled up to the longest of them, this one has no free place.
    """
    value = step.value(source)
    if value.ndim != 2 or value.is_floating_point():
        return None
    said = next((hidden for hidden, _ in filled_up(step, source)), None)
    for number in _fillers_of_lists(step, source) if said is None else ():
        hidden = value == number
        said = hidden if runs_out(hidden) and not bool(hidden.any(1).all()) else said
    if said is None or not bool(said.any()) or said.shape != value.shape:
        return None
    filler = int(value[said][0])
    return filler if torch.equal(value == filler, said) else None


def _fillers_of_lists(step: Step, ref: Ref) -> set[int]:
    """The numbers that ``row + [number] * (longest - len(row))`` fills up with in the function that made a tensor.

    The longest must be the ``max`` of what that function was given: how many places are free then depends on which
    rows came together. Up to a number that is always the same, an empty place is a place like any other.
    """
    _, made = origin(step.tape, ref, CONVERTS)
    around = function_around(made.spot) if made.name in _MAKES and made.spot is not None else None
    if around is None or made.spot is None:
        return set()
    tree = tree_of(made.spot.code.co_filename)
    constants = _constants(tree.body if isinstance(tree, ast.Module) else []) | _constants(around.body)
    found: set[int] = set()
    for item in ast.walk(around):
        for row, blank in _sides(item):
            filler = _filler_of_lists(around, row, blank)
            number = constants.get(filler.id) if isinstance(filler, ast.Name) else getattr(filler, "value", None)
            found |= {number} if type(number) is int else set()
    return found


def _constants(body: list[ast.stmt]) -> dict[str, object]:
    """The names that stand for a number that is written out."""
    return {
        target.id: item.value.value
        for item in body
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
        for target in item.targets
        if isinstance(target, ast.Name)
    }


def _sides(item: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(item, ast.BinOp) and isinstance(item.op, ast.Add):
        yield item.left, item.right
        yield item.right, item.left


def _filler_of_lists(around: ast.FunctionDef, row: ast.expr, blank: ast.expr) -> ast.expr | None:
    """What ``[filler] * (longest - len(row))`` repeats; None if it is something else."""
    if not isinstance(blank, ast.BinOp) or not isinstance(blank.op, ast.Mult):
        return None
    for one, free in ((blank.left, blank.right), (blank.right, blank.left)):
        if not isinstance(one, ast.List) or len(one.elts) != 1:
            continue
        if not isinstance(free, ast.BinOp) or not isinstance(free.op, ast.Sub):
            continue
        if _is_longest(around, free.left) and ast.unparse(free.right) == f"len({ast.unparse(row)})":
            return one.elts[0]
    return None


def _is_longest(around: ast.FunctionDef, size: ast.expr) -> bool:
    """Whether it is a ``max``, or the name of one that the function takes."""
    if isinstance(size, ast.Call):
        return ast.unparse(size.func) == "max"
    if not isinstance(size, ast.Name):
        return False
    made = [
        item.value
        for item in ast.walk(around)
        if isinstance(item, ast.Assign)
        for target in item.targets
        if is_named(target, size.id)
    ]
    return len(made) == 1 and isinstance(made[0], ast.Call) and ast.unparse(made[0].func) == "max"


PROBE = Probe(
    "no filler lies in a bag",
    lambda look: filler_in_bags(look.step),
)
