"""Along which of its axes a tensor of weights is summed over with what it weighs, however that is written."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import node_at, other_axis
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import PRODUCTS
from shapecheck.findings import Edit, Fix

_KEEPS = frozenset(["dropout", "contiguous", "to", "expand", "expand_as"])
_HOPS = 6
_OUTCOME = "it adds up along the axis that the weights share out"
Places = tuple[int | None, ...]
"""For each axis of a tensor, which axis of the weights it is; None for one that they do not have."""


@dataclass(frozen=True, slots=True, eq=False)
class Contraction:
    """A sum of what was multiplied with weights.

    Args:
        node: The operation that sums.
        axis: The axis of the weights that is summed over; None if they are the same for all that is added up.
        size: How many numbers are added up.
        places: Where the axes of the weights stand: in what is summed, or in the weights as a product of matrices
            reads them.
        side: Which factor of a product of matrices the weights are.
        letters: What an einsum calls the axes of the weights, and the axis that it sums over.
    """

    node: Node
    axis: int | None
    size: int
    places: Places
    side: int | None = None
    letters: tuple[str, str] | None = None

    def fix(self, step: Step, along: int) -> Fix:
        """The sum along another axis of the weights, tried."""
        if self.side is not None:
            return self._turned(step)
        if self.letters is not None:
            return self._relettered(step, along)
        if along not in self.places:
            return Fix("the axis of the items is summed over", (), "no")
        new = self.places.index(along)
        run = with_axis(self.node, new)
        verified = tried(step, {self.node.index: run})
        return Fix(f"dim={new}", other_axis(self.node, new), verified, _OUTCOME)

    def kept(self, along: int) -> int | None:
        """Where an axis of the weights stands in the sum; None if it does not."""
        if along not in self.places:
            return None
        at, out = self.places.index(along), self.node.shapes[0]
        if self.side is not None:
            rest = len(self.places) - at
            return len(out) - (1 if self.side else 2) if rest in (1, 2) else at
        if self.letters is None:
            gone = self.places.index(self.axis) if self.axis in self.places else len(self.places)
            return at - (at > gone) if len(out) < len(self.places) else at
        mine, letters = self.letters[0], self.node.args[0].replace(" ", "").split("->")[1]
        at -= len(self.places)
        is_there = -at <= len(mine) and mine[at] in letters
        return len(out) + letters.index(mine[at]) - len(letters) if is_there else None

    def _relettered(self, step: Step, along: int) -> Fix:
        """The axis that is summed over, and the one that the weights share out, exchanged in what an einsum returns."""
        equation = self.node.args[0]
        given, out = equation.replace(" ", "").split("->")
        mine, summed = self.letters or ("", "")
        at = self.places.index(along) - len(self.places) if along in self.places else -len(mine) - 1
        if -at > len(mine) or mine[at] not in out:
            return Fix("the axis of the items is summed over", (), "no")
        new = f"{given}->{out.replace(mine[at], summed)}"

        def run(_: str, *args: object) -> object:
            return self.node.function(new, *args)  # type: ignore[misc]

        call = node_at(self.node, ast.Call)
        is_plain = isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        file = self.node.spot.code.co_filename if self.node.spot is not None else ""
        edits = replaced_text(file, call.args[0], f'"{new}"') if is_plain and isinstance(call, ast.Call) else ()
        return Fix(f'"{new}"', edits, tried(step, {self.node.index: run}), _OUTCOME)

    def _turned(self, step: Step) -> Fix:
        """The weights with their last two axes exchanged."""
        side = self.side or 0
        ref = self.node.parents[side]

        def turn(*args: object, **kwargs: object) -> object:
            given = list(args)
            given[side] = given[side].transpose(-1, -2)  # type: ignore[attr-defined]
            return self.node.function(*given, **kwargs)  # type: ignore[misc]

        run: Run = turn
        square = step.tape.shape(ref)[-1] == step.tape.shape(ref)[-2]
        verified = tried(step, {self.node.index: run}) if square else "no"
        return Fix("the weights with their last two axes exchanged", self._edit(), verified, _OUTCOME)

    def _edit(self) -> tuple[Edit, ...]:
        found = node_at(self.node, ast.BinOp) if self.node.name == "matmul" else None
        if not isinstance(found, ast.BinOp) or not isinstance(found.op, ast.MatMult) or self.node.spot is None:
            return ()
        old = found.right if self.side else found.left
        if not isinstance(old, ast.Name | ast.Attribute | ast.Call):
            return ()
        text = f"{ast.unparse(old)}.transpose(-2, -1)"
        return replaced_text(self.node.spot.code.co_filename, old, text)


def contraction(step: Step, node: Node) -> Contraction | None:
    """The sum that the only reader of the weights makes with them; None if they go anywhere else."""
    weights = node.ref
    places: Places = tuple(range(len(step.tape.shape(weights))))
    for _ in range(_HOPS):
        reader = _only_reader(step, weights)
        if reader is None or reader.parents[:1] != (weights,):
            break
        moved = _moved(step, reader, places)
        if moved is None:
            break
        weights, places = reader.ref, moved
    else:
        return None
    if reader is None or reader.parents.count(weights) != 1:
        return None
    if reader.name == "einsum":
        return _of_letters(step, reader, weights, places)
    if reader.name == "mul" and len(reader.parents) == 2:
        return _of_sum(step, reader, weights, places)
    if reader.name not in PRODUCTS or len(reader.parents) != 2:
        return None
    left, right = reader.parents
    side = int(right == weights)
    ndims = len(step.tape.shape(left)), len(step.tape.shape(right))
    # A table of entries is a matrix, however many axes the weights have.
    if (ndims[0] != ndims[1] and (side or ndims[1] != 2)) or len(places) < 2:
        return None
    at = len(places) - 1 - side
    return (
        Contraction(reader, places[at], step.tape.shape(weights)[at], places, side) if places[at] is not None else None
    )


def _only_reader(step: Step, ref: Ref) -> Node | None:
    readers = step.readers(ref)
    return readers[0] if len(readers) == 1 else None


def _moved(step: Step, node: Node, places: Places) -> Places | None:
    """Where the axes are behind an operation that only moves them; None if it does anything else."""
    before, after = step.tape.shape(node.parents[0]), node.shapes[0] if node.shapes else ()
    if node.name in _KEEPS:
        if len(before) != len(after):
            return None
        return tuple(at if old == new else None for at, old, new in zip(places, before, after, strict=True))
    ends = [turned(step.tape, node, axis) for axis in range(len(places))]
    if places and None not in ends:
        return tuple(places[ends.index(axis)] for axis in range(len(places)))
    if node.name in ("unsqueeze", "squeeze") and len(node.parents) == 1:
        return _with_ones(node, places, before, after)
    index = node.argument(1, default=()) if node.name == "__getitem__" else ()
    parts = index if isinstance(index, tuple) else (index,)
    if node.name == "__getitem__" and all(part is None or part is Ellipsis or part == slice(None) for part in parts):
        rest = list(places)
        kept = len(places) - sum(part == slice(None) for part in parts if part is not None and part is not Ellipsis)
        found: list[int | None] = []
        for part in parts:
            taken = 0 if part is None else kept if part is Ellipsis else 1
            found += [None] if part is None else rest[:taken]
            rest = rest[taken:]
        return tuple(found + rest)
    return None


def _with_ones(node: Node, places: Places, before: tuple[int, ...], after: tuple[int, ...]) -> Places | None:
    given = node.argument(1, "dim")
    if node.name == "squeeze" and given is None:
        return tuple(place for place, size in zip(places, before, strict=True) if size != 1)
    if not isinstance(given, int) or len(before) == len(after):
        return None
    at = given % max(len(before), len(after))
    if node.name == "squeeze":
        return places[:at] + places[at + 1 :]
    return (*places[:at], None, *places[at:])


def _of_sum(step: Step, product: Node, weights: Ref, places: Places) -> Contraction | None:
    """``(weights * values).sum(axis)``."""
    shape, sizes = product.shapes[0], step.tape.shape(weights)
    reader = _only_reader(step, product.ref)
    if reader is None or reader.name != "sum" or len(places) > len(shape):
        return None
    axis = axis_of(reader, len(shape))
    if axis is None or shape[axis] < 2:
        return None
    missing = len(shape) - len(places)
    is_same_for_all = axis < missing or sizes[axis - missing] == 1
    places = (None,) * missing + places
    return Contraction(reader, None if is_same_for_all else places[axis], shape[axis], places)


def _of_letters(step: Step, node: Node, weights: Ref, places: Places) -> Contraction | None:
    equation = node.args[0] if node.args else None
    if not isinstance(equation, str) or "->" not in equation:
        return None
    given, out = equation.replace(" ", "").split("->")
    operands = given.split(",")
    if len(operands) != len(node.parents) or len(operands) != 2:
        return None
    mine = node.parents.index(weights)
    letters, others = operands[mine].replace("...", ""), operands[1 - mine].replace("...", "")
    rest = len(places) - len(letters)
    if "..." not in operands[mine] and rest:
        return None
    if "..." in operands[mine][1:]:
        return None
    summed = [letter for letter in dict.fromkeys(letters + others) if letter not in out]
    if len(summed) != 1:
        return None
    if summed[0] in letters:
        at = rest + letters.index(summed[0])
        return Contraction(node, places[at], step.tape.shape(weights)[at], places, None, (letters, summed[0]))
    shape = step.tape.shape(node.parents[1 - mine])
    return Contraction(node, None, shape[others.index(summed[0]) - len(others)], places, None, (letters, summed[0]))
