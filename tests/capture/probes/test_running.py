"""Means and sums of all steps in next-step models: handed to every step, or only of what came before."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

MODEL = """
class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.router, self.first, self.second = nn.Linear(6, 2), nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, h):
        {summary}
        gate = self.router(s).softmax(dim=-1)
        return h + (gate.unsqueeze(-1) * torch.stack([self.first(h), self.second(h)], 2)).sum(2)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head, self.rnn = nn.Embedding(11, 6), nn.Linear(6, 11), nn.GRU(6, 6, batch_first=True)
        self.gated = Gated()

    def forward(self, x):
        e = self.table(x)
        {forward}
        return self.head(h)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x = torch.randint(0, 11, (5, 21))
    loss = F.cross_entropy(model({given}).transpose(1, 2), {asked})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
WALKED = "h = self.gated(e + self.rnn(e)[0])"
MEAN = "s = h.mean(dim=1, keepdim=True)"


def found(summary, forward=WALKED, given="x[:, :-1]", asked="x[:, 1:]"):
    return MODEL.format(summary=summary, forward=forward, given=given, asked=asked)


@pytest.mark.parametrize("summary", [MEAN, "s = h.sum(1, keepdim=True) / 20", "s = torch.mean(h, 1, True)"])
def test_all_steps_are_summed_up_for_each(summary):
    wrong = found(summary)
    assert slugs(wrong, "") == ["future_seen_in_summaries"]
    assert lines_told(wrong, "") == [summary]


@pytest.mark.parametrize(
    ("summary", "forward", "given", "asked"),
    [
        # Of the steps up to each.
        ("s = h.cumsum(1) / torch.arange(1, h.size(1) + 1).view(-1, 1)", WALKED, "x[:, :-1]", "x[:, 1:]"),
        # Of the first step, or over the features.
        ("s = h[:, :1]", WALKED, "x[:, :-1]", "x[:, 1:]"),
        ("s = h - h.mean(dim=-1, keepdim=True)", WALKED, "x[:, :-1]", "x[:, 1:]"),
        # Every step has a label, and may know all of the text.
        (MEAN, WALKED, "x[:, :-1]", "torch.randint(0, 11, (5, 20))"),
        # A text is summed up for a decoder.
        ("s = h", "h = self.rnn(e + self.gated(self.rnn(e)[0].mean(1, keepdim=True)))[0]", "x[:, :-1]", "x[:, 1:]"),
        # What is drawn of a text.
        (MEAN, "h = self.rnn(e)[0]; h = self.gated(h + torch.randn_like(h))", "x[:, :-1]", "x[:, 1:]"),
    ],
)
def test_summaries_that_tell_nothing_of_what_is_asked_for(summary, forward, given, asked):
    assert slugs(found(summary, forward, given, asked), "") == []
