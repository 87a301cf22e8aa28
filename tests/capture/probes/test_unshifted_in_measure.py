"""Which symbol the loss asks for at a step, and which one a measure."""

from __future__ import annotations

import pytest
from programs import slugs

BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.walk, self.out = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)

    def forward(self, ids):
        return self.out(self.walk(self.table(ids))[0])


model = Model()
data = [torch.randint(0, 9, (5, 7)) for _ in range(2)]
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for ids in data:
    out = model(ids)
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {inside}
model.eval()
with torch.no_grad():
    for ids in data:
        out = model(ids)
        {behind}
"""
SHIFTED = "F.cross_entropy(out[:, :-1].reshape(-1, 9), ids[:, 1:].reshape(-1))"
TURNED = "F.cross_entropy(out[:, :-1, :].transpose(1, 2), ids[:, 1:])"
RIGHT = (
    "print((out[:, :-1].argmax(-1) == ids[:, 1:]).sum().item())",
    "print((out.argmax(-1)[..., :-1] == ids[..., 1:]).sum().item())",
    # How much of what was read is written otherwise.
    "print((out.argmax(-1) != ids).sum().item())",
)


@pytest.mark.parametrize(
    ("loss", "place", "measured", "is_told"),
    [
        (SHIFTED, "inside", "print((out.argmax(-1) == ids).float().mean().item())", True),
        (TURNED, "behind", "print((out.argmax(-1) == ids).float().mean().item())", True),
        (SHIFTED, "behind", "print(out[:, 1:].max(2)[1].flatten().eq(ids[:, 1:].flatten()).sum().item())", True),
        (SHIFTED, "inside", "; ".join(RIGHT), False),
        (TURNED, "behind", "; ".join(RIGHT), False),
    ],
)
def test_a_measure_is_shifted_as_the_loss_is(loss, place, measured, is_told, capsys):
    parts = {"inside": "pass", "behind": "pass"} | {place: measured}
    assert slugs(BODY, TRAIN.format(loss=loss, **parts)) == (["unshifted_in_measure"] if is_told else [])


def test_what_is_asked_for_both_ways_may_be_measured_both_ways(capsys):
    measured = "print((out.argmax(-1) == ids).sum().item())"
    loss = f"{SHIFTED} + F.cross_entropy(out.flatten(0, 1), ids.flatten())"
    assert "unshifted_in_measure" not in slugs(BODY, TRAIN.format(loss=loss, inside=measured, behind="pass"))
