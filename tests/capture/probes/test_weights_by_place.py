"""Weights that are counted along the samples, where the steps or other numbers of each sample were meant."""

from __future__ import annotations

import pytest
from programs import slugs

MODEL = """
from torch.utils.data import DataLoader, TensorDataset


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.linear, self.last = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 1), nn.Linear(6, 4)
        self.cell, self.each = nn.GRUCell(1, 6), nn.Linear(4, 4)

    def forward(self, x):
        b, t = x.shape[:2]
        {forward}


def criterion(out, target):
    b, t = out.shape
    {loss}


model = Model()
batches = {batches}
"""
STEPS = {
    "forward": "return self.linear(self.rnn(x)[0])[..., 0]",
    "batches": "[(torch.randn(5, 7, 4), torch.randn(5, 7))] * 2",
}
ROLLED = {
    "forward": "h, out, outs = self.rnn(x)[1][0], x[:, -1, :1], []\n"
    "        for _ in range(t):\n"
    "            h = self.cell(out, h)\n"
    "            outs.append(out := out + self.linear(h))\n"
    "        return torch.stack(outs, dim=1)[..., 0]",
    "batches": STEPS["batches"],
}
DRAWN = {
    "forward": "return self.last(self.rnn(x)[1][0])",
    "batches": "DataLoader(TensorDataset(torch.randn(20, 7, 4), torch.randn(20, 4)), 5, shuffle=True)",
}
ERROR = "return ((out - target) ** 2 * {weights}).mean()"
COUNTED = [
    ("(0.9 ** torch.arange({n}))[{at}]", STEPS),
    ("torch.tensor([0.8**k for k in range({n})])[{at}]", ROLLED),
    ("torch.tensor([1 / (1 + k) for k in range({n})])[{at}]", DRAWN),
    ("torch.full(({n},), 0.9).cumprod(0)[{at}].expand(b, t)", STEPS),
    ("(w := torch.linspace(1, 2, {n})[{at}]) / w.sum()", STEPS),
]


def program(of, weights=None, loss=None):
    return MODEL.format(**of, loss=loss or ERROR.format(weights=weights))


@pytest.mark.parametrize(("weights", "of"), COUNTED)
def test_weights_that_say_how_much_a_sample_counts_by_its_place(weights, of):
    along_batch, along_steps = (weights.format(n=n, at=at) for n, at in (("b", ":, None"), ("t", "None, :")))
    assert slugs(program(of, along_batch)) == ["weights_along_batch"]
    assert slugs(program(of, along_steps)) == []


@pytest.mark.parametrize("rows", ["series[:, 0].unfold(0, 7, 1)[..., None].expand(-1, -1, 4)", "series.view(10, 7, 4)"])
def test_rows_in_the_order_of_time_of_which_the_last_count_more(rows):
    of = STEPS | {"batches": f"[(x, torch.randn(len(x), 7)) for x in [{rows}] * 2]"}
    smooth = "series = torch.cumsum(torch.randn(10, 1, 4), 0).expand(10, 7, 4).reshape(70, 4)\n"
    assert slugs(smooth + program(of, "(0.9 ** torch.arange(b - 1, -1, -1))[:, None]")) == []


def test_weights_inside_of_a_model_and_those_that_are_carried_on():
    forward = "h = self.rnn(x)[0]; return self.linear((h * torch.linspace(0.2, 1, {}).view({})).cumsum(1))[..., 0]"
    inside = [STEPS | {"forward": forward.format(*of)} for of in (("b", "-1, 1, 1"), ("t", "1, -1, 1"))]
    assert [slugs(program(of, "1")) for of in inside] == [["weights_along_batch"], []]
    loss = "d = (0.9 ** torch.arange({}))[{}]; return -(out * (target * d).flip(1).cumsum(1).flip(1)).mean()"
    found = [slugs(program(STEPS, loss=loss.format(*of))) for of in (("b", ":, None"), ("t", "None"))]
    assert found == [["weights_along_batch"], []]


@pytest.mark.parametrize(
    ("of", "weights"),
    [
        # Halves of a batch, weights of the samples' own, and those that come with the data.
        (STEPS, "(torch.arange(b) < 2)[:, None]"),
        (STEPS, "torch.rand(b, 1)"),
        (STEPS, "torch.tensor([3.0, 1.0, 2.0, 5.0, 4.0])[:, None]"),
        (STEPS, "target.mean(1, keepdim=True).cumsum(0)"),
        # Rows that may be the steps of one episode, each read for itself; and no batches drawn by chance.
        ({"forward": "return self.each(x)", "batches": "[(torch.randn(5, 4), torch.randn(5, 4))] * 2"}, "W[:, None]"),
        (DRAWN | {"batches": "[(torch.randn(5, 7, 4), torch.randn(5, 4))] * 2"}, "W[:, None]"),
        # Data and noise in shares that are spread over a batch, which the model is told.
        (
            DRAWN | {"forward": "s = torch.linspace(0, 1, b)[:, None]; return self.last(self.rnn(x)[1][0] * s) + s"},
            "1",
        ),
    ],
)
def test_weights_that_may_differ_from_sample_to_sample(of, weights):
    assert slugs(program(of, weights.replace("W", "(0.9 ** torch.arange(b))"))) == []
