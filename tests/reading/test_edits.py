import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecheck.candidate import Change
from shapecheck.evidence import Span
from shapecheck.findings import Edit
from shapecheck.reading.edits import (
    argument,
    bracketed,
    changed,
    edited,
    edits_of,
    line_after,
    piece,
    replaced,
    suffixed,
    unified_diff,
    with_keyword,
    without_keyword,
    wrapped,
)


def span(text: str, part: str, file: str = "t.py") -> Span:
    """Where a part stands in a text; it must stand there once."""
    assert text.count(part) == 1
    before = text[: text.index(part)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    lines = part.split("\n")
    end = column + len(part) if len(lines) == 1 else len(lines[-1])
    return Span(file, line, column, line + len(lines) - 1, end, part)


@pytest.mark.parametrize(
    ("text", "part", "suffix", "after"),
    [
        ("loss = f(x, y)\n", "y", ".long()", "loss = f(x, y.long())\n"),
        ("loss = f(x, a + b)\n", "a + b", ".long()", "loss = f(x, (a + b).long())\n"),
        ("z = -x\n", "-x", ".abs()", "z = (-x).abs()\n"),
        ("z = [1, 2]\n", "[1, 2]", "[0]", "z = [1, 2][0]\n"),
        ("z = (a + b)\n", "(a + b)", "[0]", "z = (a + b)[0]\n"),
        ("z = (a) + (b)\n", "(a) + (b)", "[0]", "z = ((a) + (b))[0]\n"),
        ("z = x if y else w\n", "x if y else w", "[0]", "z = (x if y else w)[0]\n"),
        ("z = f(  # why\n    x,\n)\n", "f(  # why\n    x,\n)", ".t()", "z = f(  # why\n    x,\n).t()\n"),
        ("größe = naïve\n", "naïve", ".t()", "größe = naïve.t()\n"),
    ],
)
def test_something_is_put_behind_an_expression(text, part, suffix, after):
    assert changed(text, [suffixed(span(text, part), suffix)]) == after


@pytest.mark.parametrize(
    ("text", "call", "after"),
    [
        ("m = nn.LSTM(1, 16)\n", "nn.LSTM(1, 16)", "m = nn.LSTM(1, 16, batch_first=True)\n"),
        ("m = nn.LSTM()\n", "nn.LSTM()", "m = nn.LSTM(batch_first=True)\n"),
        ("m = f(a, batch_first=False)  # so\n", "f(a, batch_first=False)", "m = f(a, batch_first=True)  # so\n"),
        (
            "m = f(\n    a,  # first\n    b,\n)\n",
            "f(\n    a,  # first\n    b,\n)",
            "m = f(\n    a,  # first\n    b, batch_first=True,\n)\n",
        ),
        ("m = f(a, g(b)).to(d)\n", "f(a, g(b))", "m = f(a, g(b), batch_first=True).to(d)\n"),
        ("é = f('ü', b)\n", "f('ü', b)", "é = f('ü', b, batch_first=True)\n"),
    ],
)
def test_a_keyword_is_added_or_changed(text, call, after):
    change = with_keyword(span(text, call), "batch_first", "True")
    assert change is not None
    assert changed(text, [change]) == after


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ("x.mean(dim=1, keepdim=True)", "x.mean(dim=1)"),
        ("x.mean(1, keepdim=True, dtype=d)", "x.mean(1, dtype=d)"),
        ("x.mean(keepdim=True, dim=1)", "x.mean(dim=1)"),
        ("x.mean(keepdim=True)", "x.mean()"),
    ],
)
def test_a_keyword_is_taken_away(call, after):
    change = without_keyword(span(call, call), "keepdim")
    assert change is not None
    assert changed(call, [change]) == after


def test_what_is_no_call_has_no_keywords():
    assert with_keyword(span("x", "x"), "dim", "1") is None
    assert without_keyword(span("f(1)", "f(1)"), "dim") is None


