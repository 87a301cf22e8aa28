"""Summaries of blocks in next-step models: handed to the steps of the same block, or to those of the next one."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

MODEL = """
class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.rnn = nn.Conv1d(6, 6, 3), nn.GRU(6, 6, batch_first=True)
        self.joined, self.up, self.attend = nn.Linear(24, 6), nn.ConvTranspose1d(6, 6, 4, stride=4), nn.Linear(6, 6)
        self.down = nn.Conv1d(6, 6, 4, stride=4)

    def forward(self, x):
        b, t, d = x.shape
        near = self.conv(F.pad(x.transpose(1, 2), (2, 0))).transpose(1, 2)
        {summary}
        far = {spread}
        return x + near + far


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(11, 6), nn.Linear(6, 11)
        self.layers = nn.Sequential(Layer(), Layer())

    def forward(self, x):
        return self.head(self.layers(self.table(x)))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x = torch.randint(0, 11, (5, 21))
    loss = F.cross_entropy(model({given}).transpose(1, 2), {asked})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
MEANS = "s = self.rnn(x.view(b, t // 4, 4, d).mean(2))[0]"
LARGEST = "s = F.max_pool1d(x.transpose(1, 2), 4).transpose(1, 2)"
JOINED = "s = self.joined(x.reshape(b, t // 4, 4 * d))"
STRIDED = "s = self.down(x.transpose(1, 2)).transpose(1, 2)"
NEXT = "F.pad(s, (0, 0, 1, -1))"
REPEATED = "{}.repeat_interleave(4, dim=1)"
EXPANDED = "{}.unsqueeze(2).expand(b, t // 4, 4, d).reshape(b, t, d)"
NUMBERED = "{}[:, torch.arange(t) // 4]"
SCALED = "F.interpolate({}.transpose(1, 2), scale_factor=4).transpose(1, 2)"
LEARNED = "self.up({}.transpose(1, 2)).transpose(1, 2)"


def found(summary, spread, given="x[:, :-1]", asked="x[:, 1:]"):
    return MODEL.format(summary=summary, spread=spread, given=given, asked=asked)


@pytest.mark.parametrize(
    ("summary", "spread"),
    [
        (MEANS, REPEATED),
        (LARGEST, EXPANDED),
        (JOINED, NUMBERED),
        (STRIDED, SCALED),
        (STRIDED, LEARNED),
    ],
)
def test_summaries_of_blocks_are_handed_to_the_next_block(summary, spread):
    wrong = found(summary, spread.format("s"))
    assert slugs(wrong, "") == ["future_seen_in_summaries"]
    assert lines_told(wrong, "") == [f"far = {spread.format('s')}"]
    assert slugs(found(summary, spread.format(NEXT)), "") == []


BESIDE = "p = torch.cat([torch.zeros(b, 3, d), x], 1)[:, :t]"


@pytest.mark.parametrize(
    ("summary", "spread", "given", "asked"),
    [
        # The steps are moved on before they are summed up, by all of a block but one.
        (f"{BESIDE}; s = p.view(b, t // 4, 4, d).mean(2)", REPEATED.format("s"), "x[:, :-1]", "x[:, 1:]"),
        # Sums of what came before in the block.
        ("s = x.view(b, t // 4, 4, d).cumsum(2)", "s.reshape(b, t, d)", "x[:, :-1]", "x[:, 1:]"),
        # What is asked for is another row, a label of each step, or what was hidden.
        (MEANS, REPEATED.format("s"), "x[:, :-1]", "torch.randint(0, 11, (5, 20))"),
        (MEANS, REPEATED.format("s"), "x[:, :-1]", "x[:, :-1].flip(1)"),
        (MEANS, REPEATED.format("s"), "x[:, :-1].masked_fill(torch.rand(5, 20) < 0.3, 0)", "x[:, :-1]"),
        # A block is encoded and decoded: its codes are drawn, or the nearest of a table.
        ("s = self.down(x.transpose(1, 2)).transpose(1, 2); s = s + torch.randn_like(s)", REPEATED.format("s"),
         "x[:, :-1]", "x[:, 1:]"),
        ("s = self.attend.weight[torch.cdist(x[:, ::4], self.attend.weight).argmin(-1)]", REPEATED.format("s"),
         "x[:, :-1]", "x[:, 1:]"),
    ],
)  # fmt: skip
def test_blocks_that_tell_nothing_of_what_is_asked_for(summary, spread, given, asked):
    assert slugs(found(summary, spread, given, asked), "") == []


def test_a_bottleneck_of_blocks_alone_is_no_prediction_of_steps():
    alone = found(MEANS, REPEATED.format("s")).replace("return x + near + far", "return far")
    assert slugs(alone, "") == []
