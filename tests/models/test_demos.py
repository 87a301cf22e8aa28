"""The demos as objects, and what the flow around them keeps."""

import io
import json
import signal

import numpy as np
import pytest
from rich.console import Console

from shapecheck.models import ClassificationSettings, RegressionSettings, load_checkpoint
from shapecheck.models.demo import DemoOptions, run_demo
from shapecheck.models.demo_classification import ClassificationDemo
from shapecheck.models.demo_regression import RegressionDemo, _verdict


@pytest.fixture
def regression(tmp_path):
    walk = 20 + np.random.default_rng(0).normal(scale=0.3, size=120).cumsum()
    (tmp_path / "p.csv").write_text("price\n" + "\n".join(map(str, walk)))
    return RegressionDemo(RegressionSettings(csv=tmp_path / "p.csv", hidden_size=4, batch_size=16, epochs=3))


@pytest.fixture
def classification(tmp_path):
    (tmp_path / "t.txt").write_text("abc abd. " * 50)
    settings = ClassificationSettings(text=tmp_path / "t.txt", hidden_size=4, batch_size=4, seq_length=10)
    return ClassificationDemo(settings, length=7)


@pytest.mark.parametrize("name", ["regression", "classification"])
def test_a_demo_tells_and_draws_without_having_been_trained(name, request, tmp_path):
    demo = request.getfixturevalue(name)
    console = Console(file=io.StringIO(), width=100)
    demo.tell(console)
    assert "LSTM" in console.file.getvalue()
    assert [path.name for path in demo.draw(tmp_path, [])] == ["prediction.png"]


@pytest.mark.parametrize("width", [50, 71, 72, 100])
def test_no_line_of_the_prices_ends_in_a_blank_or_is_too_long(regression, width):
    console = Console(file=io.StringIO(), width=width)
    regression.tell(console)
    lines = console.file.getvalue().split("\n")
    assert [line for line in lines if line != line.rstrip()] == []
    assert max(map(len, lines)) <= width
    assert any(line.startswith("  tomorrow = today   ") for line in lines)


def test_without_the_letters_of_the_default_prompt_the_text_begins(classification):
    assert classification.prompt == "abc "


def test_ctrl_c_stops_after_the_update_and_keeps_it(regression, tmp_path):
    train = regression.train

    def train_until_somebody_loses_patience():
        for progress in train():
            if progress.step == 2:
                signal.raise_signal(signal.SIGINT)
            yield progress

    regression.train = train_until_somebody_loses_patience
    console = Console(file=io.StringIO(), width=100)
    report = run_demo(lambda: regression, DemoOptions(out=tmp_path / "out", plot=False), console)
    assert report["training"]["updates"] == 2
    assert report["training"]["stopped_early"] is True
    assert "stopping after this update" in console.file.getvalue()
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == report
    kept = load_checkpoint(tmp_path / "out" / "checkpoint.pt", "regression").model
    assert kept.linear.bias.equal(regression.model.linear.bias)


@pytest.mark.parametrize(
    ("ratio", "beginning"),
    [
        (0.9, "Better than"),
        (1.0, "As good as"),
        (1.01, "As good as"),
        (1.1, "Worse than"),
        (9e9, "Worse than"),
    ],
)
def test_the_verdict_is_no_better_than_the_numbers(ratio, beginning):
    assert _verdict(ratio).startswith(beginning)
