"""Branches that are left out by chance, for each step of all samples together, where steps stand in front."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.walked import walked_before
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import span_of
from shapecheck.capture.recording.vocabulary import ARITHMETIC, COMPARES, CONVERTS, NOISE
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix
from shapecheck.reading.applied import size_asked
from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import walk

# What becomes of a number between 0 and 1 until it is a 0 or a 1, and of these until they leave a mean as it was.
_REWORKS = ARITHMETIC | COMPARES | CONVERTS | {"floor", "round", "ceil"}
_HOPS = 10


def dropped_along_steps(step: Step) -> Iterator[Sighting]:
    """``x + branch * (torch.rand(x.shape[0], 1, 1) < keep)`` of ``(seq_length, batch_size, width)``.

    A branch is kept or left out as a whole, in each sample: what is drawn has one number for each of them. By the
    layers that walk along it, axis 0 counts steps here. Only what is added to what it goes past is asked for: of a
    sequence alone some steps may be left out on purpose.
    """
    steps = walked_before(step)
    for node in step.of_loss:
        if node.name != "mul" or len(node.parents) != 2 or len(node.shapes[0]) < 3:
            continue
        shape = node.shapes[0]
        for values, mask in (node.parents, node.parents[::-1]):
            sizes = step.tape.shape(mask)
            is_by_step = sizes == (shape[0], *(1 for _ in shape[1:])) and step.tape.shape(values) == shape
            if (
                not is_by_step
                or steps.get(values) != 0
                or not _goes_past(step, node)
                or not _has_samples_behind(step, shape)
            ):
                continue
            *_, (_, drawn) = backwards(step.tape, mask, _REWORKS, _HOPS)
            if drawn.name in NOISE:
                yield _told(node, drawn)
                return


def _goes_past(step: Step, node: Node) -> bool:
    """Whether it is added to something of its shape, perhaps divided by a number before."""
    for _ in range(_HOPS):
        readers = step.readers(node)
        added = (one for one in readers if one.name == "add" and len(one.parents) == 2)
        if any(all(step.tape.shape(ref) == node.shapes[0] for ref in one.parents) for one in added):
            return True
        scaled = [one for one in readers if one.name in ("mul", "div") and len(one.parents) == 1]
        if len(scaled) != 1:
            return False
        node = scaled[0]
    return False


def _has_samples_behind(step: Step, shape: tuple[int, ...]) -> bool:
    """Whether axis 1 may hold as many samples as a target has, or some rows for each, and axis 0 may not.

    A layer that was given samples for steps is told of as that.
    """
    counts = {sizes[0] for ref in step.targets if (sizes := step.tape.shape(ref)) and sizes[0] > 1}
    return any(shape[1] % count == 0 and shape[0] % count for count in counts)


def _told(node: Node, drawn: Node) -> Sighting:
    shape = node.shapes[0]
    rest = (1,) * (len(shape) - 2)
    text = (
        f"{drawn.name} draws {(shape[0], 1, *rest)} numbers for a branch of {shape}: one for each item of axis 0, "
        f"along which the layers walk, as along steps. So it is left out at the same steps in all {shape[1]} samples "
        "of axis 1, and in none as a whole"
    )
    place, edits = _shape_told(drawn)
    title = f"one for each sample: {(1, shape[1], *rest)}"
    seen = sighted("dropped_along_steps", drawn if drawn.spot is not None else node, text, (Fix(title, edits, "no"),))
    return seen if place is None else replace(seen, span=place)


def _shape_told(drawn: Node) -> tuple[Span | None, tuple[Edit, ...]]:
    """Where the shape of what is drawn was written down, if it was given a name there, and the edit of that."""
    call, spot = call_at(drawn), drawn.spot.in_function if drawn.spot is not None else None
    function = function_around(spot) if spot is not None else None
    if call is None or spot is None or function is None:
        return None, ()
    names = {item.id for item in walk(call) if isinstance(item, ast.Name)}
    given = [pair for each in walk(function) for pair in values_given(each) if pair[1].lineno < call.lineno]
    for target, value in reversed(given):
        if not isinstance(target, ast.Name) or target.id not in names or not isinstance(value, ast.Tuple | ast.BinOp):
            continue
        asked = next((found for item in walk(value) if (found := size_asked(item)) is not None and not found[1]), None)
        if asked is not None:
            of = ast.unparse(asked[0])
            text = f"(1, {of}.shape[1]) + (1,) * ({of}.ndim - 2)"
            file = spot.code.co_filename
            return span_of(file, value), replaced_text(file, value, text)
    return None, ()


PROBE = Probe(
    "what is left out by chance is left out of samples, not of the same steps in all of them",
    lambda look: dropped_along_steps(look.step),
    needs_no_run=True,
)
