"""Residual convolutions over time that are asked for the next step: padded in front, behind, and with all in sight."""

from __future__ import annotations

import pytest
from programs import audited, slugs

BLOCK = """
class Block(nn.Module):
    def __init__(self, cin, cout, dilation):
        super().__init__()
        self.trim = 2 * dilation
        self.a = nn.Conv1d(cin, cout, 3, padding=self.trim, dilation=dilation)
        self.b = nn.Conv1d(cout, cout, 3, padding=self.trim, dilation=dilation)
        self.skip = nn.Conv1d(cin, cout, 1) if cin != cout else nn.Identity()
        self.gate = nn.Conv1d(cin, cout, 1)

    def forward(self, x):
        h = {cut}
        h = torch.relu(self.a(x)[h])
        return {joined}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Sequential(Block(4, {width}, 1), Block({width}, 7, 2)), nn.Conv1d(7, 4, 1)

    def forward(self, x):
        return self.head(self.body(x))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x = torch.randn(5, 4, 17)
    loss = F.mse_loss({loss})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
AHEAD, CAUSAL = "(..., slice(self.trim, None))", "(..., slice(-self.trim))"
NEXT = "model(x[:, :, :-1]), x[:, :, 1:]"
ADDED = "torch.relu(self.b(h){} + self.skip(x))"


def found(cut, joined=None, width=6, loss=NEXT):
    joined = joined or ADDED.format("[..., self.trim:]" if cut == AHEAD else "[..., :-self.trim]")
    return slugs(BLOCK.format(cut=cut, joined=joined, width=width, loss=loss), "")


@pytest.mark.parametrize("width", [6, 4])
def test_the_surplus_is_cut_off_in_front(width):
    assert found(AHEAD, width=width) == ["future_seen_by_convolution"]
    assert found(CAUSAL, width=width) == []


@pytest.mark.parametrize(
    ("cut", "joined", "loss"),
    [
        # The skip is made first, or behind a gate that each step has for itself.
        (CAUSAL, "self.skip(x) + self.b(h)[..., :-self.trim]", NEXT),
        (CAUSAL, "self.skip(x) + self.b(h)[..., :-self.trim] * torch.sigmoid(self.gate(x))", NEXT),
        # What is asked for lies behind all that the model was given, or is what it was given, without some of it.
        (AHEAD, None, "model(x[:, :, :12])[..., -5:], x[:, :, 12:]"),
        (AHEAD, None, "model(x * (torch.rand(5, 1, 17) > 0.3)), x"),
        (AHEAD, None, "model(x), x"),
        # Each step is told of all of them, beside itself: an encoder, and what decodes it again.
        (CAUSAL, "self.skip(x) + self.b(h).mean(-1, keepdim=True)", NEXT),
        (CAUSAL, "self.skip(x) + self.b(h).mean(-1, keepdim=True).expand(-1, -1, x.shape[-1])", NEXT),
    ],
)
def test_what_may_see_later_steps_or_sees_none(cut, joined, loss):
    assert found(cut, joined, loss=loss) == []


GATED = """
class Layer(nn.Module):
    def __init__(self, dilation):
        super().__init__()
        pad = 2 * dilation
        self.pad = pad
        self.f = nn.Conv1d(6, 6, 3, padding=pad, dilation=dilation)
        self.g = nn.Conv1d(6, 6, 3, padding=pad, dilation=dilation)
        self.both = nn.Conv1d(6, 12, 3, padding=pad, dilation=dilation)
        self.skip = nn.Conv1d(6, 6, 1)

    def forward(self, x):
        n = x.size(2)
        {gated}
        y = self.skip({cut})
        return x + y, y


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(11, 6)
        self.start, self.end = nn.Conv1d({channels}, 6, 1), nn.Conv1d(6, {out}, 1)
        self.layers = nn.ModuleList([Layer(1), Layer(2)])

    def forward(self, x):
        x = {begin}
        total = 0
        for layer in self.layers:
            x, skip = layer(x)
            total = total + skip
        return self.end(F.relu(total))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    series = {series}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PAIR = "y = torch.tanh(self.f(x)) * torch.sigmoid(self.g(x))"
