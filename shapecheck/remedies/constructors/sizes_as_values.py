"""``torch.zeros`` where a tensor was made of the sizes that it was to have: ``torch.tensor((n, m))``."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.sizes.sizes_as_values import sizes_as_values

CAUSE = "sizes_as_values"
_DTYPES = {"DoubleTensor": "torch.double", "LongTensor": "torch.long", "IntTensor": "torch.int"}
_COST = -0.2
_NUMBERS = "these numbers may be what is meant, as a row among others, and not the sizes of a buffer"


def candidates(evidence: Evidence) -> list[Candidate]:
    """A tensor of these sizes, to be filled."""
    found = sizes_as_values(evidence)
    if found is None:
        return []
    home, _, name = found.function.text.rpartition(".")
    changes = [Change(found.function, f"{home}.zeros")]
    if name in _DTYPES:
        changes.append(Change(found.sizes, f"{found.sizes.text}, dtype={_DTYPES[name]}"))
    return [Candidate(f"{home}.zeros", tuple(changes), (), _COST, "" if found.is_sure else _NUMBERS)]
