"""A known mistake: how to recognise it, why it is one, and what to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shapecheck.evidence import Evidence
from shapecheck.findings import Certainty, Fix, Severity


@dataclass(frozen=True, slots=True)
class Recognition:
    """A fault that says "mine".

    Args:
        because: Why, with the numbers of this case, in one or two sentences.
        certainty: How sure it is.
        fixes: What to change, the best first.
        weight: Ranks it among several that say "mine": the more of the evidence it explains, the higher.
        severity: How bad it is here, where that is not what the fault says.
    """

    because: str
    certainty: Certainty = "proved"
    fixes: tuple[Fix, ...] = ()
    weight: int = 1
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A known cause. One file in ``faults/`` makes one and calls it ``FAULT``.

    Args:
        code: ``"SC101"``; never used again for another fault.
        slug: What the learner did, ``"swapped_batch_and_sequence"``.
        headline: One line without numbers.
        why: What happens in torch and why it is wrong, for the page of the fault.
        recognise: Returns None for "not mine".
        bad: A small program that has the fault.
        good: The same program without it.
        lesson: What to remember.
        severity: How bad it is.
    """

    code: str
    slug: str
    headline: str
    why: str
    recognise: Callable[[Evidence], Recognition | None]
    bad: str
    good: str
    lesson: str = ""
    severity: Severity = "error"
