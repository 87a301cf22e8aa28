"""``shapecheck trace`` without ``--dtype``: each input has the dtype that the model takes."""

import json
import sys

import pytest

from shapecheck.cli import main

MODELS = """
import torch
from torch import nn


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.linear, self.out = nn.Embedding(20, 8), nn.Linear(5, 8), nn.Linear(8, 2)

    def forward(self, tokens, features, mask=None):
        words = self.embedding(tokens)
        if mask is not None:
            words = words.masked_fill(mask.unsqueeze(-1), 0.0)
        return self.out(words.mean(1) + self.linear(features))


class Patches(nn.Module):
    def __init__(self):
        super().__init__()
        self.places, self.linear = nn.Embedding(20, 8), nn.Linear(5, 8)

    def forward(self, x):
        print("a trial is not heard")
        return self.linear(x) + self.places(torch.arange(x.shape[1]))
"""


@pytest.fixture
def trace(tmp_path, monkeypatch, capsys):
    (tmp_path / "nets.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "nets", raising=False)

    def run(*arguments):
        code = main(["trace", *arguments])
        return code, *capsys.readouterr()

    return run


SIZES = ("--sizes", "batch_size=4 seq_length=7 num_features=5")
TOKENS, FEATURES = ("--input", "batch_size seq_length"), ("--input", "batch_size num_features")


@pytest.mark.parametrize(
    ("arguments", "dtypes"),
    [
        (("nets:Mixed", *TOKENS, *FEATURES), ["int64", "float32"]),
        (("nets:Mixed", *TOKENS, *FEATURES, *TOKENS), ["int64", "float32", "bool"]),
        (("nets:Patches",), ["float32"]),
        (("nets:Mixed", *TOKENS, *FEATURES, "--dtype", "int64", "--dtype", "float32"), ["int64", "float32"]),
    ],
)
def test_each_input_has_the_dtype_that_the_model_takes(trace, arguments, dtypes):
    code, out, err = trace(*arguments, *SIZES, "--format", "json")
    assert code == 0
    assert [record["dtype"] for record in json.loads(out)["entries"][0]["call"]["inputs"]] == dtypes
    assert err.count("a trial is not heard") == ("nets:Patches" in arguments)


def test_a_model_that_takes_no_dtypes_crashes_with_those_of_its_first_layer(trace):
    code, _, err = trace("nets:Mixed", *FEATURES, *FEATURES, "--sizes", "batch_size=4 num_features=6")
    assert code == 1
    assert "--input and --dtype say what" in err
