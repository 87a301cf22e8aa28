"""A layer that normalises the last axis, chosen for maps from a table of kinds: the key of one that takes channels."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, kind
from shapecheck.reading.layers.kinds_chosen import other_kinds
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of

_LAST, _COST = ("LayerNorm", "RMSNorm"), 0.03
_SEVERAL = "several kinds take channels second, and which of them is meant is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``"BN"`` for ``"LN"`` where ``{"BN": nn.BatchNorm2d, "LN": nn.LayerNorm}[norm](channels)`` reads maps."""
    operation = failed(evidence, *_LAST)
    sizes = sizes_of(input_of(evidence, operation))
    shape = operation.config.get("normalized_shape") if operation is not None else None
    width = shape[-1] if isinstance(shape, tuple) and shape else shape
    if operation is None or not 3 <= len(sizes) <= 5 or sizes[1] != width or sizes[-1] == width:
        return []
    fitting = (f"BatchNorm{len(sizes) - 2}d", f"InstanceNorm{len(sizes) - 2}d")
    found = {each.text: each for each in other_kinds(evidence, operation) if each.name in fitting}
    doubt = _SEVERAL if len(found) > 1 else ""
    return [
        Candidate(f"{each.text} for {each.place.text}", (Change(each.place, each.text),), (), _COST, doubt)
        for each in sorted(found.values(), key=lambda each: fitting.index(each.name))
        if each.name != kind(operation)
    ]
