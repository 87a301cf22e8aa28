"""From the end of a run to its report: what ended it, or one of its threads, and what an audit saw."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from shapecheck.findings import NotChecked, Report
from shapecheck.scripts.running import Ended, Target, remember_sources
from shapecheck.scripts.shadowing import folder_of, in_the_way
from shapecheck.scripts.undiagnosed import ONLY_CRASHES, of_a_good_end, of_an_exception, of_an_interruption

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from shapecheck.scripts.crash_report import CrashReport
    from shapecheck.scripts.recorder import Recorder
    from shapecheck.scripts.threads import Fallen

_NO_AUDIT = NotChecked("what a running script does", "it did not import torch, or the audit could not begin")
_THREAD = "the exception that ended the thread {name}: its frames, operands and layers"


def reported(target: Target, ended: Ended, recorder: Recorder) -> tuple[Report | CrashReport, str]:
    """All that is to be said of a run.

    It is about the exception that ended the script. Where none did, or none that tensors have a part in, it is about
    the first one that ended a thread of it.

    Returns:
        The report, and a line that says that it is about a thread; empty where it is not.
    """
    remember_sources(ended.texts)
    fallen = recorder.threads.first
    found: Report | CrashReport | None = None
    if ended.error is not None and not isinstance(ended.error, KeyboardInterrupt):
        found = _of_error(ended.error, target, recorder.entries)
    if fallen is None:
        if found is None and ended.error is not None:
            return _audited(of_an_interruption(ended.error, target.shown), recorder), ""
        return _audited(found or of_a_good_end(target.shown, ended.status), recorder), ""
    if found is not None and _report_of(found).diagnoses:
        report = _report_of(found)
        beside = replace(report, not_checked=(*report.not_checked, _beside(fallen)))
        return _audited(_with_report(found, beside), recorder), ""
    of_thread = _of_error(fallen.error, target, fallen.seen)
    if found is not None and not _report_of(of_thread).diagnoses:
        return _audited(found, recorder), ""
    checked = (_THREAD.format(name=repr(fallen.name)),) if _report_of(of_thread).checked else ()
    of_thread = _with_report(of_thread, replace(_report_of(of_thread), checked=checked))
    return _audited(of_thread, recorder), _about(ended, recorder, target.shown)


def _about(ended: Ended, recorder: Recorder, script: str) -> str:
    assert recorder.threads.first is not None
    name, more = recorder.threads.first.name, recorder.threads.count - 1
    how = {0: "ran to its end, but", 130: "was interrupted, but"}.get(ended.status)
    if how is None:
        how = "crashed, and before it" if ended.error is not None else f"left with status {ended.status}, but"
    others = f", and {more} more after it" if more else ""
    return f"shapecheck: {script} {how} an exception ended its thread {name!r}{others}\n"


def _of_error(error: BaseException, target: Target, entries: Iterable[Any]) -> Report | CrashReport:
    shadowed = in_the_way(error, folder_of(error))
    why = "" if hasattr(sys.modules.get("torch"), "nn") else shadowed or "torch had not been imported"
    if isinstance(error, SyntaxError) and error.__traceback__ is None:
        why = "a syntax error is no matter of shapes, and Python has said where it is"
    if why:
        return of_an_exception(error, target.shown, why)
    from shapecheck.scripts.crash_report import report_of

    found = report_of(error, script=target.shown, entries=entries)
    if shadowed and not found.report.diagnoses:
        return of_an_exception(error, target.shown, shadowed)
    return found


def _beside(fallen: Fallen) -> NotChecked:
    return NotChecked(
        f"the exception of the thread {fallen.name!r}", "another one ended the script, and that one was looked at"
    )


def _audited(found: Report | CrashReport, recorder: Recorder) -> Report | CrashReport:
    """What was found with what the audit saw added."""
    report = _report_of(found)
    if not recorder.with_audit:
        return found
    left = tuple(item for item in report.not_checked if item != ONLY_CRASHES)
    if recorder.auditor is None:
        return _with_report(found, replace(report, not_checked=(*left, _NO_AUDIT)))
    return _with_report(found, recorder.auditor.added_to(replace(report, not_checked=left)))


def _report_of(found: Report | CrashReport) -> Report:
    return found if isinstance(found, Report) else found.report


def _with_report(found: Report | CrashReport, report: Report) -> Report | CrashReport:
    return report if isinstance(found, Report) else replace(found, report=report)
