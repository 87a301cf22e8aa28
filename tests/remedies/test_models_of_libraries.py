"""Crashes inside of models that somebody else wrote: the script has only the line that calls them."""

from __future__ import annotations

from pathlib import Path

import pytest
from mended import mended, printed

LIBRARY = """
import torch
from torch import nn

class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.query = nn.Linear(width, width)

    def forward(self, hidden, waves):
        cos, sin = waves
        query = self.query(hidden)
        return query * cos + query.roll(1, -1) * sin

class Encoder(nn.Module):
    def __init__(self, count, width, rotary):
        super().__init__()
        self.rotary = rotary
        self.words, self.layer = nn.Embedding(count, width), Attention(width)

    def forward(self, ids, mask):
        angles = torch.arange(ids.shape[1])[:, None] / torch.arange(1, self.rotary + 1)
        hidden = self.layer(self.words(ids), waves=(angles.cos(), angles.sin()))
        return (hidden * mask[..., None]).sum(1)
"""
PROGRAM = """
    from hub_of_models import Encoder

    model = Encoder(20, 8, {rotary})
    ids = {ids}
    mask = torch.ones(3, 5, dtype=torch.long)
    print(model(ids, mask).shape)
"""
WORDS = "torch.randint(0, 20, (3, 5))"


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "hub_of_models.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(folder)


def test_a_layer_that_wants_a_tuple_may_fail_of_something_else() -> None:
    found = mended(PROGRAM.format(rotary=6, ids=WORDS), most=1)
    assert [each.slug for each in found.diagnoses] == ["unrecognised"]


def test_what_was_of_the_right_dtype_is_not_cast_because_something_beside_it_was_not() -> None:
    found = mended(PROGRAM.format(rotary=8, ids="torch.zeros(3, 5)"), most=1)
    assert found.diagnoses[0].slug == "tokens_are_not_integers"
    assert not any("mask = " in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
    assert found.output == printed(PROGRAM.format(rotary=8, ids="torch.zeros(3, 5).long()"))
