"""Numbers that count within each sample, by which items of all samples are taken: all come from the first one."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from torch import Tensor

from shapecheck.capture.instruments.rows.rows_numbered import rows_read
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors, refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, CUTS, HANDS_ON, SCATTERS, SELECTS, SORTS, ZEROS
from shapecheck.findings import Fix

_SEEKS = SORTS | {"argmin", "argmax", "min", "max", "multinomial"}
_PASSES = HANDS_ON | {"flatten", "expand", "unbind"}
_LEAST = 2


def within(look: Look) -> Iterator[Sighting]:
    """``x.reshape(batch * nodes, -1)[neighbours.flatten()]``, where the neighbours were sought in each sample.

    The numbers were sought among the items of a sample, drawn below their number, or given, for each sample its own;
    all of them together never reach the second sample. Who means one sample for all has one row of numbers.
    """
    step = look.step
    for node in [*_in_front(look), *step.of_loss]:
        read = rows_read(step, node)
        if read is None:
            continue
        cut, sizes, numbers = read
        if len(sizes) < 2 or min(sizes) < _LEAST:
            continue
        found = _found_in_each(step, numbers, sizes)
        if found is not None and (_is_made_of(step, found, cut) or _are_samples(look, cut)):
            yield _told(node, cut, sizes)
            return


def added_within(look: Look) -> Iterator[Sighting]:
    """``zeros(batch * cells, 8).index_add(0, cell.flatten(), ...).view(batch, cells, 8)``: one sample is filled.

    What is cut into as many parts as there are samples was filled by a row of numbers for each sample, and none of
    them reaches the second part.
    """
    step = look.step
    for node in step.all_of_loss:
        given = node.argument(SCATTERS[node.name], "index") if node.name in SCATTERS and node.parents else None
        axis = node.argument(1, "dim")
        if not isinstance(given, Ref) or axis != 0 or step.node(node.parents[0].node).name not in ZEROS:
            continue
        value, sizes = step.known(given), _cut_into(step, node)
        if value is None or sizes is None or not _is_a_row_of_each(step, given, sizes[0]):
            continue
        if _count_one_sample(value, sizes[1]):
            yield _told_added(node, sizes)
            return


def _cut_into(step: Step, node: Node) -> tuple[int, int] | None:
    """The samples, and the places of each, that the filled rows are cut into."""
    rows = node.shapes[0][0]
    for reader in step.readers(node, to_loss=True):
        shape = reader.shapes[0]
        if reader.name in (*CUTS, "unflatten") and len(shape) > 1 and shape[0] * shape[1] == rows and shape[1] < rows:
            return (shape[0], shape[1]) if shape[0] >= _LEAST and shape[2:] == node.shapes[0][1:] else None
    return None


def _is_a_row_of_each(step: Step, numbers: Ref, samples: int) -> bool:
    """Whether numbers were a row for each sample before they became one."""
    for ref, node in backwards(step.tape, numbers, _PASSES, is_alone=True):
        shape = step.tape.shape(ref)
        if len(shape) == 2 and shape[0] == samples and shape[1] > 1 and node.name not in COPIES:
            return True
        if _leaves_out(step, node) or not shape or shape[0] % samples:
            return False
    return False


def _told_added(node: Node, sizes: tuple[int, int]) -> Sighting:
    samples, each = sizes
    text = (
        f"{node.name} fills {samples * each} rows that are cut into {samples} samples of {each}, and all numbers of "
        f"rows are below {each}: what belongs to all samples is put into the first one, and the others stay empty. The "
        f"rows of sample b begin at b * {each}"
    )
    fix = Fix(f"numbers + torch.arange({samples})[:, None] * {each}", (), "no")
    return sighted("edges_not_offset", node, text, (fix,))


def _in_front(look: Look) -> list[Node]:
    """What made the inputs, where a script takes items itself before it calls a model: as if it picked a batch."""
    step, first = look.step, look.before.last if look.before is not None else 0
    made = ancestors(step.tape, step.inputs, first)
    return [step.node(index) for index in made if index < step.first]


def _are_samples(look: Look, cut: Node) -> bool:
    """Whether the first axis of what became rows holds items of an input that have not met so far."""
    source = cut.parents[0]
    return any(separate_axes(moves.masks(source)) == [0] for way in look.seen for moves in way.moves.values())


def _is_made_of(step: Step, found: Node, cut: Node) -> bool:
    """Whether what was sought in each sample was made of the items themselves, as distances are."""
    source = cut.parents[0]
    return found.function is not None and source in refs_above(step.tape, found.ref, min(found.index, source.node))


def _found_in_each(step: Step, numbers: Ref, sizes: tuple[int, ...]) -> Node | None:
    """What gave a row of numbers for each sample, which count the items of one; None if nothing did."""
    front = sizes[:-1]
    for ref, node in backwards(step.tape, numbers, _PASSES, is_alone=True):
        shape = step.tape.shape(ref)
        is_whole = shape[: len(front)] == front and len(shape) >= len(front)
        if node.name in _SEEKS and node.parents:
            return node if is_whole and _is_sought_in_each(step, node, sizes) else None
        if node.name == "randint":
            return node if is_whole and len(shape) > len(front) and sizes[-1] in node.args else None
        if node.name not in _PASSES:
            value = step.known(ref) if is_whole and len(shape) > len(front) else None
            return node if value is not None and _count_one_sample(value, sizes[-1]) else None
        if not is_whole and (_leaves_out(step, node) or not shape or shape[0] % prod(front)):
            return None
    return None


def _leaves_out(step: Step, node: Node) -> bool:
    """Whether only some of the numbers are taken on."""
    return node.name in SELECTS and prod(node.shapes[0]) < prod(step.tape.shape(node.parents[0]))


def _is_sought_in_each(step: Step, node: Node, sizes: tuple[int, ...]) -> bool:
    """Whether it was sought along as many items as a sample has, behind the axes of the samples."""
    shape = step.tape.shape(node.parents[0])
    axis = axis_of(node, len(shape))
    if axis is None and node.name in ("multinomial", *SORTS):
        axis = len(shape) - 1
    return axis is not None and axis >= len(sizes) - 1 and shape[axis] == sizes[-1]


def _count_one_sample(value: Tensor, size: int) -> bool:
    """Whether numbers are those of the items of one sample, of which they reach more than half."""
    return bool(value.numel()) and int(value.min()) >= 0 and int(value.max()) < size <= 2 * int(value.max())


def _told(node: Node, cut: Node, sizes: tuple[int, ...]) -> Sighting:
    each = sizes[-1]
    text = (
        f"{cut.name} put {' and '.join(map(str, sizes))} items into one axis of {prod(sizes)}, and rows of it are "
        f"taken by numbers below {each}, which were found for each of the {prod(sizes[:-1])} samples among its own "
        f"{each}: all of them are taken of the first sample. The items of sample b begin at row b * {each}"
    )
    fix = Fix(f"numbers + torch.arange({prod(sizes[:-1])})[:, None] * {each}", (), "no")
    return sighted("edges_not_offset", node, text, (fix,))


def _seen(look: Look) -> Iterator[Sighting]:
    yield from within(look)
    yield from added_within(look)


PROBE = Probe(
    "numbers that count within a sample do not take items of all samples",
    _seen,
    turn=Turn.FIRST,
)
