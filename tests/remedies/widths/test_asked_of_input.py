"""Widths that were asked of the very tensor that is read, along its samples instead of its features."""

import pytest
from mended import mended, printed

GRAPH = """
    class Graph:
        def __init__(self, feats, links):
            self.feats, self.links = feats, links

    class Conv(nn.Module):
        def __init__(self, n_in, n_out):
            super().__init__()
            self.w = nn.Parameter(torch.randn(n_in, n_out) * 0.1)

        def forward(self, x, links):
            return links @ (x @ self.w)

    g = Graph(torch.rand(25, 9), torch.eye(25))

    class Net(nn.Module):
        def __init__(self, g):
            super().__init__()
            self.c1, self.c2 = Conv({width}, 16), Conv(16, 3)

        def forward(self, g):
            return self.c2(self.c1(g.feats, g.links).relu(), g.links)

    print(Net(g)(g).sum().item())
"""
LOADED = """
    from torch.utils.data import DataLoader, TensorDataset
    rows, aims = torch.randn(60, 7), torch.randn(60, 1)
    net = nn.Sequential(nn.Linear({width}, 12), nn.ReLU(), nn.Linear(12, 1))
    for a, b in DataLoader(TensorDataset(rows, aims), batch_size=20):
        print(F.mse_loss(net(a), b).item())
"""
PLAIN = """
    def fitted(x, y):
        w = torch.zeros({width}, 1) + 0.3
        return ((x @ w - y) ** 2).mean()

    print(fitted(torch.randn(50, 6), torch.randn(50, 1)).item())
"""


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        (GRAPH, "g.feats.shape[0]", "g.feats.shape[1]"),
        (GRAPH, "g.feats.size(0)", "g.feats.size(1)"),
        (GRAPH, "len(g.feats)", "g.feats.shape[1]"),
        (LOADED, "rows.shape[0]", "rows.shape[1]"),
        (LOADED, "len(rows)", "rows.shape[1]"),
        (PLAIN, "x.shape[0]", "x.shape[1]"),
    ],
)
def test_the_features_are_asked(text, wrong, right):
    found = mended(text.replace("{width}", wrong))
    assert not found.doubts
    assert right in found.text
    assert found.output == printed(text.replace("{width}", right))


def test_a_layer_along_the_steps_may_be_meant():
    text = """
    x = torch.randn(5, 7, 3)
    print(nn.Linear(x.shape[1], 4)(x).sum().item())
    """
    found = mended(text, most=1)
    fixes = [fix for fix in found.diagnoses[0].fixes if "shape[2]" in fix.title]
    assert all(fix.doubt for fix in fixes)


def test_another_tensor_is_not_asked():
    text = """
    other, x = torch.randn(25, 4), torch.randn(30, 9)
    w = torch.randn(other.shape[0], 6)
    print((x @ w).sum().item())
    """
    found = mended(text, most=1)
    assert not any("other.shape[1]" in fix.title for fix in found.diagnoses[0].fixes)
