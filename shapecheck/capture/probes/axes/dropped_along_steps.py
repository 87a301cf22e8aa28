"""Branches and features that are left out by chance, at the same steps of all samples."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.walked import walked_before, walker_behind
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of
from shapecheck.capture.recording.vocabulary import ARITHMETIC, COMPARES, CONVERTS, COPIES, NOISE
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix
from shapecheck.reading.applied import size_asked
from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import walk

# What becomes of a number between 0 and 1 until it is a 0 or a 1, and of these until they leave a mean as it was.
_ROUNDS = frozenset(["floor", "round", "ceil"])
_REWORKS = ARITHMETIC | COMPARES | CONVERTS | COPIES | _ROUNDS
_SEQUENCES = 3
_HOPS = 10


def dropped_along_steps(step: Step) -> Iterator[Sighting]:
    """``x + branch * (torch.rand(x.shape[0], 1, 1) < keep)`` of ``(seq_length, batch_size, width)``.

    A branch is kept or left out as a whole, in each sample: what is drawn has one number for each of them. By the
    layers that walk along it, axis 0 counts steps here. Only what is added to what it goes past is asked for: of a
    sequence alone some steps may be left out on purpose.

    Features are left out of ``(batch_size, seq_length, width)`` anew at each step, or once for all steps of a sample;
    with ``(1, seq_length, width)`` numbers it is once for all samples, anew at each step.
    """
    steps = walked_before(step)
    for node in step.of_loss:
        drawn_at = _drawn_for_all_samples(step, node, steps)
        if drawn_at is not None:
            yield _told_of_features(node, drawn_at)
            return
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
                or not _holds_samples(step, shape, 1, 0)
            ):
                continue
            drawn = _drawn(step, mask)
            if drawn is not None:
                yield _told(node, drawn)
                return


def _drawn(step: Step, mask: Ref) -> Node | None:
    *_, (_, drawn) = backwards(step.tape, mask, _REWORKS, _HOPS)
    return drawn if drawn.name in NOISE else None


def _drawn_for_all_samples(step: Step, node: Node, steps: dict[Ref, int]) -> Node | None:
    """What was drawn once for all samples and anew for each step and feature, and leaves out some of these."""
    if node.name != "mul" or len(node.parents) != 2 or len(node.shapes[0]) != _SEQUENCES:
        return None
    shape = node.shapes[0]
    if 1 in shape or not _holds_samples(step, shape, 0, 1):
        return None
    for values, mask in (node.parents, node.parents[::-1]):
        drawn = _drawn(step, mask) if step.tape.shape(values) == shape else None
        if drawn is None or drawn.shapes[0] != (1, *shape[1:]):
            continue
        made_of = [made for _, made in backwards(step.tape, mask, _REWORKS, _HOPS)]
        if _is_read_beside(step, made_of, node):
            continue
        way = {made.name for made in made_of}
        leaves_out = drawn.name == "bernoulli" or bool(way & (COMPARES | _ROUNDS))
        # Vectors of symbols may have their steps in front: what walks along these says so.
        is_of_steps = walker_behind(step, node.ref, 0) is None and steps.get(values) == 1
        if leaves_out and (is_of_steps or walker_behind(step, node.ref, 1) is not None):
            return drawn
    return None


def _is_read_beside(step: Step, made_of: list[Node], node: Node) -> bool:
    """Whether something else reads what leaves out, as a loss does that asks for what was left out."""
    own = {node.index, *(made.index for made in made_of)}
    return any(reader.index not in own for made in made_of for reader in step.readers(made))


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


def _holds_samples(step: Step, shape: tuple[int, ...], axis: int, other: int) -> bool:
    """Whether an axis may hold as many samples as a target has, or some rows for each, and another one may not.

    A layer that was given samples for steps is told of as that.
    """
    counts = {sizes[0] for ref in step.targets if (sizes := step.tape.shape(ref)) and sizes[0] > 1}
    return any(shape[axis] % count == 0 and shape[other] % count for count in counts)


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


def _told_of_features(node: Node, drawn: Node) -> Sighting:
    samples, _, width = node.shapes[0]
    text = (
        f"{drawn.name} draws {drawn.shapes[0]} numbers for {node.shapes[0]}: one for each feature of each step, and "
        f"the same for all {samples} samples. So what is left out changes from step to step, along axis 1 on which the "
        "layers walk, and from sample to sample it does not"
    )
    fix = Fix(f"once for each sample: {(samples, 1, width)}", (), "no")
    return sighted("dropped_along_steps", drawn if drawn.spot is not None else node, text, (fix,))


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
