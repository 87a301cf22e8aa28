"""A layer that reads what another one has narrowed: ``gate(x)`` for ``gate(small)``, told as wide as what reads x."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import replaced
from shapecheck.reading.failing import failed
from shapecheck.reading.layers.layer_arguments import TAKEN
from shapecheck.reading.layers.read_alike import read_alike
from shapecheck.reading.mismatches import sizes_of

_LAYER = "the layer may have been meant to read what it was given, and to be told another width"
# Less than another width where the layer stands in front of what makes its input, more where it stands behind.
_FIRST, _SECOND = 0.01, 0.95


def candidates(evidence: Evidence) -> list[Candidate]:
    """What the siblings read that are told the same."""
    operation = failed(evidence, *TAKEN)
    found = read_alike(evidence, operation)
    if operation is None or found is None or found.item.span is None:
        return []
    width = TAKEN[operation.name.rpartition(".")[2]]
    sizes = list(sizes_of(found.item))
    sizes[width.axis] = int(str(operation.config[width.name]))
    step = Step("stand_in", found.item.role, tuple(sizes))
    cost = _FIRST if found.is_made_before else _SECOND
    return [Candidate(found.name, (replaced(found.item.span, found.name),), (step,), cost, _LAYER)]
