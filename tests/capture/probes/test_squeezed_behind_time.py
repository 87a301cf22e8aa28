"""Squeezes of what has time in front of the samples, of which an evaluation's last batch holds a single one."""

from __future__ import annotations

import pytest
from programs import slugs

READ = """
from torch.utils.data import DataLoader, TensorDataset


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.score, self.out = nn.GRU(3, 7), nn.Linear(7, 1), nn.Linear(7, 4)

    def forward(self, x):
        h = self.rnn(x.transpose(0, 1))[0]
        w = self.score(h).{squeezed}
        return self.out({pooled})


def loader(count, size):
    return DataLoader(TensorDataset(torch.randn(count, 11, 3), torch.randint(0, 4, (count,))), size)


model = Reader()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in loader(30, 10):
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()
model.eval()
right = 0
with torch.no_grad():
    for x, y in loader({count}, 6):
        right += (model(x).argmax(dim=1) == y).sum().item()
print(right)
"""
WEIGHED = "(w.softmax(0).unsqueeze(-1) * h).sum(0)"


@pytest.mark.parametrize(
    ("squeezed", "pooled", "count", "found"),
    [
        ("squeeze()", WEIGHED, 13, True),
        ("squeeze()", "(h * w.sigmoid()[..., None]).mean(0)", 13, True),
        ("squeeze(-1)", WEIGHED, 13, False),
        ("squeeze(2)", WEIGHED, 13, False),
        # The last batch holds two, or there is none but full ones.
        ("squeeze()", WEIGHED, 14, False),
        ("squeeze()", WEIGHED, 12, False),
        # It is given its axes again.
        ("squeeze()", "(w.softmax(0).view(11, -1, 1) * h).sum(0)", 13, False),
    ],
)
def test_a_last_sample_alone_behind_time(squeezed, pooled, count, found):
    program = READ.format(squeezed=squeezed, pooled=pooled, count=count)
    assert slugs(program, "") == (["squeezed_by_chance"] if found else [])
