"""The report of an exception: what an error of ours says itself, and no guess where no cause is known."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from shapecheck import (
    CheckedLinear,
    CheckedLoss,
    CheckedLSTM,
    Protocol,
    ShapecheckError,
    ShapeError,
    Spec,
    Stage,
    watch,
)
from shapecheck.capture.crashes.flight import Flight
from shapecheck.diagnose import UNKNOWN_CODE
from shapecheck.scripts.crash_report import report_of


def told_of(exception: BaseException, script: str = "") -> list[tuple[str, str]]:
    return [(fix.title, fix.verified) for each in report_of(exception).report.diagnoses for fix in each.fixes]


def test_our_own_error_offers_what_was_tried_only() -> None:
    layer = CheckedLSTM(1, 8, batch_first=True)
    x = torch.zeros(4, 6, 3)
    with pytest.raises(ShapeError) as caught:
        layer(x)
    report = report_of(caught.value).report
    assert [found.slug for found in report.diagnoses] == ["features_do_not_fit"]
    assert told_of(caught.value) == [("1 -> 3", "call")]
    place = report.diagnoses[0].place
    assert place is not None
    assert "CheckedLSTM(1, 8" in Path(place.file).read_text().splitlines()[place.line - 1]
    assert len(layer.trace) == 1  # the trials entered nothing


def test_a_checked_linear_is_tried_as_torchs_own() -> None:
    layer = CheckedLinear(5, 2)
    x = torch.zeros(5, 4)
    with pytest.raises(ShapeError) as caught:
        layer(x)
    assert all(verified == "call" for _, verified in told_of(caught.value))
    assert told_of(caught.value)


def test_a_checked_loss_is_mended_at_its_call_as_torchs_own() -> None:
    criterion = CheckedLoss(torch.nn.CrossEntropyLoss())
    scores, labels = torch.randn(4, 7, 5), torch.randint(5, (4, 7))
    with pytest.raises(ShapeError) as caught:
        criterion(scores, labels)
    [found] = report_of(caught.value).report.diagnoses
    assert (found.code, found.fixes[0].title) == ("SC406", "scores.transpose(1, 2)")
    assert found.fixes[0].verified == "call"
    assert found.fixes[0].edits[0].replacement.strip() == "criterion(scores.transpose(1, 2), labels)"


def test_a_change_that_speaks_of_the_loss_s_operands_is_made_with_those_of_the_script() -> None:
    criterion = CheckedLoss(torch.nn.HuberLoss())
    guess, answers = torch.randn(4, requires_grad=True), torch.tensor([1, 2, 3, 4])
    with pytest.raises(ShapeError) as caught:
        criterion(guess, answers)
    [found] = report_of(caught.value).report.diagnoses
    [fix] = found.fixes
    assert (found.code, fix.title) == ("SC415", "answers.to(guess.dtype)")
    assert fix.edits[0].replacement.strip() == "criterion(guess, answers.to(guess.dtype))"


class Steps(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.linear = torch.nn.LSTM(1, 8, batch_first=True), torch.nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out, _ = self.lstm(x)
        return self.linear(out)


def test_batch_and_time_are_merged_where_the_protocol_says_so() -> None:
    model = Steps()
    with pytest.raises(ShapeError) as caught, watch(model, protocol=Protocol.documented()):
        model(torch.randn(4, 7, 1))
    [found] = report_of(caught.value).report.diagnoses
    assert (found.code, found.fixes[0].title, found.fixes[0].doubt) == ("SC303", "out.flatten(0, 1)", "")


class TimeFirst(Steps):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(1, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out, _ = self.lstm(x.transpose(0, 1))
        return self.linear(out)


def test_rows_come_in_the_order_that_the_protocol_says() -> None:
    stages = Stage("x", "input", "batch_size seq_length 1"), Stage("rows", "linear.input", "batch_size*seq_length 8")
    model = TimeFirst()
    with pytest.raises(ShapeError) as caught, watch(model, protocol=Protocol("rows", stages)):
        model(torch.randn(4, 7, 1))
    [found] = report_of(caught.value).report.diagnoses
    assert found.fixes[0].title == "out.transpose(0, 1).flatten(0, 1)"


class LastStep(torch.nn.Module):
    def __init__(self, index: object) -> None:
        super().__init__()
        self.lstm, self.linear, self.index = torch.nn.LSTM(1, 8, batch_first=True), torch.nn.Linear(8, 1), index

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out, (_, c_n) = self.lstm(x)
        if self.index == "first":
            last = out[:, 0]
        elif self.index == "state":
            last = c_n[-1]
        else:
            last = out[:, self.index]
        return self.linear(last)


@pytest.mark.parametrize(("index", "fixes"), [("first", ["out[:, -1]"]), ("state", []), (2, [])])
def test_the_item_that_the_protocol_says_is_offered_where_another_is_written_down(
    index: object, fixes: list[str]
) -> None:
    model = LastStep(index)
    with pytest.raises(ShapeError) as caught, watch(model, protocol=Protocol.documented(head="last step")):
        model(torch.randn(4, 7, 1))
    assert [found.code for found in report_of(caught.value).report.diagnoses] == ["SC320"]
    assert [title for title, _ in told_of(caught.value)] == fixes


def test_what_lies_behind_an_error_of_ours_is_told_where_the_sources_prove_it() -> None:
    layer = CheckedLinear(8, 2)
    frames, _ = torch.nn.GRU(3, 8, batch_first=True)(torch.zeros(4, 6, 3))
    last = frames[..., -1]
    with pytest.raises(ShapeError) as caught:
        layer(last)
    found = report_of(caught.value).report.diagnoses
    assert [each.slug for each in found] == ["step_taken_from_features"]
    assert found[0].fixes[0].title == "frames[..., -1, :]"


def test_an_error_of_ours_without_a_diagnosis_speaks_for_itself() -> None:
    with pytest.raises(ShapecheckError) as caught:
        Spec.parse("batch_size seq-length")
    report = report_of(caught.value).report
    assert report.diagnoses == ()
    assert report.not_checked[0].why == "shapecheck raised it itself, and its text says what is wrong"


def test_without_a_cause_no_fix_is_guessed_and_the_place_is_the_line_that_failed() -> None:
    x = torch.zeros(4, 6, 3)
    with pytest.raises(AttributeError) as caught:
        x.foo()
    [found] = report_of(caught.value).report.diagnoses
    assert found.code == UNKNOWN_CODE
    assert found.fixes == ()
    assert found.place is not None
    assert found.place.source.strip() == "x.foo()"


def test_no_layer_is_offered_for_rows_without_a_number() -> None:
    made = torch.nn.Linear(3, 8)
    x = torch.zeros(4, 5)
    with pytest.raises(RuntimeError) as caught:
        made(x[:, 5:])
    assert [found.code for found in report_of(caught.value).report.diagnoses] == ["SC301"]
    assert told_of(caught.value) == []


def test_what_the_script_asserts_is_told_with_the_shapes_that_it_asks_about() -> None:
    out, _ = torch.nn.LSTM(3, 8, batch_first=True, bidirectional=True)(torch.zeros(2, 4, 3))
    outer = torch.zeros(7)
    with pytest.raises(AssertionError) as caught:
        assert out.shape == (2, 4, 8), "as wide as the state"
    report = report_of(caught.value).report
    assert report.diagnoses == ()
    assert report.not_checked[0].why == "the script asserts what is not so; out is (2, 4, 16)"
    assert outer.shape == (7,)


def test_what_the_script_raises_itself_is_told_with_its_condition() -> None:
    mask, query = torch.zeros(1, 4, 4), torch.zeros(2, 7, 3)
    with pytest.raises(ValueError, match="not square") as caught:
        _checked(mask, query)
    report = report_of(caught.value).report
    assert report.diagnoses == ()
    why = "the script itself raises it if list(mask.shape) != [1, query.size(1), query.size(1)]"
    assert report.not_checked[0].why == f"{why}; mask is (1, 4, 4); query is (2, 7, 3)"


def test_what_is_raised_for_no_tensor_is_told_without_shapes() -> None:
    with pytest.raises(KeyError) as caught:
        _looked_up({"a": 1}, "b")
    assert report_of(caught.value).report.not_checked[0].why == "the script itself raises it if name not in table"


def _checked(mask: torch.Tensor, query: torch.Tensor) -> None:
    if list(mask.shape) != [1, query.size(1), query.size(1)]:
        raise ValueError("the mask is not square")


def _looked_up(table: dict[str, int], name: str) -> int:
    if name not in table:
        raise KeyError(name)
    return table[name]


def test_a_gpu_that_is_not_there_is_no_riddle_of_shapes() -> None:
    x = torch.zeros(4)
    with pytest.raises(AssertionError) as caught:
        _moved(x)
    report = report_of(caught.value).report
    assert report.diagnoses == ()
    assert report.not_checked[0].why.startswith("torch finds no GPU here; device = ")


def _moved(x: torch.Tensor) -> None:
    raise AssertionError("Torch not compiled with CUDA enabled")


class Block(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = torch.nn.Linear(8, 12), torch.nn.Linear(12, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.down(self.up(x).relu())


def test_the_trace_of_a_crash_names_axes_as_a_watch_does() -> None:
    blocks = torch.nn.Sequential(*(Block() for _ in range(4)))
    whole, x = torch.nn.Sequential(torch.nn.Embedding(20, 8), blocks, torch.nn.Linear(9, 2)), torch.randint(20, (3, 5))
    flight = Flight()
    flight.start()
    try:
        with pytest.raises(RuntimeError) as caught:
            whole(x)
    finally:
        flight.stop()
    trace = report_of(caught.value, entries=flight.entries).report.trace
    assert trace is not None
    with watch(whole) as seen, pytest.raises(RuntimeError):
        whole(x)
    told, watched = ({entry.call.module: entry.call.outputs for entry in each} for each in (trace, seen.trace))
    assert [entry.call.module for entry in trace] == [entry.call.module for entry in seen.trace]
    assert {path: [one.dims for one in outputs] for path, outputs in told.items()} == {
        path: [one.dims for one in outputs] for path, outputs in watched.items()
    }
    assert told["1.3"][0].dims[-1] == told["1.0.down"][0].dims[-1] == "embedding_dim"


@pytest.mark.parametrize(
    ("where", "advice"),
    [("", "run it in this one to have it looked at"), ("DataLoader worker process 0", "a loader with num_workers=0")],
)
def test_of_another_process_it_is_said_how_to_have_it_looked_at(where: str, advice: str) -> None:
    error = RuntimeError(f"failed in {where}")
    error.__cause__ = Exception('"""\nTraceback (most recent call last):\n  File "w.py", line 3, in f\nOdd')
    assert advice in report_of(error).report.not_checked[0].why


class Rows:
    def __getitem__(self, row: int) -> torch.Tensor:
        return torch.ones(5)[row:]


def test_operands_that_cannot_be_seen_without_a_second_run_are_not_said_to_be_no_tensors() -> None:
    rows = Rows()
    with pytest.raises(RuntimeError) as caught:
        rows[0] @ rows[2]
    assert "would mean to run code of the script again" in report_of(caught.value).report.not_checked[0].why
