"""The passes of an evaluation over a data set: which samples a loader drew, batch by batch, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.recording.collate import Draw
from shapecheck.capture.recording.tape import Tape


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
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


def passes(tape: Tape, first: int) -> Iterator[Pass]:
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


def _whole(batches: list[tuple[Draw, list[int]]]) -> Iterator[Pass]:
    found = Pass(tuple(draw for draw, _ in batches), tuple(tuple(nodes) for _, nodes in batches))
    if len(batches) > 1 and sorted(found.rows) == [*range(len(found.rows))]:
        yield found
