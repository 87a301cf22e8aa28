"""A known mistake: how to recognise it, why it is one, and what to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.findings import Certainty, Fix, Severity


@dataclass(frozen=True, slots=True)
class Recognition:
    """A fault that says "mine".

    Args:
        because: Why, with the numbers of this case, in one or two sentences.
        certainty: How sure it is.
        fixes: What to change, the best first.
        weight: Ranks it among several that say "mine": the more of the evidence it explains, the higher. One of 0
            counts only where no other fault says "mine".
        severity: How bad it is here, where that is not what the fault says.
        candidates: Changes of the user's source that may mend it, the likeliest first; they are tried before they
            are shown.
        place: What to change, where no candidate says it.
    """

    because: str
    certainty: Certainty = "proved"
    fixes: tuple[Fix, ...] = ()
    weight: int = 1
    severity: Severity | None = None
    candidates: tuple[Candidate, ...] = ()
    place: Span | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A known cause. One file in ``faults/`` makes one and calls it ``FAULT``.

    Args:
        code: ``"SC101"``, of three digits or four; never used again for another fault.
        slug: What the learner did, ``"swapped_batch_and_sequence"``.
        headline: One line without numbers.
        why: What happens in torch and why it is wrong, for the page of the fault.
        recognise: Returns None for "not mine".
        bad: A small program that has the fault.
        good: The same program without it.
        lesson: What to remember.
        severity: How bad it is.
        messages: Patterns (regular expressions) of what torch may say when it is made, to find it by the text alone.
        see: How to see it in one's own script: what to print or to run.
        speaks_for: How much more, or less, a message that fits speaks for this fault by its numbers; 0 if they say
            nothing.
        needs_backward: Whether it does harm only where somebody calls ``backward()``; elsewhere it is a note.
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
    messages: tuple[str, ...] = ()
    see: str = ""
    speaks_for: Callable[[str], float] = lambda message: 0.0
    needs_backward: bool = False

    @property
    def number(self) -> int:
        """What faults are ordered by: 101 for ``"SC101"``."""
        return int(self.code.removeprefix("SC"))


def told_by_remedy(evidence: Evidence) -> Recognition | None:
    """The recogniser of a fault that surfaces as something else: it is named by what mends it, never by itself."""
    return None
