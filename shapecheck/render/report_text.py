"""The report of a run for a terminal: the trace, the line that failed with its operands, the diagnoses."""

from __future__ import annotations

import os
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from shutil import get_terminal_size

from rich.cells import cell_len
from rich.console import Console

from shapecheck.evidence import Argument, Evidence, Frame, Span, Value
from shapecheck.findings import Diagnosis, Edit, NotChecked, Report
from shapecheck.records import TensorRecord
from shapecheck.render.cells import line_of
from shapecheck.render.diagnosis import diagnosis_lines
from shapecheck.render.gathered import gathered
from shapecheck.render.lines import Line, coloured, fill, plain, width_of
from shapecheck.render.plain import clean
from shapecheck.render.tell import tell
from shapecheck.render.text import trace_lines
from shapecheck.render.words import counted, many, tuple_of

# A trace of hundreds of layers would push the diagnosis out of sight; what ran just before the crash is what counts.
MAX_TRACE_LINES = 40
_HEAD, _SLACK = 4, 12
SHOWN = 3
MAX_LIST = 8
MAX_STATEMENT_LINES = 12
# How a check is marked in the list of all.
_FOUND, _NOTED, _FINE = "found", "note", "ok"
BESIDE = "The crash apart, this was found in the steps before it:"
_NO_CAUSE = "None of the known faults fits this crash. These are the facts:"


def report_text(
    report: Report,
    evidence: Evidence | None = None,
    *,
    width: int | None = None,
    color: bool = False,
    unicode: bool = True,
    with_trace: bool = True,
    quiet: bool = False,
    verbose: bool = False,
    folder: str = "",
) -> str:
    """The report as text, with a newline at the end.

    Args:
        report: The report.
        evidence: What it was made from; it has the place of the failing expression in its line.
        width: Columns to use; those of the terminal if left out, at most 120.
        color: Whether to add colour codes.
        unicode: Whether characters beyond ASCII may be used.
        with_trace: Whether to print what ran before the crash.
        quiet: Whether to print the findings only, and not what was looked at or what may be done next.
        verbose: Whether to list all that was checked where it is a long list; otherwise it is counted.
        folder: The directory that paths are shown from; the working directory if left out. A script may have left the
            one in which it was called.
    """
    columns = min(get_terminal_size((100, 24)).columns, 120) if width is None else width
    if report.crash is None or report.was_interrupted:
        lines = list(_without_a_crash(report, columns, folder, unicode=unicode, quiet=quiet, verbose=verbose))
    else:
        lines = list(_crash(report, evidence, columns, folder, unicode=unicode, with_trace=with_trace, quiet=quiet))
    if not color:
        return plain(lines) + "\n"
    stream = StringIO()
    console = Console(
        file=stream, width=columns, force_terminal=True, color_system="standard", no_color=False,
        highlight=False, legacy_windows=False,
    )  # fmt: skip
    console.print(coloured(lines), soft_wrap=True)
    return stream.getvalue()


def told_apart(report: Report) -> tuple[tuple[Diagnosis, ...], tuple[Diagnosis, ...]]:
    """What may be the cause of the crash, and what an audit found in the steps before it, which is another matter."""
    causes = tuple(found for found in report.diagnoses if found.crash_line is not None)
    return causes, tuple(found for found in report.diagnoses if found.crash_line is None)


def failing_line(frame: Frame, *, unicode: bool = True, folder: str = "") -> Iterator[Line]:
    """The user's line with the failing expression underlined, and where it stands."""
    statement, span = frame.statement, frame.span
    where = clean(line_of(shortened(span.file, folder), span.line), limit=130)
    yield ("  --> ", "arrow"), (where, "plain"), (f", in {clean(frame.function, limit=60)}", "note")
    for line, text, shift in _lines_of(statement):
        if not text.strip():
            # Of code that was given to exec there is no source.
            continue
        shown = clean(text.expandtabs(4), unicode=unicode, limit=160)
        yield ("   |      ", "arrow"), (shown, "plain")
        marks = _marks(line, text, shift, span)
        if marks.strip() and cell_len(marks) <= 160:
            yield ("   |      ", "arrow"), (marks.rstrip(), "wrong")


