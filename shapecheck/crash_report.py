"""From an exception to its report: the evidence that its frames hold, what contracts say of it, the diagnoses."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.capture.crash import LiveCrash, crash_of
from shapecheck.check import check_call, located
from shapecheck.evidence import Evidence


def evidence_of(exception: BaseException) -> Evidence:
    """Everything that is known about an exception, as plain data.

    Its frames are read where they stand; nothing of the user's code is run again.

    >>> import torch
    >>> try:
    ...     torch.cat([torch.zeros(2, 3), torch.zeros(2)])
    ... except RuntimeError as error:
    ...     print(evidence_of(error).crash.type)
    RuntimeError
    """
    return judged(crash_of(exception))


def judged(crash: LiveCrash) -> Evidence:
    """The evidence of a crash, with what the contract of the failed call says of it."""
    evidence = crash.evidence
    if crash.contract is None or crash.call is None or evidence.call is None:
        return evidence
    outcome = located(check_call(crash.contract, crash.call), evidence.call)
    violation = next(iter(outcome.violations), None)
    return replace(evidence, violation=violation)
