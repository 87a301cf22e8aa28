from io import StringIO

import pytest
from rich.console import Console

from shapecheck.dims import Bound, Mismatch
from shapecheck.findings import Blame, Diagnosis, Edit, Fix, Operand, Place, Violation
from shapecheck.records import CallRecord
from shapecheck.render.diagnosis import diagnosis_lines, diagnosis_rich, diagnosis_text
from shapecheck.render.words import _TORCH

SWAPPED = Diagnosis(
    code="SC101",
    slug="swapped_batch_and_sequence",
    headline="batch and time are swapped",
    explanation="without batch_first=True an LSTM walks along axis 0, which holds the 32 samples",
    place=Place("train.py", 14, 14, "        out, _ = self.lstm(x)\n"),
    violation=Violation(
        "size",
        "lstm.input",
        call=CallRecord("lstm", "LSTM", "1, 100, num_layers=2"),
        expected=(("seq_length", 7), ("batch_size", 32), ("num_features", 1)),
        got=(32, 7, 1),
        axes=(0, 1),
        blame=(Blame("batch_size", 32, "the targets"), Blame("seq_length", 7, "the input")),
    ),
    fixes=(
        Fix(
            "nn.LSTM(1, 100, 2, batch_first=True)",
            verified="call",
            outcome="the samples no longer influence each other",
        ),
    ),
)

FORM = """\
SC101: batch and time are swapped

  --> train.py:14
   |      out, _ = self.lstm(x)
   |
  stage     lstm.input   nn.LSTM(1, 100, num_layers=2), batch_first=False
  expected  (seq_length=7, batch_size=32, num_features=1)
  got       (32, 7, 1)
             ^^  ^
  bound     batch_size=32 by the targets; seq_length=7 by the input
  because   without batch_first=True an LSTM walks along axis 0, which holds the 32 samples
  fix       nn.LSTM(1, 100, 2, batch_first=True)        tried: the samples no longer influence each other
  more      shapecheck explain SC101"""


def bare(violation=None, **changes):
    return Diagnosis("", "", "the shapes do not fit", "", violation=violation, **changes)


def body(violation):
    return diagnosis_text(bare(violation)).partition("\n\n")[2]


def test_the_whole_form():
    assert diagnosis_text(SWAPPED) == FORM


def test_a_diagnosis_that_knows_nothing_else_is_its_headline():
    assert diagnosis_text(bare()) == "the shapes do not fit"


def test_severity_and_certainty_are_told_unless_they_are_error_and_proved():
    doubtful = Diagnosis("SC1", "s", "rows are mixed", "", severity="warning", certainty="likely")
    assert diagnosis_text(doubtful).splitlines()[0] == "SC1: rows are mixed (warning, likely)"


def test_the_wrong_number_of_axes_is_counted_on_both_sides():
    got = body(Violation("ndim", "linear.input", expected=(("...", None), ("H_in", 16)), got=()))
    assert got == ("  stage     linear.input\n  expected  (..., H_in=16)   1 axis or more\n  got       ()   0 axes")


@pytest.mark.parametrize(
    ("got", "axes", "shape", "marks"),
    [
        ((5,), (0,), "(5,)", " ^"),
        ((1000, 2, 30), (0, 2), "(1000, 2, 30)", " ^^^^     ^^"),
        ((4, 0), (1,), "(4, 0)", "    ^"),
    ],
)
def test_carets_stand_under_the_wrong_sizes_only(got, axes, shape, marks):
    lines = body(Violation("size", "", expected=(("n", 9),) * len(got), got=got, axes=axes)).splitlines()
    assert lines[1:] == [f"  got       {shape}", f"            {marks}"]


def test_unknown_fixed_and_anonymous_sizes_in_what_was_expected():
    expected = (("batch_size", None), ("1", 1), ("_", None), ("batch_size*seq_length", 224))
    text = body(Violation("size", "", expected=expected, got=(1, 2, 3, 4), axes=(1,)))
    assert text.splitlines()[0] == "  expected  (batch_size, 1, any size, batch_size*seq_length=224)"


def test_a_dtype_says_both_in_words():
    violation = Violation("dtype", "loss.target", expected_text="int64 in [0, 5)", got_text="float32", got=(224, 1))
    assert body(violation) == ("  stage     loss.target\n  expected  int64 in [0, 5)\n  got       (224, 1)   float32")


def test_a_missing_tensor_was_nothing():
    violation = Violation("missing", "lstm.c_0", expected=(("num_layers", 2), ("N", 4)))
    assert body(violation) == "  stage     lstm.c_0\n  expected  (num_layers=2, N=4)\n  got       nothing"


