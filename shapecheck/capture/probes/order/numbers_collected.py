"""Outputs of a shuffling loader's batches that leave torch, and are measured with labels in another order."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.rows.row_order import KEEPS
from shapecheck.capture.instruments.rows.shuffled_by import shuffles
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.held_against import held_against
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.collate import Draw
from shapecheck.capture.recording.leaving import Leaving
from shapecheck.capture.recording.tape import Tape
from shapecheck.findings import Fix


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """All samples of a data set, drawn once.

    Args:
        draws: The draw of each batch.
        nodes: For each batch, what a loader put together of it.
    """

    draws: tuple[Draw, ...]
    nodes: tuple[tuple[int, ...], ...]

    @property
    def rows(self) -> tuple[int, ...]:
        """The numbers of the samples, in the order in which they were drawn."""
        return tuple(row for draw in self.draws for row in draw.rows)

    @property
    def is_shuffled(self) -> bool:
        """Whether they were drawn in an order of their own."""
        return self.rows != tuple(sorted(self.rows))

    def told(self) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
        """The numbers that all items hold at one place, such as their labels: as drawn, and as they lie in the data."""
        for each in zip(*(draw.told for draw in self.draws), strict=False):
            drawn = tuple(value for values in each for value in values)
            if len(drawn) == len(self.rows):
                known = dict(zip(self.rows, drawn, strict=True))
                yield drawn, tuple(known[row] for row in sorted(known))


_LEAST = 8


def numbers_collected(look: Look) -> Iterator[Sighting]:
    """``guesses = [model(x).argmax(1).numpy() for x, _ in loader]`` beside ``data.labels``, of a loader that shuffles.

    What numpy does is not heard. The labels that a loader draws are, and so is what the script holds beside the numbers
    that have left: if that is all labels as they lie in the data, their rows belong to other samples.
    """
    tape = look.step.tape
    read = {parent.node for node in tape.nodes[tape.evaluated_from :] for parent in node.parents}
    read |= {ref.node for ref in tape.escaped}
    for found in _passes(tape, tape.evaluated_from):
        if not found.is_shuffled or len(found.rows) < _LEAST:
            continue
        for leaving in _left(tape, found):
            if _reads_all(tape, found, read):
                break
            seen = _told(found, leaving)
            if seen is not None:
                yield seen
                return


def _left(tape: Tape, found: _Pass) -> Iterator[Leaving]:
    """Numbers that leave, one row for each sample of a batch or of the whole pass; one place once."""
    sizes = {len(found.rows), *(len(draw.rows) for draw in found.draws)}
    known = set[tuple[int, int]]()
    for leaving in tape.left:
        place = id(leaving.spot.code), leaving.spot.instruction
        size = tape.shape(leaving.ref)[0]
        # What holds all samples and was not joined of the batches may have been filled in the order of the data.
        is_whole = size == len(found.rows) and origin(tape, leaving.ref, KEEPS)[1].name != "cat"
        if leaving.at > found.nodes[0][0] and place not in known and size in sizes and not is_whole:
            known.add(place)
            yield leaving


def _reads_all(tape: Tape, found: _Pass, read: set[int]) -> bool:
    """Whether every part of a batch is read by something: labels of the same pass are there, and may be meant."""
    models = {ref.node for root in tape.roots for ref in (*root.inputs, *root.named.values())}
    return all(node in read or node in models for node in found.nodes[0])


def _told(found: _Pass, leaving: Leaving) -> Sighting | None:
    labels = [(drawn, lying) for drawn, lying in found.told() if drawn != lying]
    for expression, value in held_against(leaving) if labels else ():
        numbers = _numbers(value, len(found.rows))
        if numbers is None or all(numbers != lying for _, lying in labels):
            continue
        drawn = next(drawn for drawn, lying in labels if numbers == lying)
        at = next(k for k, (one, other) in enumerate(zip(drawn, numbers, strict=True)) if one != other)
        place, edits = shuffles(found.draws[0].loader)
        text = (
            f"the outputs of {len(found.draws)} batches come in the order that this loader draws, and are measured "
            f"with `{ast.unparse(expression)}`, which lies in the order of the data: row {at} of the outputs is sample "
            f"{found.rows[at]}, with the label {drawn[at]:g}, and is held against {numbers[at]:g}"
        )
        fix = Fix("shuffle=False, or labels that are collected in the same pass", edits, "no")
        return Sighting("collected_out_of_order", place or leaving.spot.span, text, "", (fix,))
    return None


def _numbers(value: object, size: int) -> tuple[float, ...] | None:
    """One number for each sample, of whatever holds them."""
    if isinstance(value, Tensor):
        value = value.reshape(-1).tolist() if value.numel() == size and not value.is_meta else None
    elif hasattr(value, "dtype") and hasattr(value, "tolist") and getattr(value, "size", 0) == size:
        value = value.reshape(-1).tolist()  # type: ignore[attr-defined]
    if not isinstance(value, Sequence) or len(value) != size:
        return None
    return tuple(map(float, value)) if all(isinstance(one, int | float) for one in value) else None


def _passes(tape: Tape, first: int) -> Iterator[_Pass]:
    """The whole passes from a node on."""
    open_batches: dict[int, list[tuple[Draw, list[int]]]] = {}
    for index in sorted(at for at in tape.drawn if at >= first):
        draw = tape.drawn[index]
        batches = open_batches.setdefault(draw.data, [])
        if batches and batches[-1][0].rows == draw.rows:
            batches[-1][1].append(index)
            continue
        if not {*draw.rows}.isdisjoint(row for known, _ in batches for row in known.rows):
            yield from _whole(batches)
            batches.clear()
        batches.append((draw, [index]))
    for batches in open_batches.values():
        yield from _whole(batches)


def _whole(batches: list[tuple[Draw, list[int]]]) -> Iterator[_Pass]:
    found = _Pass(tuple(draw for draw, _ in batches), tuple(tuple(nodes) for _, nodes in batches))
    if len(batches) > 1 and sorted(found.rows) == [*range(len(found.rows))]:
        yield found


PROBE = Probe(
    "what is collected of shuffled batches is measured with labels in the same order",
    numbers_collected,
    needs_no_run=True,
    of_collected=True,
)
