"""Changes in place that backward does not forgive: a new tensor instead, or no gradient for a parameter's change."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import says
from shapecheck.reading.in_place import changes_in_place


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same without a change in place."""
    found = [
        Candidate(each.title, each.changes, (), 0.1 + 0.01 * at) for at, each in enumerate(changes_in_place(evidence))
    ]
    frame = evidence.user_frame
    if frame is not None and says(evidence, r"leaf Variable that requires grad is being used in an in-place"):
        statement = frame.statement
        indent = " " * (statement.column + 4)
        inner = statement.text.replace("\n", "\n    ")
        text = f"with torch.no_grad():\n{indent}{inner}"
        found.append(Candidate("with torch.no_grad(): in front of it", (Change(statement, text),), (), 0.1))
    return found
