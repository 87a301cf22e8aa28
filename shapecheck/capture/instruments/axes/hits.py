"""Comparisons of guesses with labels, and how what they say is made one number."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, TOTALS

_HOPS = 12


def hit_of(step: Step, ref: Ref) -> Node | None:
    """The comparison that says which guesses are right."""
    _, node = origin(step.tape, ref, CONVERTS, first=step.first)
    return node if node.name == "eq" else None


def is_guessed(step: Step, ref: Ref) -> bool:
    """Whether it was made of what a model returned."""
    made = step.learned | {out for root in step.roots for out in root.outputs}
    return any(at in made for at, _ in backwards(step.tape, ref, None, _HOPS, first=step.first))


def reduced_axis(node: Node, ndim: int) -> int | None:
    """The one axis that a reduction is told to run along; None if it is told none, or several."""
    given = node.argument(1, "dim", "axis")
    if isinstance(given, tuple | list) and len(given) == 1:
        given = given[0]
    return given % ndim if type(given) is int and -ndim <= given < ndim else None


def is_averaged(step: Step, node: Node) -> bool:
    """Whether what comes out is made one number."""
    said = {node.ref}
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        if not said & set(other.parents):
            continue
        if other.name in TOTALS:
            return other.shapes[0] == ()
        if other.name not in CONVERTS | {"__getitem__"}:
            return False
        said.add(Ref(index))
    return False
