"""Tables of products between channels, of each sample and of all at once."""

from __future__ import annotations

import pytest
from programs import slugs

STYLE = """
def gram(f):
    b, c, h, w = f.shape
    {table}

def criterion(made, style):
    return {loss}

model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU())
batches = [(torch.randn({samples}, 3, 6, 7), torch.randn({samples}, 4, 6, 7)) for _ in range(2)]
"""
ALL = "m = f.reshape(b * c, h * w); return m @ m.t() / (c * h * w)"
HELD = "F.mse_loss(gram(made), gram(style))"


@pytest.mark.parametrize(
    ("table", "loss", "samples", "is_wrong"),
    [
        (ALL, HELD, 5, True),
        (
            "m = f.view(b * c, -1); return torch.mm(m, m.T).div(h * w)",
            "(gram(made) - gram(style)).pow(2).mean()",
            5,
            True,
        ),
        ("m = f.view(b, c, h * w); return m @ m.mT / (c * h * w)", HELD, 5, False),
        # Of one sample it is the same.
        (ALL, HELD, 1, False),
        # Each channel is drawn away from all others.
        (ALL, "gram(made).log_softmax(1).diagonal().mean() + 0 * style.sum()", 5, False),
        ("m = f.transpose(0, 1).reshape(c, -1); return m @ m.t()", HELD, 5, False),
    ],
)
def test_channels_that_meet_each_other(table, loss, samples, is_wrong):
    found = slugs(STYLE.format(table=table, loss=loss, samples=samples))
    assert ("gram_of_all_samples" in found) is is_wrong
