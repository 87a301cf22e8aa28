import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

import shapecheck
from shapecheck.records import CallRecord, TensorRecord, Trace, TraceEntry
from shapecheck.render.text import trace_table, trace_text

NARROW = """\
PriceModel   3 calls, 121,701 parameters
------------------------------------------------------------
the model: PriceModel
121,701 parameters
in   input   (batch_size 32, seq_length 7, num_features 1)
did not finish: a module inside it failed

lstm: nn.LSTM(1, 100, num_layers=2, batch_first=True)
121,600 parameters
in   input   (batch_size 32, seq_length 7, num_features 1)
out  output  (batch_size 32, seq_length 7, hidden_size 100)
             num_features gone, hidden_size new
out  h_n     (num_layers 2, batch_size 32, hidden_size 100)
             seq_length and num_features gone, num_layers
               and hidden_size new
             h_n[0] is layer 0, h_n[1] is layer 1
out  c_n     (num_layers 2, batch_size 32, hidden_size 100)

X linear: nn.Linear(in_features=70, out_features=1)
101 parameters
in   input   (batch_size 32, seq_length 7, hidden_size 100)
X FAILED HERE: the call raised, nothing came out
------------------------------------------------------------
how the numbers come about
   32 = batch_size     samples that are worked on at once
    7 = seq_length     steps of each sequence
    1 = num_features   numbers that describe one step
  100 = hidden_size    numbers in which a recurrent layer
                       keeps what it has read
    2 = num_layers     recurrent layers, one above the other
h_n and c_n have the batch on axis 1, whatever batch_first
  says
never reached: scale"""

BESIDE = """\
linear                               in   input   (batch_size*seq_length 224, hidden_size 100)
nn.Linear(in_features=100,                        stage 3, Linear input
out_features=1)                      out  output  (batch_size*seq_length 224, out_size 1)
12 calls                                          stage 4, Linear output
101 parameters                                    hidden_size gone, out_size new
"""


def test_the_narrow_form(traces):
    assert trace_text(traces.crash(), 60, unicode=False) == NARROW


def test_modules_stand_beside_their_tensors_where_there_is_room(traces):
    assert BESIDE in trace_text(traces.regression(), 120)
    assert "linear: nn.Linear" not in trace_text(traces.regression(), 120)


def test_notes_stand_beside_shapes_where_there_is_more_room(traces):
    line = next(line for line in trace_text(traces.regression(), 200).splitlines() if "h_n     (" in line)
    assert line.endswith("seq_length and num_features gone, num_layers and hidden_size new")


@pytest.mark.parametrize("width", [60, 80, 100, 132, 200])
def test_every_width_holds_and_no_size_is_lost(any_trace, width, request):
    hostile = "hostile" in request.node.name
    for unicode in (True, False):
        text = trace_text(any_trace, width, unicode=unicode)
        assert hostile or max(map(cell_len, text.splitlines())) <= width
        assert not any(line != line.rstrip() for line in text.splitlines())
        flat = re.sub(r"\s+", " ", text)
        first = any_trace.entries[0].call
        for record in first.inputs + first.outputs:
            for dim, size in zip(record.dims or record.shape, record.shape, strict=True):
                assert hostile or (f"{dim} {size}" if record.dims else str(size)) in flat


def test_a_log_file_gets_no_control_characters_and_ascii_alone_if_wanted(any_trace):
    assert all(character == "\n" or character.isprintable() for character in trace_text(any_trace, 80))
    trace_text(any_trace, 80, unicode=False).encode("ascii")
    trace_text(any_trace, 80).encode("utf-8")


def test_colour_adds_codes_and_nothing_else(any_trace):
    coloured = trace_text(any_trace, 100, color=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == trace_text(any_trace, 100).splitlines()


def test_colour_does_not_look_at_the_environment(traces, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b[" in trace_text(traces.regression(), 100, color=True)


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "\u2717"), ("ascii", "X")])
def test_rich_prints_it_in_the_width_and_characters_of_its_console(traces, encoding, mark):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=stream, width=72).print(trace_table(traces.crash()))
    stream.flush()
    text = raw.getvalue().decode(encoding)
    assert f"{mark} FAILED HERE" in text
    assert [line.rstrip() for line in text.splitlines()] == trace_text(
        traces.crash(), 72, unicode=encoding == "utf-8"
    ).splitlines()


def test_a_name_that_is_longer_than_its_column_keeps_the_columns_of_the_others(traces):
    path = "transformer.encoder.layers.11.self_attention.out_proj"
    x = TensorRecord("input", (2, 3), dims=("batch_size", "width"))
    text = trace_text(Trace("Net", (TraceEntry(CallRecord(path, "Linear", "", (x,), (x,))),)), 120)
    lines = [line for line in text.splitlines() if "(batch_size 2, width 3)" in line]
    assert path in text.splitlines()
    assert len({line.index("(") for line in lines}) == 1


def test_wide_characters_keep_the_columns():
    x = TensorRecord("input", (2,), dims=("批量",))
    text = trace_text(Trace("模型", (TraceEntry(CallRecord("层", "线性", "", (x,), (x,))),)), 100)
    lines = [line for line in text.splitlines() if "批量 2" in line and "(" in line]
    assert {cell_len(line[: line.index("(")]) for line in lines} == {cell_len(lines[0][: lines[0].index("(")])}


def test_dtypes_are_told_unless_usual_and_a_scalar_is_one_number(traces):
    text = trace_text(traces.with_loss(), 100)
    assert "(batch_size*seq_length 224,) int64" in text
    assert "()  one number" in text
    assert "float32" not in text


def test_a_printed_trace_is_its_table(traces, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    trace = traces.regression()
    assert type(trace) is shapecheck.Trace
    print(trace)
    assert capsys.readouterr().out == trace_text(trace, 80) + "\n"
    assert repr(trace).startswith("Trace(model='PriceModel'")


def test_printing_uses_what_standard_output_can_write(traces, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    assert str(traces.crash()) == trace_text(traces.crash(), 80, unicode=False)
    monkeypatch.setattr("sys.stdout", None)
    assert str(traces.crash()) == trace_text(traces.crash(), 80, unicode=False)


def test_rich_shows_a_trace_by_itself(traces):
    stream = io.StringIO()
    Console(file=stream, width=80).print(traces.regression())
    assert "how the numbers come about" in stream.getvalue()


def test_what_the_models_own_code_does_last_is_told(traces):
    assert (
        "after linear.output: batch_size*seq_length split into batch_size and seq_length: the model's output"
        in trace_text(traces.put_back(), 180)
    )
