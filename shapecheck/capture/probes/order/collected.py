"""What was collected of a shuffling loader's batches, and held against rows in another order."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.rows.row_order import Meeting, RowOrders
from shapecheck.capture.instruments.rows.shuffled_by import shuffles
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.user_code import Spot
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix

_LONGEST = 90


def collected(look: Look) -> Iterator[Sighting]:
    """``torch.cat([model(x) for x, _ in loader]) - targets`` with a loader that shuffles.

    A loader draws the same samples in another order each time. What is put together of its batches belongs, row by row,
    to what was put together in the same pass, and to nothing else.
    """
    tape = look.step.tape
    drawn = [draw for index, draw in tape.drawn.items() if index >= tape.evaluated_from]
    if all(list(draw.rows) == sorted(draw.rows) for draw in drawn):
        return
    for met in RowOrders(tape, look.step.last).meetings():
        place, edits = shuffles(met.order.loader)
        if met.is_picked and met.asked is not None and met.asked == met.order.loader:
            # The loader shuffles for what else it is used for: what is collected wants one of its own.
            place, edits = _collecting(look, met), ()
        if place is None and met.node.spot is not None:
            place = met.node.spot.span
        yield Sighting("collected_out_of_order", place, _text(look, met), met.node.name, (_fix(edits, met),))
        return


def _text(look: Look, met: Meeting) -> str:
    tape = look.step.tape
    rows, others = met.rows
    at = next(k for k, (row, other) in enumerate(zip(rows, others, strict=True)) if row != other)
    where = _where(met.node.spot)
    if met.is_picked:
        return (
            f"{tape.shape(met.collected)} was put together of {met.order.batches} batches that a loader draws in an "
            f"order of its own, and its rows are picked by the numbers of samples{where}: what is picked for sample "
            f"{others[at]} is row {others[at]}, which is that of sample {rows[at]}"
        )
    return (
        f"{tape.shape(met.collected)} was put together of {met.order.batches} batches that this loader draws in an "
        f"order of its own, and meets {tape.shape(met.other)} row by row{where}: row {at} of the one is sample "
        f"{rows[at]}, row {at} of the other is sample {others[at]}"
    )


def _where(spot: Spot | None) -> str:
    text = spot.statement if spot is not None else ""
    return (
        f" in line {spot.line}, `{text}`" if spot is not None and 0 < len(text) <= _LONGEST and "\n" not in text else ""
    )


def _collecting(look: Look, met: Meeting) -> Span | None:
    """Where it was collected: in the function that has made the loader, if that is around."""
    made = look.step.tape.nodes[met.collected.node].spot
    spot = made
    while spot is not None and met.order.loader is not None and spot.code is not met.order.loader.code:
        spot = spot.caller
    spot = spot or made
    return spot.span if spot is not None else None


def _fix(edits: tuple[Edit, ...], met: Meeting) -> Fix:
    title = "shuffle=False, or targets that are collected in the same pass"
    if met.is_picked:
        title = "collect from a loader with shuffle=False, or table[numbers] = outputs"
    return Fix(title, edits, "no")


PROBE = Probe(
    "what is collected of shuffled batches meets rows in the same order",
    collected,
    needs_no_run=True,
    of_collected=True,
)
