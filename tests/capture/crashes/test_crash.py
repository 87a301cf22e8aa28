"""What is read from the frames of a crash: the operation, its operands by name and role, the module that failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from shapecheck.capture.crashes.crash import LiveCrash, crash_of
from shapecheck.capture.crashes.flight import Flight
from shapecheck.capture.crashes.values import value_of
from shapecheck.evidence import Argument, Operation


def crashed(function: Callable[[], object]) -> LiveCrash:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever it is, it is what is looked at
        function()
    return crash_of(caught.value)


def operation_of(function: Callable[[], object]) -> Operation:
    operation = crashed(function).evidence.operation
    assert operation is not None
    return operation


def argument(operation: Operation, role: str) -> Argument:
    found = operation.argument(role)
    assert found is not None, [item.role for item in operation.arguments]
    return found


def shape(operation: Operation, role: str) -> tuple[int, ...]:
    record = argument(operation, role).value.record
    assert record is not None
    return record.shape


class Counted:
    """Counts how often its property and its method are run."""

    def __init__(self) -> None:
        self.runs = 0

    @property
    def tensor(self) -> torch.Tensor:
        self.runs += 1
        return torch.zeros(4, 5)

    def make(self) -> torch.Tensor:
        self.runs += 1
        return torch.zeros(4, 5)


def test_an_operator_is_named_by_its_function_with_its_operands_by_name() -> None:
    query, key = torch.zeros(2, 3), torch.zeros(4, 5)
    operation = operation_of(lambda: query @ key)
    assert operation.name == "torch.matmul"
    assert [item.expression for item in operation.arguments] == ["query", "key"]
    assert shape(operation, "input") == (2, 3)
    assert operation.span is not None
    assert operation.span.text == "query @ key"


def test_an_operator_in_place() -> None:
    total, part = torch.zeros(2, 3), torch.zeros(4)

    def fail() -> None:
        nonlocal total
        total += part

    operation = operation_of(fail)
    assert (operation.name, shape(operation, "self"), shape(operation, "other")) == ("torch.Tensor.add_", (2, 3), (4,))


def test_a_list_of_tensors_is_told_item_by_item() -> None:
    first, second = torch.zeros(2, 3), torch.zeros(2)
    operation = operation_of(lambda: torch.cat([first, second], dim=1))
    assert operation.name == "torch.cat"
    assert argument(operation, "tensors[1]").expression == "second"
    assert argument(operation, "dim").keyword == "dim"


def test_a_method_of_a_tensor_and_the_sizes_that_it_was_given() -> None:
    x = torch.zeros(2, 3).t()
    operation = operation_of(lambda: x.view(-1, 3))
    assert operation.name == "torch.Tensor.view"
    assert argument(operation, "self").value.facts["contiguous"] == 0
    assert [item.value.text for item in operation.arguments[1:]] == ["-1", "3"]


def test_an_index_and_an_assignment_through_one() -> None:
    x, column = torch.zeros(2, 3), torch.zeros(5)

    def assign() -> None:
        x[:, 0] = column

    assert operation_of(lambda: x[:, 9]).name == "torch.Tensor.__getitem__"
    operation = operation_of(assign)
    assert operation.name == "torch.Tensor.__setitem__"
    assert argument(operation, "value").expression == "column"


def test_a_missing_attribute() -> None:
    out = (torch.zeros(2), torch.zeros(3))
    operation = operation_of(lambda: out.size())  # type: ignore[attr-defined]
    assert operation.name == "builtins.getattr"
    assert argument(operation, "self").value.kind == "tuple"
    assert argument(operation, "name").value.text == "size"


def test_an_unpacking_and_a_loop() -> None:
    pair = (torch.zeros(2), torch.zeros(3))

    def unpack() -> None:
        _a, _b, _c = pair  # type: ignore[misc]

    def loop() -> None:
        for _ in 3:  # type: ignore[attr-defined]
            pass

    assert operation_of(unpack).name == "unpack"
    assert argument(operation_of(unpack), "value").expression == "pair"
    assert operation_of(loop).name == "iter"


@pytest.mark.parametrize("batch_first", [True, False])
def test_the_states_of_an_lstm_have_the_roles_of_its_contract(batch_first: bool) -> None:
    lstm = nn.LSTM(3, 4, batch_first=batch_first)
    x, h, c = torch.zeros(5, 6, 3), torch.zeros(9, 4), torch.zeros(9, 4)
    crash = crashed(lambda: lstm(x, (h, c)))
    operation = crash.evidence.operation
    assert operation is not None
    assert (operation.name, operation.callee) == ("torch.nn.LSTM", "lstm")
    assert [(item.role, item.expression) for item in operation.arguments] == [
        ("input", "x"),
        ("h_0", "h"),
        ("c_0", "c"),
    ]
    assert operation.config["batch_first"] is batch_first
    assert crash.contract is not None
    assert crash.evidence.call is not None
    assert crash.evidence.call.status == "raised"


def test_a_state_that_is_no_tuple_is_told_as_the_group() -> None:
    lstm, x, h = nn.LSTM(3, 4), torch.zeros(5, 6, 3), torch.zeros(1, 6, 4)
    operation = operation_of(lambda: lstm(x, h))
    assert argument(operation, "(h_0, c_0)").expression == "h"


def test_the_arguments_of_a_function_come_from_its_own_frame_where_they_have_no_name() -> None:
    scores, labels = torch.zeros(4, 6), torch.zeros(5, dtype=torch.long)
    crash = crashed(lambda: F.cross_entropy(scores.reshape(-1, 3), labels.flatten()))
    operation = crash.evidence.operation
    assert operation is not None
    assert operation.name == "torch.nn.functional.cross_entropy"
    assert argument(operation, "input").expression == "scores.reshape(-1, 3)"
    assert (shape(operation, "input"), shape(operation, "target")) == ((8, 3), (5,))
    assert not argument(operation, "input").value.inferred
    assert crash.operation is not None
    assert crash.operation.is_complete


def test_an_operand_without_a_name_is_worked_out_on_meta_tensors() -> None:
    embed, x, y = nn.Embedding(7, 5), torch.zeros(2, 3, dtype=torch.long), torch.zeros(4, 4)
    operation = operation_of(lambda: torch.relu(embed(x)[:, -1]) @ y)
    assert shape(operation, "input") == (2, 5)
    assert argument(operation, "input").value.inferred
    assert argument(operation, "input").value.record.device == "cpu"  # type: ignore[union-attr]


def test_nothing_of_the_users_is_run_again() -> None:
    counted, x = Counted(), torch.zeros(2, 3)
    for fail in (lambda: x @ counted.make(), lambda: x @ counted.tensor):
        counted.runs = 0
        operation = operation_of(fail)
        assert counted.runs == 1
        assert argument(operation, "other").value.record is None


def test_random_numbers_are_left_alone() -> None:
    x, drop = torch.zeros(2, 3), nn.Dropout(0.5)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    with pytest.raises(RuntimeError) as caught:
        drop(x).view(7)
    before = torch.get_rng_state()
    crash_of(caught.value)
    assert not torch.equal(before, state)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_child_of_a_sequential_that_failed_is_the_inner_operation() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(7, 2))
    crash = crashed(lambda: net(torch.zeros(5, 3)))
    inner = crash.evidence.inner
    assert inner is not None
    assert (inner.name, inner.callee, inner.module) == ("torch.nn.Linear", "net[2]", "2")
    assert shape(inner, "input") == (5, 4)
    assert crash.evidence.call is not None
    assert crash.evidence.call.module == "2"


def test_stacking_in_a_loader_is_the_inner_operation() -> None:
    loader = DataLoader([torch.zeros(2), torch.zeros(3)], batch_size=2)  # type: ignore[arg-type]
    crash = crashed(lambda: list(loader))
    assert crash.evidence.operation is not None
    assert crash.evidence.inner is not None
    assert crash.evidence.inner.name == "torch.stack"
    assert shape(crash.evidence.inner, "tensors[1]") == (3,)


def test_the_cause_is_looked_at_where_the_outer_error_says_nothing() -> None:
    def fail() -> None:
        try:
            torch.zeros(2, 3) @ torch.zeros(2, 3)
        except RuntimeError as error:
            raise ValueError("training failed") from error

    crash = crashed(fail)
    assert crash.evidence.crash is not None
    assert crash.evidence.crash.type == "ValueError"
    assert crash.evidence.operation is not None
    assert crash.evidence.operation.name == "torch.matmul"


def test_an_exception_in_a_group_is_found() -> None:
    def fail() -> None:
        try:
            torch.zeros(2).view(7)
        except RuntimeError as error:
            raise ExceptionGroup("several", [error, ValueError("another")]) from None

    operation = operation_of(fail)
    assert operation.name == "torch.Tensor.view"


def test_an_error_from_a_worker_has_the_frames_of_its_text() -> None:
    text = (
        "Caught RuntimeError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n"
        f'  File "{__file__}", line 4, in __getitem__\n    return x\nRuntimeError: stack expects each tensor\n'
    )

    def fail() -> None:
        raise RuntimeError(text)

    frames = crashed(fail).evidence.frames
    assert (frames[-1].function, frames[-1].span.line, frames[-1].is_user) == ("__getitem__", 4, True)


class UnprintableError(RuntimeError):
    def __str__(self) -> str:
        raise ValueError("no")


def test_an_exception_that_cannot_be_printed() -> None:
    def fail() -> None:
        raise UnprintableError

    crash = crashed(fail).evidence.crash
    assert crash is not None
    assert crash.message == "<a UnprintableError that cannot be printed>"


class Liar:
    """Raises whatever is asked of it."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError("a lie")

    def __repr__(self) -> str:
        raise RuntimeError("a lie")

    def __matmul__(self, other: object) -> object:
        raise TypeError("no product")


