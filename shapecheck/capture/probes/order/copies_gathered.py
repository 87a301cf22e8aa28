"""Items that are picked by their numbers along an axis of copies: all of them are the same one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, COPIES, GATHERS
from shapecheck.findings import Edit, Fix, Verified


def copies_gathered(step: Step) -> Iterator[Sighting]:
    """``gather`` along an axis that was made by copying, where another axis has as many items, which are not copies."""
    for node in step.of_loss:
        if node.name not in GATHERS or len(node.parents) != 2:
            continue
        source, numbers = node.parents
        shape = step.tape.shape(source)
        axis = _axis(node, len(shape))
        made = _made_by_copying(step, source) if axis is not None else None
        if axis is None or made is None or shape[axis] < 2 or not _is_of_data(step, made.parents[0]):
            continue
        before = step.tape.shape(made.parents[0])
        before = (1,) * (len(shape) - len(before)) + before
        chosen = step.value(numbers)
        others = [at for at, size in enumerate(shape) if at != axis and size == shape[axis] == before[at]]
        if before[axis] != 1 or len(others) != 1 or len(chosen.unique()) < 2:  # type: ignore[no-untyped-call]
            continue
        yield _told(step, node, made, axis, others[0])
        return


def _axis(node: Node, ndim: int) -> int | None:
    at = 1 if node.name == "gather" else 2
    value = node.argument(at, "dim")
    return value % ndim if isinstance(value, int) and -ndim <= value < ndim else None


def _made_by_copying(step: Step, ref: Ref) -> Node | None:
    at, node = origin(step.tape, ref, CONVERTS, first=step.first)
    return node if node.name in COPIES and not step.is_leaf(at) else None


def _is_of_data(step: Step, ref: Ref) -> bool:
    """Whether what is copied is made of numbers, which differ."""
    value = step.value(ref)
    return value.is_floating_point() and len(value.unique()) > 1  # type: ignore[no-untyped-call]


def _told(step: Step, node: Node, made: Node, axis: int, other: int) -> Sighting:
    shape = step.tape.shape(node.parents[0])
    line = node.spot.line if node.spot is not None else 0
    text = (
        f"axis {axis} of {shape} holds {shape[axis]} copies of one item, and {node.name} picks along it (line {line}): "
        f"whichever number is asked for, the same comes out. The {shape[other]} items lie along axis {other}"
    )
    fix = Fix("copies along the other axis", _edit(made, axis, other), _tried(step, node, axis, other))
    return sighted("copies_gathered", made, text, (fix,))


def _tried(step: Step, node: Node, axis: int, other: int) -> Verified:
    function = node.function

    def run(source: Tensor, *args: Any, **kwargs: Any) -> Any:
        return function(source.transpose(axis, other), *args, **kwargs)  # type: ignore[misc]

    instead: Run = run
    try:
        before, after = step.run(), step.run_with({node.index: instead})
    except Exception:
        return "no"
    ref = node.ref
    return "call" if not bool((before[ref] == after[ref]).all()) else "no"


def _edit(made: Node, axis: int, other: int) -> tuple[Edit, ...]:
    """The edit for ``x.unsqueeze(-1).expand(...)`` and ``x.unsqueeze(-1).repeat(...)``: both axes change places."""
    call = call_at(made)
    inner = call.func.value if call is not None and isinstance(call.func, ast.Attribute) else None
    if call is None or not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
        return ()
    is_next = abs(axis - other) == 1 and len(call.args) == len(made.shapes[0]) and not call.keywords
    if inner.func.attr != "unsqueeze" or not is_next or made.spot is None:
        return ()
    sizes = list(map(ast.unparse, call.args))
    sizes[axis], sizes[other] = sizes[other], sizes[axis]
    start = f"{ast.unparse(inner.func.value)}.unsqueeze({other})"
    assert isinstance(call.func, ast.Attribute)
    return replaced_text(made.spot.code.co_filename, call, f"{start}.{call.func.attr}({', '.join(sizes)})")


PROBE = Probe(
    "no item is picked along an axis of copies",
    lambda look: copies_gathered(look.step),
)
