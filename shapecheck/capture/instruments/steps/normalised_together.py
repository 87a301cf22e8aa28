"""What normalises the steps of a sequence together, by whichever operations, and the same for each step by itself."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, along, reduced_axes
from shapecheck.capture.instruments.steps.causal import Remedy
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.separation import difference, replaced_item, seen_along
from shapecheck.capture.instruments.trials.sighting import other_axis
from shapecheck.capture.recording.replay import Run, Values, descendants, unchanged
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ARITHMETIC, AXES_OF_ONE, COPIES, CUTS

# Each of them is a normalisation by itself.
_WHOLE = frozenset(["normalize", "softmax"])
# What a statistic goes through before it meets what it was taken of, number by number.
_REWORKS = ARITHMETIC | {"sqrt", "rsqrt", "reciprocal", "clamp", "clamp_min", "maximum", "pow", "square", "exp", "to"}
_RESHAPES = AXES_OF_ONE | CUTS | COPIES | {"__getitem__", "expand_as"}
_MEETS = frozenset(["div", "mul", "sub"])
# What makes the numbers of which a statistic is taken of those that it is to go on with.
_KIN = ARITHMETIC | {"pow", "square", "abs", "exp", "to"}
_HOPS = 12


def normalised_together(step: Step, source: Ref, axis: int) -> Iterator[Remedy]:
    """Statistics of learned numbers that are taken over the steps and go back to each of them; over features instead.

    Args:
        step: The step.
        source: An input.
        axis: Its axis of time.
    """
    on_way = [step.node(index) for index in descendants(step.tape, {source}, step.order) if index in step.to_loss]
    nodes = [node for node in on_way if node.root >= 0 and node.parents and node.parents[0] in step.learned]
    base, moved = step.run(), _moved(step, source, axis)
    for node in nodes:
        way = [] if node.name in _WHOLE else _way_back(step, node)
        axes = _axes(step, node)
        if way is None or not axes:
            continue
        time = _steps_of(base, moved, node.parents[0])
        features = _features(step, node, axes, time) if time is not None else None
        if features is None:
            continue
        runs: dict[int, Run] = {}
        for other in nodes:
            back = [] if other.name in _WHOLE else _way_back(step, other)
            is_alike = len(step.tape.shape(other.parents[0])) == len(step.tape.shape(node.parents[0]))
            if back is not None and is_alike and _axes(step, other) == axes:
                runs |= {other.index: _along(other, features)} | dict.fromkeys(back, unchanged)
        last = features == len(step.tape.shape(node.parents[0])) - 1
        keeps = node.name in _WHOLE or node.kwargs.get("keepdim") is True
        title = f"dim={-1 if last else features}" + ("" if node.name in _WHOLE else ", keepdim=True")
        edits = other_axis(node, -1 if last else features) if keeps else ()
        yield Remedy("normalised_over_time", node, title, runs, edits)
        return


def _moved(step: Step, source: Ref, axis: int) -> list[tuple[int, int, Values]]:
    """The values behind two steps of an input that were replaced, each with its number and how many steps there are."""
    value = step.value(source)
    size = value.shape[axis]
    items = sorted({size // 2, size - 1})
    return [(item, size, step.changed(source, replaced_item(value, axis, item))) for item in items]


def _steps_of(base: Values, moved: list[tuple[int, int, Values]], ref: Ref) -> int | None:
    """Along which axis a tensor has the steps, none of which knows a later one there yet; None if it cannot be told."""
    found: set[int] | None = None
    for item, size, after in moved:
        if ref not in after:
            return None
        mask = difference(base[ref], after[ref])
        axes = {
            at
            for at in range(mask.ndim)
            if mask.shape[at] == size and bool(mask.any()) and not bool(seen_along(mask, at)[:item].any())
        }
        found = axes if found is None else found & axes
    return found.pop() if found is not None and len(found) == 1 else None


def _axes(step: Step, node: Node) -> tuple[int, ...]:
    if node.name not in _WHOLE:
        return reduced_axes(step, node)
    given = axis_of(node, len(step.tape.shape(node.parents[0])))
    given = 1 if given is None and node.name == "normalize" else given
    return () if given is None else (given,)


def _features(step: Step, node: Node, axes: tuple[int, ...], time: int) -> int | None:
    """The axis along which each step is to be measured; None if it is not measured over the steps of one sample."""
    ndim = len(step.tape.shape(node.parents[0]))
    samples = 0 if time else 1
    if ndim < 3 or time not in axes or samples in axes:
        return None
    others = [at for at in range(ndim) if at not in (time, samples)]
    reduced = [at for at in others if at in axes]
    return reduced[0] if len(reduced) == 1 else others[-1]


def _way_back(step: Step, node: Node) -> list[int] | None:
    """What only shapes a statistic on its way back to what it was taken of; None if it does not come back."""
    if node.name not in REDUCTIONS:
        return None
    kin, whole = _kin(step, node.parents[0]), step.tape.shape(node.parents[0])
    shaped: list[int] = []
    open_nodes, seen, is_back = [node], {node.index}, False
    while open_nodes and len(seen) < _HOPS:
        made = open_nodes.pop()
        for reader in step.readers(made.ref):
            if reader.index in seen:
                continue
            if reader.shapes[:1] == (whole,) and reader.name in _MEETS and _meets(step, reader, kin, whole):
                is_back = True
                continue
            seen.add(reader.index)
            if reader.name in _RESHAPES and reader.parents[0] == made.ref:
                shaped.append(reader.index)
                open_nodes.append(reader)
            elif reader.name in _REWORKS and _is_of_one(step, reader):
                open_nodes.append(reader)
    return shaped if is_back else None


def _meets(step: Step, node: Node, kin: set[Ref], whole: tuple[int, ...]) -> bool:
    """Whether one operand is made, number by number, of what a statistic was taken of."""
    return any(step.tape.shape(ref) == whole and not kin.isdisjoint(_kin(step, ref)) for ref in node.parents)


def _is_of_one(step: Step, node: Node) -> bool:
    """Whether all that it reads beside one tensor is plain numbers, or as small as that."""
    large = [ref for ref in node.parents if step.tape.shape(ref) not in ((), (1,))]
    return all(step.tape.shape(ref) == node.shapes[0] for ref in large)


def _kin(step: Step, ref: Ref) -> set[Ref]:
    """A tensor, and what of its shape it was made of number by number: ``x`` of ``(x - mean) ** 2``."""
    found, open_refs, shape = {ref}, [ref], step.tape.shape(ref)
    while open_refs and len(found) < _HOPS:
        node = step.node(open_refs.pop().node)
        if node.name not in _KIN:
            continue
        more = [one for one in node.parents if step.tape.shape(one) == shape and one not in found]
        found.update(more)
        open_refs += more
    return found


def _along(node: Node, axis: int) -> Run:
    """The same along one other axis, which is kept."""
    return with_axis(node, axis) if node.name in _WHOLE else along(node, axis)