def test_a_stage_has_its_name_and_its_place():
    call = CallRecord("net.linear", "Linear", "in_features=100, out_features=1, bias=True")
    violation = Violation("dtype", "net.linear.input", call=call, stage="Linear input", got_text="int64")
    assert body(violation).splitlines()[0] == (
        "  stage     Linear input, at net.linear.input   nn.Linear(in_features=100, out_features=1)"
    )


def test_the_reason_of_the_contract_stands_in_for_an_explanation_and_silence_of_torch_is_told():
    violation = Violation("size", ".input", reason="a cell has one step", got=(3,), torch_accepts=True)
    assert body(violation).splitlines()[-2:] == [
        "  because   a cell has one step",
        "            torch itself accepts this without an error",
    ]


def test_a_long_reason_is_wrapped_below_itself():
    lines = diagnosis_text(Diagnosis("", "", "h", "word " * 60)).splitlines()[2:]
    assert len(lines) == 4
    assert lines[0].startswith("  because   word")
    assert all(line.startswith("            word") for line in lines[1:])
    assert max(map(len, lines)) <= 110


def test_several_fixes_stand_in_columns_and_say_what_was_tried():
    fixes = (
        Fix("x.view(7, 32)"),
        Fix("x.transpose(0, 1)", verified="script"),
        Fix("x.t()", verified="call"),
        Fix("x.reshape(7, 32)", outcome="the line is not known"),
    )
    assert diagnosis_text(bare(fixes=fixes)).splitlines()[2:] == [
        "  fix       x.view(7, 32)            not tried",
        "  fix       x.transpose(0, 1)        tried: the script runs with it",
        "  fix       x.t()                    tried: the call runs with it",
        "  fix       x.reshape(7, 32)         not tried: the line is not known",
    ]


def test_behind_a_fix_that_was_tried_nothing_untried_is_told():
    fixes = (Fix("x.t()", verified="call"), Fix("x.view(7, 32)"), Fix("x.mT", verified="call", doubt="perhaps"))
    assert diagnosis_text(bare(fixes=fixes)).splitlines()[2:] == [
        "  fix       x.t()        tried: the call runs with it",
    ]


def of_rows(count):
    return bare(fixes=(Fix("several", (Edit("a.py", 3, 3, "\n".join(f"row_{at}" for at in range(count))),)),))


def test_an_edit_of_many_lines_is_shown_to_its_end():
    assert diagnosis_text(of_rows(9)).splitlines()[3:] == [
        "            line 3  row_0",
        *(f"                    row_{at}" for at in range(1, 9)),
    ]


def test_what_is_left_out_of_an_edit_is_told():
    assert diagnosis_text(of_rows(24)).splitlines()[-1] == "                    row_23"
    assert diagnosis_text(of_rows(25)).splitlines()[-2:] == [
        "                    row_23",
        "            ... 1 more line; the report as JSON or HTML has them all",
    ]
    many = bare(fixes=(Fix("several", tuple(Edit("a.py", line, line, "x") for line in range(1, 9))),))
    assert diagnosis_text(many).splitlines()[-2:] == [
        "            line 6  x",
        "            ... 2 more places to change; the report as JSON or HTML has them all",
    ]


def test_evidence_by_the_names_in_the_source():
    evidence = (Operand("flat", (28, 16), ("batch_size*seq_length", "hidden_size")), Operand("y", (4,)))
    assert diagnosis_text(bare(evidence=evidence)).splitlines()[2:] == [
        "  seen      flat: (28, 16) = (batch_size*seq_length, hidden_size)",
        "            y: (4,)",
    ]


def test_several_source_lines_keep_their_own_indentation_and_a_crash_elsewhere_is_told():
    place = Place("a.py", 3, 5, "    y = f(\n        x,\n    )\n")
    assert diagnosis_text(bare(place=place, crash_line=9)).splitlines()[2:] == [
        "  --> a.py:3   it surfaced at line 9",
        "   |      y = f(",
        "   |          x,",
        "   |      )",
        "   |",
    ]
    assert "surfaced" not in diagnosis_text(bare(place=place, crash_line=4))
    assert diagnosis_text(bare(crash_line=9)).splitlines()[2:] == ["  --> line 9, where it surfaced"]


