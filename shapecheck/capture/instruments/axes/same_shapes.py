"""What would give operands the same shape that spread along each other: which of them lose or gain an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapecheck.capture.instruments.tensors.pairs import operands, spreads
from shapecheck.capture.instruments.tensors.places import is_same_call
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.recording.replay import Run, Values, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix

_OUTCOME = "each number meets its own"
_MOST = 4


@dataclass(frozen=True, slots=True)
class _Change:
    """A call that is appended to an operand, and the shape that comes of it."""

    call: str
    shape: tuple[int, ...]


def same_shapes(step: Step, node: Node, pair: tuple[Ref, Ref]) -> tuple[Fix, ...]:
    """The longer one without its axes of one, or the shorter one with as many, whichever fits what comes behind."""
    lengths = [step.tape.shape(ref) for ref in pair]
    long = 0 if len(lengths[0]) > len(lengths[1]) else 1
    change = _change(lengths[long], lengths[1 - long], is_long=True)
    if change is None:
        return ()
    if node.index not in step.order:
        # What is read only when all batches are through cannot be run again.
        return (Fix(change.call[1:], with_call(node, long, change.call), "no"),)
    found = [fix for is_long in (True, False) if (fix := _tried(step, node, is_long)) is not None]
    found.sort(key=lambda fix: (not fix.edits, len(fix.edits)))
    return tuple(found[:1])


def _change(long: tuple[int, ...], short: tuple[int, ...], *, is_long: bool) -> _Change | None:
    """What gives the longer one, or the shorter one, the shape of the other; None unless they differ by axes of one."""
    ends = len(long) - len(short)
    if ends > 0 and long == (*short, *[1] * ends):
        call = ".squeeze(-1)" if ends == 1 else f".flatten({len(short) - 1})"
        grown = ".unsqueeze(-1)" if ends == 1 else f"[..., {', '.join(['None'] * ends)}]"
        return _Change(call, short) if is_long else _Change(grown, long)
    at = next((axis for axis in range(1, len(long)) if long[:axis] + long[axis + 1 :] == short), None)
    if at is None or long[at] != 1:
        return None
    return _Change(f".squeeze({at})", short) if is_long else _Change(f".unsqueeze({at})", long)


def _tried(step: Step, node: Node, is_long: bool) -> Fix | None:
    """All longer ones made shorter, or all shorter ones longer, from an operation on until nothing spreads any more."""
    instead: dict[int, Run] = {}
    changed: list[Node] = []
    edits: list[Edit] = []
    title = told = ""
    alike = [other.index for other in step.nodes if other.index >= node.index and _is_beside(other, node)]
    behind = sorted({*alike, *descendants(step.tape, {Ref(index) for index in alike}, step.order)})
    values: Values = {}
    for index in behind:
        other = step.node(index)
        pair = operands(other)
        if pair is None or index in instead:
            continue
        shapes = [tuple(values[ref].shape) if ref in values else step.tape.shape(ref) for ref in pair]
        if not spreads(*shapes):
            continue
        long = int(len(shapes[1]) > len(shapes[0]))
        at = long if is_long else 1 - long
        change = _change(shapes[long], shapes[1 - long], is_long=is_long)
        rounds = [one for one in map(step.node, alike) if is_same_call(one, other) and _shapes(step, one) == shapes]
        if len(changed) == _MOST or index not in step.order or change is None:
            return None
        # What a loop computes for one item after the other is changed for all of them.
        instead |= {one.index: _with(one, at, change.shape) for one in (other, *rounds)}
        changed.append(other)
        title, told = title or change.call, told or f"of the tensor {shapes[at]}"
        edit = with_call(other, at, change.call)
        edits = [*edits, *edit] if edit and (edits or len(changed) == 1) else []
        try:
            values = step.run_with(instead)
        except Exception:
            # It does not fit, so it was not meant.
            return None
    # Two changes of one line would undo each other.
    lines = [edit.line for edit in edits]
    kept = tuple(edits) if len({*lines}) == len(changed) else ()
    title = title[1:] if title.startswith(".") else title
    # Where no line shows it, the title has to say what it is done to.
    return Fix(title if kept else f"{title} {told}", kept, "call", _OUTCOME)


def _shapes(step: Step, node: Node) -> list[tuple[int, ...]]:
    return [step.tape.shape(ref) for ref in operands(node) or ()]


def _is_beside(node: Node, other: Node) -> bool:
    """Whether it stands in the same function, and spreads to the same: a sum of two tables has two of them."""
    if node.spot is None or other.spot is None or node.spot.code is not other.spot.code:
        return False
    return node.shapes[:1] == other.shapes[:1] and operands(node) is not None


def _with(node: Node, at: int, shape: tuple[int, ...]) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        given = list(args)
        if at >= len(given):
            raise ValueError("it is given by its name")
        given[at] = given[at].reshape(shape)
        return node.function(*given, **kwargs)  # type: ignore[misc]

    return run
