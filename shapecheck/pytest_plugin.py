"""The pytest plugin: a fixture to watch models with, a marker for their protocol, and why a test failed.

Every pytest run of an environment loads this file, so torch and the rest of the package are imported at first use only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from torch import nn

    from shapecheck.findings import Report
    from shapecheck.protocol import Protocol
    from shapecheck.watcher import Watch

_HIDE, _CALLS = "__tracebackhide__", "torch.nn.modules.module"
SECTION = "Captured shape trace"
MARKER = (
    "shapes(protocol=None, **specs): the protocol that models watched by the fixture `shapecheck` must keep; "
    'or place and spec of single stages: shapes(**{"lstm.output": "batch_size seq_length hidden_size"})'
)


class ShapeFixture:
    """What the fixture ``shapecheck`` offers to a test.

    Args:
        protocol: The protocol of the test's marker, if it has one.
    """

    def __init__(self, protocol: Protocol | None = None) -> None:
        self.protocol = protocol
        self.watchers: list[Watch] = []
        self.marked: list[Watch] = []

    def watch(self, model: nn.Module, **options: Any) -> Watch:
        """Watch a model until the test ends; the options are those of `shapecheck.watch`.

        Without a ``protocol`` among them the one of the test's marker is taken.
        """
        from shapecheck.watcher import watch

        watcher = watch(model, **{"protocol": self.protocol, **options})
        self.watchers.append(watcher)
        if options.get("protocol", self.protocol) is self.protocol:
            self.marked.append(watcher)
        return watcher

    def check_model(self, *args: Any, **options: Any) -> Report:
        """Property-test a model, as `shapecheck.check_model` does, and fail the test if it finds anything."""
        from shapecheck.model_check import check_model
        from shapecheck.render.diagnosis import diagnosis_text

        report = check_model(*args, **options)
        if not report.ok:
            texts = [diagnosis_text(found) for found in report.diagnoses]
            pytest.fail("\n\n".join(texts), pytrace=False)
        return report

    def remove(self) -> None:
        """Take all hooks off."""
        for watcher in self.watchers:
            watcher.remove()

    def text(self) -> str:
        """The traces of all watched models, as text."""
        return "\n\n".join(str(watcher.trace) for watcher in self.watchers)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--shape-trace`` and ``--shape-explain``."""
    group = parser.getgroup("shapecheck")
    group.addoption(
        "--shape-trace",
        action="store_true",
        help="print the shapes that a failing test sent through its watched models",
    )
    group.addoption(
        "--shape-explain",
        action="store_true",
        help="say under the exception of every failing test why torch raised it; without this, only in tests that use "
        "the fixture shapecheck",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(name="shapecheck")
def shape_fixture(request: pytest.FixtureRequest) -> Iterator[ShapeFixture]:
    """Watch and check models for the length of a test: ``shapecheck.watch(model)``, ``shapecheck.check_model(...)``."""
    fixture = ShapeFixture(_protocol_of(request.node))
    request.node.stash[_FIXTURE] = fixture
    yield fixture
    fixture.remove()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a marked test in which nothing was held against the marker: silence must never read as approval."""
    if pyfuncitem.get_closest_marker("shapes") is not None and "shapecheck" not in pyfuncitem.fixturenames:
        pytest.fail("shapes needs the fixture that watches the model: def test_it(shapecheck): ...", pytrace=False)
    result = yield
    fixture = pyfuncitem.stash.get(_FIXTURE, None)
    if fixture is not None and fixture.protocol is not None:
        missed = _missed(fixture, fixture.protocol)
        if missed:
            pytest.fail(missed, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Explain the exception of a failing test, and put the trace under it.

    Both are plain text in the report, so they reach the terminal from a worker too.
    """
    if call.when == "call" and call.excinfo is not None and _wants_explanation(item):
        from shapecheck.explainer import explain

        explain(call.excinfo.value)
    with _hidden(call.excinfo.value if call.excinfo is not None else None):
        report = yield
    if call.when == "call" and call.excinfo is not None and report.failed and not _wants_explanation(item):
        # Goes along with the report from a worker too.
        report.__dict__["shape_error"] = _is_of_torch(call.excinfo.value)
    if report.when == "call" and report.failed and item.config.getoption("shape_trace"):
        fixture = item.stash.get(_FIXTURE, None)
        if fixture is not None and fixture.watchers:
            report.sections.append((SECTION, fixture.text()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where torch refused a shape that there is more to know of it."""
    failed = terminalreporter.stats.get("failed", ())
    count = sum(getattr(report, "shape_error", False) for report in failed)
    if count:
        tests = "a failing test" if count == 1 else f"{count} failing tests"
        terminalreporter.write_line(f"shapecheck: torch refused tensors in {tests}; --shape-explain says why")


_FIXTURE = pytest.StashKey[ShapeFixture]()


def _missed(fixture: ShapeFixture, protocol: Protocol) -> str:
    """What of the marker's protocol no watched model reached, in words; empty if all of it was reached."""
    if not fixture.marked:
        return "shapes was held against nothing: watch a model with shapecheck.watch(model) in the test"
    checked = {what for watcher in fixture.marked for what in watcher.report.checked}
    # The loss is a stage only for those who watch it.
    stages = [stage for stage in protocol.stages if not stage.at.startswith("loss.")]
    missed = [stage.at for stage in stages if not any(what.startswith(f"stage {stage.name!r} at") for what in checked)]
    return f"shapes: nothing reached {', '.join(missed)} in this test" if missed else ""


@contextmanager
def _hidden(error: BaseException | None) -> Iterator[None]:
    """Let pytest leave the frames of this package out: the test's own lines are what counts.

    pytest asks the globals of a frame as well as its locals, and shows all of them with ``--full-trace``. Where an
    error is ours, torch's frames around it only say how a hook is called.
    """
    marked = []
    frames = [] if error is None else [frame.f_globals for frame, _ in walk_tb(error.__traceback__)]
    names = [str(each.get("__name__", "")) for each in frames]
    if not isinstance(error, pytest.fail.Exception):
        is_ours = bool(names) and names[-1].startswith("shapecheck.")
        for each, name in zip(frames, names, strict=True):
            if (name.startswith("shapecheck.") or (is_ours and name == _CALLS)) and _HIDE not in each:
                each[_HIDE] = True
                marked.append(each)
    try:
        yield
    finally:
        for each in marked:
            del each[_HIDE]


def _wants_explanation(item: pytest.Item) -> bool:
    return bool(item.config.getoption("shape_explain")) or item.stash.get(_FIXTURE, None) is not None


def _is_of_torch(error: BaseException) -> bool:
    """Whether it says what torch says of tensors that do not fit, by the messages of the known faults."""
    if "torch" not in sys.modules or not isinstance(error, (RuntimeError, ValueError, IndexError, TypeError)):
        return False
    from shapecheck.faults import all_faults

    text = str(error)
    return any(re.search(pattern, text, re.DOTALL) for fault in all_faults() for pattern in fault.messages)


def _protocol_of(item: pytest.Item) -> Protocol | None:
    marker = item.get_closest_marker("shapes")
    if marker is None:
        return None
    from shapecheck.protocol import Protocol, Stage

    if not marker.args and not marker.kwargs:
        raise pytest.UsageError("shapes takes a protocol, or places with their specs, and was given neither: " + MARKER)
    if (marker.args and marker.kwargs) or len(marker.args) > 1:
        raise pytest.UsageError("shapes takes one protocol, or places with their specs, not both: " + MARKER)
    if marker.args:
        protocol = marker.args[0]
        if not isinstance(protocol, Protocol):
            raise pytest.UsageError(f"shapes expected a Protocol, got {type(protocol).__name__}: {MARKER}")
        return protocol
    return Protocol(item.name, tuple(Stage(at, at, spec) for at, spec in marker.kwargs.items()))
