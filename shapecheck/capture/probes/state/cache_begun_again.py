"""Keys and values that are kept from one sequence to the next, while the positions begin again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import SELECTS, WAVES
from shapecheck.evidence import Span
from shapecheck.findings import Fix
from shapecheck.reading.sources import loops_of_line, source_of

# So often a position is the number of what is kept before it counts for more than chance.
_LEAST = 3
# What makes a number that comes again of one that counts on.
_PERIODIC = frozenset(["remainder", "fmod", "__mod__", "bitwise_and"])
_SPLITS = frozenset(["split", "chunk", "unbind", "tensor_split"])
_PARTS = _SPLITS | SELECTS
# Where an operation stands in the script.
_Place = tuple[CodeType, int]


def begun_again(step: Step) -> Iterator[Sighting]:
    """A call whose first position is zero, and that joins what it makes to what earlier calls have made.

    In the calls before, the first position was as large as what was kept, so it counts what is kept. A memory that is
    meant to last is not counted so: its positions begin again with each segment, or go on with it.

    The beat in a bar and the hour of a day begin again as well, while the sequence goes on: where the table ends, where
    something else counts on, or in a sequence that is made of what was written last.
    """
    roots = [root for root in step.roots if root.last >= 0 and not root.graded]
    for module in {id(root.module): root.module for root in roots}.values():
        calls = [root for root in roots if root.module is module]
        kept, counted = [_kept(step, root) for root in calls], [_positions(step, root) for root in calls]
        for cache in dict.fromkeys(place for one in kept for place in one):
            for place in dict.fromkeys(place for one in counted for place in one):
                at = _where_it_begins([one.get(cache, 0) for one in kept], [one.get(place) for one in counted])
                if at is None:
                    continue
                sizes = [one.get(cache, 0) for one in kept[: at + 1]]
                if not _comes_again(step, calls, place, sizes) and not _goes_on(step, calls, at):
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


def _comes_again(step: Step, calls: list[Root], place: _Place, sizes: list[int]) -> bool:
    """Whether a table is read in periods, or something else of the call that begins again counts what is kept."""
    calls, size = calls[: len(sizes)], sizes[-1]
    before, call = calls[-2:]
    if size in _positions(step, call).values():
        return True
    for one, other in zip(_given(before), _given(call), strict=False):
        if _first_of_run(step, one) == sizes[-2] and _first_of_run(step, other) == size:
            return True
    if any(_is_wave_behind_zero(step, node) for node in _nodes(step, call)):
        return True
    lookups = [(one, node) for one in calls for node in _nodes(step, one) if _place(node) == place]
    return any(_is_periodic(step, one, node, size) for one, node in lookups)


def _is_periodic(step: Step, call: Root, node: Node, size: int) -> bool:
    """Whether a table ends where the sequence begins again, is one of what is told, or is read by a remainder."""
    if node.name != "embedding":
        return False
    rows = {step.tape.shape(ref)[0] for ref in node.parents[1:2]}
    told = {step.tape.shape(ref)[-1] for ref in call.outputs if step.tape.shape(ref)}
    is_divided = any(made.name in _PERIODIC for _, made in backwards(step.tape, node.parents[0], None))
    return is_divided or size in rows or bool(rows & told)


def _is_wave_behind_zero(step: Step, node: Node) -> bool:
    """Whether it is a wave of positions, of which the first one is not zero."""
    if node.name not in WAVES or not node.parents or node.parents[0] in step.learned:
        return False
    value = step.value_of_input(node.parents[0])
    return value is not None and value.ndim > 0 and value.numel() > 0 and float(value.reshape(-1)[0]) != 0


def _goes_on(step: Step, calls: list[Root], at: int) -> bool:
    """Whether a call reads what the calls before have written, or what stands next to what the last of them read."""
    call, before = calls[at], calls[at - 1]
    if _is_made_of_earlier(step, call):
        return True
    read = _read(step, call)
    if any(_is_behind(step, one, other) for one in _given(before) for other in read):
        return True
    # Where what is written goes on as it is, a plain number is the beginning of something else.
    return not _is_made_of_earlier(step, before) and _is_written(step, before, read)


def _read(step: Step, call: Root) -> list[Ref]:
    """What a call is given, without what is kept."""
    joined = [ref for node in _nodes(step, call) if node.name == "cat" for ref in node.parents[:-1]]
    old = {ref for one in joined for ref, _ in backwards(step.tape, one, _PARTS)}
    return [ref for ref in _given(call) if ref not in old]


def _is_made_of_earlier(step: Step, call: Root) -> bool:
    made = ancestors(step.tape, _read(step, call), step.first)
    return any(step.node(index).root >= 0 and index < call.first for index in made)


def _is_written(step: Step, before: Root, read: list[Ref]) -> bool:
    """Whether a call is given, as a plain number, the class that has the most of the last scores."""
    for ref in before.outputs[:1]:
        scores = step.value_of_input(ref)
        best = scores.reshape(-1, scores.shape[-1])[-1].argmax() if scores is not None and scores.ndim > 1 else None
        values = [step.value_of_input(other) for other in read[:1]]
        if best is not None and any(value is not None and value.numel() == 1 and value == best for value in values):
            return True
    return False


def _is_behind(step: Step, one: Ref, other: Ref) -> bool:
    """Whether a tensor is the piece of a longer one that lies right behind another piece of it."""
    for first in _cuts(step, one):
        for second in _cuts(step, other):
            if first[0] == second[0] and len(first[1]) == len(second[1]):
                apart = [(a, b) for a, b in zip(first[1], second[1], strict=True) if a != b]
                if len(apart) == 1 and apart[0][0][1] is not None and apart[0][0][1] == apart[0][1][0]:
                    return True
    return False


def _cuts(step: Step, ref: Ref) -> Iterator[tuple[object, list[tuple[object, object]]]]:
    """What a tensor was cut out of, and from where to where along each axis."""
    for at, node in backwards(step.tape, ref, None, 4):
        if node.name in _SPLITS:
            yield node.index, [(at.out, at.out + 1)]
        if node.name == "select" and len(node.args) > 2 and isinstance(node.args[2], int):
            yield (node.parents[0], node.args[1]), [(node.args[2], node.args[2] + 1)]
        if node.name == "__getitem__" and node.parents and len(node.args) > 1:
            given = node.index_parts
            yield node.parents[0], [_range(part) for part in given]


def _range(part: object) -> tuple[object, object]:
    if isinstance(part, slice):
        return (part.start or 0, part.stop)
    return (part, part + 1) if type(part) is int else (str(part), None)


def _given(call: Root) -> list[Ref]:
    return [*call.inputs, *call.named.values()]


def _kept(step: Step, root: Root) -> dict[_Place, int]:
    """How much of earlier calls each join of a call begins with."""
    found: dict[_Place, int] = {}
    for node in _nodes(step, root):
        place = _place(node)
        if node.name != "cat" or place is None or place in found or len(node.parents) < 2:
            continue
        axis = node.argument(1, "dim", default=0)
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
        return _first_of_run(step, node.parents[0])
    if node.name == "__getitem__" and node.parents and step.node(node.parents[0].node).kind in ("parameter", "data"):
        given = node.index_parts
        cuts = [part for part in given if isinstance(part, slice) and isinstance(part.stop, int)]
        first = cuts[0].start or 0 if len(cuts) == 1 else None
        return first if isinstance(first, int) else None
    return None


def _first_of_run(step: Step, ref: Ref) -> int | None:
    value = step.value_of_input(ref)
    value = value.reshape(-1) if value is not None and not value.is_floating_point() else None
    is_run = value is not None and value.numel() > 0 and bool((value.diff() == 1).all())
    return int(value[0]) if value is not None and is_run else None


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
    return Sighting("cache_begun_again", _beginning(root.spot) if root.spot is not None else None, text, "", (fix,))


def _beginning(spot: Spot) -> Span:
    """The head of the loop that writes a sequence call by call: in front of it what is kept is to go."""
    loops = loops_of_line(source_of(spot.code.co_filename), spot.line)
    if not loops:
        return spot.span
    loop = loops[0]
    head = loop.iter if isinstance(loop, ast.For) else loop.test
    end = head.end_lineno or head.lineno, head.end_col_offset or 0
    return Span(spot.code.co_filename, loop.lineno, loop.col_offset, *end, ast.unparse(head))


PROBE = Probe(
    "no sequence begins behind what is kept of another one",
    lambda look: begun_again(look.step),
    of_followed=True,
)
