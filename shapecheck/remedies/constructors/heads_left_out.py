"""The head of a checkpoint left out, where all the rest of it fits: a model that is trained on for other classes."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import argument, bracketed, with_keyword
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import user_sources
from shapecheck.remedies.constructors.checkpoints import MISMATCH

CAUSE = "checkpoint_of_other_sizes"
_COST = 0.08
_AS_STORED = "the model may have to be made with the sizes of the checkpoint"
_UNTRAINED = "nothing trains the head that is left out"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``{name: value for name, value in weights.items() if not name.startswith("head.")}``."""
    operation = failed(evidence, "load_state_dict")
    head = _head(evidence)
    if operation is None or operation.span is None or not head:
        return []
    given = argument(operation.span, "state_dict", 0)
    strict = argument(operation.span, "strict", 1)
    if given is None:
        return []
    left_out = f'not name.startswith("{head}")'
    text = f"{{name: value for name, value in {bracketed(given.text)}.items() if {left_out}}}"
    changes = [Change(given, text)]
    is_told = strict is not None and strict.text == "False"
    if not is_told:
        more = with_keyword(operation.span, "strict", "False")
        if more is None or strict is not None:
            return []
        changes.append(more)
    is_trained = any(True for source in user_sources(evidence) for _ in source.calls("backward"))
    doubt = "" if is_told and is_trained else _AS_STORED if is_trained else _UNTRAINED
    return [Candidate(f"without {head}*", tuple(changes), (), _COST if is_told else 4 * _COST, doubt)]


def _head(evidence: Evidence) -> str:
    """The first part of the names of all that does not fit, if only numbers of outputs differ; else nothing."""
    found = MISMATCH.findall(evidence.crash.message) if evidence.crash is not None else []
    parts = {name.partition(".")[0] for name, _, _ in found if "." in name}
    for _, stored, held in found:
        left, right = ([int(size) for size in text.split(",") if size.strip()] for text in (stored, held))
        if left[1:] != right[1:] or len(left) != len(right):
            return ""
    return f"{parts.pop()}." if len(parts) == 1 and all("." in name for name, _, _ in found) else ""
