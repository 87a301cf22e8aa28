"""Next steps of several sequences that were put into one row first, and of one text that was cut into rows."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.gru, self.out = nn.Embedding(9, 8), nn.GRU(8, 6, batch_first=True), nn.Linear(6, 9)

    def forward(self, x):
        return self.out(self.gru(self.embedding(x))[0])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
text = torch.randint(0, 9, (280,))
rows = torch.stack([text[at : at + 7] for at in torch.randint(0, 270, (20,)).tolist()])
for _ in range(2):
    x = {x}
    scores = model(x)
    loss = F.cross_entropy({asked})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
FLAT = "scores.view(-1, 9)[:-1], x.view(-1)[1:]"
DRAWN = "torch.randint(0, 9, (4, 7))"


@pytest.mark.parametrize(
    ("x", "asked"),
    [
        (DRAWN, FLAT),
        (DRAWN, "scores.flatten(0, 1)[:27], x.flatten()[1:].long()"),
        ("rows[torch.randperm(20)[:4]]", "scores.reshape(-1, 9)[:-1], x.reshape(-1)[1:]"),
    ],
)
def test_the_ends_of_sequences_are_asked_for_others(x, asked):
    assert "shifted_over_rows" in slugs(PROGRAM.format(x=x, asked=asked), "")


@pytest.mark.parametrize(
    ("x", "asked"),
    [
        (DRAWN, "scores[:, :-1].flatten(0, 1), x[:, 1:].flatten()"),
        # One sequence, and rows of a text that go on from each other.
        ("torch.randint(0, 9, (1, 7))", FLAT),
        ("text.view(-1, 7)[:4]", FLAT),
        ("torch.stack([text[at : at + 7] for at in range(0, 28, 7)])", FLAT),
        # The loss leaves out what is asked for at the ends.
        (DRAWN, f"{FLAT}, reduction='none').mul((torch.arange(1, 28) % 7 != 0).float()).sum("),
        ("F.pad(rows[:, 1:], (1, 0))[torch.randperm(20)[:4]]", f"{FLAT}, ignore_index=0"),
    ],
)
def test_the_next_step_is_in_the_same_sequence_or_goes_on(x, asked):
    assert "shifted_over_rows" not in slugs(PROGRAM.format(x=x, asked=asked), "")
