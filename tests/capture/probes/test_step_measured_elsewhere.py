"""Which step of what a model returns the loss reads, and which one a measure."""

from __future__ import annotations

import pytest
from programs import slugs

BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.walk, self.out = nn.GRU(6, 8, batch_first=True), nn.Linear(8, 4)

    def forward(self, x):
        return self.out(self.walk(x)[0])


def batch(is_behind):
    x, n = torch.randn(5, 7, 6), torch.tensor([3, 6, 5, 2, 6])
    steps = torch.arange(7)
    x[steps >= n[:, None] if is_behind else steps < 7 - n[:, None]] = 0
    return x, torch.randint(0, 4, (5,)), n


model = Model()
rows = torch.arange(5)
data = [batch({is_behind}) for _ in range(2)]
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y, n in data:
    out = model(x)
    loss = F.cross_entropy(out{of_loss}, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {inside}
model.eval()
with torch.no_grad():
    for x, y, n in data:
        out = model(x)
        {behind}
"""
HITS = "print((out{}.argmax(-1) == y).sum().item())"
OWN = "[rows, n - 1]"
GATHER = ".gather(1, (n - 1).view(-1, 1, 1).expand(-1, 1, 4))[:, 0]"


@pytest.mark.parametrize(
    ("is_behind", "of_loss", "of_measure", "is_told"),
    [
        (True, OWN, "[:, -1]", True),
        (True, GATHER, ".detach().softmax(-1)[:, -1, :]", True),
        (True, OWN, GATHER, False),
        (False, "[:, -1]", OWN, True),
        (False, "[:, -1, :]", GATHER, True),
        (False, "[:, -1]", ".select(1, 6)", False),
    ],
)
@pytest.mark.parametrize("place", ["inside", "behind"])
def test_a_measure_reads_the_step_of_the_loss(is_behind, of_loss, of_measure, is_told, place, capsys):
    measured = {"inside": "pass", "behind": "pass"} | {place: HITS.format(of_measure)}
    found = slugs(BODY.format(is_behind=is_behind), TRAIN.format(of_loss=of_loss, **measured))
    assert ("step_measured_elsewhere" in found) is is_told
    assert is_told or found == []


@pytest.mark.parametrize(
    ("measured", "is_told"),
    [
        (HITS.format("[:, 0]"), True),
        # What is known halfway, at each step, or of other labels.
        (HITS.format("[:, 3]"), False),
        ("; ".join(HITS.format(f"[:, {at}]") for at in (0, 6)), False),
        ("print((out.argmax(-1) == y[:, None]).float().mean(0).tolist())", False),
        ("z = y.roll(1) * 0; print((out[:, 0].argmax(-1) == z).sum())", False),
        ("print(out[:, 0].argmax(-1).tolist())", False),
    ],
)
def test_another_step_may_be_asked_on_purpose(measured, is_told, capsys):
    found = slugs(BODY.format(is_behind=False), TRAIN.format(of_loss="[:, -1]", inside=measured, behind="pass"))
    assert found == (["step_measured_elsewhere"] if is_told else [])
