"""A diagnosis in words: the same lines as plain text, which goes into exceptions, and in colour for a terminal."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator

from rich.text import Text

from shapecheck.findings import Diagnosis, Edit, Fix, Operand, Place, Violation
from shapecheck.render.cells import line_of
from shapecheck.render.given import expect_diagnosis
from shapecheck.render.lines import Line, Piece, coloured, plain, width_of
from shapecheck.render.plain import CUT, clean
from shapecheck.render.words import expected_ndim, layer, many, sized_axis, tried, tuple_of

WIDTH = 110
# Sentences are hard to read in longer lines; a line of code is not broken.
_PROSE = 100

_LABEL_WIDTH = 10
_GAP = " " * 8
# What is typed in must be whole: only an edit that nobody would type is cut, and says so.
_MAX_EDITS, _MAX_ROWS = 6, 24


def diagnosis_text(diagnosis: Diagnosis, *, unicode: bool = True) -> str:
    """The diagnosis as plain text, without colour codes and without a newline at the end.

    Args:
        diagnosis: What was found. Lines of which it knows nothing are left out.
        unicode: Whether characters beyond ASCII, which only names and source lines can have, may stay.

    >>> violation = Violation("dtype", "loss.target", expected_text="int64", got_text="float32")
    >>> print(diagnosis_text(Diagnosis("SC301", "float_labels", "labels are not integers", "", violation=violation)))
    SC301: labels are not integers
    <BLANKLINE>
      stage     loss.target
      expected  int64
      got       float32
      more      shapecheck explain SC301
    """
    expect_diagnosis(diagnosis, by="diagnosis_text")
    return plain(diagnosis_lines(diagnosis, unicode=unicode))


def diagnosis_rich(diagnosis: Diagnosis, *, unicode: bool = True, width: int = WIDTH) -> Text:
    """The same lines in colour; words and carets carry the meaning, colour only repeats it."""
    return coloured(diagnosis_lines(diagnosis, unicode=unicode, width=width))


def diagnosis_lines(diagnosis: Diagnosis, *, unicode: bool = True, width: int = WIDTH) -> tuple[Line, ...]:
    """The diagnosis line by line, each in pieces ``(text, what the piece is)``; nothing in it can do harm."""
    raw = list(_body(diagnosis, width))
    lines = [*_headline(diagnosis), *([()] if raw else []), *raw]
    return tuple(tuple((clean(text, unicode=unicode, limit=600), style) for text, style in line) for line in lines)


def _headline(diagnosis: Diagnosis) -> Iterator[Line]:
    code = f"{diagnosis.code}: " if diagnosis.code else ""
    doubts = [
        *([diagnosis.severity] if diagnosis.severity != "error" else []),
        *([diagnosis.certainty] if diagnosis.certainty != "proved" else []),
    ]
    doubt = f" ({', '.join(doubts)})" if doubts else ""
    yield (f"{code}{diagnosis.headline}", "headline"), (doubt, "note")


def _body(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    if diagnosis.place is not None:
        yield from _place(diagnosis.place, diagnosis.crash_line)
    elif diagnosis.crash_line is not None:
        yield ("  --> ", "arrow"), (f"line {diagnosis.crash_line}, where it surfaced", "plain")
    violation = diagnosis.violation
    if violation is not None:
        yield from _stage(violation, width)
        yield from _expected(violation, width)
        yield from _got(violation, width)
        yield from _bound(violation, width)
    yield from _seen(diagnosis.evidence, width)
    yield from _because(diagnosis, width)
    yield from _fixes(diagnosis.advice, width, diagnosis.place)
    # What no fault explains has no page.
    if diagnosis.code and diagnosis.slug != "unrecognised":
        yield _labelled("more", (f"shapecheck explain {diagnosis.code}", "plain"))


def _place(place: Place, crash_line: int | None) -> Iterator[Line]:
    elsewhere = crash_line is not None and not place.line <= crash_line <= place.end_line
    surfaced = f"   it surfaced at line {crash_line}" if elsewhere else ""
    yield ("  --> ", "arrow"), (line_of(place.file, place.line), "plain"), (surfaced, "note")
    source = textwrap.dedent(place.source.expandtabs(4)).strip("\n").splitlines()
    for line in source:
        yield ("   |      ", "arrow"), (clean(line.rstrip(), limit=160), "plain")
    if source:
        yield (("   |", "arrow"),)


def _stage(violation: Violation, width: int) -> Iterator[Line]:
    where = violation.where.lstrip(".")
    if violation.stage:
        where = f"{violation.stage}, at {where}" if where else violation.stage
    call = violation.call
    written = "" if call is None else clean(layer(call), limit=120)
    if where or written:
        yield from _parts("stage", [part for part in (where, written) if part], "plain", width)


def _expected(violation: Violation, width: int) -> Iterator[Line]:
    parts = []
    if violation.expected or violation.kind in ("ndim", "size"):
        parts.append(tuple_of(sized_axis(dim, size) for dim, size in violation.expected))
        if violation.kind == "ndim":
            parts.append(expected_ndim(violation.expected))
    if violation.expected_text:
        parts.append(violation.expected_text)
    if parts:
        yield from _parts("expected", list(dict.fromkeys(parts)), "right", width)


def _got(violation: Violation, width: int) -> Iterator[Line]:
    """What was got, and carets under the sizes that are wrong."""
    shape, axes = violation.got, set(violation.axes)
    if shape is None:
        text = violation.got_text or ("nothing" if violation.kind == "missing" else "")
        if text:
            yield from _wrapped("got", text, width, "wrong")
        return
    tails = [many(len(shape), "axis", "axes")] if violation.kind == "ndim" else []
    tails += [violation.got_text] if violation.got_text else []
    tail = "".join(f"   {text}" for text in dict.fromkeys(tails))
    words, marks = [("(", "plain")], " "
    for axis, size in enumerate(shape):
        wrong, last = axis in axes, axis == len(shape) - 1
        joint = "" if last and len(shape) > 1 else "," if last else ", "
        words += [(str(size), "wrong" if wrong else "plain"), (joint, "plain")]
        marks += ("^" if wrong else " ") * len(str(size)) + " " * len(joint)
    line = _labelled("got", *words, (")", "plain"))
    fits = width_of(line) + len(tail) <= width
    yield (*line, (tail, "plain")) if fits else line
    if "^" in marks:
        yield _labelled("", (marks.rstrip(), "wrong"))
    if not fits:
        yield from _wrapped("", tail.strip(), width)


def _bound(violation: Violation, width: int) -> Iterator[Line]:
    told = [
        f"{blame.dim}={blame.size} by {blame.by}" if blame.by else f"{blame.dim}={blame.size}"
        for blame in dict.fromkeys(violation.blame)
    ]
    if told:
        yield from _wrapped("bound", "; ".join(told), width)


def _seen(evidence: tuple[Operand, ...], width: int) -> Iterator[Line]:
    for at, operand in enumerate(evidence):
        shape = tuple_of(map(str, operand.shape))
        dims = f" = {tuple_of(operand.dims)}" if operand.dims else ""
        text = f"{clean(operand.expression, limit=80)}: {shape}{dims}"
        yield from _wrapped("" if at else "seen", text, width)


def _because(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    violation = diagnosis.violation
    text = diagnosis.explanation or ("" if violation is None else violation.reason)
    if text:
        yield from _wrapped("because", text, width)
    if violation is not None and violation.torch_accepts:
        yield from _wrapped("" if text else "because", "torch itself accepts this without an error", width)


def _fixes(fixes: tuple[Fix, ...], width: int, place: Place | None) -> Iterator[Line]:
    titles = [clean(fix.title, limit=160) for fix in fixes]
    # One very long title must not push the others' second column away.
    column = max((len(title) for title in titles if len(title) <= 60), default=0)
    for fix, title in zip(fixes, titles, strict=True):
        line = _labelled("fix", (title.ljust(column), "right"), (f"{_GAP}{tried(fix)}", "note"))
        if width_of(line) <= width:
            yield line
        else:
            # The title is code to be copied, so it is not broken.
            yield _labelled("fix", (title, "right"))
            yield from _wrapped("", tried(fix), width, "note")
        yield from _edited(fix, width, place)


def _edited(fix: Fix, width: int, place: Place | None) -> Iterator[Line]:
    """The user's lines as the fix would have them."""
    for edit in fix.edits[:_MAX_EDITS]:
        before = _lines_of(place, edit)
        rows = textwrap.dedent(edit.replacement.expandtabs(4)).strip("\n").splitlines() or ["(removed)"]
        head = f"{_named(edit, place)}  "
        for at, row in enumerate(rows[:_MAX_ROWS]):
            room = max(width - _LABEL_WIDTH - 2 - len(head), 40)
            shown = clean(_around(row.rstrip(), before[at] if at < len(before) else "", fix.title, room), limit=room)
            yield _labelled("", (head if not at else " " * len(head), "arrow"), (shown, "plain"))
        if len(rows) > _MAX_ROWS:
            yield _left_out(many(len(rows) - _MAX_ROWS, "more line"))
    if len(fix.edits) > _MAX_EDITS:
        yield _left_out(f"{many(len(fix.edits) - _MAX_EDITS, 'more place')} to change")


