"""The plugin, run by pytest as a user would."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

MODEL = """
import pytest
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)
        self.linear = nn.Linear(8, 2)

    def forward(self, x):
        return self.linear(self.lstm(x)[0])
"""


def run(pytester, test, *options):
    pytester.makepyfile(MODEL + test)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_the_fixture_watches_for_the_length_of_a_test(pytester):
    result = run(
        pytester,
        """
kept = Model()

def test_watched(shapecheck):
    watched = shapecheck.watch(kept)
    kept(torch.randn(4, 7, 3))
    assert [entry.call.module for entry in watched.trace] == ["", "lstm", "linear"]

def test_nothing_is_left():
    assert not kept._forward_hooks and not kept.lstm._forward_hooks
""",
    )
    result.assert_outcomes(passed=2)


def test_the_marker_gives_the_protocol(pytester):
    result = run(
        pytester,
        """
@pytest.mark.shapes(**{"lstm.input": "batch_size 7 3", "linear.output": "batch_size 7 5"})
def test_marked(shapecheck):
    model = Model()
    shapecheck.watch(model)
    model(torch.randn(4, 7, 3))
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ShapeError*", "*expected*batch_size=4*"])


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_failing_test_shows_its_trace(pytester, workers):
    test = """
def test_fails(shapecheck):
    model = Model()
    shapecheck.watch(model)
    model(torch.randn(4, 7, 3))
    assert False

def test_passes(shapecheck):
    shapecheck.watch(Model())
"""
    result = run(pytester, test, "--shape-trace", *workers)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*Captured shape trace*", "*LSTM*"])
    assert "Captured shape trace" not in run(pytester, test, *workers).stdout.str()


