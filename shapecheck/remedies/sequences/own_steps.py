"""One step of each sequence: ``out[torch.arange(out.size(0)), lengths - 1]`` for ``out[:, lengths - 1]``."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import bracketed
from shapecheck.reading.steps.own_steps import steps_of_all

CAUSE = "steps_of_all_sequences"
_OF_ALL = "the index may be meant to take the same of every sample"
_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """The samples counted beside their steps."""
    found = steps_of_all(evidence)
    if found is None:
        return []
    rows = f"torch.arange({bracketed(found.base.text)}.size({1 if found.steps_first else 0}))"
    if "(" in found.base.text:
        # What is called is called once.
        rows = f"torch.arange({bracketed(found.index.text)}.size(0))"
    parts = (found.index.text, rows) if found.steps_first else (rows, found.index.text)
    text = f"{found.base.text}[{', '.join(parts)}]"
    return [Candidate(text, (Change(found.place, text),), (), _COST, "" if found.is_last else _OF_ALL)]