def operand_lines(evidence: Evidence, *, unicode: bool = True, width: int = 100) -> Iterator[Line]:
    """Each operand by the name that it has in the source: its shape, what its axes are, its dtype."""
    for name, said in operands_of(evidence, unicode=unicode):
        line: Line = ("   |  ", "arrow"), (name, "label"), (f": {said}", "plain")
        if width_of(line) <= width:
            yield line
            continue
        yield (*line[:2], (":", "plain"))
        for part in textwrap.wrap(said, max(width - 10, 30), break_on_hyphens=False):
            yield ("   |      ", "arrow"), (part, "plain")


def operands_of(evidence: Evidence, *, unicode: bool = True) -> Iterator[tuple[str, str]]:
    """The same as pairs of a name and what there is to say of it."""
    yield from gathered(_operands(evidence, unicode=unicode))


def _operands(evidence: Evidence, *, unicode: bool) -> Iterator[tuple[str, str]]:
    told: set[str] = set()
    operations = [operation for operation in (evidence.operation, evidence.inner) if operation is not None]
    if not operations and evidence.user_frame is not None:
        for name, value in evidence.user_frame.names.items():
            if value.record is not None:
                yield clean(name, unicode=unicode, limit=80), value_text(value)
    for operation in operations:
        given = [item for item in operation.arguments if _is_worth_telling(item)]
        # A list of tensors is told item by item.
        parts = {item.role.partition("[")[0] for item in given if "[" in item.role}
        for item in given:
            is_inner = operation is evidence.inner
            name = item.expression if not is_inner else f"{item.role} of {operation.callee}"
            said = value_text(item.value)
            # "True: True" says nothing.
            if item.role not in parts and name not in told and name != said:
                told.add(name)
                yield clean(name, unicode=unicode, limit=80), said


def value_text(value: Value) -> str:
    """A value in a few words: ``(28, 16) = (batch_size*seq_length, hidden_size), float32``."""
    if value.record is not None:
        return _record_text(value.record) + (" (worked out)" if value.inferred else "")
    if value.kind in ("tuple", "list") and value.items:
        items = ", ".join(_record_text(item.record) if item.record else item.type for item in value.items[:4])
        more = ", ..." if len(value.items) > 4 else ""
        count = many(int(value.facts.get("len", len(value.items))), "item")
        return f"a {clean(value.type, limit=40)} of {count}: {items}{more}"
    if value.text:
        return clean(value.text, limit=80)
    return f"a {clean(value.type, limit=60)}" if value.type else "not known"


def shortened(file: str, folder: str = "") -> str:
    """A path as people write it: relative where it lies below a directory, the working directory if none is given."""
    try:
        below = os.path.relpath(file, folder or None)
    except (ValueError, OSError):
        # On another drive; or the working directory has been deleted.
        return file
    return below if not below.startswith("..") and not file.startswith("<") else file


def _crash(
    report: Report, evidence: Evidence | None, width: int, folder: str, *, unicode: bool, with_trace: bool, quiet: bool
) -> Iterator[Line]:
    yield ()
    causes, beside = told_apart(report)
    if not causes:
        yield from _why_not(report.not_checked, width)
        yield from _beside(beside, width, folder, unicode=unicode)
        return
    yield (("shapecheck", "title"), (f" looked at why {clean(report.script, limit=100) or 'this'} crashed", "plain"))
    if with_trace and report.trace is not None and len(report.trace) > 1:
        yield ()
        yield from _trace(report, width, unicode=unicode)
    frame = evidence.user_frame if evidence is not None else None
    if frame is not None and evidence is not None:
        yield ()
        yield from failing_line(frame, unicode=unicode, folder=folder)
        yield from operand_lines(evidence, unicode=unicode, width=width)
    told: set[tuple[Edit, ...]] = set()
    for at, diagnosis in enumerate(causes[:SHOWN]):
        yield ()
        if at:
            yield (("or it is this:", "note"),)
        elif diagnosis.slug == "unrecognised" and not diagnosis.explanation.startswith("no known fault"):
            yield ((_NO_CAUSE, "plain"),)
        fixes = tuple(fix for fix in diagnosis.fixes if fix.edits not in told)
        told |= {fix.edits for fix in fixes if fix.edits}
        shown = _without_repetition(replace(diagnosis, fixes=fixes), evidence, folder)
        yield from diagnosis_lines(shown, unicode=unicode, width=width)
    has_edits = any(fix.edits for diagnosis in causes for fix in diagnosis.fixes)
    if report.script.endswith(".py") and os.path.isfile(report.script) and has_edits and not quiet:
        command = f"shapecheck fix {clean(shlex.quote(report.script), limit=100)} [args ...]"
        tries = f"{command}: tries such changes on a copy of the script, and says with which it runs to its end"
        yield ()
        yield from _filled(tries, width, "note")
    yield from _beside(beside, width, folder, unicode=unicode)


