"""A squeeze that drops more axes than were meant, so that what it leaves spreads over everything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.tensors.pairs import indexes_none, spreads
from shapecheck.capture.instruments.trials.separation import is_apart, is_mixed, probe
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_JOINS = frozenset(["add", "sub", "rsub", "mul", "div", "maximum"])


def squeezed_too_far(step: Step) -> Iterator[Sighting]:
    """Squeezes of several axes, with one of which kept the samples stay apart and nothing spreads.

    What is told is that ``(n,)`` meets ``(n, 1)`` and gives ``(n, n)``; that the other was brought into its shape on
    purpose, and that all pairs are meant, is excluded by the fix, which keeps the pairs where they are. What was left
    may have been given an axis behind it, for the features that it is to weigh: ``(n, 1)`` meets ``(n, 1, features)``.
    """
    for node in step.all_of_loss:
        if node.name != "squeeze" or len(node.args) != 1 or node.kwargs or node.index not in step.order:
            continue
        shape = step.tape.shape(node.parents[0])
        ones = [axis for axis, size in enumerate(shape) if size == 1]
        met = _spread(step, node) if len(ones) > 1 else None
        if met is None:
            continue
        for kept in ones:
            found = _mended(step, node, met, kept, [axis for axis in ones if axis != kept])
            if found is not None:
                yield found
                return


def _spread(step: Step, node: Node) -> tuple[Node, Ref] | None:
    """The first operation behind a squeeze in which what it left spreads along another's axes, and theirs along its.

    With it comes what it left, as the operation reads it.
    """
    order = [index for index in step.order if index > node.index and index in step.to_loss]
    reached = descendants(step.tape, {node.ref}, order)
    behind = {node.index, *reached}
    for index in reached:
        other = step.node(index)
        if other.name not in _JOINS or len(other.parents) != 2 or other.spot is None:
            continue
        left = [parent for parent in other.parents if parent.node in behind]
        if len(left) != 1:
            continue
        shapes = [step.tape.shape(parent) for parent in other.parents]
        if _spreads(step, shapes, left[0]) and not _is_meant(step, other, left[0]):
            return other, left[0]
    return None


def _spreads(step: Step, shapes: Sequence[tuple[int, ...]], left: Ref) -> bool:
    """Whether both spread along axes of the other's; along one that was put behind, one of them is meant to."""
    rest = slice(-1 if _is_put_behind(step, left) else None)
    return spreads(shapes[0][rest], shapes[1][rest])


def _is_meant(step: Step, node: Node, left: Ref) -> bool:
    """Whether an axis was put in for this, in the same statement or just before, but behind what is left."""
    statement = node.spot.statement if node.spot is not None else ""
    is_behind = _is_put_behind(step, left)
    if sum(map(statement.count, ("None", "unsqueeze", "newaxis"))) > is_behind:
        return True
    for ref in node.parents if not is_behind else (parent for parent in node.parents if parent != left):
        made = step.node(ref.node)
        if indexes_none(made) or made.name in ("unsqueeze", "view", "reshape", "expand", "repeat"):
            return True
    return False


def _is_put_behind(step: Step, left: Ref) -> bool:
    """Whether a tensor was given one axis more, behind all the others."""
    made = step.node(left.node)
    if made.name == "unsqueeze":
        given = made.argument(1, "dim")
        return given in (-1, len(made.shapes[0]) - 1)
    return made.name == "__getitem__" and made.args[1:] == ((Ellipsis, None),)


def _mended(step: Step, node: Node, seen: tuple[Node, Ref], kept: int, dropped: list[int]) -> Sighting | None:
    met, left = seen

    def run(value: Tensor, *_: Any, **__: Any) -> Tensor:
        return value.squeeze(tuple(dropped))

    instead = {node.index: run}
    try:
        values = step.run_with(instead)
        one, other = (_shape(step, values, parent) for parent in met.parents)
        is_whole = not _spreads(step, (one, other), left) if _is_put_behind(step, left) else one == other
        if not is_whole or not _is_apart_now(step, instead):
            return None
    except Exception:
        # It does not fit, so it was not meant.
        return None
    shape = step.tape.shape(node.parents[0])
    arguments = str(dropped[0]) if len(dropped) == 1 else str(tuple(dropped))
    text = (
        f"{shape} loses the axis {kept} as well, which holds one item here, and {step.tape.shape(left)} then spreads "
        f"over {next(step.tape.shape(parent) for parent in met.parents if parent != left)} to {met.shapes[0]}: each "
        "sample meets all the others"
    )
    fix = Fix(f"squeeze({arguments})", (), "call", "each sample meets its own")
    return sighted("squeezed_by_chance", node, text, (fix,))


def _shape(step: Step, values: dict[Ref, Tensor], ref: Ref) -> tuple[int, ...]:
    return tuple(values[ref].shape) if ref in values else step.tape.shape(ref)


def _is_apart_now(step: Step, instead: dict[int, Any]) -> bool:
    """Whether the samples of some input stay apart with a change, and do not without it."""
    goals = [term.ref for term in step.terms]
    for source in step.inputs[:5]:
        if not step.tape.shape(source) or step.tape.shape(source)[0] < 2:
            continue
        before, after = probe(step, source, 0), probe(step, source, 0, instead)
        if is_apart(after, goals) and is_mixed(before, goals):
            return True
    return False


PROBE = Probe(
    "no squeeze drops more axes than are read behind it",
    lambda look: squeezed_too_far(look.step),
)
