"""The report of a run as text and as a page: hostile strings, long traces, whatever is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shapecheck.evidence import Argument, Evidence, Frame, Operation, Span, Value
from shapecheck.findings import Crash, Diagnosis, Edit, Fix, NotChecked, Place, Report
from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry
from shapecheck.render.report_html import report_html
from shapecheck.render.report_text import report_text
from shapecheck.render.words import tried

HOSTILE = "\x1b[31m</pre><script>alert('x')</script>\u202e\n[red]"


def span(text: str, line: int = 3, column: int = 4, file: str = "train.py") -> Span:
    rows = text.split("\n")
    end = len(rows[-1]) + (column if len(rows) == 1 else 0)
    return Span(file, line, column, line + len(rows) - 1, end, text)


def evidence(statement: Span, failed: Span, *arguments: Argument) -> Evidence:
    return Evidence(
        operation=Operation("torch.matmul", arguments, failed), frames=(Frame("forward", failed, statement),)
    )


def tensor(name: str, shape: tuple[int, ...], dims: tuple[str, ...] = ()) -> Argument:
    return Argument(name, Value("tensor", "Tensor", TensorRecord(name, shape, dims=dims)), span(name))


CRASH = Crash("RuntimeError", "it failed", "train.py", 3)
DIAGNOSIS = Diagnosis(
    "SC999", "example", "two things do not fit", "the one has 2, the other 3", place=Place("train.py", 1, 1, "a = 2\n"),
    crash_line=3, fixes=(Fix("a = 3", (Edit("train.py", 1, 1, "a = 3\n"),), "call", "the call runs"),),
)  # fmt: skip
REPORT = Report(None, (DIAGNOSIS,), ("the crash",), (NotChecked("the rest", "it was not asked"),), "train.py", CRASH)


def test_the_failing_expression_is_underlined_where_it_stands() -> None:
    seen = evidence(span("y = a @ b + a @ b"), span("a @ b", column=16), tensor("a", (2, 3), ("rows", "_")))
    text = report_text(REPORT, seen, width=100)
    lines = text.splitlines()
    at = lines.index("   |      y = a @ b + a @ b")
    assert lines[at + 1] == "   |                  ^^^^^"
    assert lines[at + 2] == "   |  a: (2, 3) = (rows, ?) float32"
    assert "  --> train.py:1   it surfaced at line 3" in lines
    assert "  fix       a = 3        tried: the call runs" in lines


def test_an_expression_over_several_lines_is_underlined_on_each() -> None:
    statement = span("y = torch.cat([\n        first,\n        second,\n    ])")
    failed = span("torch.cat([\n        first,\n        second,\n    ])", column=8)
    marked = [line for line in report_text(REPORT, evidence(statement, failed)).splitlines() if "^" in line]
    assert marked[0] == "   |          ^^^^^^^^^^^"


def test_a_wide_character_before_the_expression_shifts_the_carets() -> None:
    seen = evidence(span('y = f("漢字", a @ b)'), span("a @ b", column=16))
    lines = report_text(REPORT, seen).splitlines()
    at = next(at for at, line in enumerate(lines) if "漢字" in line)
    assert lines[at + 1] == "   |                    ^^^^^"


def test_the_place_is_not_told_twice() -> None:
    diagnosis = replace(DIAGNOSIS, place=Place("train.py", 3, 3, "    y = a @ b\n"))
    seen = evidence(span("y = a @ b"), span("a @ b", column=8))
    text = report_text(replace(REPORT, diagnoses=(diagnosis,)), seen)
    assert text.count("-->") == 1


def test_hostile_strings_are_shown_as_text() -> None:
    hostile = evidence(span(f"y = {HOSTILE}"), span("y"), tensor(HOSTILE, (2,), (HOSTILE,)))
    diagnosis = replace(DIAGNOSIS, headline=HOSTILE, explanation=HOSTILE, fixes=(Fix(HOSTILE, outcome=HOSTILE),))
    call = CallRecord(HOSTILE, HOSTILE, HOSTILE, (TensorRecord(HOSTILE, (2,)),), status="raised")
    trace = Trace(HOSTILE, (TraceEntry(call), TraceEntry(replace(call, module=""))))
    missed = NotChecked(HOSTILE, HOSTILE)
    report = Report(trace, (diagnosis,), (HOSTILE,), (missed,), HOSTILE, replace(CRASH, message=HOSTILE))
    text = report_text(report, hostile, unicode=False)
    assert text.isascii()
    assert "\x1b" not in text
    page = report_html(report, hostile)
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_long_trace_keeps_its_end() -> None:
    calls = [CallRecord(f"layer{at}", f"Kind{at}", inputs=(TensorRecord("input", (2, at + 2)),)) for at in range(80)]
    report = replace(REPORT, trace=Trace("Net", tuple(map(TraceEntry, calls))))
    text = report_text(report, width=100)
    assert "lines left out; --format json or html has them all" in text
    assert "layer79" in text
    assert "layer40" not in text


def test_what_is_not_known_is_said() -> None:
    unknown = Argument("other", Value("other"), span("make()"))
    seen = evidence(span("y = a @ make()"), span("a @ make()", column=8), tensor("a", (2,)), unknown)
    assert "a: (2,) float32" in report_text(REPORT, seen)
    without = replace(REPORT, diagnoses=())
    assert report_text(without, seen) == "\nshapecheck: no diagnosis: it was not asked.\n"


@pytest.mark.parametrize("width", [60, 72, 80, 100])
def test_no_word_stands_alone_in_the_last_line_of_a_paragraph(width: int) -> None:
    why = "no tensor and no layer of torch has any part in the expression that raised it"
    report = replace(REPORT, diagnoses=(), not_checked=(NotChecked("the cause", why),))
    lines = report_text(report, width=width).strip().split("\n")
    assert len(lines) == 2
    assert len(lines[-1]) > 10


def test_colour_codes_only_where_they_are_asked_for() -> None:
    seen = evidence(span("y = a @ b"), span("a @ b", column=8))
    assert "\x1b[" not in report_text(REPORT, seen)
    assert "\x1b[" in report_text(REPORT, seen, color=True)


def test_the_page_marks_the_expression_that_failed_and_shows_what_was_not_looked_at() -> None:
    seen = evidence(span("y = a @ b + a @ b"), span("a @ b", column=16), tensor("a", (2, 3)))
    page = report_html(REPORT, seen)
    assert "y = a @ b + <mark>a @ b</mark>" in page
    assert "not looked at: the rest: it was not asked" in page
    assert "<pre>a = 3</pre>" in page


@pytest.mark.parametrize(
    ("verified", "doubt", "mark"),
    [("call", "", "tried"), ("script", "", "tried"), ("no", "", "note"), ("call", "b fits", "doubt")],
)
def test_what_is_in_doubt_does_not_look_like_a_success_on_the_page(verified, doubt, mark) -> None:
    fix = replace(REPORT.diagnoses[0].fixes[0], verified=verified, doubt=doubt)
    page = report_html(replace(REPORT, diagnoses=(replace(REPORT.diagnoses[0], fixes=(fix,)),)))
    assert f'<span class="{mark}">{tried(fix)}</span>' in page
    assert f"\n.{mark} {{" in page or mark == "note"


def test_a_good_end_with_findings_prints_them():
    found = Diagnosis("SC721", "every_prediction", "every prediction is held against every target", "spread to (8, 8)")
    left = (NotChecked("the state", "it was not seen"),)
    report = Report(None, (found,), ("that the run ends", "the loss"), left, "s.py")
    text = report_text(report)
    assert "s.py ended without an exception; 1 finding in what was looked at:" in text
    assert "  - the loss" in text
    assert "not looked at: the state, since it was not seen" in text
    assert "SC721: every prediction is held against every target" in text


def found(severity="error", check="", headline="every prediction is held against every target"):
    return Diagnosis("SC721", "every_prediction", headline, "", severity, check=check)


@pytest.mark.parametrize(
    ("diagnoses", "said"),
    [
        ((found(),), "1 finding"),
        ((found(), found("warning")), "2 findings"),
        ((found("note", headline="steps or samples?"),), "no finding and 1 question"),
        ((found("note"),), "no finding and 1 note"),
        ((found(), found("note", headline="steps or samples?"), found("note"), found("note")),
         "1 finding, 1 question and 2 notes"),
    ],
)  # fmt: skip
def test_a_question_and_a_note_are_no_findings(diagnoses, said):
    report = Report(None, diagnoses, tuple(f"check {number}" for number in range(30)), (), "s.py")
    assert f"s.py ended without an exception; {said} in 30 checks\n" in report_text(report, width=120)
    assert f"<h1>s.py: {said}</h1>" in report_html(report)


def test_the_checks_that_found_something_are_marked_and_stand_first():
    checks = tuple(f"check {number}" for number in range(20))
    diagnoses = found(check="check 7"), found("note", check="check 9")
    lines = report_text(Report(None, diagnoses, checks, (), "s.py"), verbose=True, width=120).splitlines()
    assert lines[0].endswith("1 finding and 1 note in 20 checks; what found something stands first:")
    assert lines[1:4] == ["  found  check 7", "  note   check 9", "  ok     check 0"]
    assert sum(line.startswith("  ok     check") for line in lines) == 18


def test_where_it_is_not_known_which_check_found_it_none_is_called_right():
    text = report_text(Report(None, (found(check="check 1"), found()), ("check 0", "check 1"), (), "s.py"))
    assert "  - check 0\n  - check 1\n" in text


def test_a_long_list_of_checks_is_counted_and_listed_where_it_is_asked_for():
    report = Report(None, (), tuple(f"check {number}" for number in range(30)), (), "s.py")
    short, full = report_text(report), report_text(report, verbose=True)
    assert "s.py ended without an exception; nothing was found in 30 checks\n" in short
    assert "--verbose" in short
    assert "check 7" not in short
    assert all(f"  - check {number}\n" in full for number in range(30))


def test_another_cause_does_not_offer_the_same_changes_again() -> None:
    own = Fix("b = 4", (Edit("train.py", 2, 2, "b = 4\n"),), "no")
    other = replace(DIAGNOSIS, code="SC998", fixes=(*DIAGNOSIS.fixes, own))
    text = report_text(replace(REPORT, diagnoses=(DIAGNOSIS, other)))
    above, below = text.split("or it is this:")
    assert above.count("fix  ") == 1
    assert "a = 3" in above
    assert below.count("fix  ") == 1
    assert "fix       b = 4        not tried" in below
