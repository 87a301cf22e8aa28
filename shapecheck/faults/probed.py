"""What the recognisers of probed behaviour have in common."""

from __future__ import annotations

from collections.abc import Callable

from shapecheck.evidence import Evidence
from shapecheck.fault import Recognition
from shapecheck.findings import Certainty


def sees(*kinds: str, certainty: Certainty = "likely") -> Callable[[Evidence], Recognition | None]:
    """A recogniser of observations by their kind; the place is where the probe saw it."""

    def recognise(evidence: Evidence) -> Recognition | None:
        seen, operation = evidence.observation, evidence.operation
        if seen is None or seen.kind not in kinds:
            return None
        place = operation.span if operation is not None else None
        return Recognition(seen.text, certainty, seen.fixes, weight=2, place=place)

    return recognise


# What an example begins with that audits a model itself.
START = """\
import torch
from torch import nn

from shapecheck import audit

torch.manual_seed(0)
"""
# What an example begins with that is a script of its own, as `shapecheck run --audit` runs it.
SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
"""
