"""Exceptions explained where they are raised: the context, the decorator, the hooks, IPython."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.modules import module as torch_modules

import shapecheck
from shapecheck import explainer


@pytest.fixture(autouse=True)
def hooks() -> Iterator[None]:
    kept = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = kept


def fail() -> None:
    query, key = torch.zeros(2, 3), torch.zeros(4, 5)
    query @ key


def notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", []))


def test_the_exception_keeps_its_type_and_text_and_gets_one_note() -> None:
    with pytest.raises(RuntimeError) as plain:
        fail()
    with pytest.raises(RuntimeError) as caught, shapecheck.explaining():
        fail()
    assert type(caught.value) is type(plain.value)
    assert str(caught.value) == str(plain.value)
    [note] = notes(caught.value)
    assert "query: (2, 3)" in note
    assert "key: (4, 5)" in note
    assert "shapecheck explain SC" in note


def test_nested_contexts_add_one_note() -> None:
    with pytest.raises(RuntimeError) as caught, shapecheck.explaining(), shapecheck.explaining():
        fail()
    assert len(notes(caught.value)) == 1


def test_a_decorated_function_is_explained_and_returns_what_it_returned() -> None:
    @shapecheck.explaining()
    def double(x: int) -> int:
        """Doubles."""
        if x < 0:
            fail()
        return 2 * x

    assert (double(3), double.__name__, double.__doc__) == (6, "double", "Doubles.")
    with pytest.raises(RuntimeError) as caught:
        double(-1)
    assert len(notes(caught.value)) == 1
    assert "in fail" in notes(caught.value)[0]


def test_it_decorates_without_brackets_too() -> None:
    @shapecheck.explaining
    def double(x: int) -> int:
        if x < 0:
            fail()
        return 2 * x

    assert (double(3), double.__name__) == (6, "double")
    with pytest.raises(RuntimeError) as caught:
        double(-1)
    assert len(notes(caught.value)) == 1
    with pytest.raises(TypeError, match="explaining: expected nothing or a function, got int"):
        shapecheck.explaining(3)  # type: ignore[call-overload]


def test_a_coroutine_function_is_explained() -> None:
    @shapecheck.explaining()
    async def work() -> None:
        fail()

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(work())
    assert len(notes(caught.value)) == 1


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt(), SystemExit(3), SyntaxError("x")])
def test_what_tensors_have_no_part_in_gets_no_note(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, shapecheck.explaining():
        raise error
    assert notes(caught.value) == []


def test_no_hook_is_left_behind() -> None:
    before = dict(torch_modules._global_forward_hooks)
    with shapecheck.explaining():
        assert len(torch_modules._global_forward_hooks) == len(before) + 1
        nn.Linear(2, 2)(torch.zeros(1, 2))
    assert dict(torch_modules._global_forward_hooks) == before


def test_several_threads_share_one_context_object() -> None:
    explain = shapecheck.explaining()
    found: list[int] = []

    def work() -> None:
        try:
            with explain:
                fail()
        except RuntimeError as error:
            found.append(len(notes(error)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1, 1, 1]


def test_install_goes_on_to_the_hook_before_and_can_be_taken_back() -> None:
    seen: list[tuple[type, int]] = []
    sys.excepthook = mine = lambda kind, error, trace: seen.append((kind, len(notes(error))))
    shapecheck.install()
    shapecheck.install()
    try:
        fail()
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert seen == [(RuntimeError, 1)]
    shapecheck.uninstall()
    assert sys.excepthook is mine


def test_under_the_command_the_report_alone_tells_what_the_note_would() -> None:
    code = "import torch, shapecheck; shapecheck.install(); torch.zeros(2, 3) @ torch.zeros(2, 4)"
    command = [sys.executable, "-m", "shapecheck", "run", "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stderr
    assert told.count("SC501: ") == 1
    assert told.count("Traceback") == 1


def test_install_reaches_threads() -> None:
    seen: list[int] = []
    threading.excepthook = lambda raised: seen.append(len(notes(raised.exc_value)))  # type: ignore[arg-type]
    shapecheck.install()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert seen == [1]


def test_uninstall_leaves_a_later_hook_of_others() -> None:
    shapecheck.install()
    later = sys.excepthook = lambda *raised: None
    shapecheck.uninstall()
    assert sys.excepthook is later


def test_the_extension_of_ipython_adds_the_note_before_the_cell_prints_it() -> None:
    set_up: list[Any] = []
    shown: list[int] = []
    shell = SimpleNamespace(
        set_custom_exc=lambda kinds, handler: set_up.append((kinds, handler)),
        showtraceback=lambda raised, tb_offset: shown.append(len(notes(raised[1]))),
    )
    shapecheck.load_ipython_extension(shell)
    kinds, handler = set_up[0]
    assert kinds == (Exception,)
    try:
        fail()
    except RuntimeError as error:
        handler(shell, type(error), error, error.__traceback__, tb_offset=1)
    assert shown == [1]
    shapecheck.unload_ipython_extension(shell)
    assert set_up[1] == ((), None)


def test_a_failure_of_our_own_is_one_line_and_the_exception_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("shapecheck.scripts.crash_report.report_of", broken)
    with pytest.raises(RuntimeError, match="cannot be multiplied") as caught, explainer.explaining():
        fail()
    assert notes(caught.value) == []
    assert capsys.readouterr().err == (
        "shapecheck: no diagnosis: shapecheck itself failed (ZeroDivisionError: ours); the script's own error stands\n"
    )
    monkeypatch.setenv("SHAPECHECK_DEBUG", "1")
    with pytest.raises(ZeroDivisionError, match="ours"), explainer.explaining():
        fail()


class Flow(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.linear = nn.Linear(16, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.lstm(x)[0].reshape(-1, 16))


def test_an_error_of_ours_is_left_alone() -> None:
    model = Flow()
    protocol = shapecheck.Protocol.documented()
    with (
        pytest.raises(shapecheck.ShapeError) as caught,
        shapecheck.explaining(),
        shapecheck.watch(model, None, protocol),
    ):
        model(torch.zeros(4, 6))
    assert notes(caught.value) == []
    with pytest.raises(shapecheck.ProtocolError) as other, shapecheck.explaining():
        shapecheck.watch(Flow(), None, shapecheck.Protocol.documented(lstm="rnn"))
    assert notes(other.value) == []


def test_what_a_watch_has_told_is_told_once_with_the_line_and_the_fix() -> None:
    model = Flow()
    with pytest.raises(RuntimeError, match="input_size") as caught, shapecheck.explaining(), shapecheck.watch(model):
        model(torch.zeros(4, 6, 3))
    [note] = notes(caught.value)
    assert note.count("SC102: ") == 1
    assert "tried: the call runs" in note


def test_what_nobody_knows_gets_no_guessed_fix() -> None:
    x = torch.zeros(2, 3)
    with pytest.raises(AttributeError) as caught, shapecheck.explaining():
        x.foo()
    [note] = notes(caught.value)
    assert "x: (2, 3)" in note
    assert "not tried" not in note
    assert ".long()" not in note
