"""From an exception to diagnoses whose fixes were tried on copies of what the failing call was given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from shapecheck.candidate import Candidate, Verdict
from shapecheck.capture.configs import call_of, contract_of
from shapecheck.capture.crashes.ahead.read_on import ReadOn
from shapecheck.capture.crashes.columns import columns_of
from shapecheck.capture.crashes.crash import LiveCrash, crash_of
from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.flight_story import earlier_calls
from shapecheck.capture.crashes.other_tables import other_tables
from shapecheck.capture.crashes.parts_of_models import layers_of, numbers_of
from shapecheck.capture.crashes.shapes import UNKNOWN
from shapecheck.capture.crashes.values import value_of
from shapecheck.check import check_call, located
from shapecheck.diagnose import UNKNOWN_CODE, diagnose
from shapecheck.errors import ShapecheckError
from shapecheck.evidence import Evidence, Operation
from shapecheck.findings import Diagnosis
from shapecheck.remedies import remedies
from shapecheck.repair import trial_of
from shapecheck.scripts.own_errors import told_by
from shapecheck.scripts.traced import traced

# A search through sources tries more of them than anybody wants to read.
SEARCHED = 24
_SIZES = ("size", "ndim")
MAX_VARIABLES = 60


def diagnoses_of(crash: LiveCrash, *, entries: Iterable[Entry] = (), limit: int = 3) -> tuple[Diagnosis, ...]:
    """The diagnoses of a crash; each fix that the failing call alone can judge was tried on copies of its operands.

    Args:
        crash: The crash, with its live objects.
        entries: What the flight recorder has of the calls before it.
        limit: How many fixes to keep a diagnosis.
    """
    entries = tuple(entries)
    evidence = with_variables(with_violation(crash), crash)
    failed = crash.failed
    if failed is not None and isinstance(failed.target, nn.Module):
        with torch._C.DisableTorchFunction():
            evidence = replace(evidence, earlier=earlier_calls(entries, failed.target))
    if crash.root is not None:
        with torch._C.DisableTorchFunction():
            evidence = replace(evidence, entered=earlier_calls(entries, crash.root))
    ahead = ReadOn(crash.frames, entries)
    try_out = trial_of(failed, UNKNOWN, is_unseen) if failed is not None else None
    outer = (
        trial_of(crash.operation, UNKNOWN, is_unseen)
        if crash.operation is not None and crash.operation is not failed
        else None
    )

    def attempt(_: Evidence, candidate: Candidate) -> Verdict | None:
        verdict = try_out(candidate) if try_out is not None else None
        verdict = verdict if verdict is not None or outer is None else outer(candidate)
        # The layer was tried with another number, with which what is in front of it may be made as well.
        is_of_layer = verdict is not None and verdict.accepted and candidate.trial[0].action == "configure"
        return Verdict(False) if is_of_layer and ahead.leaves_it(candidate.changes) else verdict

    # Where the content is refused, the shapes fit already.
    is_content = evidence.violation is not None and evidence.violation.kind == "content"
    found = diagnose(
        evidence,
        attempt=attempt,
        others=None if is_content else remedies,
        ahead=ahead,
        how_far=ahead.stop,
        limit=limit,
    )
    if isinstance(crash.exception, ShapecheckError):
        # It says what is wrong: torch would have made the call, and what only makes it run is no remedy.
        return tuple(told_by(crash.exception, [each for each in found if each.code != UNKNOWN_CODE], evidence))
    return found


def is_unseen(target: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call breaks the contract of what is called in sizes at which torch does not look."""
    try:
        contract = contract_of(target)
        if contract is None:
            return False
        outcome = check_call(contract, call_of(target, args, kwargs, contract=contract))
    except Exception:
        # Arguments that no contract can read; torch says what it thinks of them.
        return False
    return any(found.torch_accepts and found.kind in _SIZES for found in outcome.violations)


def with_violation(crash: LiveCrash) -> Evidence:
    """The evidence, with what an error of ours says is broken, or the contract of the failing call."""
    own = next(iter(getattr(crash.exception, "diagnoses", ())), None)
    if isinstance(own, Diagnosis) and own.violation is not None:
        return replace(crash.evidence, violation=own.violation)
    if crash.contract is None or crash.call is None or crash.evidence.violation is not None:
        return crash.evidence
    try:
        outcome = check_call(crash.contract, crash.call)
    except Exception:
        # What torch refused may be beyond what a contract can read.
        return crash.evidence
    if crash.evidence.call is not None:
        outcome = located(outcome, crash.evidence.call)
    return replace(crash.evidence, violation=next(iter(outcome.violations), None))


def with_variables(evidence: Evidence, crash: LiveCrash) -> Evidence:
    """The evidence, with all the tensors and numbers of the user's frames: another one may be what was meant."""
    live = {(frame.function, frame.line): frame for frame in crash.frames if frame.is_user}
    fetched = {
        frame.source.name: frame.frame.f_locals["data"]
        for frame in crash.frames
        if not frame.is_user and frame.function == "fetch" and isinstance(frame.frame.f_locals.get("data"), list)
    }
    frames = []
    for frame in evidence.frames:
        found = live.get((frame.function, frame.span.line)) if frame.is_user else None
        held = list(found.frame.f_locals.items())[:MAX_VARIABLES] if found is not None else []
        if frame.function == "fetch" and frame.span.file in fetched:
            # What a loader has fetched and could not put together.
            frames.append(replace(frame, names={"data": value_of(fetched[frame.span.file], "data")}))
            continue
        names = {
            name: value_of(value, name)
            for name, value in held
            if isinstance(value, int | torch.Tensor | tuple | np.ndarray)
        }
        for name, value in held:
            names |= {
                **dict(columns_of(name, value)),
                **dict(layers_of(name, value)),
                **dict(numbers_of(name, value)),
            }
        names |= dict(other_tables(crash, found)) if found is not None else {}
        frames.append(replace(frame, names={**frame.names, **names}))
    return replace(evidence, frames=tuple(frames))


def findings_of(error: BaseException, entries: Iterable[Entry] = ()) -> list[dict[str, Any]]:
    """The diagnoses of an exception as plain data, with more fixes than are shown."""
    entries = list(entries)
    found = diagnoses_of(traced(crash_of(error, entries), entries), entries=entries, limit=SEARCHED)
    data: list[dict[str, Any]] = json.loads(json.dumps([asdict(replace(each, violation=None)) for each in found]))
    return data


def operation_of(error: BaseException) -> str:
    """Tells one operation of a statement from another: its name, and how much of the statement stands behind it.

    Empty where none is known. A change of the operation leaves as it is what stands behind it. Of layers that are
    called in a row it tells which one failed.
    """
    evidence = crash_of(error).evidence
    if evidence.operation is None:
        return ""
    inside = f" {evidence.inner.callee}" if evidence.inner is not None and evidence.inner.callee else ""
    return _in_statement(evidence, evidence.operation) + inside


def _in_statement(evidence: Evidence, operation: Operation) -> str:
    span, statement = operation.span, evidence.user_frame.statement if evidence.user_frame else None
    if span is None or statement is None or not statement.line <= span.end_line <= statement.end_line:
        return operation.name
    behind = statement.text.splitlines()[span.end_line - statement.line :]
    offset = statement.column if span.end_line == statement.line else 0
    return f"{operation.name} {len(behind)} {len(behind[0]) - span.end_column + offset if behind else 0}"
