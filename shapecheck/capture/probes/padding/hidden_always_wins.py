"""Places that are filled to count for nothing, and are the largest or smallest of every row: the sign is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, COMPARES, CONVERTS, EQUALS, SELECTS, SHIFTS
from shapecheck.findings import Edit, Fix

_SMALLEST = frozenset(["min", "amin"])
_SEEKS = _SMALLEST | {"max", "amax", "logsumexp", "softmax", "topk"}
_FILLS = frozenset(["masked_fill", "fill_", "fill_diagonal_", "index_fill", "where", "__setitem__"])
_BETWEEN = CONVERTS | AXES_OF_ONE | SELECTS | {"min", "amin", "detach", "expand"}
_HOPS = 4
# What is filled in is out of all proportion to the numbers beside it.
_BIG, _PROPORTION = 5e3, 100.0


@dataclass(frozen=True, slots=True, eq=False)
class _Won:
    """Rows in which something is sought, and some of which have a number that was put in.

    Args:
        axes: The axes that these run along.
        rows: Which of them have found that number, although they have others; of all of them one truth each.
        number: The number.
    """

    axes: tuple[int, ...]
    rows: Tensor
    number: float


def hidden_always_wins(step: Step) -> Iterator[Sighting]:
    """``similarities.fill_diagonal_(-inf)``, and then ``(1 - similarities).max(1)``: the largest is the diagonal.

    Where it is not all that a row has, nobody wants to hear what was put in by hand; so the number may only be so large
    as to lose. Whoever asks for the places alone, or for a bar that others have to pass, may have put some in front on
    purpose.
    """
    for node in step.of_loss:
        won = _won(step, node, step.known(node.parents[0])) if node.name in _SEEKS and node.parents else None
        fill = _filled_by(step, node) if won is not None else None
        if won is None or fill is None or fill.spot is None or _is_a_bar(step, node):
            continue
        try:
            after = step.run_with({fill.index: _of_other_sign(fill)})[node.parents[0]]
        except Exception:
            continue
        extreme = _extreme(step, node, after)
        if extreme is None or not bool((extreme[0].abs() * _PROPORTION < abs(won.number))[won.rows].all()):
            continue
        line = f" (line {node.spot.line})" if node.spot is not None else ""
        shape, count = step.tape.shape(node.parents[0]), int(won.rows.sum())
        kind = "smallest" if _sign(node) < 0 else "largest"
        text = (
            f"{fill.name} puts numbers in by hand, and they are the {kind} in {_rows(count)} that {node.name}{line} "
            f"runs along {_axes(won)} of {shape} for: {won.number:g} every time, whatever the model says"
        )
        fix = Fix("the other sign for what is filled in", _edits(fill), "call", "what was filled in is never chosen")
        yield sighted("hidden_always_wins", fill, text, (fix,))
        return


def _won(step: Step, node: Node, values: Tensor | None) -> _Won | None:
    """Whether what is found is one number out of all proportion, in each row that has it beside others."""
    if len(node.parents) != 1 or node.parents[0] not in step.learned or values is None:
        return None
    sought = _extreme(step, node, values) if values.is_floating_point() and values.numel() else None
    if sought is None:
        return None
    out, axes = sought
    big = values.abs() >= _BIG
    numbers = values[big].unique()  # type: ignore[no-untyped-call]
    if not len(numbers) or bool((numbers - numbers[0]).nan_to_num(0.0).abs().max() * _PROPORTION > abs(numbers[0])):
        return None
    number = float(numbers[0])
    if not bool((values.abs() * _PROPORTION < abs(number))[~big].all()):
        return None
    rows = _any_along(big, axes) & _any_along(~big, axes)
    is_won = bool((out * _sign(node) >= _BIG)[rows].all())
    # One place of some rows may be where these are meant to look.
    is_pinned = node.name == "softmax" and not bool(rows.all()) and int(big.sum(axes).max()) == 1
    is_told = is_won and not is_pinned and int(rows.sum()) > (rows.numel() > 1)
    return _Won(axes, rows, number) if is_told else None


def _is_a_bar(step: Step, node: Node) -> bool:
    """Whether what is found is read by nobody but what compares others with it."""
    open_nodes, seen = [node], 0
    while open_nodes and seen < _HOPS:
        readers = [each for made in open_nodes for each in step.readers(made)]
        if any(each.name not in COMPARES | EQUALS | _BETWEEN for each in readers):
            return False
        open_nodes, seen = [each for each in readers if each.name in _BETWEEN], seen + 1
    return not open_nodes


def _sign(node: Node) -> int:
    """1 where the largest is sought, and -1 where it is the smallest."""
    is_least = node.name in _SMALLEST or (node.name == "topk" and node.argument(3, "largest", default=True) is False)
    return -1 if is_least else 1


def _extreme(step: Step, node: Node, values: Tensor) -> tuple[Tensor, tuple[int, ...]] | None:
    """The largest, or smallest, of each row that an operation goes along, and the axes of the rows."""
    axes = reduced_axes(step, node)
    if node.name in ("softmax", "topk"):
        last = values.ndim - 1 if node.name == "topk" and "dim" not in node.kwargs and len(node.args) < 3 else None
        axis = axis_of(node, values.ndim) if last is None else last
        if axis is None or (node.name == "topk" and any(step.readers(each) for each in node.outs[1:])):
            return None
        axes = (axis,)
    axes = axes or tuple(range(values.ndim))
    return (values.amax(axes) if _sign(node) > 0 else values.amin(axes)), axes


def _any_along(values: Tensor, axes: tuple[int, ...]) -> Tensor:
    for axis in sorted(axes, reverse=True):
        values = values.any(axis)
    return values


def _filled_by(step: Step, node: Node) -> Node | None:
    """What put the first numbers in that are so large, into a tensor that had none; None if nothing was put in."""
    found, values = [], step.value(node.parents[0])
    numbers = values[values.abs() >= _BIG].unique()  # type: ignore[no-untyped-call]
    is_lost = node.name != "softmax" and len(numbers) == 1
    # What is only moved far away is there still: a minus behind the search may take the number off again.
    fills = _FILLS | SHIFTS if is_lost else _FILLS
    for index in ancestors(step.tape, [node.parents[0]], step.first):
        made = step.node(index)
        value = step.known(made.ref)
        if value is None or not value.is_floating_point() or not _has_big(value):
            continue
        learned = [step.known(ref) for ref in made.parents if ref in step.learned]
        if not learned or any(each is None for each in learned):
            continue
        if made.name in fills and not any(_has_big(each) for each in learned if each is not None):
            found.append(made)
        elif not any(_has_big(each) for each in learned if each is not None):
            # The numbers are as large as that by themselves.
            return None
    return found[0] if len(found) == 1 else None


def _has_big(value: Tensor) -> bool:
    return value.is_floating_point() and bool((value.abs() >= _BIG).any())


def _of_other_sign(fill: Node) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        out = fill.function(*args, **kwargs)  # type: ignore[misc]
        out = args[0] if fill.is_in_place else out
        return torch.where(out.abs() >= _BIG, -out, out)

    return run


def _rows(count: int) -> str:
    return f"each of the {count} rows with such numbers beside others" if count > 1 else "all"


def _axes(won: _Won) -> str:
    return f"axis {won.axes[0]}" if len(won.axes) == 1 else "all axes"


def _edits(fill: Node) -> tuple[Edit, ...]:
    """The edit that has the other sign stand there, where the number stands last in the call."""
    call = call_at(fill)
    if call is None or fill.spot is None or not call.args or call.keywords or fill.name in SHIFTS:
        return ()
    if not isinstance(fill.args[-1], int | float):
        return ()
    return replaced_text(fill.spot.code.co_filename, call.args[-1], _negative(call.args[-1]))


def _negative(number: ast.expr) -> str:
    if isinstance(number, ast.UnaryOp) and isinstance(number.op, ast.USub):
        return ast.unparse(number.operand)
    text = number.args[0] if isinstance(number, ast.Call) and len(number.args) == 1 else None
    if isinstance(text, ast.Constant) and isinstance(text.value, str) and isinstance(number, ast.Call):
        said = text.value.strip()
        return f"{ast.unparse(number.func)}({said[1:] if said[0] == '-' else '-' + said.lstrip('+')!r})"
    return f"-{ast.unparse(number) if isinstance(number, ast.Constant) else as_primary(number)}"


PROBE = Probe(
    "what is filled in to count for nothing is not the extreme of every row",
    lambda look: hidden_always_wins(look.step),
)
