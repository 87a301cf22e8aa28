"""The report of a run as one page of HTML that needs nothing from outside: the flow, the failing line, the fixes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from html import escape

from shapecheck.evidence import Evidence, Frame, Span
from shapecheck.findings import Diagnosis, Fix, Operand, Place, Report
from shapecheck.records import Trace
from shapecheck.render.html import trace_html
from shapecheck.render.plain import clean
from shapecheck.render.report_text import BESIDE, MAX_LIST, operands_of, shortened, told_apart
from shapecheck.render.svg import flow_svg
from shapecheck.render.words import counted, many, tried, tuple_of

# No script, no font, no image from anywhere: the page can be mailed, and nothing in it can phone home.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root { color-scheme: light dark; --bad: #c33300; --good: #1a7f37; --doubt: #8a5a00; --line: rgba(128,128,128,.4); }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a65; --good: #57c878; --doubt: #e3b341; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
pre, code { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .9rem; }
pre { overflow-x: auto; padding: .7rem 1rem; border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; }
.failed { border-left: 5px solid var(--bad); }
.failed mark { background: none; color: var(--bad); font-weight: bold; text-decoration: underline wavy var(--bad); }
.error { color: var(--bad); font-weight: bold; }
.diagnosis { border: 1px solid var(--line); border-radius: 8px; padding: .2rem 1.2rem 1rem; margin: 1rem 0; }
.diagnosis h2 { margin-top: .8rem; color: var(--bad); }
.where, .note { opacity: .8; font-size: .9rem; }
.tried { color: var(--good); font-weight: bold; }
.doubt { color: var(--doubt); font-weight: bold; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top; }
figure { margin: 1rem 0; overflow-x: auto; background: #fff; color: #111; border-radius: 8px; padding: .5rem; }
figure svg { max-width: 100%; height: auto; }
""".strip()


def report_html(report: Report, evidence: Evidence | None = None, *, folder: str = "") -> str:
    """The report as a whole page. Whatever stands in the script, its names or its error is shown as text.

    Args:
        report: The report.
        evidence: What it was made from; it has the place of the failing expression in its line.
        folder: The directory that paths are shown from; the working directory if left out.
    """
    title = _title(report)
    return _page(title, "\n".join(_body(report, evidence, title, folder)))


def trace_page(trace: Trace) -> str:
    """A trace as a whole page: the picture, and the table."""
    title = f"The shapes in {clean(trace.model, limit=100)}"
    return _page(title, f"<h1>{_text(title)}</h1>\n<figure>{flow_svg(trace)}</figure>\n{trace_html(trace)}")


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _title(report: Report) -> str:
    name = clean(report.script, limit=100)
    if report.crash is not None:
        return f"{name} was interrupted" if report.was_interrupted else f"{name} crashed"
    if not report.diagnoses:
        return f"{name} ended without an exception"
    return f"{name}: {counted(report.diagnoses)}"


def _body(report: Report, evidence: Evidence | None, title: str, folder: str) -> Iterator[str]:
    yield f"<h1>{_text(title)}</h1>"
    crash = report.crash
    if crash is not None:
        message = clean(crash.message.replace("\n", " "), limit=600)
        yield f'<p><span class="error">{_text(clean(crash.type))}</span>: {_text(message)}</p>'
    frame = evidence.user_frame if evidence is not None else None
    if frame is not None and evidence is not None:
        yield from _failing(frame, evidence, folder)
    if crash is None and report.diagnoses:
        yield "<p>The script ended without an exception.</p>"
    crashed = crash is not None and not report.was_interrupted
    causes, beside = told_apart(report) if crashed else (report.diagnoses, ())
    for diagnosis in causes:
        yield from _diagnosis(diagnosis if frame is None else _beside(diagnosis, frame), folder)
    if beside:
        yield f"<p>{_text(BESIDE)}</p>"
    for diagnosis in beside:
        yield from _diagnosis(diagnosis, folder)
    if report.trace is not None and len(report.trace):
        yield "<h2>The flow up to the failure</h2>" if crash is not None else "<h2>The flow</h2>"
        yield f"<figure>{flow_svg(report.trace)}</figure>"
        yield trace_html(report.trace)
    yield from _checked(report)


