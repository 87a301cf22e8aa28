"""What the layer before returned, as the input of the next one in a loop over layers."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import as_whole, place_before
from shapecheck.reading.layers.layer_loops import SameInput, same_input

CAUSE = "same_input_for_each_layer"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The name of what a round returns in place of the input, begun with the input where nothing has begun it."""
    found = same_input(evidence)
    return list(_handed_on(found)) if found is not None else []


def _handed_on(found: SameInput) -> Iterator[Candidate]:
    change = as_whole(found.call, Change(found.given, found.returned))
    changes = [change]
    if not found.begun:
        loop = found.loop
        head = place_before(loop)
        changes.append(Change(head, f"{found.returned} = {found.given.text}\n{' ' * loop.column}"))
    yield Candidate(change.text, tuple(changes), (), -0.1)
