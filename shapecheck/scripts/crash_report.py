"""From an exception to its report: the evidence that its frames hold, the trace up to the failure, the diagnoses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from shapecheck.capture.crashes.crash import LiveCrash, crash_of, message_of
from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.flight_story import Told, told_of
from shapecheck.capture.crashes.operations import module_call
from shapecheck.capture.crashes.worker_text import frames_of_text
from shapecheck.capture.ledger import in_order_of_begin
from shapecheck.capture.parameters import parameters
from shapecheck.check import check_call
from shapecheck.contract import Outcome
from shapecheck.diagnose import UNKNOWN_CODE
from shapecheck.dims import Bindings
from shapecheck.errors import ShapecheckError
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.findings import Diagnosis, NotChecked, Place, Report
from shapecheck.label import Unlabelled, label, label_forward
from shapecheck.protocol import LOSS
from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry
from shapecheck.scripts.mending import diagnoses_of, with_violation
from shapecheck.scripts.undiagnosed import ONLY_CRASHES
from shapecheck.scripts.workers import told_by_worker

CHECKED = "the exception that ended the run: its frames, operands and layers"
NOT_ABOUT_TENSORS = NotChecked(
    "the cause of the exception", "no tensor and no layer of torch has any part in the expression that raised it"
)
ELSEWHERE = NotChecked(
    "the cause of the exception",
    "it was raised in another process, and only its text came from there; a loader with num_workers=0 has none",
)
OWN_WORDS = NotChecked("the cause of the exception", "shapecheck raised it itself, and its text says what is wrong")
_NO_MATTER_OF_SHAPES = (RecursionError, MemoryError, NameError, ImportError, OSError)


@dataclass(frozen=True)
class CrashReport:
    """The report of a crash, and the evidence behind it for those who draw the line that failed."""

    report: Report
    evidence: Evidence


def report_of(exception: BaseException, *, script: str = "", entries: Iterable[Entry] = ()) -> CrashReport:
    """Diagnose an exception.

    Args:
        exception: The exception, while its frames are still there.
        script: What was run.
        entries: What the flight recorder has of the calls before it.
    """
    told = told_by_worker(exception)
    if isinstance(told, CrashReport) and told.report.crash is not None and told.report.crash.line:
        said = replace(told.report.crash, type=type(exception).__name__, message=message_of(exception))
        return replace(told, report=replace(told.report, script=script, crash=said))
    crash, entries = crash_of(exception), list(entries)
    evidence = crash.evidence
    with torch._C.DisableTorchFunction():
        trace = trace_of(crash, entries)
    if trace is not None:
        evidence = replace(evidence, trace=trace, sizes=trace.sizes)
        evidence = replace(evidence, operation=_labelled(evidence.operation, trace))
    crash = replace(crash, evidence=evidence)
    found = tuple(_without_guesses(each, evidence) for each in diagnoses_of(crash, entries=entries))
    unseen = [ONLY_CRASHES]
    is_known = any(each.code != UNKNOWN_CODE for each in found)
    if isinstance(exception, ShapecheckError):
        unseen[:0] = [] if found else [OWN_WORDS]
    elif not is_known and isinstance(exception, AssertionError) and (why := _asserted(evidence)):
        found = ()
        unseen.insert(0, replace(NOT_ABOUT_TENSORS, why=why))
    elif not is_known and (isinstance(exception, _NO_MATTER_OF_SHAPES) or not _is_about_tensors(evidence)):
        found = ()
        if _is_about_tensors(evidence):
            unseen.insert(0, replace(NOT_ABOUT_TENSORS, why=f"a {type(exception).__name__} is no matter of shapes"))
        else:
            unseen.insert(0, ELSEWHERE if _came_as_text(exception) else NOT_ABOUT_TENSORS)
    report = Report(trace, found, (CHECKED,), tuple(unseen), script, evidence.crash)
    return CrashReport(report, with_violation(crash))


def _without_guesses(found: Diagnosis, evidence: Evidence) -> Diagnosis:
    """The diagnosis; where no cause is known, only with the fixes that were tried and make the call run."""
    if found.code != UNKNOWN_CODE:
        return found
    tried = tuple(fix for fix in found.fixes if fix.verified != "no")
    return replace(found, fixes=tried, place=found.place if tried else _place(evidence) or found.place)


def _place(evidence: Evidence) -> Place | None:
    """The statement of the user's that failed."""
    return evidence.user_frame.statement.place if evidence.user_frame is not None else None