def _beside(found: tuple[Diagnosis, ...], width: int, folder: str, *, unicode: bool) -> Iterator[Line]:
    """Mistakes of their own, which the crash has nothing to do with."""
    if found:
        yield ()
        yield ((BESIDE, "plain"),)
    for diagnosis in found:
        yield ()
        yield from diagnosis_lines(_without_repetition(diagnosis, None, folder), unicode=unicode, width=width)


def _without_a_crash(
    report: Report, width: int, folder: str, *, unicode: bool, quiet: bool, verbose: bool
) -> Iterator[Line]:
    name = clean(report.script, limit=100)
    if report.was_interrupted:
        # Python's traceback stands above it.
        yield ()
    how = "was interrupted" if report.was_interrupted else "ended without an exception"
    ended = f"{name} {how}; " if name else ""
    checked = [clean(what, unicode=unicode, limit=200) for what in report.checked]
    is_long = len(checked) > MAX_LIST and not verbose
    count, marked = counted(report.diagnoses), _marks_of(report)
    if not report.diagnoses and len(checked) < 2:
        found = "no more than this was looked at:"
    elif is_long or quiet:
        found = f"{count} in {many(len(checked), 'check')}"
    elif marked:
        found = f"{count} in {many(len(checked), 'check')}; what found something stands first:"
    else:
        found = f"{count} in what was looked at:"
    yield from _filled(f"shapecheck: {ended}{found}", width, "plain")
    if not quiet:
        yield from _looked_at(checked, report, width, unicode=unicode, is_long=is_long)
    for diagnosis in report.diagnoses:
        yield ()
        yield from diagnosis_lines(_without_repetition(diagnosis, None, folder), unicode=unicode, width=width)


def _looked_at(checked: list[str], report: Report, width: int, *, unicode: bool, is_long: bool) -> Iterator[Line]:
    """What was looked at, and what was not."""
    if is_long:
        # A list of fifty would push the findings out of sight. A script has been run by the command.
        where = "--verbose lists the checks" if report.script else "the attribute `checked` lists the checks"
        yield ((f"  {where}", "note"),)
    else:
        marks = _marks_of(report)
        for mark, what in sorted(zip(marks, checked, strict=True), key=lambda pair: pair[0] == _FINE) if marks else ():
            style = "note" if mark == _FINE else "plain"
            yield from _filled(f"{mark.ljust(len(_FOUND))}  {what}", width, style, indent="  ")
        for what in checked if not marks else ():
            yield from _filled(f"- {what}", width, "note", indent="  ")
    by_reason: dict[str, list[str]] = {}
    for item in report.not_checked:
        by_reason.setdefault(clean(item.why, limit=300), []).append(clean(item.what, limit=200))
    for why, missed in by_reason.items():
        said = clean(f"not looked at: {'; '.join(missed)}, since {why}", unicode=unicode, limit=2000)
        yield from _filled(said, width, "note", indent="  ")


def _marks_of(report: Report) -> list[str]:
    """For each check what it came to; nothing where nothing was found, or it is not known by which check."""
    found = {each.check: _NOTED for each in report.diagnoses if each.severity == "note"}
    found |= {each.check: _FOUND for each in report.diagnoses if each.severity != "note"}
    return [found.get(what, _FINE) for what in report.checked] if found and "" not in found else []


def _filled(text: str, width: int, style: str, indent: str = "") -> Iterator[Line]:
    for line in fill(text, max(width, 44), indent=indent, hang=f"{indent}  "):
        yield ((line, style),)


