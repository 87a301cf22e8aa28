"""Scores of single samples, and by the statistics of what the outputs were standardised for them."""

from __future__ import annotations

import pytest
from programs import slugs

BODY = """
model = nn.Conv1d(2, 3, 3, padding=1)
data = [(torch.randn(5, 2, 7), torch.randn(5, 3, 7)) for _ in range(2)]
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in data:
    out = model(x)
    loss = F.mse_loss(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    out = out.detach()
    {}
"""
ALL = "z = (out - out.mean()) / (out.std() + 1e-6); "
EACH = "z = (out - out.mean((1, 2), True)) / out.std((1, 2), keepdim=True); "
SCORES = "print((z - y).pow(2).mean((1, 2)).tolist())"
RIGHT = (
    EACH + SCORES,
    # One number of all; a norm of the features; what is only looked at.
    ALL + "print((z - y).pow(2).mean().item())",
    ALL + "print((z - y).pow(2).mean((0, 2)).tolist())",
    ALL + "print(z.amax((1, 2)).tolist())",
    # Errors beside those of the others.
    "e = (out - y).pow(2); e = (e - e.mean()) / e.std(); print(e.mean((1, 2)).tolist())",
    "e = (out - y).pow(2).mean((1, 2)); print(((e - e.mean()) / e.std()).tolist())",
    # What was asked for is scaled once for all data.
    "m, s = y.mean(), y.std(); print((((out - m) / s) - ((y - m) / s)).abs().mean((1, 2)).tolist())",
)


@pytest.mark.parametrize(
    ("measured", "is_told"),
    [
        ("; ".join(RIGHT), False),
        (ALL + SCORES, True),
        (ALL + "z = z * y.std() + y.mean(); print(F.l1_loss(z, y, reduction='none').flatten(1).sum(1).tolist())", True),
        (ALL + "print((z * y).mean(dim=(1, 2)).tolist())", True),
    ],
)
def test_a_sample_is_scored_by_its_own_statistics(measured, is_told, capsys):
    assert slugs(BODY, TRAIN.format(measured)) == (["standardised_in_measure"] if is_told else [])
