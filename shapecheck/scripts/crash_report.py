"""From an exception to its report: the evidence that its frames hold, the trace up to the failure, the diagnoses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from shapecheck.capture.crashes.assertions import condition_of
from shapecheck.capture.crashes.crash import crash_of, message_of
from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.worker_text import frames_of_text
from shapecheck.diagnose import UNKNOWN_CODE
from shapecheck.errors import ShapecheckError
from shapecheck.evidence import Evidence, Span
from shapecheck.findings import Diagnosis, NotChecked, Place, Report
from shapecheck.reading.sources import source_of, walk
from shapecheck.scripts.mending import diagnoses_of, with_violation
from shapecheck.scripts.traced import traced
from shapecheck.scripts.undiagnosed import ONLY_CRASHES
from shapecheck.scripts.workers import told_by_worker

CHECKED = "the exception that ended the run: its frames, operands and layers"
NOT_ABOUT_TENSORS = NotChecked(
    "the cause of the exception", "no tensor and no layer of torch has any part in the expression that raised it"
)
UNSEEN = NotChecked(
    "the cause of the exception",
    "what the failing expression works with is not known, since that would mean to run code of the script again",
)
ELSEWHERE = NotChecked(
    "the cause of the exception",
    "it was raised in another process, and only its text came from there; run it in this one to have it looked at",
)
IN_A_WORKER = NotChecked(
    "the cause of the exception",
    "it was raised in another process, and only its text came from there; a loader with num_workers=0 has none",
)
OWN_WORDS = NotChecked("the cause of the exception", "shapecheck raised it itself, and its text says what is wrong")
_WITHOUT_GPU = ("Torch not compiled with CUDA enabled", "Found no NVIDIA driver", "No CUDA GPUs are available")
_NO_GPU = (
    'torch finds no GPU here; device = "cuda" if torch.cuda.is_available() else "cpu", and .to(device) where the '
    "script says .cuda(), run with one and without"
)
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
    entries = list(entries)
    crash = traced(crash_of(exception, entries), entries)
    evidence = crash.evidence
    found = tuple(_without_guesses(each, evidence) for each in diagnoses_of(crash, entries=entries))
    unseen = [ONLY_CRASHES]
    is_known = any(each.code != UNKNOWN_CODE for each in found)
    if isinstance(exception, ShapecheckError):
        unseen[:0] = [] if found else [OWN_WORDS]
    elif not is_known and (why := _refused(evidence)):
        found = ()
        unseen.insert(0, replace(NOT_ABOUT_TENSORS, why=why))
    elif not is_known and any(said in message_of(exception) for said in _WITHOUT_GPU):
        found = ()
        unseen.insert(0, replace(NOT_ABOUT_TENSORS, why=_NO_GPU))
    elif not is_known and (isinstance(exception, _NO_MATTER_OF_SHAPES) or not _is_about_tensors(evidence)):
        found = ()
        if _is_about_tensors(evidence):
            unseen.insert(0, replace(NOT_ABOUT_TENSORS, why=f"a {type(exception).__name__} is no matter of shapes"))
        else:
            unseen.insert(0, _elsewhere(exception) or (UNSEEN if _is_unseen(evidence) else NOT_ABOUT_TENSORS))
    report = Report(evidence.trace, found, (CHECKED,), tuple(unseen), script, evidence.crash)
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


def _elsewhere(exception: BaseException) -> NotChecked | None:
    """That another process raised it, if one did: a loader's worker, one of a pool, one that was spawned."""
    said = [message_of(one) for one in (exception, exception.__cause__) if one is not None]
    if not any(frames_of_text(text) for text in said):
        return None
    return IN_A_WORKER if any("DataLoader worker" in text for text in said) else ELSEWHERE


def _refused(evidence: Evidence) -> str:
    """That the script itself refuses something, and the shapes of what it asks about; nothing if torch refuses it."""
    frame = evidence.user_frame
    text = frame.statement.text if frame is not None else ""
    if frame is None or evidence.operation is not None or not text.startswith(("assert", "raise")):
        return ""
    asked = text if text.startswith("assert") else _condition(frame.statement)
    held = {name: value.record for name, value in frame.names.items() if value.record is not None}
    shown = [name for name in held if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", asked)]
    said = "the script asserts what is not so" if text == asked else f"the script itself raises it if {asked}"
    return "; ".join([said, *(f"{name} is {held[name].shape}" for name in shown)]) if asked else ""


def _condition(statement: Span) -> str:
    """The condition under which a statement is reached: that of the ``if`` around it."""
    source = source_of(statement.file)
    lines = walk(source.tree) if source is not None else ()
    found = next((each for each in lines if isinstance(each, ast.Raise) and each.lineno == statement.line), None)
    condition = condition_of(found)
    return ast.unparse(condition) if condition is not None else ""


def _is_unseen(evidence: Evidence) -> bool:
    """Whether an operand came out of a call or an object of the script's, and is gone."""
    operation = evidence.operation
    return operation is not None and any(not argument.value.type for argument in operation.arguments)


def _is_about_tensors(evidence: Evidence) -> bool:
    kinds = {"tensor", "packed", "module", "array"}
    operations = [operation for operation in (evidence.operation, evidence.inner) if operation is not None]
    values = [argument.value for operation in operations for argument in operation.arguments]
    inside = [item for value in values for item in value.items]
    names = evidence.user_frame.names.values() if evidence.user_frame is not None and not operations else ()
    makes_layer = any(operation.parameters for operation in operations)
    return makes_layer or evidence.call is not None or any(value.kind in kinds for value in (*values, *inside, *names))
