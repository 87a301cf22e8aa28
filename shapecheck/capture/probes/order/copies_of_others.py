"""Numbers of the copies of a sample that are held against the mean of other samples' copies, not against their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.reductions import along, edited, reduced_axes
from shapecheck.capture.instruments.rows.copies import copied
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, NOISE, RANDOM, SORTS
from shapecheck.findings import Fix

# What may leave a row at another place than the one that it had.
_MOVES_ROWS = SORTS | {"index_select", "gather", "flip", "roll", "narrow", "cat"}


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A table with one number for each copy of each sample.

    Args:
        copies: What made the copies.
        size: How many samples there are.
        count: How many copies of each.
        samples: The axis of the table that holds the samples; the other one holds their copies.
    """

    copies: Node
    size: int
    count: int
    samples: int


_STATISTICS = frozenset(["mean", "std", "var"])
_PASSES = CONVERTS | {"unsqueeze", "expand", "expand_as"}


def copies_of_others(step: Step) -> Iterator[Sighting]:
    """``rewards.view(prompts, tries)`` from which ``mean(dim=0)`` is taken, where each prompt was tried several times.

    The tries of a prompt were drawn, so that the k-th ones of two prompts have nothing in common: their mean is a level
    of nobody. What is asked is how good a try was among those of the same prompt. A mean of everything may be meant,
    and what a model has made of the copies may be centred over the samples.
    """
    for node in step.of_loss:
        axes = reduced_axes(step, node) if node.name == "mean" else ()
        if len(axes) != 1 or node.spot is None:
            continue
        table = node.parents[0]
        if len(step.tape.shape(table)) != 2 or graph_of(step.tape, table, {}) or not _is_taken_off(step, node, table):
            continue
        found = _drawn_copies(step, table)
        if found is not None and found.samples == axes[0]:
            yield _told(step, node, table, found)
            return


def _is_taken_off(step: Step, level: Node, table: Ref) -> bool:
    """Whether a level is subtracted from the numbers that it is the level of."""
    for node in step.of_loss:
        if node.index < level.index or node.name != "sub" or len(node.parents) != 2:
            continue
        bases = [origin(step.tape, ref, _PASSES, first=step.first)[0] for ref in node.parents]
        whole = origin(step.tape, table, CONVERTS, first=step.first)[0]
        if node.shapes[0] == step.tape.shape(table) and set(bases) == {whole, level.ref}:
            return True
    return False


def _told(step: Step, node: Node, table: Ref, found: _Drawn) -> Sighting:
    other = 1 - found.samples
    alike = [
        one
        for one in step.of_loss
        if one.name in _STATISTICS and one.parents == (table,) and reduced_axes(step, one) == (found.samples,)
    ]
    text = (
        f"axis {found.samples} of {step.tape.shape(table)} holds {found.size} samples, and axis {other} the "
        f"{found.count} copies of each, which differ by what was drawn for them: the k-th copies of all samples have "
        "one level, and it is taken off as if they belonged together"
    )
    edits = edited(dict.fromkeys(alike, other))
    fix = Fix(
        f"{node.name}(dim={other}, keepdim=True)", edits, tried(step, {one.index: along(one, other) for one in alike})
    )
    return sighted("copies_of_others", node, text, (fix,))


def _drawn_copies(step: Step, table: Ref) -> _Drawn | None:
    """Of which copies a table holds a number each; None if it does not, or if they differ by more than by chance.

    Args:
        step: The training step.
        table: A tensor of two axes.
    """
    whole, cut = origin(step.tape, table, CONVERTS)
    shape = step.tape.shape(whole)
    if cut.name not in CUTS | {"unflatten"} or len(shape) != 2 or shape[0] == shape[1]:
        return None
    flat = cut.parents[0]
    if step.tape.shape(flat)[:1] != (shape[0] * shape[1],):
        return None
    order = ancestors(step.tape, [flat], 0)
    made = [step.node(index) for index in order]
    for found in _copies(step, made, shape):
        later = [node for node in made if node.index > found.copies.index]
        if flat in _rows(found, later) and _are_alike(step, found, made, later):
            return found
    return None


def _copies(step: Step, made: list[Node], shape: tuple[int, ...]) -> Iterator[_Drawn]:
    """What copied rows so often as the table says, in the order in which the table was cut."""
    for node in made:
        given = copied(step.tape, node) if node.parents and node.shapes and node.shapes[0] else None
        if given is None or node.shapes[0][0] != shape[0] * shape[1]:
            continue
        source, is_tiled = given
        if step.tape.shape(source)[:1] == (shape[int(is_tiled)],):
            yield _Drawn(node, shape[int(is_tiled)], shape[1 - int(is_tiled)], int(is_tiled))


def _rows(found: _Drawn, later: list[Node]) -> set[Ref]:
    """What was made of the copies with a row for each, at its place."""
    rows = (found.size * found.count,)
    reached = {found.copies.ref}
    for node in later:
        picks = node.name == "__getitem__" and node.index_parts[0] != slice(None)
        if not picks and node.name not in _MOVES_ROWS and reached.intersection(node.parents):
            reached |= {out for out, shape in zip(node.outs, node.shapes, strict=True) if shape[:1] == rows}
    return reached


def _is_planned(step: Step, found: _Drawn, ref: Ref) -> bool:
    """Whether a tensor has something else for each copy of a sample, and the same for the k-th copy of all samples."""
    shape = step.tape.shape(ref)
    parts = (found.count, found.size) if found.samples else (found.size, found.count)
    is_of_rows = shape[:1] == (found.size * found.count,)
    if not is_of_rows and shape[:2] != ((found.count, 1) if found.samples else (1, found.count)):
        return False
    try:
        # What a script makes in front of its model may be of before the step.
        value = replay(step.tape, ancestors(step.tape, [ref], 0))[ref]
    except (KeyError, RuntimeError):
        return False
    of_all = value.reshape(*parts, *shape[1:]) if is_of_rows else value
    of_one = of_all.select(found.samples, 0)
    return bool((of_all == of_one.unsqueeze(found.samples)).all()) and bool((of_one != of_one[:1]).any())


def _are_alike(step: Step, found: _Drawn, made: list[Node], later: list[Node]) -> bool:
    """Whether something was drawn for the copies, and nothing was handed out that the k-th copy of each sample gets."""
    for node in made:
        given = copied(step.tape, node) if node.parents and node.shapes and node.shapes[0] else None
        if given is not None and node.shapes[0][0] == found.size * found.count:
            source, is_tiled = given
            if is_tiled != bool(found.samples) and step.tape.shape(source)[:1] == (found.count,):
                return False
    if any(_is_planned(step, found, ref) for node in later for ref in node.parents if ref not in step.learned):
        return False
    return any(node.name in NOISE | RANDOM for node in later)


PROBE = Probe(
    "copies of a sample are held against each other",
    lambda look: copies_of_others(look.step),
)
