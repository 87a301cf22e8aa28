"""A tuple that was compared with labels: the part that is of their kind, ``scores.max(1)[1]`` for ``scores.max(1)``."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.compared.compared_tuples import compared_tuple
from shapecheck.reading.edits import suffixed
from shapecheck.reading.origins import trace

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """The one item whose numbers are of the kind that the tensor beside it holds, where it was made or is read."""
    return list(_candidates(evidence))


def _candidates(evidence: Evidence) -> Iterator[Candidate]:
    found = compared_tuple(evidence)
    if found is None:
        return
    dtypes = [part.record.dtype if part.record is not None else "" for part in found.value.items]
    wanted = "int64" if found.are_labels and "int64" in dtypes else found.dtype
    fitting = [at for at, dtype in enumerate(dtypes) if dtype == wanted]
    if len(fitting) != 1:
        return
    for far, span in enumerate((*(each.span for each in trace(evidence, found.span)), found.span)):
        change = suffixed(span, f"[{fitting[0]}]")
        yield Candidate(change.text, (change,), (), _COST + 0.1 * far)
