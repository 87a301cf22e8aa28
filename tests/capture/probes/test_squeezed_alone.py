"""A last batch of one sample, whose axis a squeeze takes along: what the model gives for it, and for it in a batch."""

from __future__ import annotations

import pytest
from programs import slugs

CLIPS = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.gru, self.out = nn.Conv2d(1, 6, (3, 5)), nn.GRU(6, 6, batch_first=True), nn.Linear(6, 4)

    def forward(self, x):
        h = self.conv(x).relu(){squeeze}
        {forward}

def evaluate(model, batches):
    model.eval()
    guesses = []
    with torch.no_grad():
        for x, _ in batches:
            guesses.extend({call}.argmax(-1).view(-1).tolist())
    return guesses

def clips(count):
    return TensorDataset(torch.randn(count, 1, 9, 5), torch.randint(0, 4, (count,)))

model = Model()
train, (x, y) = [*DataLoader(clips(24), 8)], clips({count}).tensors
test = {batches}
optimizer = torch.optim.Adam(model.parameters())
for _ in range(2):
    model.train()
    for x, y in train:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    evaluate(model, test)
"""
WALKED = "return self.out(self.gru(h.transpose(-1, -2))[0]).mean(dim=1)"
POOLED = "return self.out(h.transpose(-1, -2).amax(1) if h.dim() > 2 else h.mean(1))"
ONE_AXIS = "return self.out(h.transpose(-1, -2)).mean(dim=-2)"
OVER_THE_BATCH = """h = h.mean(-1) if h.dim() > 2 else h.mean(-1, keepdim=True).t()
        return self.out(h - h.mean(0))"""


LOADED, SPLIT = "[*DataLoader(TensorDataset(x, y), 8)]", "[*zip(x.split(8), y.split(8))]"


def told(forward, squeeze=".squeeze()", count=25, call="model(x)", batches=SPLIT):
    text = CLIPS.format(forward=forward, squeeze=squeeze, count=count, call=call, batches=batches)
    return slugs(text, "")


@pytest.mark.parametrize("batches", [LOADED, SPLIT])
def test_one_sample_alone_loses_its_axis(batches):
    assert told(WALKED, batches=batches) == ["squeezed_by_chance"]


@pytest.mark.parametrize(
    ("forward", "call"),
    [
        # As many numbers as for each of several, and others.
        (POOLED, "model(x)"),
        (WALKED, "model(x.clone())"),
    ],
)
def test_it_gets_another_prediction_than_beside_others(forward, call):
    assert told(forward, call=call) == ["squeezed_by_chance"]


@pytest.mark.parametrize(
    ("forward", "squeeze", "count"),
    [
        (WALKED, ".squeeze(-1)", 25),
        (WALKED, ".squeeze()", 26),
        (ONE_AXIS, ".squeeze()", 25),
        (WALKED.replace("return", "h = h[None] if h.dim() < 3 else h\n        return"), ".squeeze()", 25),
        # Here it makes a difference which others stand beside it.
        (OVER_THE_BATCH, ".squeeze()", 25),
    ],
)
def test_what_comes_to_the_same_is_left_alone(forward, squeeze, count):
    assert told(forward, squeeze, count) == []
