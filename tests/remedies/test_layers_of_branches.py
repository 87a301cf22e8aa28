"""Layers that several branches make under one name: the branch that made this one is the one to change."""

import pytest
from mended import mended, printed

MIXED = """
    class Attention(nn.Module):
        def __init__(self, h, kind):
            super().__init__()
            self.kind = kind
            if kind == "add":
                self.mix = nn.Linear(h, h)
            elif kind == "cat":
                self.mix = nn.Linear({width}, h)

        def forward(self, q, k):
            return self.mix(q + k if self.kind == "add" else torch.cat([q, k], dim=-1))

    q, k = torch.randn(4, 6), torch.randn(4, 6)
    for kind in ("add", "cat"):
        torch.manual_seed(1)
        print(Attention(6, kind)(q, k).sum().item())
"""
ROWS = """
    class Encoder(nn.Module):
        def __init__(self, n, h, flat):
            super().__init__()
            self.flat = flat
            if not flat:
                self.body = nn.Sequential(nn.Linear(n, h), nn.Tanh())
            else:
                self.body = nn.Sequential(nn.Linear({width}, h), nn.Tanh())

        def forward(self, x):
            return self.body(x.flatten(1) if self.flat else x)

    x = torch.randn(4, 3, 5)
    for flat in (False, True):
        torch.manual_seed(1)
        print(Encoder(5, 8, flat)(x).sum().item())
"""


@pytest.mark.parametrize(("text", "right"), [(MIXED, "2 * h"), (ROWS, "15")])
def test_the_branch_that_ran_is_changed(text, right):
    found = mended(text.replace("{width}", "h" if text is MIXED else "n"))
    assert found.output == printed(text.replace("{width}", right))
    kept = "nn.Linear(h, h)" if text is MIXED else "nn.Linear(n, h)"
    assert found.text.count(kept) == 1
