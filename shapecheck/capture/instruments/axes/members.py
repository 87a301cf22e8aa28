"""Axes of a prediction along which stand several guesses of the same thing: members, samples of dropout, draws."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONTRACTIONS, REARRANGES

_DRAWS = frozenset(["rand", "rand_like", "uniform_"])
_MATRICES = 3
_HOPS = 24


def is_drawn_again(step: Step, given: Ref) -> bool:
    """Whether items were put together that the very same calls made of the very same numbers, as with dropout."""
    _, node = origin(step.tape, given, REARRANGES)
    if node.name not in ("cat", "stack") or len(node.parents) < 2:
        return False
    ways = [_way(step, ref) for ref in node.parents]
    return any(len({way[at] for way in ways if at < len(way)}) == 1 for at in range(1, min(map(len, ways))))


def is_of_several(step: Step, given: Ref) -> bool:
    """Whether the predictions of several modules stand in it side by side."""
    _, node = origin(step.tape, given, REARRANGES)
    modules = {id(step.node(ref.node).module) for ref in node.parents}
    return node.name in ("cat", "stack") and len(modules) > 1


def _way(step: Step, ref: Ref) -> list[tuple[Ref, tuple[object, ...]]]:
    """Each tensor on the way back from one, as far as there is one way, with the calls that were made of it since."""
    found: list[tuple[Ref, tuple[object, ...]]] = [(ref, ())]
    calls: tuple[object, ...] = ()
    for _ in range(_HOPS):
        node = step.node(ref.node)
        made = [parent for parent in node.parents if step.node(parent.node).kind != "parameter"]
        if len(made) != 1 or step.is_leaf(ref):
            break
        plain = repr([item for item in node.args if not isinstance(item, Ref)])
        calls, ref = (*calls, (node.name, plain, id(node.module))), made[0]
        found.append((ref, calls))
    return found


def is_along_members(step: Step, given: Ref, sizes: set[int]) -> bool:
    """Whether each of so many has weights of its own, in one parameter, or a random number that was drawn for it."""
    behind = [given.node, *ancestors(step.tape, [given], step.first)]
    if any(_holds_members(step, step.node(index), sizes) for index in behind):
        return True
    leaves = {ref for index in behind for ref in step.node(index).parents if step.is_leaf(ref)}
    data = [ref for ref in leaves if step.node(ref.node).kind != "parameter" and ref not in step.inner]
    drawn = [ref for ref in data if _is_drawn(step, ref, sizes)]
    # What is drawn beside the data, and not in their place.
    return bool(drawn) and any(not sizes & set(step.tape.shape(ref)) for ref in data if ref not in drawn)


def _holds_members(step: Step, node: Node, sizes: set[int]) -> bool:
    held = [ref for ref in node.parents if step.node(ref.node).kind == "parameter"]
    return node.name in CONTRACTIONS and any(
        len(step.tape.shape(ref)) >= _MATRICES and step.tape.shape(ref)[0] in sizes for ref in held
    )


def _is_drawn(step: Step, ref: Ref, sizes: set[int]) -> bool:
    shape = step.tape.shape(ref)
    return step.node(ref.node).name in _DRAWS and len(shape) < _MATRICES and bool(sizes & set(shape))