def _named(edit: Edit, place: Place | None) -> str:
    """The line of an edit: with its cell in a notebook, with its file where that is another one than the place's."""
    named, name = line_of(edit.file, edit.line), os.path.basename(edit.file)
    if named != f"{edit.file}:{edit.line}":
        return named
    is_elsewhere = place is not None and os.path.basename(place.file) != name
    return f"{name}:{edit.line}" if is_elsewhere else f"line {edit.line}"


def _left_out(what: str) -> Line:
    return _labelled("", (f"... {what}; the report as JSON or HTML has them all", "note"))


def _lines_of(place: Place | None, edit: Edit) -> list[str]:
    """The lines that an edit replaces, where they are known."""
    if place is None or (place.line, place.end_line) != (edit.line, edit.end_line):
        return []
    return textwrap.dedent(place.source.expandtabs(4)).strip("\n").splitlines()


def _around(row: str, before: str, title: str, room: int) -> str:
    """The part of a long line in which it differs from what it was; or, where that is not known, has what is new.

    >>> _around("model = Net(1, 2, batch_first=True)  # as ever", "model = Net(1, 2)  # as ever", "", 28)
    '... 2, batch_first=True) ...'
    """
    if len(row) <= room:
        return row
    first = _alike(row, before) if before else max(row.find(title), 0)
    last = len(row) - _alike(row[::-1], before[::-1]) if before else first + len(title) * (title in row)
    spare = room - 2 * len(CUT) - (last - first)
    if first >= last or spare < 0:
        return row
    begin = min(max(first - spare // 2, 0), max(len(row) - (room - len(CUT)), 0))
    end = begin + room - len(CUT) * (1 + (begin > 0))
    return f"{CUT if begin else ''}{row[begin:end]}{CUT if end < len(row) else ''}"


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common from the beginning on."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _labelled(label: str, *pieces: Piece) -> Line:
    return (f"  {label.ljust(_LABEL_WIDTH)}", "label"), *pieces


def _parts(label: str, parts: list[str], style: str, width: int) -> Iterator[Line]:
    """Several facts side by side, or one below the other where that is too wide."""
    line = _labelled(label, ("   ".join(parts), style))
    if width_of(line) <= width:
        yield line
        return
    for at, part in enumerate(parts):
        yield from _wrapped("" if at else label, part, width, style)


def _wrapped(label: str, text: str, width: int, style: str = "plain") -> Iterator[Line]:
    room = max(min(width, _PROSE) - _LABEL_WIDTH - 2, 20)
    for at, line in enumerate(textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)):
        yield _labelled("" if at else label, (line, style))
