"""Branches that are left out at some steps of all samples, and those that are left out of samples."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.walk, self.branch, self.top = nn.GRU(5, 6, batch_first={first}), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x):
        h, _ = self.walk(x{turned})
        {body}
        return self.top(h.mean({axis}))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 7, 5), torch.randint(0, 2, (4,))) for _ in range(2)]
"""
STEPS = {"first": False, "axis": 0, "turned": ".transpose(0, 1)"}
SAMPLES = {"first": True, "axis": 1, "turned": ""}

ALONG_AXIS_0 = [
    "h = h + self.branch(h) * (torch.rand(h.shape[0], 1, 1) < 0.8) / 0.8",
    "h = h + h.new_empty(len(h), 1, 1).bernoulli_(0.8).div_(0.8) * self.branch(h)",
    "h = torch.add(h, self.branch(h).div(0.8) * (0.8 + torch.rand([len(h), 1, 1])).floor())",
    "h = h + self.branch(h) * torch.bernoulli(torch.full((len(h), 1, 1), 0.8))",
]
OTHERWISE = [
    "h = h + self.branch(h) * (torch.rand(1, h.shape[1], 1) < 0.8) / 0.8",
    "h = h + self.branch(h) * (torch.rand(h.shape[0], h.shape[1], 1) < 0.8)",
    # Steps are left out of what goes on alone.
    "h = self.branch(h) * (torch.rand(h.shape[0], 1, 1) < 0.8)",
    # Nothing is drawn.
    "h = h + self.branch(h) * torch.linspace(0, 1, len(h))[:, None, None]",
]


@pytest.mark.parametrize("body", ALONG_AXIS_0)
def test_one_number_for_each_item_of_the_first_axis_belongs_to_samples(body):
    assert slugs(PROGRAM.format(body=body, **STEPS)) == ["dropped_along_steps"]
    assert slugs(PROGRAM.format(body=body, **SAMPLES)) == []


@pytest.mark.parametrize("body", OTHERWISE)
def test_what_is_drawn_otherwise_is_let_be(body):
    assert "dropped_along_steps" not in slugs(PROGRAM.format(body=body, **STEPS))


def test_samples_that_a_layer_takes_for_steps_are_told_of_as_that():
    walked = {"first": False, "axis": 1, "turned": ""}
    found = slugs(PROGRAM.format(body=ALONG_AXIS_0[0], **walked))
    assert found
    assert "dropped_along_steps" not in found


def test_the_shape_is_changed_where_it_was_written_down():
    body = "size = (h.shape[0],) + (1,) * 2\n        h = h + self.branch(h) * (torch.rand(size) < 0.8)"
    ((_, edits),) = audited(PROGRAM.format(body=body, **STEPS))
    assert edits == ["        size = (1, h.shape[1]) + (1,) * (h.ndim - 2)\n"]


LOCKED = [
    "h = h * h.new_empty({size}).bernoulli_(0.7) / 0.7",
    "mask = (torch.rand({size}) < 0.7).float() / 0.7\n        h = h * mask.expand_as(h)",
    "h = torch.bernoulli(torch.full({size}, 0.7)).div(0.7) * h",
]


@pytest.mark.parametrize("body", LOCKED)
@pytest.mark.parametrize(
    ("size", "is_told"),
    [("(1, h.size(1), h.size(2))", True), ("(h.size(0), 1, h.size(2))", False), ("h.shape", False)],
)
def test_features_that_are_left_out_of_all_samples(body, size, is_told):
    found = slugs(PROGRAM.format(body=body.format(size=size), **SAMPLES))
    assert found == ["dropped_along_steps"] * is_told


def test_noise_that_all_samples_share_leaves_nothing_out():
    body = "h = h * (1 + 0.1 * torch.randn(1, h.size(1), h.size(2)))"
    assert slugs(PROGRAM.format(body=body, **SAMPLES)) == []


def test_a_loss_asks_for_what_was_left_out_of_all_samples():
    body = "kept = torch.rand(1, h.size(1), h.size(2)) < 0.7\n        h = h * kept + (h.detach() * ~kept).mean()"
    assert slugs(PROGRAM.format(body=body, **SAMPLES)) == []


LINES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.layer, self.head = nn.Embedding(20, 8), nn.LSTM(8, 8), nn.Linear(8, 20)

    def forward(self, x):
        h = self.words(x)
        h = h * h.new_empty(1, h.size(1), h.size(2)).bernoulli_(0.7)
        return self.head(self.layer(h)[0]).flatten(0, 1)


text, model, criterion = torch.randint(0, 20, (23, 6)), Model(), nn.CrossEntropyLoss()
batches = [(text[at : at + 11], text[at + 1 : at + 12].flatten()) for at in (0, 11)]
"""


def test_symbols_whose_steps_stand_in_front():
    assert slugs(LINES) == []
