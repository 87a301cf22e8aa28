"""Other sizes where a tensor is made: those that are written there in another order, or with other texts."""

from __future__ import annotations

from collections.abc import Sequence

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import is_number
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.where_made import assigned_name, made_or_written
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER


def sizes_reordered(
    evidence: Evidence, item: Argument, order: Sequence[int], steps: Sequence[Step], *, cost: float = 0.0
) -> list[Candidate]:
    """The sizes written where a tensor was made (``torch.zeros(a, b, c)``) in another order."""
    found = []
    for origin in made_or_written(evidence, item):
        sizes = written_sizes(origin.span, evidence)
        if sizes is None or len(sizes) != len(order):
            continue
        changes = tuple(
            Change(sizes[to], sizes[at].text) for to, at in enumerate(order) if sizes[to].text != sizes[at].text
        )
        if changes:
            title = f"{assigned_name(origin) or item.expression} with ({', '.join(sizes[at].text for at in order)})"
            found.append(Candidate(title, changes, tuple(steps), cost))
    return found


def sizes_replaced(
    evidence: Evidence, item: Argument, new: dict[int, str], steps: Sequence[Step], *, cost: float = 0.0
) -> list[Candidate]:
    """Other texts for some of the sizes written where a tensor was made."""
    found = []
    for origin in made_or_written(evidence, item):
        sizes = written_sizes(origin.span, evidence)
        if sizes is not None and max(new) < len(sizes):
            found.append(sizes_changed(sizes, new, steps, cost=cost))
    return found


def sizes_changed(
    sizes: Sequence[Span], new: dict[int, str], steps: Sequence[Step], *, cost: float, samples: int | None = None
) -> Candidate:
    """Other texts for some of the sizes that a factory is given.

    Args:
        sizes: The sizes as they stand there.
        new: Axis -> its new text.
        steps: The same as a trial.
        cost: What it costs.
        samples: The axis that counts the samples; a number written over what was told there is in doubt.
    """
    changes = tuple(Change(sizes[at], text) for at, text in new.items() if sizes[at].text != text)
    texts = [new.get(at, size.text) for at, size in enumerate(sizes)]
    is_over = samples is not None and new.get(samples, "").isdecimal() and not is_number(sizes[samples].text)
    return Candidate(f"({', '.join(texts)})", changes, tuple(steps), cost, WRITTEN_OVER if is_over else "")
