"""A blank line of a text that was read as a sequence without a word: left out where the lines are read."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.steps.blank_lines import left_out

CAUSE = "sequence_without_steps"
_COST = 0.05
_BESIDE = "other lines are read as well, and what lies beside these would not belong to them any more"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``[line.split() for line in lines if line.strip()]``."""
    operation = failed(evidence, "pack_padded_sequence", "pack_sequence")
    lengths = operand(operation, "lengths", "sequences")
    least = lengths.value.facts.get("min") if lengths is not None else None
    is_empty = says(evidence, r"has to be greater than 0") is not None or (least is not None and least <= 0)
    found = left_out(evidence, lengths.span) if lengths is not None and lengths.span and is_empty else None
    if found is None:
        return []
    change, stands_alone = found
    return [Candidate("blank lines left out", (change,), (), _COST, "" if stands_alone else _BESIDE)]
