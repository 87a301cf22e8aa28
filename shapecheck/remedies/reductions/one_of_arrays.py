"""A tuple of arrays that numpy was to reduce as one: one of them, as many axes as are asked for."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.joined.arrays_together import arrays_together
from shapecheck.reading.mismatches import sizes_of

_COST = 0.05
_WHICH = "another one of the arrays has the axes for it as well, and may have been meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``np.argmax(outputs[0], axis=1)``, where outputs holds the scores and what the model returned beside them."""
    item, axis = arrays_together(evidence), operand(failed(evidence), "axis")
    if item is None or item.span is None:
        return []
    text = axis.value.text if axis is not None else "0"
    at = int(text) if text.lstrip("-").isdecimal() else 0
    fitting = [
        place
        for place, each in enumerate(item.value.items)
        if -len(sizes_of(each)) <= at < len(sizes_of(each)) and len(sizes_of(each)) > 1
    ]
    changes = [suffixed(item.span, f"[{place}]") for place in fitting]
    doubt = _WHICH if len(fitting) > 1 else ""
    return [Candidate(each.text, (each,), (), _COST + 0.1 * far, doubt) for far, each in enumerate(changes)]