def _trace(report: Report, width: int, *, unicode: bool) -> Iterator[Line]:
    assert report.trace is not None
    lines = trace_lines(tell(report.trace, unicode=unicode), width, unicode=unicode)
    if len(lines) > MAX_TRACE_LINES:
        # Whole blocks are left out: half of one would be a tensor without its name.
        ends = [at for at, line in enumerate(lines) if not line]
        first = next((at for at in ends if at >= _HEAD), _HEAD)
        wanted = len(lines) - (MAX_TRACE_LINES - _HEAD)
        last = next((at for at in ends if at >= wanted), len(lines))
        last = max((at for at in ends if wanted - _SLACK <= at <= wanted), default=last)
        gone = last - first - 1
        if first < last and gone > 0:
            told = f"  ... {gone} lines left out; --format json or html has them all ..."
            lines = (*lines[:first], (), ((told, "note"),), *lines[last:])
    yield from lines


def _without_repetition(diagnosis: Diagnosis, evidence: Evidence | None, folder: str) -> Diagnosis:
    """The diagnosis without what stands above it already; its place with a short path."""
    place = diagnosis.place
    frame = evidence.user_frame if evidence is not None else None
    if place is not None and frame is not None and place.file == frame.span.file:
        above = frame.statement
        if above.line <= place.line and place.end_line <= above.end_line:
            diagnosis, place = replace(diagnosis, crash_line=None), None
    elif place is not None and frame is not None:
        # The line of a crash in another file says nothing beside this one; it stands above with its own.
        diagnosis = replace(diagnosis, crash_line=None)
    if place is not None:
        place = replace(place, file=shortened(place.file, folder))
    shown = evidence is not None and evidence.user_frame is not None and evidence.operation is not None
    return replace(diagnosis, evidence=() if shown else diagnosis.evidence, place=place)


def _why_not(not_checked: tuple[NotChecked, ...], width: int) -> Iterator[Line]:
    for item in not_checked[:1]:
        for line in fill(f"shapecheck: no diagnosis: {clean(item.why, limit=300)}.", max(width, 40)):
            yield ((line, "plain"),)


def _is_worth_telling(item: Argument) -> bool:
    value = item.value
    if value.kind in ("tensor", "packed", "array"):
        return True
    if value.kind in ("tuple", "list", "none", "dict"):
        return item.span is not None and not (value.kind == "none" and item.keyword == "")
    # A literal says what it is; a name does not.
    return (
        item.span is not None and value.kind == "number" and not item.span.text.lstrip("-").replace(".", "").isdigit()
    )


def _record_text(record: TensorRecord) -> str:
    shape = tuple_of(map(str, record.shape))
    named = record.dims and any(dim != "_" for dim in record.dims)
    dims = f" = {tuple_of('?' if dim == '_' else clean(dim, limit=60) for dim in record.dims)}" if named else ""
    device = f" on {clean(record.device, limit=40)}" if not record.device.startswith(("cpu", "meta")) else ""
    packing = record.packing
    kind = ""
    if packing is not None:
        steps = many(packing.steps, "step")
        kind = f", packed: {many(packing.sequences, 'sequence')}, {steps}, the longest {packing.longest}"
    return f"{shape}{dims} {record.dtype}{device}{kind}"


def _lines_of(statement: Span) -> Iterator[tuple[int, str, int]]:
    """The lines of a statement without its indent, each with its number and how far it was moved to the left."""
    first, *rest = statement.text.split("\n")
    yield statement.line, first, statement.column
    shown = textwrap.dedent("\n".join(rest)).split("\n") if rest else []
    for at, (before, after) in enumerate(zip(rest, shown, strict=True), 1):
        if at > MAX_STATEMENT_LINES:
            break
        # What follows stands four columns further in, as it does below a bracket.
        yield statement.line + at, f"    {after}", len(before) - len(after) - 4


def _marks(line: int, text: str, shift: int, span: Span) -> str:
    """Carets under the part of this line that belongs to the span."""
    if not span.line <= line <= span.end_line:
        return ""
    begin = span.column - shift if line == span.line else len(text) - len(text.lstrip())
    end = span.end_column - shift if line == span.end_line else len(text.rstrip())
    marked = text[max(begin, 0) : max(end, 0)]
    if not marked.strip() or marked.strip() == text.strip():
        return ""
    return " " * cell_len(text[:begin].expandtabs(4)) + "^" * cell_len(marked)
