"""Records are values, and a trace survives JSON and tells what it does not share with another."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecheck.errors import ShapecheckError
from shapecheck.records import CallRecord, Packing, TensorRecord, Trace, TraceDiff, TraceEntry

words = st.text(max_size=8)
counts = st.integers(0, 2**40)
word_tuples = st.lists(words, max_size=3).map(tuple)
pairs = st.lists(st.tuples(words, counts), max_size=3).map(tuple)
tensors = st.builds(
    TensorRecord,
    role=words,
    shape=st.lists(counts, max_size=4).map(tuple),
    dtype=words,
    device=words,
    dims=word_tuples,
    rows=word_tuples,
    packing=st.none() | st.builds(Packing, counts, counts, counts),
)
calls = st.builds(
    CallRecord,
    module=words,
    type=words,
    config=words,
    inputs=st.lists(tensors, max_size=2).map(tuple),
    outputs=st.lists(tensors, max_size=2).map(tuple),
    status=st.sampled_from(["returned", "raised"]),
    training=st.booleans(),
)
entries = st.builds(TraceEntry, calls, st.integers(1, 2**40))
traces = st.builds(
    Trace,
    model=words,
    entries=st.lists(entries, max_size=3, unique_by=lambda entry: entry.call).map(tuple),
    parameters=pairs,
    dropped=counts,
    protocol=words,
    sizes=pairs,
)


def lstm_call(batch_size: int = 4) -> CallRecord:
    return CallRecord(
        "lstm",
        "LSTM",
        inputs=(TensorRecord("input", (batch_size, 7, 1)),),
        outputs=(TensorRecord("output", (batch_size, 7, 100)), TensorRecord("h_n", (2, batch_size, 100))),
    )


@given(traces, st.sampled_from([None, 2]))
def test_a_trace_reads_back_from_json_as_an_equal_trace(trace: Trace, indent: int | None) -> None:
    twin = Trace.from_json(trace.to_json(indent=indent))
    assert twin == trace
    assert hash(twin) == hash(trace)


@given(traces)
def test_a_trace_does_not_differ_from_itself(trace: Trace) -> None:
    assert not trace.diff(trace)


@given(traces, traces)
def test_a_diff_sorts_every_call_and_turns_round_with_its_sides(left: Trace, right: Trace) -> None:
    diff, back = left.diff(right), right.diff(left)
    assert (diff.only_left, diff.only_right) == (back.only_right, back.only_left)
    assert set(diff.counts) == {(call, first, second) for call, second, first in back.counts}
    assert {entry.call for entry in left} - {entry.call for entry in right} == set(diff.only_left)
    assert bool(diff) == (set(left.entries) != set(right.entries))


def test_a_diff_names_calls_and_counts() -> None:
    small, large = lstm_call(4), lstm_call(32)
    left = Trace("Net", (TraceEntry(small, 3), TraceEntry(large, 1)))
    right = Trace("Net", (TraceEntry(small, 5), TraceEntry(replace(large, training=False), 1)))
    assert left.diff(right) == TraceDiff(
        only_left=(large,), only_right=(replace(large, training=False),), counts=((small, 3, 5),)
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "3",
        "null",
        "{}",
        '{"trace_version": 1}',
        '{"trace_version": 1, "model": "Net", "entries": [{}], "parameters": [], "dropped": 0, "protocol": "", '
        '"sizes": []}',
        '{"trace_version": 1, "model": "Net", "entries": [], "parameters": [["a"]], "dropped": 0, "protocol": "", '
        '"sizes": []}',
    ],
)
def test_text_that_is_no_trace_is_refused(text: str) -> None:
    with pytest.raises(ShapecheckError, match=r"^this is not the JSON of a trace: "):
        Trace.from_json(text)


def test_an_unknown_field_is_refused_rather_than_dropped() -> None:
    data = json.loads(Trace("Net", (TraceEntry(lstm_call()),)).to_json())
    data["entries"][0]["call"]["inputs"][0]["layout"] = "strided"
    with pytest.raises(ShapecheckError, match="layout"):
        Trace.from_json(json.dumps(data))


def test_a_trace_of_another_version_is_refused() -> None:
    text = Trace("Net").to_json().replace('"trace_version": 1', '"trace_version": 7')
    with pytest.raises(ShapecheckError, match=r"^expected a trace of version 1, got version 7$"):
        Trace.from_json(text)


def test_a_call_finds_its_tensors_by_role_inputs_first() -> None:
    call = CallRecord(
        "gate", "Gate", inputs=(TensorRecord("x", (2,)),), outputs=(TensorRecord("x", (3,)), TensorRecord("y", (5,)))
    )
    assert call.tensor("x") == TensorRecord("x", (2,))
    assert call.tensor("y") == TensorRecord("y", (5,))
    assert call.tensor("z") is None


def test_a_trace_is_read_by_module_and_in_order() -> None:
    first, second = TraceEntry(lstm_call(4), 3), TraceEntry(lstm_call(32), 1)
    other = TraceEntry(CallRecord("", "Net"))
    trace = Trace("Net", (other, first, second))
    assert trace.of("lstm") == (first, second)
    assert trace.of("") == (other,)
    assert trace.of("linear") == ()
    assert (len(trace), list(trace)) == (3, [other, first, second])


def tree(*paths: str, raised: str = "-") -> Trace:
    calls = (CallRecord(path, "Net", status="raised" if path == raised else "returned") for path in paths)
    return Trace("Net", tuple(map(TraceEntry, calls)), tuple((path, 1) for path in ("blocks", *paths, "a.idle")))


def test_a_trace_is_cut_at_a_depth_of_modules_that_are_called() -> None:
    whole = tree("", "a", "a.b", "blocks.0", "blocks.0.norm", "blocks.0.ff.1")
    paths = [[entry.call.module for entry in whole.down_to(depth)] for depth in range(3)]
    assert paths[0] == [""]
    assert paths[1] == ["", "a", "blocks.0"]
    assert paths[2] == ["", "a", "a.b", "blocks.0", "blocks.0.norm", "blocks.0.ff.1"]
    assert whole.down_to(2) == whole


def test_what_is_cut_off_does_not_count_as_idle_and_what_is_idle_stays() -> None:
    cut = tree("", "a", "a.b", "blocks.0", "blocks.0.norm").down_to(1)
    assert [path for path, _ in cut.parameters] == ["", "a", "blocks.0", "a.idle"]
    assert "blocks" not in dict(tree("", "blocks.0").down_to(0).parameters)


def test_a_call_that_raised_is_shown_at_any_depth() -> None:
    cut = tree("", "a", "a.b", "a.b.c", raised="a.b.c").down_to(0)
    assert [entry.call.module for entry in cut] == ["", "a.b.c"]


def test_a_depth_below_the_model_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a depth of 0 or more, got -1"):
        tree("").down_to(-1)


def test_a_scalar_has_no_axes() -> None:
    assert TensorRecord("loss", ()).ndim == 0
    assert TensorRecord("input", (4, 7, 1)).ndim == 3


def test_records_are_frozen_and_travel() -> None:
    trace = Trace("Net", (TraceEntry(lstm_call()),))
    assert pickle.loads(pickle.dumps(trace)) == trace
    with pytest.raises(FrozenInstanceError):
        trace.entries[0].call.module = "gru"  # type: ignore[misc]
