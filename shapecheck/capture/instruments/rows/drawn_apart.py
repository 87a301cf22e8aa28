"""Whether two batches were made up apart: what is asked of each sample was drawn anew, and the sample made of that."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Tape
from shapecheck.capture.recording.vocabulary import CONVERTS, IMAGES, NOISE, RANDOM, REARRANGES

DRAWS_ANY = RANDOM | NOISE
_MOVES = REARRANGES | {"roll"}
_PICKS = CONVERTS | frozenset(["__getitem__", "index_select", "narrow", "split", "chunk", "stack"])
_MOST = 2000


def are_drawn_apart(step: Step, before: Step, rows: int | None = None) -> bool:
    """Whether the sequences of a step have nothing to do with those of the step before.

    For each of them a number was drawn of which both were made, what is asked and the sequence, and neither is a piece
    of what those of the step before were made of, sample by sample. The samples may have been made all at once, and the
    batches be rows of these.

    Args:
        step: The step.
        before: The step before.
        rows: How many sequences there are. Without it each has one answer; with it, it may have one for each step, and
            the sequences may lie along the second axis.
    """
    tape = step.tape
    for target in step.targets:
        last = next((ref for ref in before.targets if _is_made_anew(tape, target, ref)), None)
        axis = _axis_of_rows(tape.shape(target), rows)
        if last is None or axis is None:
            continue
        count = tape.shape(target)[axis]
        for source in step.inputs:
            other = next((ref for ref in before.inputs if _is_made_anew(tape, source, ref)), None)
            sizes = tape.shape(source)
            is_same_axis = len(sizes) > 1 and sizes[axis] == count
            if other is None or not (is_same_axis or (rows == count and sizes[1:2] == (count,))):
                continue
            pairs = (source, target), (other, last)
            if _are_apart(tape, *pairs, count) or (is_same_axis and axis == 0 and _are_rows(tape, *pairs)):
                return True
    return False


def are_made_apart(step: Step, before: Step, rows: int) -> bool:
    """Whether the sequences of a step were drawn for it alone, each batch by the same lines, and its answers with them.

    Answers that are the very numbers that were drawn, such as what comes next, may stand for those of a text; one for a
    whole sequence that is read off it says nothing of where it came from.
    Nothing came from elsewhere, and nothing that holds a number for each row lies behind two batches: what goes on from
    batch to batch is made of where it was.
    """
    tape = step.tape
    answers = [*step.targets, *filter(lambda ref: _is_asked_for(step, ref), step.compared)]
    for source in step.inputs:
        other = next((ref for ref in before.inputs if _is_made_anew(tape, source, ref)), None)
        if other is None or rows not in tape.shape(source)[:2] or len(tape.shape(source)) < 2:
            continue
        given, theirs = made_of(tape, source), made_of(tape, other)
        drawn = {at for at in given - theirs if tape.nodes[at].name in DRAWS_ANY and _holds(tape, at, rows)}
        is_alone = not any(_holds(tape, at, rows) for at in given & theirs)
        if not drawn or not is_alone or any(_is_from_outside(tape, at, rows) for at in given):
            continue
        reckoned = [ref for ref in answers if origin(tape, ref, _MOVES)[1].index not in drawn]
        is_of_steps = [tape.shape(ref)[:2] == tape.shape(source)[:2] for ref in reckoned]
        behind = [made_of(tape, ref) for ref in reckoned]
        if any(
            drawn & each and (steps or source.node not in each) for each, steps in zip(behind, is_of_steps, strict=True)
        ):
            return True
    return False


def _is_asked_for(step: Step, ref: Ref) -> bool:
    """Whether the loss reads it outside of all models."""
    return any(node.root < 0 for node in step.readers(ref, to_loss=True))


def _holds(tape: Tape, index: int, rows: int) -> bool:
    return any(rows in shape for shape in tape.nodes[index].shapes)


def _is_from_outside(tape: Tape, index: int, rows: int) -> bool:
    return tape.nodes[index].function is None and _holds(tape, index, rows)


def _axis_of_rows(shape: tuple[int, ...], rows: int | None) -> int | None:
    if shape and shape[0] > 1 and all(size == 1 for size in shape[1:]):
        return 0
    axes = [axis for axis, size in enumerate(shape[:2]) if size == rows]
    return axes[0] if len(axes) == 1 and rows != 1 else None


def are_made_of_one_draw(tape: Tape, one: Ref, other: Ref) -> bool:
    """Whether one of two tensors was made of the other, or both of a number that was drawn for each of their rows.

    Of a store whose rows were picked the same holds where both are the same rows of it.
    """
    pairs = [(one, other)]
    stores = _store(tape, one), _store(tape, other)
    if stores[0] is not None and stores[1] is not None and tape.shape(stores[0])[:1] == tape.shape(stores[1])[:1]:
        pairs.append((stores[0], stores[1]))
    for first, second in pairs:
        if first is second:
            continue
        of_first, of_second = made_of(tape, first), made_of(tape, second)
        rows = tape.shape(first)[0]
        is_made = first.node in of_second or second.node in of_first
        if is_made or any(_is_drawn_for_each(tape, index, rows) for index in of_first & of_second):
            return first.node != second.node
    return False


def _is_made_anew(tape: Tape, one: Ref, other: Ref) -> bool:
    return one != other and tape.nodes[one.node].repeats(tape.nodes[other.node])


def _are_apart(tape: Tape, batch: tuple[Ref, Ref], before: tuple[Ref, Ref], rows: int) -> bool:
    """Whether each batch, a sequence and an answer a row, was made by itself."""
    given, answered = (made_of(tape, ref) for ref in batch)
    theirs = made_of(tape, before[0]) | made_of(tape, before[1])
    shared = any(rows in shape for index in (given | answered) & theirs for shape in tape.nodes[index].shapes)
    return not shared and _are_answers(tape, batch[0], given, answered, theirs, rows)


def _are_rows(tape: Tape, batch: tuple[Ref, Ref], before: tuple[Ref, Ref]) -> bool:
    """Whether the batches are rows of samples, each of which was made by itself."""
    stores = [_store(tape, ref) for ref in (*batch, *before)]
    if None in stores or stores[:2] != stores[2:]:
        return False
    whole = stores[0], stores[1]
    if tape.shape(whole[0])[0] != tape.shape(whole[1])[0]:  # type: ignore[arg-type]
        return False
    given, answered = (made_of(tape, ref) for ref in whole)  # type: ignore[arg-type]
    return _are_answers(tape, whole[0], given, answered, set(), tape.shape(whole[0])[0])  # type: ignore[arg-type]


def _are_answers(tape: Tape, source: Ref, given: set[int], answered: set[int], theirs: set[int], rows: int) -> bool:
    """Whether sequences were made of their answers; one that is read off a sequence says nothing of its origin."""
    drawn = any(_is_drawn_for_each(tape, index, rows) for index in (answered & given) - theirs)
    return drawn and source.node not in answered


def _store(tape: Tape, ref: Ref) -> Ref | None:
    """What a batch is rows of."""
    rows, *rest = tape.shape(ref)
    whole = [
        one
        for one, _ in backwards(tape, ref, _PICKS)
        if tape.shape(one)[1:] == tuple(rest) and tape.shape(one)[:1] > (rows,)
    ]
    return whole[-1] if whole else None


def made_of(tape: Tape, ref: Ref) -> set[int]:
    """All the nodes that a tensor was made of."""
    found, open_nodes = set[int](), [ref.node]
    while open_nodes and len(found) < _MOST:
        index = open_nodes.pop()
        if index not in found:
            found.add(index)
            # What is made in the image of a tensor holds nothing of it.
            open_nodes += (
                [] if tape.nodes[index].name in IMAGES else [parent.node for parent in tape.nodes[index].parents]
            )
    return found


def _is_drawn_for_each(tape: Tape, index: int, rows: int) -> bool:
    node = tape.nodes[index]
    return node.name in DRAWS_ANY and node.shapes[0][:1] == (rows,) and all(size == 1 for size in node.shapes[0][1:])