ONE_WAVE = {"channels": 1, "out": 1, "begin": "self.start(x)", "series": "torch.randn(5, 17).unsqueeze(1)"}
LEVELS = {"channels": 1, "out": 11, "begin": "self.table(x).transpose(1, 2)", "series": "torch.randint(0, 11, (5, 17))"}
ONE_LATER = "F.mse_loss(model(series[:, :, :-1]), series[:, :, 1:])"
FLAT = "F.mse_loss(model(series[:, :, :-1]).flatten(), series[:, :, 1:].flatten())"
CLASSES = "F.cross_entropy(model(series[:, :-1]), series[:, 1:])"


def gated(cut, loss=ONE_LATER, gated=PAIR, given=ONE_WAVE):
    return audited(GATED.format(cut=cut, loss=loss, gated=gated, **given), "")


@pytest.mark.parametrize(
    ("loss", "gated_by", "given"),
    [
        (ONE_LATER, PAIR, ONE_WAVE),
        (FLAT, PAIR, ONE_WAVE),
        (CLASSES, PAIR, LEVELS),
        (ONE_LATER, "y = F.glu(self.both(x), dim=1)", ONE_WAVE),
        (ONE_LATER, "a, b = self.both(x).chunk(2, dim=1); y = a.tanh() * b.sigmoid()", ONE_WAVE),
    ],
)
def test_a_gate_before_the_cut_and_a_series_that_is_cut_for_the_loss(loss, gated_by, given):
    for cut, instead in (("y[:, :, -n:]", "y[:, :, :n]"), ("y[:, :, self.pad:]", "y[:, :, :-self.pad]")):
        ((slug, (edit,)),) = gated(cut, loss, gated_by, given)
        assert slug == "future_seen_by_convolution"
        assert edit.strip() == f"y = self.skip({instead})"
        assert gated(instead, loss, gated_by, given) == []


def test_all_that_is_cut_in_front_is_cut_behind():
    one_line = "y = torch.tanh(self.f(x)[..., self.pad:]) * torch.sigmoid(self.g(x)[..., self.pad:])"
    ((_, (edit,)),) = gated("y", gated=one_line)
    assert edit.strip() == one_line.replace("self.pad:", ":-self.pad")
    two_lines = "a = self.f(x)[..., self.pad:]\n        y = a.tanh() * self.g(x)[..., self.pad:].sigmoid()"
    ((_, edits),) = gated("y", gated=two_lines)
    assert [edit.strip() for edit in edits] == [
        line.strip() for line in two_lines.replace("self.pad:", ":-self.pad").split("\n")
    ]
    # One of them is cut by less than was added.
    ((_, edits),) = gated(
        "y", gated="y = torch.tanh(self.f(x)[..., self.pad:]) * self.g(x)[..., 1:][..., :n].sigmoid()"
    )
    assert edits == []


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        # The steps behind all that the model was given, and the last of them alone.
        ("F.mse_loss(model(series[:, :, :12])[..., -5:], series[:, :, 12:])", ONE_WAVE),
        ("F.mse_loss(model(series[:, :, :-1])[..., -1], series[:, :, -1])", ONE_WAVE),
        # What was heard, without noise; and what was moved round.
        ("F.mse_loss(model(series + torch.randn(5, 1, 17)), series)", ONE_WAVE),
        ("F.mse_loss(model(series), series.roll(-1, 2))", ONE_WAVE),
        # The step before, which is another one's affair.
        ("F.mse_loss(model(series[:, :, 1:]), series[:, :, :-1])", ONE_WAVE),
        # A label of each step.
        ("F.cross_entropy(model(series), series.flip(1))", LEVELS),
    ],
)
def test_who_may_look_ahead_keeps_the_last_steps(loss, given):
    assert gated("y[:, :, -n:]", loss, given=given) == []
