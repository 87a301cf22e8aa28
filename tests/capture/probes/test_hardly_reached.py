"""An input of which little is left for one of the samples: what moves nothing any more mixes with nothing."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.out = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, start):
        h = torch.tanh(self.first(start)) * shares
        return torch.stack([self.out(at * h) for at in range(7)])

net = Net()
optimizer = torch.optim.SGD(net.parameters(), 1e-5)
shares = torch.ones(12, 1)
shares[-1] = {share}
for _ in range(3):
    start, x = torch.randn(12, 6), torch.randn(7, 12, 3)
    far = ((net(start) - x) ** 2 + 1e4).sum({axes})
    loss = far.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("share", ["1.0", "1e-3", "2e-4", "1e-4", "5e-5", "1e-5"])
def test_the_terms_of_each_sample_are_its_own(share):
    assert slugs(PROGRAM.format(share=share, axes="(0, 2)"), "") == []