def test_check_model_fails_the_test_with_the_smallest_case(pytester):
    result = run(
        pytester,
        """
from shapecheck import Protocol, Stage

def test_model(shapecheck):
    stages = (Stage("in", "input", "batch_size seq_length 3"), Stage("out", "output", "batch_size seq_length 5"))
    shapecheck.check_model(Model, Protocol("mine", stages))
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*smallest case: batch_size=2, seq_length=3, evaluation mode*"])


def test_a_marker_that_says_nothing_useful_is_told(pytester):
    markers = ["shapes()", "shapes('b t h', output='b t')", "shapes('b t h')", "shapes(output='b t!')"]
    tests = (f"@pytest.mark.{each}\ndef test_{at}(shapecheck):\n    pass\n" for at, each in enumerate(markers))
    result = run(pytester, "\n".join(tests))
    result.assert_outcomes(errors=4)
    # One behind the other, as the tests are.
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of test_0*",
            "E *shapes takes a protocol, or places with their specs, and was given neither*",
            "*ERROR at setup of test_1*",
            "E *shapes takes one protocol, or places with their specs, not both*",
            "*ERROR at setup of test_2*",
            "E *shapes expected a Protocol, got str*",
            "*ERROR at setup of test_3*",
            "E *'!' has no place in a spec*",
        ]
    )


def test_loading_the_plugin_imports_neither_torch_nor_the_verbs():
    code = (
        "import sys, shapecheck.pytest_plugin; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'shapecheck.watcher', 'shapecheck.records')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


CRASH = """
def crash():
    model = nn.Linear(8, 2)
    model(torch.randn(4, 7))
"""


@pytest.mark.parametrize(
    ("signature", "options", "is_explained"),
    [("shapecheck", (), True), ("", ("--shape-explain",), True), ("", (), False)],
)
def test_the_exception_of_a_failing_test_is_explained_once(pytester, signature, options, is_explained):
    result = run(pytester, f"{CRASH}\ndef test_it({signature}):\n    crash()\n", *options)
    result.assert_outcomes(failed=1)
    # Only the lines of the failure itself: where CI is set, pytest says the whole message again in its summary.
    error = "\n".join(line for line in result.outlines if line.startswith("E "))
    assert error.count("RuntimeError: mat1 and mat2 shapes cannot be multiplied") == 1
    assert error.count("in front gives another width than the Linear was made for") == int(is_explained)


HINT = "shapecheck: torch refused tensors in "


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_where_torch_refused_a_shape_it_is_said_what_explains_it(pytester, workers):
    result = run(pytester, f"{CRASH}\ndef test_one():\n    crash()\n\ndef test_two():\n    crash()\n", *workers)
    assert [line for line in result.outlines if line.startswith(HINT)] == [
        f"{HINT}2 failing tests; --shape-explain says why"
    ]


@pytest.mark.parametrize(
    ("test", "options", "outcomes"),
    [
        ("def test_it():\n    crash()\n", ("--shape-explain",), {"failed": 1}),
        (
            """
def test_explained(shapecheck):
    crash()

def test_assertion():
    assert torch.zeros(2).sum() == 1

def test_own():
    raise RuntimeError('of my own')

def test_passes():
    with pytest.raises(RuntimeError):
        crash()
""",
            (),
            {"failed": 3, "passed": 1},
        ),
    ],
    ids=["asked for", "explained or not of torch"],
)
def test_elsewhere_nothing_is_said_in_the_summary(pytester, test, options, outcomes):
    result = run(pytester, f"{CRASH}\n{test}", *options)
    result.assert_outcomes(**outcomes)
    assert HINT not in result.stdout.str()


def test_other_exceptions_and_skips_are_left_alone(pytester):
    result = run(
        pytester,
        """
def test_assert(shapecheck):
    assert 1 == 2

def test_skip(shapecheck):
    pytest.skip("not today")

def test_expected(shapecheck):
    with pytest.raises(RuntimeError, match="mat1"):
        nn.Linear(8, 2)(torch.randn(4, 7))
""",
        "--shape-explain",
    )
    result.assert_outcomes(failed=1, skipped=1, passed=1)
    assert "shapecheck looked" not in result.stdout.str()


def test_a_marker_that_is_held_against_nothing_fails_the_test(pytester):
    marker = '@pytest.mark.shapes(**{"lstm.input": "batch_size 7 3", "linear.output": "batch_size 7 2"})'
    result = run(
        pytester,
        f"""
{marker}
def test_unwatched():
    Model()(torch.randn(4, 7, 3))

{marker}
def test_watches_nothing(shapecheck):
    Model()(torch.randn(4, 7, 3))

{marker}
def test_reaches_half(shapecheck):
    model = Model()
    shapecheck.watch(model)
    model.lstm(torch.randn(4, 7, 3))
""",
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*_ test_unwatched _*",
            "*shapes needs the fixture that watches the model*",
            "*_ test_watches_nothing _*",
            "*shapes was held against nothing*",
            "*_ test_reaches_half _*",
            "*shapes: nothing reached linear.output in this test*",
        ]
    )


def test_a_false_assertion_of_the_tests_own_needs_no_explanation(pytester):
    result = run(
        pytester,
        """
def test_shape(shapecheck):
    model = Model()
    shapecheck.watch(model)
    assert model(torch.randn(4, 7, 3))[0].shape == (4, 1)
""",
    )
    result.assert_outcomes(failed=1)
    assert "shapecheck looked at why" not in result.stdout.str()


@pytest.mark.parametrize("full", [(), ("--full-trace",)])
def test_frames_of_ours_do_not_fill_the_screen(pytester, full):
    result = run(
        pytester,
        """
@pytest.mark.shapes(**{"lstm.input": "batch_size 7 3", "linear.output": "batch_size 7 5"})
def test_marked(shapecheck):
    model = Model()
    shapecheck.watch(model)
    model(torch.randn(4, 7, 3))
""",
        *full,
    )
    result.assert_outcomes(failed=1)
    assert ("listening.py" in result.stdout.str()) == bool(full)
    assert "> " in result.stdout.str()
