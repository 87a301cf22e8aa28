"""Whether a script has a layer that walks along steps, so that the last one has read all of them."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import CELLS, RECURRENT
from shapecheck.reading.sources import user_sources

_WALKS = (*RECURRENT, *CELLS, "CheckedLSTM")
ONE_OF_MANY = (
    "one number of each row would be taken and the others thrown away, and no layer walks along them: fewer of them, "
    "or the mean, may be meant"
)


def walks(evidence: Evidence) -> bool:
    """Whether the script makes a layer that has read all steps when it comes to the last one."""
    return any(list(source.calls(*_WALKS)) for source in user_sources(evidence))