def test_a_hostile_operand_does_not_hide_the_rest() -> None:
    liar, x = Liar(), torch.zeros(2, 3)
    crash = crashed(lambda: liar @ x)
    assert crash.evidence.crash is not None
    assert crash.evidence.crash.type == "TypeError"


def test_large_tensors_are_not_looked_into() -> None:
    x = torch.zeros(1).expand(1 << 33, 3)
    facts = argument(operation_of(lambda: x.view(7)), "self").value.facts
    assert "contiguous" in facts
    assert "min" not in facts


def test_code_without_source_tells_its_tensors() -> None:
    code = compile("b = a.view(7)", "<no such file>", "exec")
    crash = crashed(lambda: exec(code, {"__name__": "__main__", "a": torch.zeros(2, 3)}))
    frame = crash.evidence.user_frame
    assert frame is not None
    assert frame.names["a"].record is not None


def test_a_stack_overflow_is_read_in_bounded_time() -> None:
    def fail(x: torch.Tensor) -> torch.Tensor:
        return fail(x.relu())

    crash = crashed(lambda: fail(torch.zeros(2)))
    assert len(crash.frames) <= 60


WITHOUT_SOURCE = {
    "lambda: nn.Linear(16, 5)(torch.randn(4, 7, 32))": ("torch.nn.Linear", "Linear", {"input": (4, 7, 32)}),
    "lambda: nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))(torch.randn(6, 3))": (
        "torch.nn.Linear", "Sequential[1]", {"input": (6, 4)},
    ),
    "lambda: F.cross_entropy(torch.randn(4, 3), torch.zeros(4, 1).long())": (
        "torch.nn.functional.cross_entropy", "cross_entropy", {"input": (4, 3), "target": (4, 1)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", WITHOUT_SOURCE)
def test_code_without_source_still_tells_which_layer_or_function_failed_and_on_what(code: str) -> None:
    name, callee, shapes = WITHOUT_SOURCE[code]
    found = crashed(eval(compile(code, "<no file>", "eval")))  # the only way to have no source
    assert found.evidence.operation is None
    inner = found.evidence.inner
    assert inner is not None
    assert (inner.name, inner.callee) == (name, callee)
    assert {role: shape(inner, role) for role in shapes} == shapes
    assert found.contract is not None


def test_what_a_function_has_assigned_anew_is_not_taken_for_what_it_was_given() -> None:
    code = "lambda: nn.utils.rnn.pack_padded_sequence(torch.randn(4, 3, 2), torch.tensor([3, 2]), batch_first=True)"
    found = crashed(eval(compile(code, "<no file>", "eval")))
    inner = found.evidence.inner
    assert inner is not None
    # The function has transposed its input by the time that it fails.
    assert argument(inner, "input").value.record is None
    assert found.contract is None


def test_what_a_module_of_the_scripts_own_returned_is_looked_up():
    class Patch(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(3, 16, 4, stride=4)

        def forward(self, x):
            return self.conv(x).transpose(1, 2)

    patch, table, x = Patch(), torch.zeros(1, 9, 16), torch.randn(5, 3, 40)
    flight = Flight()
    flight.start()
    with pytest.raises(RuntimeError) as caught:
        patch(x) + table
    flight.stop()
    for entries, shape in ((flight.entries, (5, 10, 16)), ((), None)):
        operation = crash_of(caught.value, entries).evidence.operation
        assert operation is not None
        record = operation.arguments[0].value.record
        assert (record.shape if record is not None else None) == shape


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["x", "label"], "'x', 'label'"),
        ([f"blocks.{at}.norm.weight" for at in range(5)], "'blocks.0.norm.weight', 'blocks.1.norm.weight', and 3 more"),
        (list(range(11)), "0, 1, 2, 3, 4, 5, 6, 7, and 3 more"),
        (["a" * 90], "'" + "a" * 79),
    ],
)
def test_the_keys_of_a_dict_are_whole_and_those_left_out_are_counted(keys, text):
    assert value_of(dict.fromkeys(keys, 1), "x").text == text
