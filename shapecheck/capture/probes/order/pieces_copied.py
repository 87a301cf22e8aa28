"""Items that lie in several rows each, as pictures in patches, and whose rows are copied one by one."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.rows.copies import Copies, copied
from shapecheck.capture.instruments.rows.copies_apart import other_arrangement
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS
from shapecheck.findings import Fix


def pieces_copied(step: Step) -> Iterator[Sighting]:
    """``patches.repeat_interleave(k, 0)`` that are cut into pictures, beside ``words.repeat_interleave(k, 0)``.

    The words have a row for each item, and the patches as many rows for each as they are cut by. As often as both are
    copied there are items behind it, and they meet: each has to hold all rows of one item, and of the right one.
    """
    found = [copies for node in step.of_loss if (copies := _copies(step, node)) is not None]
    for whole in found:
        for pieces in found:
            each = pieces.size // whole.size
            if pieces.count != whole.count or pieces.size != whole.size * each or each < 2:
                continue
            cut = _cut(step, pieces, whole.size * whole.count, each)
            if cut is not None and _are_torn(whole, pieces, each) and _meet(step, whole, cut):
                yield _told(whole, pieces, each, cut)
                return


def _copies(step: Step, node: Node) -> Copies | None:
    """The copies of rows that an operation makes; of a single row as well."""
    made = copied(step.tape, node) if node.parents and node.shapes and node.shapes[0] else None
    size = (step.tape.shape(made[0])[:1] or (0,))[0] if made is not None else 0
    if made is None or size == 0 or node.shapes[0][0] <= size or node.shapes[0][0] % size:
        return None
    return Copies(node, made[0], size, node.shapes[0][0] // size, made[1])


def _cut(step: Step, pieces: Copies, items: int, each: int) -> Node | None:
    """Where rows, each at its place still, are cut into items."""
    reached = {pieces.node.ref}
    for node in map(step.node, descendants(step.tape, {pieces.node.ref}, step.order)):
        if not node.parents or node.parents[0] not in reached:
            continue
        if node.name in CUTS | {"unflatten"} and node.shapes[0][:2] == (items, each):
            return node
        if node.shapes[0][:1] == (items * each,) and len(reached & {*node.parents}) == 1:
            reached.add(node.ref)
    return None


def _are_torn(whole: Copies, pieces: Copies, each: int) -> bool:
    """Whether the rows that are cut for an item are not those of the item that it is a copy of, in their order."""
    size, count = whole.size, whole.count
    for item in range(size * count):
        own = item % size if whole.is_tiled else item // count
        rows = range(item * each, (item + 1) * each)
        held = [row % pieces.size if pieces.is_tiled else row // count for row in rows]
        if held != [*range(own * each, (own + 1) * each)]:
            return True
    return False


def _meet(step: Step, whole: Copies, cut: Node) -> bool:
    """Whether what is made of the copies of the items meets what was cut, item by item."""
    items = cut.shapes[0][:1]
    mine = {cut.ref, *(Ref(index) for index in descendants(step.tape, {cut.ref}, step.order))}
    theirs = {whole.node.ref, *(Ref(index) for index in descendants(step.tape, {whole.node.ref}, step.order))}
    for node in step.of_loss:
        one = any(ref in mine and ref not in theirs and step.tape.shape(ref)[:1] == items for ref in node.parents)
        other = any(ref in theirs and ref not in mine and step.tape.shape(ref)[:1] == items for ref in node.parents)
        if one and other:
            return True
    return False


def _told(whole: Copies, pieces: Copies, each: int, cut: Node) -> Sighting:
    how = "under one another" if pieces.is_tiled else "next to each other"
    line = cut.spot.line if cut.spot is not None else 0
    text = (
        f"{pieces.count} copies of each of {pieces.size} rows stand {how}, and in line {line} every {each} rows are "
        f"taken for an item, which meets a copy of one of {whole.size}: an item then holds some of its rows several "
        "times, or those of another one"
    )
    title, edits = f"x.view({whole.size}, {each}, -1).repeat_interleave({pieces.count}, 0).flatten(0, 1)", ()
    if whole.size == 1:
        title, edits = other_arrangement(pieces)  # type: ignore[assignment]
    return sighted("copies_in_another_order", pieces.node, text, (Fix(title, edits, "no"),))


PROBE = Probe(
    "rows of one item stay together where it is copied",
    lambda look: pieces_copied(look.step),
    needs_no_run=True,
)
