"""``shapecheck trace`` without ``--sizes``: the input has the features that the first layer was made for."""

import json
import sys

import pytest

from shapecheck.cli import main

MODELS = """
from torch import nn


class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.GRU(4, 8, batch_first=True), nn.Linear(8, 2)

    def forward(self, x, state=None):
        print("called")
        return {"y": self.head(self.encoder(x, state)[0][:, -1])}


class Channels(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(3, 5, 3, padding=1), nn.BatchNorm1d(5)

    def forward(self, x):
        return self.norm(self.conv(x.transpose(1, 2)))


class AnySize(nn.Module):
    def forward(self, x):
        return x.cumsum(1)


class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(7, 2)

    def forward(self, x):
        return self.out(x.flatten(1))


class Picture(nn.Module):
    def __init__(self, side=13):
        super().__init__()
        self.conv, self.out = nn.Conv2d(3, 2, 3), nn.Linear(2 * side * side, 5)

    def forward(self, image):
        return self.out(nn.functional.max_pool2d(self.conv(image), 2).flatten(1))


class Grey(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        rows, steps, features = x.shape
        return self.conv(x.view(rows, 1, steps, features).repeat(1, 1, 1, 3))


class Wave(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 2, 9)

    def forward(self, x):
        return self.conv(x)


def odd():
    return Picture(11)


def doubled():
    return nn.Sequential(nn.Tanh(), nn.Linear(6, 2)).double()
"""


@pytest.fixture
def trace(tmp_path, monkeypatch, capsys):
    """Call the command in a folder with the models above."""
    (tmp_path / "asks.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def call(*arguments):
        code = main(["trace", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    yield call
    sys.modules.pop("asks", None)


@pytest.mark.parametrize(
    ("model", "features"), [("Wide", 4), ("Channels", 3), ("doubled", 6), ("AnySize", 1), ("Flat", 1), ("Grey", 1)]
)
def test_without_sizes_the_input_has_the_features_that_the_first_layer_was_made_for(trace, model, features):
    code, out, err = trace(f"asks:{model}", "--format", "json")
    assert code == 0, err
    assert json.loads(out)["entries"][0]["call"]["inputs"][0]["shape"] == [4, 7, features]
    assert err.count("called") == (model == "Wide")


def test_sizes_that_were_given_are_kept_and_those_that_were_made_are_named(trace):
    code, _, err = trace("asks:Wide", "--sizes", "batch_size=4 seq_length=7 num_features=2")
    said = " ".join(err.split())
    assert code == 1
    assert 'with what --sizes "batch_size=4 seq_length=7 num_features=2" makes, (4, 7, 2)' in said


@pytest.mark.parametrize(
    ("model", "shape"),
    # 28 / 2 - 1 = 13; the Conv1d takes the channels in front where the steps do not fit there.
    [("Picture", [4, 3, 28, 28]), ("Wave", [4, 3, 32])],
)
def test_without_sizes_a_convolution_gets_its_channels_and_sides_that_fit(trace, model, shape):
    code, out, err = trace(f"asks:{model}", "--json")
    assert code == 0, err
    assert json.loads(out)["entries"][0]["call"]["inputs"][0]["shape"] == shape


def test_where_no_usual_side_fits_it_is_said_what_to_type(trace):
    code, _, err = trace("asks:odd")
    said = " ".join(err.split())
    assert code == 1
    assert 'with what --sizes "batch_size=4 in_channels=3 height=32 width=32" makes, (4, 3, 32, 32)' in said
    assert "if it takes something else, --sizes, --input and --dtype say what." in said


def test_a_dim_that_is_called_nearly_as_usual_is_asked_about_where_the_model_fails(trace):
    said = " ".join(trace("asks:Wide", "--sizes", "batch=3")[2].split())
    assert said.endswith(
        "--dtype say what. batch is a name of your own; did you mean batch_size? "
        "Without --input, --sizes names every axis of the one input: batch."
    )
    assert "did you mean" not in trace("asks:Wide", "--sizes", "batch_size=3 kept=2")[2]
    assert "did you mean" not in trace("asks:Wide", "--sizes", "batch=3 steps=5 features=4")[2]


@pytest.mark.parametrize("named", ["asks.py", "asks"])
def test_of_a_file_it_is_said_what_may_be_named(trace, named):
    code, _, err = trace(named)
    assert code == 2
    assert "expected package.module:name, got " in err
    told = "asks:Wide, asks:Channels, asks:AnySize, asks:Flat, asks:Picture, asks:Grey, asks:Wave, asks:odd, ..."
    assert err.endswith(f"; there are {told}\n")
