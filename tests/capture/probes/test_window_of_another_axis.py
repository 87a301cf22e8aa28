"""Pooling windows that are as long as the steps and slide along the features."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.lstm = nn.Conv2d(1, 6, 3), nn.LSTM(4, 12, batch_first=True)

    def forward(self, x):
        maps = torch.stack([self.conv(x[:, at].unsqueeze(1)) for at in range(x.size(1))], 1)
        {body}
        return h.flatten(1)


model, criterion = Model(), lambda out, _: out.square().mean()
batches = [(torch.randn(3, 5, 6, 4), None) for _ in range(2)]
"""
# Maps of 5 windows, with 6 channels of 4 by 2 pixels.
FLAT = "h = F.max_pool2d(maps.reshape(3, {shape}), {window})"
STEPS = "h = F.max_pool1d(self.lstm(x[:, :, 0])[0]{turned}, {window})"


@pytest.mark.parametrize(
    ("body", "is_wrong"),
    [
        (FLAT.format(shape="5, 48, 1", window="(5, 1)"), True),
        (FLAT.format(shape="1, 5, 48", window="(5, 1)"), False),
        # Eight pixels of one channel; a window of another length.
        (FLAT.format(shape="5, 48, 1", window="(8, 1)"), False),
        (STEPS.format(turned="", window="x.size(1)"), True),
        (STEPS.format(turned=".transpose(1, 2)", window="x.size(1)"), False),
        (STEPS.format(turned="", window=4), False),
        (STEPS.format(turned="", window=5), True),
        # Three of twelve features, which are by chance as many as there are steps.
        (STEPS.format(turned="[:, :3]", window=3), False),
        (STEPS.format(turned="[:, :3]", window="x[:, :3].size(1)"), True),
    ],
)
def test_which_axis_a_window_is_as_long_as(body, is_wrong):
    assert ("window_of_another_axis" in slugs(PROGRAM.format(body=body))) is is_wrong
