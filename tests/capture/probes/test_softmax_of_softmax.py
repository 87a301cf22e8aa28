"""Softmaxes one behind the other, beside those that are scaled in between or run along another axis."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from programs import slugs
from torch import nn

from shapecheck import audit

SLUG = "softmax_of_softmax"


def told(forward):
    torch.manual_seed(0)
    model = Forward(forward, out=nn.Linear(3, 5), again=nn.Linear(5, 5))
    batch = torch.randn(6, 4, 3), torch.rand(6, 4, 5)
    return [item for item in audit(model, nn.L1Loss(), batch).diagnoses if item.slug == SLUG]


@pytest.mark.parametrize(
    "forward",
    [
        lambda m, x: m.out(x).softmax(-1).softmax(-1),
        lambda m, x: torch.log_softmax(torch.softmax(m.out(x), dim=2), dim=-1).exp(),
        lambda m, x: nn.Softmax(-1)(nn.functional.softmax(m.out(x), 2)),
    ],
)
def test_what_is_normalised_twice(forward):
    assert len(told(forward)) == 1


@pytest.mark.parametrize(
    "forward",
    [
        lambda m, x: m.out(x).softmax(-1),
        # Sharpened, or made scores again.
        lambda m, x: (m.out(x).softmax(-1) / 0.1).softmax(-1),
        lambda m, x: m.out(x).softmax(-1).log().softmax(-1),
        lambda m, x: m.again(m.out(x).softmax(-1)).softmax(-1),
        # Along steps, and along classes.
        lambda m, x: m.out(x).softmax(1).softmax(-1),
    ],
)
def test_what_is_normalised_once_along_each_axis(forward):
    assert told(forward) == []


PROGRAM = """
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 5), {last})
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(4):
    x, y = torch.randn(6, 3), torch.randint(0, 5, (6,))
    loss = F.nll_loss(model(x){log}, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    sure = model(torch.randn(9, 3)).softmax(1).max(1).values
    print((sure > 0.5).float().mean())
"""


def test_probabilities_that_are_printed_of_a_model_that_ends_in_a_softmax():
    assert slugs(PROGRAM.format(last="nn.Softmax(1)", log=".log()"), "") == [SLUG]


def test_probabilities_that_are_printed_of_a_model_that_ends_in_scores():
    assert slugs(PROGRAM.format(last="nn.Identity()", log=".log_softmax(1)"), "") == []


DRAWN = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.out = nn.Embedding(11, 6), nn.GRU(6, 7, batch_first=True), nn.Linear(7, 11)

    def forward(self, x, h=None):
        out, h = self.rnn(self.table(x), h)
        return self.out(out).softmax(-1), h


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(4):
    x = torch.randint(0, 11, (5, 9))
    loss = F.nll_loss(model(x[:, :-1])[0].log().transpose(1, 2), x[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
sharp, warm, notes, h = 0.1, 0.8, [3], None
with torch.no_grad():
    for _ in range(6):
        p, h = model(torch.tensor([[notes[-1]]]), h)
        {draw}
        notes.append(int(drawn))
print(notes)
"""


@pytest.mark.parametrize(
    "draw",
    [
        "drawn = torch.multinomial(torch.softmax(p[0, -1] / warm, dim=-1), 1)",
        "drawn = F.softmax(p[:, -1], -1).multinomial(1)",
        "drawn = torch.distributions.Categorical(logits=p[0, -1] * 0.9).sample()",
        "drawn = torch.softmax(p.squeeze(0).squeeze(0) / 2.5, 0).max(0).indices",
    ],
)
def test_what_is_drawn_by_probabilities_that_are_taken_for_scores(draw):
    assert slugs(DRAWN.format(draw=draw), "") == [SLUG]


@pytest.mark.parametrize(
    "draw",
    [
        "drawn = torch.multinomial(torch.softmax(p[0, -1].log() / warm, dim=-1), 1)",
        "drawn = torch.multinomial(p[0, -1] ** (1 / warm), 1)",
        "drawn = torch.distributions.Categorical(probs=p[0, -1]).sample()",
        # Sharpened, and of other numbers than all the classes.
        "drawn = torch.multinomial(torch.softmax(p[0, -1] / sharp, dim=-1), 1)",
        "drawn = torch.multinomial(torch.softmax(p[0, -1, :4], dim=-1), 1)",
        "drawn = torch.softmax((p[0, -1] + torch.rand(11)) / warm, -1).argmax()",
    ],
)
def test_what_is_drawn_by_probabilities(draw):
    assert slugs(DRAWN.format(draw=draw), "") == []
