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
    ("model", "features"), [("Wide", 4), ("Channels", 3), ("doubled", 6), ("AnySize", 1), ("Flat", 1)]
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