def _failing(frame: Frame, evidence: Evidence, folder: str) -> Iterator[str]:
    where = f"{shortened(frame.span.file, folder)}:{frame.span.line}, in {frame.function}"
    yield f'<h2>The line that failed</h2><p class="where">{_text(clean(where))}</p>'
    yield f'<pre class="failed">{_marked(frame.statement, frame.span)}</pre>'
    rows = [
        f"<tr><th><code>{_text(name)}</code></th><td>{_text(said)}</td></tr>" for name, said in operands_of(evidence)
    ]
    if rows:
        yield f"<table>{''.join(rows)}</table>"


def _marked(statement: Span, span: Span) -> str:
    """The source with the failing expression in a ``mark``."""
    whole, piece = statement.text, span.text
    at = whole.find(piece) if piece else -1
    if span.line == statement.line and at >= 0:
        # The same text may occur earlier in the line: the columns tell which one it is.
        at = whole.find(piece, max(span.column - statement.column, 0)) if span.column >= statement.column else at
    if at < 0:
        return _source(whole)
    return f"{_source(whole[:at])}<mark>{_source(piece)}</mark>{_source(whole[at + len(piece) :])}"


def _diagnosis(diagnosis: Diagnosis, folder: str) -> Iterator[str]:
    doubt = "" if diagnosis.certainty == "proved" else f" ({diagnosis.certainty})"
    yield '<section class="diagnosis">'
    yield f"<h2>{_text(clean(diagnosis.code))}: {_text(clean(diagnosis.headline))}{doubt}</h2>"
    yield f"<p>{_text(clean(diagnosis.explanation, limit=2000))}</p>"
    if diagnosis.place is not None:
        yield _place(diagnosis.place, diagnosis.crash_line, folder)
    if diagnosis.evidence:
        yield f"<table>{''.join(map(_operand, diagnosis.evidence))}</table>"
    for fix in diagnosis.advice:
        yield from _fix(fix, folder)
    yield f'<p class="note">More: <code>shapecheck explain {_text(clean(diagnosis.code))}</code></p></section>'


def _beside(diagnosis: Diagnosis, frame: Frame) -> Diagnosis:
    """The diagnosis without what stands with the line that failed: its operands, and its number in another file."""
    is_elsewhere = diagnosis.place is not None and diagnosis.place.file != frame.span.file
    return replace(diagnosis, evidence=(), crash_line=None if is_elsewhere else diagnosis.crash_line)


def _place(place: Place, crash_line: int | None, folder: str) -> str:
    surfaced = ""
    if crash_line is not None and not place.line <= crash_line <= place.end_line:
        surfaced = f"; it surfaced at line {crash_line}"
    where = f"The line to change: {shortened(place.file, folder)}:{place.line}{surfaced}"
    return f'<p class="where">{_text(clean(where))}</p><pre>{_source(textwrap.dedent(place.source))}</pre>'


def _operand(operand: Operand) -> str:
    dims = f" = {tuple_of(operand.dims)}" if operand.dims else ""
    shape = f"{tuple_of(map(str, operand.shape))}{dims}"
    return f"<tr><th><code>{_text(clean(operand.expression))}</code></th><td>{_text(clean(shape))}</td></tr>"


def _fix(fix: Fix, folder: str) -> Iterator[str]:
    # What is in doubt is no success, whatever ran with it.
    mark = "doubt" if fix.doubt else "note" if fix.verified == "no" else "tried"
    yield f'<p>Fix: <code>{_text(clean(fix.title))}</code> <span class="{mark}">{_text(clean(tried(fix)))}</span></p>'
    for edit in fix.edits:
        where = f"{shortened(edit.file, folder)}:{edit.line} becomes"
        yield f'<p class="where">{_text(clean(where))}</p><pre>{_source(textwrap.dedent(edit.replacement))}</pre>'


def _checked(report: Report) -> Iterator[str]:
    yield "<h2>What was looked at</h2>"
    if report.not_checked:
        missed = (f"{item.what}: {item.why}" for item in report.not_checked)
        yield f"<ul>{''.join(f'<li>not looked at: {_text(clean(item, limit=400))}</li>' for item in missed)}</ul>"
    told = f"<ul>{''.join(f'<li>{_text(clean(item, limit=400))}</li>' for item in report.checked)}</ul>"
    # A list of a hundred is there for those who ask for it.
    is_long = len(report.checked) > MAX_LIST
    yield f"<details><summary>{many(len(report.checked), 'check')}</summary>{told}</details>" if is_long else told


def _source(text: str) -> str:
    """Lines of source, with their breaks, and everything else made visible and harmless."""
    return "\n".join(_text(clean(line.expandtabs(4), limit=400)) for line in text.strip("\n").split("\n"))


def _text(text: str) -> str:
    return escape(text, quote=True)
