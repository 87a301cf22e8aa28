"""A change that may mend a script: pieces of source replaced, and how to try it on the failing call alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from shapecheck.evidence import Span

# Where a line is refused with changes: in a call that went well earlier, before the line that failed, there, behind it;
# or that none is, and a view takes parts of several axes together.
Stop = Literal["", "earlier", "before", "there", "behind", "mixed"]
StepArgument = int | float | str | bool | None | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """New text for a piece of source; an empty piece is a place to insert at."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do to the failing call when a change is tried on it.

    Args:
        action: A method of the operand (``"unsqueeze"``, ``"transpose"``, ``"to"``), ``"item"`` (take an item of a
            tuple, or index), or what to do to the call itself: ``"configure"`` (another constructor argument),
            ``"keyword"`` (another keyword), ``"swap"`` (another operand's value).
        role: The operand; empty where the call itself is changed.
        arguments: Arguments of the action.
    """

    action: str
    role: str = ""
    arguments: tuple[StepArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to mend the script, not tried yet.

    Args:
        title: The change as code or in a few words.
        changes: What to replace in the source.
        trial: What to do to the failing call to see whether it would run; empty if only the script can tell.
        cost: Ranks it among others: the lower, the more likely it is what was meant.
        doubt: What else may have been meant, where nothing that was seen decides; empty where it does.
        unless_read: The same, where the lines behind decide: it is no doubt if of all candidates with these words they
            go on with this one alone.
        cause: The slug of the fault that there is if this is what was meant, where it says more than how it surfaced.
    """

    title: str
    changes: tuple[Change, ...]
    trial: tuple[Step, ...] = ()
    cost: float = 0.0
    doubt: str = ""
    unless_read: str = ""
    cause: str = ""

    def doubted(self, doubt: str) -> Candidate:
        """The same with a doubt, where it has none of its own."""
        return replace(self, doubt=self.doubt or doubt)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out when a candidate was tried on the failing call.

    Args:
        accepted: Whether the call ran.
        outcome: What was seen, in a few words: ``"the call runs and returns (4, 5)"``.
        penalty: Added to the candidate's cost: for results that were accepted and are doubtful.
    """

    accepted: bool
    outcome: str = ""
    penalty: float = 0.0
