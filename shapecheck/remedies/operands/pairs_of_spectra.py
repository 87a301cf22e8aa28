"""A complex spectrum squared and summed as pairs of numbers: given as the pairs that it was before."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.sizes.pairs_of_spectra import spectrum_as_pairs

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.view_as_real(spec).pow(2).sum(-1)`` for ``spec.pow(2).sum(-1)``."""
    place = spectrum_as_pairs(evidence)
    text = f"torch.view_as_real({place.text})" if place is not None else ""
    return [Candidate(text, (Change(place, text),), (), _COST)] if place is not None else []
