"""Recognises what a contract warns of although it accepts the call, for the faults of this folder."""

from __future__ import annotations

from collections.abc import Callable

from shapecheck.evidence import Evidence
from shapecheck.fault import Recognition
from shapecheck.findings import Fix


def recognise_hazard(slug: str) -> Callable[[Evidence], Recognition | None]:
    """A recogniser that says "mine" to the hazard of this name, in the contract's words."""

    def recognise(evidence: Evidence) -> Recognition | None:
        hazard = evidence.hazard
        if hazard is None or hazard.slug != slug:
            return None
        fixes = (Fix(hazard.fix),) if hazard.fix else ()
        return Recognition(hazard.text, hazard.certainty, fixes, severity=hazard.severity)

    return recognise