def test_expected_comes_from_a_mismatch_unchanged():
    miss = Mismatch("size", (("n", 3),), (4,), (0,), (("n", Bound(3, "the input of a")),))
    violation = Violation(
        "size", "b.input", expected=miss.expected, got=miss.got, axes=miss.axes,
        blame=tuple(Blame(dim, bound.size, bound.by) for dim, bound in miss.blame),
    )  # fmt: skip
    assert body(violation).splitlines()[1:] == [
        "  expected  (n=3,)",
        "  got       (4,)",
        "             ^",
        "  bound     n=3 by the input of a",
    ]


HOSTILE = "[red]x[/red]\x1b[2J\u202eevil\r\n\x00\ud800é"


def hostile():
    call = CallRecord(HOSTILE, HOSTILE, HOSTILE)
    violation = Violation(
        "size", HOSTILE, call, ((HOSTILE, 3),), (4,), (0,), (Blame(HOSTILE, 3, HOSTILE),), HOSTILE, HOSTILE, HOSTILE
    )
    return Diagnosis(
        HOSTILE, HOSTILE, HOSTILE, HOSTILE, "error", "proved", violation, Place(HOSTILE, 1, 1, HOSTILE), 7,
        (Operand(HOSTILE, (4,), (HOSTILE,)),), (Fix(HOSTILE, outcome=HOSTILE),),
    )  # fmt: skip


def test_hostile_text_is_harmless_in_plain_text():
    text = diagnosis_text(hostile())
    assert all(character == "\n" or character.isprintable() for character in text)
    assert "[red]x[/red]\\x1b[2J\\u202eevil" in text
    text.encode("utf-8")
    diagnosis_text(hostile(), unicode=False).encode("ascii")


def test_hostile_text_is_no_markup_on_a_terminal():
    stream = StringIO()
    Console(file=stream, width=400, force_terminal=True).print(diagnosis_rich(hostile()))
    assert "[red]x[/red]\\x1b[2J" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()


def test_a_very_long_line_is_cut():
    place = Place("a.py", 1, 1, "x = " + "1 + " * 10_000)
    assert max(map(len, diagnosis_text(bare(place=place)).splitlines())) < 200
    deep = Violation("size", "m." * 50_000 + "input", got=(3,))
    assert max(map(len, diagnosis_text(bare(deep)).splitlines())) < 700


def test_the_names_of_torch_are_torchs():
    nn = pytest.importorskip("torch.nn")
    assert [name for name in _TORCH if not hasattr(nn, name)] == []


def test_colour_says_the_same_words():
    assert diagnosis_rich(SWAPPED).plain.splitlines() == FORM.splitlines()
    styles = {style for line in diagnosis_lines(SWAPPED) for _, style in line}
    assert {"headline", "wrong", "right"} <= styles


def test_the_number_of_axes_is_said_once():
    found = Violation(
        *("ndim", "linear.input"), expected=(("N", 4), ("H_in", 3)), got=(4, 3, 1), expected_text="2 axes",
        got_text="3 axes",
    )  # fmt: skip
    assert body(found).splitlines()[1:] == ["  expected  (N=4, H_in=3)   2 axes", "  got       (4, 3, 1)   3 axes"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_line_fits_and_nothing_is_lost(width):
    step = "batch_size seq_length hidden_size -> (batch_size seq_length) hidden_size"
    violation = Violation(
        "content",
        "linear.input",
        CallRecord("linear", "Linear", "in_features=100, out_features=1, bias=True"),
        expected=(("batch_size*seq_length", 224), ("hidden_size", 100)),
        got=(224, 100),
        axes=(0,),
        expected_text=f"the values of stage 'LSTM output' by {step!r}",
        got_text="the same sizes with other values, or the same values in another order",
        torch_accepts=True,
        stage="Linear input",
    )
    outcome = "the samples no longer influence each other, and every row is one step of one sample"
    fix = Fix("out.reshape(-1, 100)", verified="call", outcome=outcome)
    evidence = (Operand("the_tensor_before", (32, 7, 100), ("batch_size", "seq_length", "hidden_size")),)
    shown = bare(violation, fixes=(fix,), evidence=evidence)
    lines = ["".join(text for text, _ in line) for line in diagnosis_lines(shown, width=width)]
    assert all(len(line.rstrip()) <= width for line in lines)
    words = " ".join(" ".join(lines).split())
    for part in (step, violation.got_text, outcome, "nn.Linear(in_features=100, out_features=1)", "224, 100"):
        assert part in words
    caret = next(at for at, line in enumerate(lines) if "^" in line)
    assert lines[caret - 1].index("224") == lines[caret].index("^^^")