def test_an_argument_is_found_by_keyword_or_position():
    call = span("  nn.Linear(2 * h, out_features=5)", "nn.Linear(2 * h, out_features=5)")
    first, second = argument(call, "in_features", 0), argument(call, "out_features", 1)
    assert first is not None
    assert second is not None
    assert (first.text, first.column) == ("2 * h", 12)
    assert (second.text, second.column) == ("5", 32)
    assert argument(call, "bias", 2) is None
    assert argument(span("f(*a)", "f(*a)"), "x", 0) is None


def test_lines_are_added_with_the_indentation_of_their_neighbour():
    text = "def f():\n    out = g(\n        x)  # packed\n    return out\n"
    statement = span(text, "out = g(\n        x)")
    after = changed(text, [line_after(statement, "out, _ = h(out)")])
    assert "x)\n    out, _ = h(out)  # packed\n    return" in after


def test_several_changes_are_made_at_once_and_the_rest_stays():
    text = "a = 1  # one\r\nb = f(a, a2)\n"
    made = changed(
        text, [replaced(span(text, "a2"), "c"), replaced(span(text, "1"), "2"), wrapped(span(text, "f"), "(", ")")]
    )
    assert made == "a = 2  # one\r\nb = (f)(a, c)\n"


def test_changes_that_overlap_or_lie_outside_are_refused():
    inner, outer = span("f(x)", "x"), span("f(x)", "f(x)")
    with pytest.raises(ValueError, match="overlap"):
        changed("f(x)", [Change(inner, "y"), Change(outer, "g")])
    with pytest.raises(ValueError, match="no line 9"):
        changed("f(x)", [Change(Span("t.py", 9, 0, 9, 1), "g")])
    with pytest.raises(ValueError, match="no column"):
        changed("f(x)", [Change(Span("t.py", 1, 40, 1, 41), "g")])


def test_edits_are_of_whole_lines():
    text = "a = 1\nb = f(a)\nc = 3\n"
    (edit,) = edits_of(text, [suffixed(span(text, "f(a)"), "[0]")])
    assert edit == Edit("t.py", 2, 2, "b = f(a)[0]")
    (edit,) = edits_of(text, [line_after(span(text, "b = f(a)"), "b = b[0]")])
    assert (edit.line, edit.end_line, edit.replacement) == (2, 2, "b = f(a)\nb = b[0]")


LINE = st.text("ab =()\t#é", max_size=6)
TEXT = st.lists(LINE, min_size=1, max_size=8).map("\n".join)


@given(TEXT, TEXT)
def test_line_edits_lead_from_one_text_to_the_other(old, new):
    from shapecheck.reading.edits import line_edits

    assert edited(old, line_edits("t.py", old, new)) == new


NAMES = st.sampled_from(["a", "b.c", "f(x)", "x[0]"])
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.tuples(inner, inner, st.sampled_from(["+", "*", " if c else ", ", ", "@"])).map(
        lambda t: f"{t[0]}{t[2]}{t[1]}"
    ),
)


@given(EXPRESSIONS)
def test_brackets_keep_an_expression_what_it_is(text):
    whole = ast.parse(f"({text})", mode="eval").body
    node = ast.parse(f"{bracketed(text)}.t", mode="eval").body
    assert isinstance(node, ast.Attribute)
    assert ast.dump(node.value) == ast.dump(whole)


def test_pieces_have_their_place_in_characters():
    text = "ö = f('ü',\n      b[0])"
    call = span(text, "f('ü',\n      b[0])")
    node = ast.parse(f"({call.text}\n)", mode="eval").body
    assert isinstance(node, ast.Call)
    first, second = (piece(call, part) for part in node.args)
    assert (first.text, first.line, first.column, first.end_column) == ("'ü'", 1, 6, 9)
    assert (second.text, second.line, second.column) == ("b[0]", 2, 6)


def test_a_diff_is_one_that_patch_reads():
    assert unified_diff("t.py", "a\nb\n", "a\nc\n") == "--- t.py\n+++ t.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    assert "\\ No newline at end of file" in unified_diff("t.py", "a", "b")
