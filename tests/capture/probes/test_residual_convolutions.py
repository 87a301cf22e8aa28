"""Residual convolutions over time that are asked for the next step: padded in front, behind, and with all in sight."""

from __future__ import annotations

import pytest
from programs import slugs

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