def trace_of(crash: LiveCrash, entries: Iterable[Entry]) -> Trace | None:
    """The calls of the model's last forward up to the crash, with their dims; None if no model can be seen."""
    raised = [call for frame in crash.frames if (call := module_call(frame))]
    raised = [call for at, call in enumerate(raised) if not at or call[0] is not raised[at - 1][0]]
    entries = list(entries)
    root = _root(crash, entries)
    if root is None:
        return None
    told = told_of(entries, root, raised)
    if not told:
        return None
    calls, sizes = _with_dims(told)
    told = [replace(one, record=call) for call, one in zip(calls, told, strict=True)]
    rows = tuple(TraceEntry(one.record, one.count) for one in in_order_of_begin(told))
    return Trace(type(root).__name__, rows, parameters(root), sizes=sizes)


def _root(crash: LiveCrash, entries: list[Entry]) -> nn.Module | None:
    """The model: what is being called; or, where a loss failed or nothing is, what was called last."""
    if crash.root is not None and type(crash.root).__module__ != "torch.nn.modules.loss":
        return crash.root
    last: dict[int, int] = {entry[0]: at for at, entry in enumerate(entries)}
    candidates: list[tuple[int, nn.Module]] = []
    for frame in crash.frames:
        if frame.is_user:
            held: Mapping[str, Any] = {**frame.frame.f_globals, **frame.frame.f_locals}
            candidates += [
                (last[id(value)], value)
                for value in held.values()
                if isinstance(value, nn.Module) and id(value) in last and entries[last[id(value)]][1] is type(value)
            ]
    candidates = [pair for pair in candidates if type(pair[1]).__module__ != "torch.nn.modules.loss"]
    return max(candidates, key=lambda pair: pair[0], default=(0, crash.root))[1]


def _with_dims(told: list[Told]) -> tuple[list[CallRecord], tuple[tuple[str, int], ...]]:
    steps = [_unlabelled(one) for one in told]
    calls, bindings = label_forward(steps, Bindings())
    return list(calls), tuple((dim, bound.size) for dim, bound in bindings.items())


def _unlabelled(one: Told) -> Unlabelled:
    """A call to be labelled; what a loss refused has not the axes that the loss would read."""
    outcome = _outcome(one)
    if outcome is not None and outcome.violations and one.record.module == LOSS:
        return Unlabelled(one.record)
    return Unlabelled(one.record, contract=one.contract, outcome=outcome, ends=one.ends)


def _outcome(one: Told) -> Outcome | None:
    if one.contract is None or one.call is None:
        return None
    try:
        return check_call(one.contract, one.call)
    except Exception:
        return None


def _labelled(operation: Operation | None, trace: Trace) -> Operation | None:
    """The operation whose operands say what their axes are, as far as the trace tells."""
    if operation is None:
        return None
    seen = [record for entry in trace for record in (*entry.call.inputs, *entry.call.outputs)]
    bindings = Bindings()
    for dim, size in trace.sizes:
        bindings = bindings.bind(dim, size, "the trace")
    records = [argument.value.record for argument in operation.arguments if argument.value.record is not None]
    found = label(CallRecord("", "", inputs=tuple(records)), bindings, seen=seen)
    return replace(operation, arguments=tuple(_with_records(operation.arguments, iter(found.call.inputs))))


def _with_records(arguments: tuple[Argument, ...], records: Iterator[TensorRecord]) -> Iterator[Argument]:
    for argument in arguments:
        has = argument.value.record is not None
        yield replace(argument, value=replace(argument.value, record=next(records))) if has else argument


def _came_as_text(exception: BaseException) -> bool:
    """Whether another process raised it: a loader's worker, one of a pool, one that was spawned."""
    said = [message_of(one) for one in (exception, exception.__cause__) if one is not None]
    return any(frames_of_text(text) for text in said)


def _asserted(evidence: Evidence) -> str:
    """That the script asserts what is not so, and the shapes of what it asks about; nothing if torch asserts it."""
    frame = evidence.user_frame
    if frame is None or not frame.statement.text.startswith("assert"):
        return ""
    held = {name: value.record for name, value in frame.names.items() if value.record is not None}
    asked = [name for name in held if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", frame.statement.text)]
    return "; ".join(["the script asserts what is not so", *(f"{name} is {held[name].shape}" for name in asked)])


def _is_about_tensors(evidence: Evidence) -> bool:
    kinds = {"tensor", "packed", "module", "array"}
    operations = [operation for operation in (evidence.operation, evidence.inner) if operation is not None]
    values = [argument.value for operation in operations for argument in operation.arguments]
    inside = [item for value in values for item in value.items]
    names = evidence.user_frame.names.values() if evidence.user_frame is not None and not operations else ()
    makes_layer = any(operation.parameters for operation in operations)
    return makes_layer or evidence.call is not None or any(value.kind in kinds for value in (*values, *inside, *names))
