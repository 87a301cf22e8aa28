"""Keys and values that are kept from one sequence to the next, while the positions begin again."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType

from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.findings import Fix

# So often a position is the number of what is kept before it counts for more than chance.
_LEAST = 3
# Where an operation stands in the script.
_Place = tuple[CodeType, int]


def begun_again(step: Step) -> Iterator[Sighting]:
    """A call whose first position is zero, and that joins what it makes to what earlier calls have made.

    In the calls before, the first position was as large as what was kept, so it counts what is kept. A memory that is
    meant to last is not counted so: its positions begin again with each segment, or go on with it.
    """
    roots = [root for root in step.roots if root.last >= 0 and not root.graded]
    for module in {id(root.module): root.module for root in roots}.values():
        calls = [root for root in roots if root.module is module]
        kept, counted = [_kept(step, root) for root in calls], [_positions(step, root) for root in calls]
        for cache in dict.fromkeys(place for one in kept for place in one):
            for place in dict.fromkeys(place for one in counted for place in one):
                at = _where_it_begins([one.get(cache, 0) for one in kept], [one.get(place) for one in counted])
                if at is not None:
                    yield _told(calls[at], kept[at][cache], at)
                    return


def _where_it_begins(kept: list[int], positions: list[int | None]) -> int | None:
    """The call that is the first one to begin at zero behind something, where all before went on where they were."""
    agreed = 0
    for at, (size, position) in enumerate(zip(kept, positions, strict=True)):
        if position == size:
            agreed += size > 0
        elif position == 0 and agreed >= _LEAST and size > kept[at - 1] > 0:
            return at
        else:
            return None
    return None


def _kept(step: Step, root: Root) -> dict[_Place, int]:
    """How much of earlier calls each join of a call begins with."""
    found: dict[_Place, int] = {}
    for node in _nodes(step, root):
        place = _place(node)
        if node.name != "cat" or place is None or place in found or len(node.parents) < 2:
            continue
        axis = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
        old = [ref for ref in node.parents if _is_of_another_call(step, ref, root)]
        is_in_front = old and tuple(old) == node.parents[: len(old)] and len(old) < len(node.parents)
        if isinstance(axis, int) and is_in_front and node.parents[-1].node >= root.first:
            found[place] = sum(step.tape.shape(ref)[axis] for ref in old)
    return found


def _is_of_another_call(step: Step, ref: Ref, root: Root) -> bool:
    made = step.node(ref.node)
    return ref.node < root.first and made.root >= 0 and made.kind == "operation"


def _positions(step: Step, root: Root) -> dict[_Place, int]:
    """The first row of each table that a call reads in a run."""
    found: dict[_Place, int] = {}
    for node in _nodes(step, root):
        place, first = _place(node), _first_row(step, node)
        if place is not None and first is not None:
            found.setdefault(place, first)
    return found


def _first_row(step: Step, node: Node) -> int | None:
    if node.name == "embedding" and node.parents:
        value = step.value_of_input(node.parents[0])
        value = value.reshape(-1) if value is not None and not value.is_floating_point() else None
        is_run = value is not None and value.numel() > 0 and bool((value.diff() == 1).all())
        return int(value[0]) if value is not None and is_run else None
    if node.name == "__getitem__" and node.parents and step.node(node.parents[0].node).kind in ("parameter", "data"):
        given = node.args[1] if isinstance(node.args[1], tuple) else (node.args[1],)
        cuts = [part for part in given if isinstance(part, slice) and isinstance(part.stop, int)]
        first = cuts[0].start or 0 if len(cuts) == 1 else None
        return first if isinstance(first, int) else None
    return None


def _nodes(step: Step, root: Root) -> Iterator[Node]:
    return (step.node(index) for index in range(root.first, root.last))


def _place(node: Node) -> _Place | None:
    return (node.spot.code, node.spot.instruction) if node.spot is not None else None


def _told(root: Root, size: int, calls: int) -> Sighting:
    text = (
        f"in the {calls} calls before, the first position was the number of steps that were kept; this one begins "
        f"again at position 0, and what it makes is joined to {size} steps of another sequence, which are kept still: "
        "it looks at what has nothing to do with it, at positions that it has itself"
    )
    fix = Fix("let what is kept go before each sequence", (), "no")
    return Sighting("cache_begun_again", root.spot.span if root.spot is not None else None, text, "", (fix,))


__all__ = ["begun_again"]


PROBE = Probe(
    "no sequence begins behind what is kept of another one",
    lambda look: begun_again(look.step),
    of_followed=True,
)
