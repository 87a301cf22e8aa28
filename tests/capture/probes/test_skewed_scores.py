"""Scores of distances that a reshape shifts row by row, which is meant, and the same reshape without the way back."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Relative(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.far, self.value, self.head = (nn.Linear(8, 8) for _ in range(4))
        self.register_buffer("distances", torch.randn(6, 8))

    def forward(self, x):
        far = self.far(self.distances).unflatten(1, (2, 4)).permute(1, 2, 0)
        scores = self.query(x).unflatten(2, (2, 4)).transpose(1, 2) @ far
        b, h, i, j = scores.shape
        {cut}
        weights = scores.masked_fill(torch.ones(i, j).triu(1).bool(), -1e9).softmax(-1)
        mixed = weights @ self.value(x).unflatten(2, (2, 4)).transpose(1, 2)
        return self.head(mixed.transpose(1, 2).flatten(2))


model, criterion = Relative(), nn.MSELoss()
batches = [(x, x.cumsum(1)) for x in torch.randn(2, 3, 6, 8)]
"""
SHIFTS = [
    "scores = F.pad(scores, (1, 0)).view(b, h, j + 1, i)[:, :, 1:].reshape(b, h, i, j)",
    "scores = torch.cat([scores.new_zeros(b, h, i, 1), scores], -1).view(b, h, j + 1, i)[:, :, 1:].view(b, h, i, j)",
    "shifted = F.pad(scores, (1, 0)).view(b, h, j + 1, i)[:, :, 1:]; scores = shifted.view_as(scores)",
    "scores = F.pad(scores, (1, 0)).view(b, h, j + 1, i)[:, :, 1:]",
]


@pytest.mark.parametrize("cut", SHIFTS)
def test_a_shift_of_each_row_is_meant(cut):
    assert slugs(PROGRAM.format(cut=cut)) == []


IN_FRONT = """
class Relative(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.value, self.head = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.register_buffer("distances", torch.randn(9, 8))

    def shifted(self, scores):
        wide = torch.cat([scores.new_zeros(len(scores), 1, *scores.shape[2:]), scores], 1)
        wide = wide.view(scores.size(1) + 1, scores.size(0), *scores.shape[2:])
        return wide[1:].{back}

    def forward(self, x):
        scores = self.shifted(torch.einsum("ibd,jd->ijb", self.query(x), self.distances))
        weights = (scores[:, :6] - torch.ones(6, 6).triu(1)[..., None] * 1e9).softmax(1)
        return self.head(torch.einsum("ijb,jbd->ibd", weights, self.value(x)))


model, criterion = Relative(), nn.MSELoss()
batches = [(x, x.cumsum(0)) for x in torch.randn(2, 6, 3, 8)]
"""


@pytest.mark.parametrize("back", ["view_as(scores)", "reshape_as(scores)", "view(*scores.shape)"])
def test_a_shift_along_the_second_axis_is_meant(back):
    assert slugs(IN_FRONT.format(back=back)) == []
