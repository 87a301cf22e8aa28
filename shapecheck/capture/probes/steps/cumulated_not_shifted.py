"""What was cumulated up to the step before, of which the wrong end was filled: each step has another step's number."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, replay
from shapecheck.capture.recording.step import Step, readers_in
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ALIKE
from shapecheck.findings import Fix

_NEUTRAL = {"cumprod": 1.0, "cumsum": 0.0}
# What takes an end off, puts one on, or hands the others on.
_SHIFTS = frozenset(
    ["__getitem__", "narrow", "pad", "cat", "concat", "hstack", "roll", "__setitem__", "clone", "detach", "to",
     "contiguous", "select"]
)  # fmt: skip
_KEEPS = frozenset(["sqrt", "to", "float", "double", "detach", "clone"])
_HOPS, _MOST, _FEWEST = 4, 80, 4
_LARGE = 1 << 20


def cumulated_not_shifted(step: Step) -> Iterator[Sighting]:
    """``F.pad(torch.cumprod(a, 0)[:-1], (0, 1), value=1.0)``: nothing has moved, and the last number is gone.

    Up to the step before the first there is nothing: a product of 1, a sum of 0. So that number says which end is the
    front. It is told where it stands at the back, or in the place of a number that is none of the front. Who only sets
    the last of all numbers, or cuts it off series of data, hides it.
    """
    cumulated = [node for node in step.tape.nodes[: step.last] if node.name in _NEUTRAL and node.function is not None]
    cumulated = [node for at, node in enumerate(cumulated) if not any(node.repeats(one) for one in cumulated[:at])]
    if not cumulated:
        return
    readers = readers_in(step.tape, range(step.last))
    for node in cumulated:
        axis = axis_of(node, len(node.shapes[0]))
        if axis is None or not node.shapes[0][axis] >= _FEWEST or prod(node.shapes[0]) > _LARGE:
            continue
        given = _put_behind(step, node, axis, readers)
        if given is not None:
            yield _told(node, given, "what is put behind is cut off again", _NEUTRAL[node.name])
            return
        for whole, neutral in _likewise(node, readers):
            for made in _made_of(whole, readers):
                what = None if _only_sets(whole, made, step) else _misplaced(step, whole, made, axis, neutral)
                if what is not None:
                    yield _told(node, made, what, neutral)
                    return


def _told(node: Node, made: Node, what: str, neutral: float) -> Sighting:
    name = "product" if node.name == "cumprod" else "sum"
    text = (
        f"{what}: of the {name} up to the step before, the {neutral:g} that stands for nothing is the first number, "
        "and each step has that of the one in front of it"
    )
    fix = Fix(f"cut the last off and put the {neutral:g} in front", (), "no")
    return sighted("cumulated_not_shifted", made, text, (fix,))


def _put_behind(step: Step, node: Node, axis: int, readers: dict[Ref, list[Node]]) -> Node | None:
    """``torch.cat([x, ones]).cumprod(0)[:-1]``: the operation that puts the number of nothing behind all others."""
    given = step.node(node.parents[0].node)
    cuts = readers.get(node.ref, ())
    if given.name not in ("cat", "concat", "hstack", "pad") or given.shapes[0] != node.shapes[0] or not cuts:
        return None
    if not all(_cuts_last(cut, axis) for cut in cuts):
        return None
    values = _values(step, given.ref)
    lines = values[0].detach().movedim(axis, 0) if values is not None else None
    if lines is None or not bool((lines[-1] == _NEUTRAL[node.name]).all()):
        return None
    return given if bool((lines[:-1] != _NEUTRAL[node.name]).any(0).all()) and _ends_in_constant(step, given) else None


def _ends_in_constant(step: Step, given: Node) -> bool:
    """Whether it is a padding, or what is put at the end was made of nothing."""
    parts = given.args[0] if given.name != "pad" and given.args else ()
    last = parts[-1] if isinstance(parts, list | tuple) and parts else None
    if not isinstance(last, Ref):
        return given.name == "pad"
    made = step.node(last.node)
    return made.name in ALIKE or (made.kind == "data" and prod(made.shapes[0]) == 1)


def _cuts_last(node: Node, axis: int) -> bool:
    if node.name != "__getitem__":
        return False
    parts = [part for part in node.index_parts if part is not None]
    if Ellipsis in [part for part in parts if not isinstance(part, Ref)]:
        is_last = axis == len(node.shapes[0]) - 1
        part = parts[-1] if is_last else None
    else:
        part = parts[axis] if axis < len(parts) else None
    return isinstance(part, slice) and part.stop == -1 and part.start in (None, 0)


def _likewise(node: Node, readers: dict[Ref, list[Node]]) -> Iterator[tuple[Node, float]]:
    """What was cumulated, and what was made of each of its numbers, with the number that stands for nothing."""
    neutral = _NEUTRAL[node.name]
    yield node, neutral
    for reader in readers.get(node.ref, ()):
        if reader.name == "exp" and node.name == "cumsum":
            yield reader, 1.0
        elif reader.name in _KEEPS:
            yield reader, neutral


def _made_of(whole: Node, readers: dict[Ref, list[Node]]) -> Iterator[Node]:
    """What was made of it by a shift, in its own shape, and is read by something that does not go on with that."""
    seen, ends = {whole.index}, [whole]
    for _ in range(_HOPS):
        ends = [
            reader
            for node in ends
            for reader in readers.get(node.ref, ())
            if reader.name in _SHIFTS and reader.index not in seen
        ]
        seen |= {node.index for node in ends}
        for node in ends:
            later = readers.get(node.ref, ())
            is_open = any(reader.name == "__setitem__" and reader.parents[0] == node.ref for reader in later)
            if node.shapes and node.shapes[0] == whole.shapes[0] and later and not is_open:
                yield node


def _only_sets(whole: Node, made: Node, step: Step) -> bool:
    """Whether numbers were set among what was cumulated, and none was moved."""
    through = _KEEPS | {"contiguous", "__setitem__"}
    return whole.ref in {ref for ref, _ in backwards(step.tape, made.ref, through)}


def _is_of_data(step: Step, whole: Node) -> bool:
    """Whether no learned number has to do with sums that are no counts."""
    made = (step.node(index) for index in ancestors(step.tape, [whole.ref], 0))
    return whole.dtypes[0].is_floating_point and all(step.learned.isdisjoint(node.parents) for node in made)


def _misplaced(step: Step, whole: Node, made: Node, axis: int, neutral: float) -> str | None:
    values = _values(step, whole.ref, made.ref)
    if values is None or values[0].shape != values[1].shape:
        return None
    before, after = (value.detach().double().movedim(axis, 0) for value in values)
    # What begins with nothing lies nearer to it there; and a sum that falls as well, or rows of sums, are data.
    is_away = (before[0] - neutral).abs().mean() <= (before[-1] - neutral).abs().mean()
    is_series = before.ndim > 1 or bool((before.diff(dim=0) < 0).any())
    if not is_away or (neutral == 0.0 and is_series and _is_of_data(step, whole)):
        return None
    is_still = (before[1:] == before[:-1]).double().mean() > 0.5
    if is_still or not bool((before[-1] != neutral).any()) or not bool((before[0] != neutral).any()):
        return None
    if bool((after[-1] == neutral).all()):
        if torch.equal(after[:-1], before[:-1]):
            return "each number but the last stays at its own place"
        if torch.equal(after[1:-1], before[:-2]) and torch.equal(after[0], before[-1]):
            return "the first step gets the number of the last one"
        if neutral == 1.0 and torch.equal(after[:-1], before[1:]):
            return "each step gets the number of the one behind it"
    is_back = bool((after[0] == neutral).all()) and torch.equal(after[1:-1], before[2:])
    return "each step gets the number of the one behind it" if is_back and torch.equal(after[-1], before[0]) else None


def _values(step: Step, *refs: Ref) -> tuple[Tensor, ...] | None:
    """The values of some tensors, of what was made before the step too; None if they are lost, or take too long."""
    known = [step.known(ref) if ref.node >= step.first else step.tape.held.get(ref) for ref in refs]
    if all(value is not None for value in known):
        return tuple(value for value in known if value is not None)
    order = ancestors(step.tape, refs, 0)
    if len(order) > _MOST or any(prod(shape) > _LARGE for at in order for shape in step.node(at).shapes):
        return None
    try:
        values = {**step.tape.held, **replay(step.tape, order)}
        return tuple(values[ref] for ref in refs)
    except Exception:
        # Something that it was made of is not there any more.
        return None


PROBE = Probe(
    "what is cumulated up to the step before begins with nothing",
    lambda look: cumulated_not_shifted(look.step),
)
