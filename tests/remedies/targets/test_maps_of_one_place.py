"""Scores that a pool over all places left as maps of one place, against a label for each sample."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Conv{n}d(3, 4, 3), nn.ReLU(), nn.Adaptive{kind}Pool{n}d(1))

        def forward(self, x):
            return {given}


    net, x, y = Net(), torch.rand({sizes}), torch.randint(4, (6,))
    print({loss}, (net(x).argmax(dim=1) == y).float().mean().item())
"""


@pytest.mark.parametrize("loss", ["F.cross_entropy(net(x), y).item()", "nn.NLLLoss()(net(x), y).item()"])
@pytest.mark.parametrize(("n", "kind", "sizes"), [(2, "Avg", "6, 3, 7, 8"), (1, "Max", "6, 3, 7")])
def test_they_are_laid_flat_where_they_are_made(n, kind, sizes, loss):
    told = {"n": n, "kind": kind, "sizes": sizes, "loss": loss}
    found = mended(PROGRAM.format(given="self.body(x)", **told))
    assert found.output == printed(PROGRAM.format(given="self.body(x).flatten(1)", **told))
    assert not found.doubts
