"""A loop that hands a cell sample by sample what it was to hand step by step: ``for step in x`` of (batch, time)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.failing import CELLS, failed, operand, shape
from shapecheck.reading.sources import Source, found_at, names_in, parents, walk
from shapecheck.reading.where_made import made_or_written

CAUSE = "swapped_batch_and_sequence"
GOES_OVER_SAMPLES = "the loop goes over the samples, of which the state has a row each: the steps may be meant"
_EITHER = "the state asks for the axis that the loop goes over: either may be meant to be of the other one"
_FIRST = re.compile(r"len\((?P<all>[\w.]+)\)|(?P<asked>[\w.]+)\.(?:size\(0\)|shape\[0\])")


@dataclass(frozen=True, slots=True)
class OverSteps:
    """A loop over the samples, made one over the steps.

    Args:
        changes: What is to be changed.
        is_asked: Whether the state asks what the loop goes through for its rows.
    """

    changes: tuple[Change, ...]
    is_asked: bool


def candidates(evidence: Evidence) -> list[Candidate]:
    """``for step in x.transpose(0, 1)``, or ``x[:, t]`` for as many rounds as there are steps."""
    found = over_steps(evidence)
    if found is None:
        return []
    title = ", ".join(each.text for each in found.changes)
    return [Candidate(title, found.changes, (), -0.05, _EITHER if found.is_asked else "")]


def over_steps(evidence: Evidence) -> OverSteps | None:
    """How a loop goes over the steps; None where a cell's state does not have a row for each of its rounds."""
    operation = failed(evidence, *CELLS)
    item = operand(operation, "input")
    state, given = (shape(operation, role) for role in ("h_0", "input")) if operation is not None else (None, None)
    source, node = found_at(item.span) if item is not None else (None, None)
    if source is None or not state or not given or len(state) != 2 or len(given) != 2:
        return None
    for loop in (up for up in parents(node) if isinstance(up, ast.For)) if node is not None else ():
        found = _of_items(source, loop, node) if isinstance(node, ast.Name) else _of_counter(source, loop, node)
        held = evidence.held.get(found[0]) if found is not None else None
        if found is not None and held is not None and held.record is not None:
            if held.record.shape != (state[0], *given) or state[0] == given[0]:
                return None
            texts = list(_made(evidence, operation))
            is_asked = any(found[0] in text for text in texts)
            if not is_asked and any(_named_first(source, loop, found[0], text) for text in texts):
                return OverSteps(found[1], is_asked=True)
            # A counter and a state that both ask for the first axis speak of a tensor with its steps in front.
            return None if is_asked and not isinstance(node, ast.Name) else OverSteps(found[1], is_asked)
    return None


def _named_first(source: Source, loop: ast.For, walked: str, state: str) -> bool:
    """Whether a state is made with a name that counts the rounds, or that was given the axis which is walked."""
    counts = names_in(*loop.iter.args) if isinstance(loop.iter, ast.Call) else set()
    whole, first = (
        (f"{walked}.shape", f"{walked}.size()"),
        (f"len({walked})", f"{walked}.size(0)", f"{walked}.shape[0]"),
    )
    for target, value in (pair for node in walk(source.tree) for pair in values_given(node)):
        if isinstance(target, ast.Tuple) and target.elts and ast.unparse(value) in whole:
            counts |= names_in(target.elts[0])
        elif isinstance(target, ast.Name) and ast.unparse(value) in first:
            counts.add(target.id)
    return bool(names_in(expression(state)) & counts - {walked})


def _made(evidence: Evidence, operation: Operation | None) -> Iterator[str]:
    """The texts that the state was made by."""
    item = operand(operation, "h_0")
    for origin in made_or_written(evidence, item) if item is not None else ():
        yield origin.span.text


def _of_items(source: Source, loop: ast.For, node: ast.Name) -> tuple[str, tuple[Change, ...]] | None:
    """The tensor that a loop takes its items from, and the loop over its other axis."""
    walked, target = loop.iter, loop.target
    if isinstance(walked, ast.Call) and ast.unparse(walked.func) == "enumerate" and isinstance(target, ast.Tuple):
        walked, target = walked.args[0], target.elts[-1]
    if not isinstance(target, ast.Name) or target.id != node.id:
        return None
    if isinstance(walked, ast.Call) and isinstance(walked.func, ast.Attribute) and walked.func.attr == "unbind":
        whole, axes = source.span(walked.func.value), [each.value for each in walked.keywords] or walked.args
        is_first = not axes or whole_number(axes[0]) == 0
        return (whole.text, (Change(source.span(walked), f"{whole.text}.unbind(1)"),)) if is_first else None
    if not isinstance(walked, ast.Name | ast.Attribute):
        return None
    span = source.span(walked)
    return span.text, (Change(span, f"{span.text}.transpose(0, 1)"),)


def _of_counter(source: Source, loop: ast.For, node: ast.AST | None) -> tuple[str, tuple[Change, ...]] | None:
    """The tensor of which a loop takes an item by its counter, and the same of the other axis."""
    if (
        not isinstance(node, ast.Subscript)
        or not isinstance(node.slice, ast.Name)
        or not isinstance(loop.iter, ast.Call)
    ):
        return None
    if ast.unparse(loop.target) != node.slice.id or ast.unparse(loop.iter.func) != "range" or len(loop.iter.args) != 1:
        return None
    base, rounds = source.span(node.value).text, source.span(loop.iter.args[0])
    index = source.span(node.slice)
    return base, (Change(index, f":, {index.text}"), *_rounds(base, rounds))


def _rounds(base: str, rounds: Span) -> tuple[Change, ...]:
    asked = _FIRST.fullmatch(rounds.text)
    is_of_samples = asked is not None and base in asked.groups()
    return (Change(rounds, f"{base}.size(1)"),) if is_of_samples else ()
