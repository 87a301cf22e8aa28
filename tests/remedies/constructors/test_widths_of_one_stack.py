"""Layers of a list whose results are stacked are of one width."""

import pytest
from mended import mended, printed

FIELDS = """
    class Fields(nn.Module):
        def __init__(self, sizes, k=8):
            super().__init__()
            self.tables = nn.ModuleList([nn.Embedding(n, {width}) for n in sizes])
            self.head = nn.Linear({wide}, 3)
        def forward(self, x):
            v = torch.stack([table(x[:, i]) for i, table in enumerate(self.tables)], 1)
            return self.head(v.flatten(1)) if self.head.in_features > 8 else self.head(v.sum(1))
    sizes = [30, 5, 12, 3]
    x = torch.stack([torch.randint(0, n, (6,)) for n in sizes], 1)
    print([round(v, 4) for v in Fields(sizes)(x).sum(1).tolist()])
"""


@pytest.mark.parametrize("width", ["min(k, n)", "min(n, k)", "embedding_dim=min(k, n)"])
@pytest.mark.parametrize("wide", ["len(sizes) * k", "k * len(sizes)", "k"])
def test_they_are_told_the_one_that_is_for_all(width, wide):
    found = mended(FIELDS.format(width=width, wide=wide))
    assert found.output == printed(FIELDS.format(width="k", wide=wide))
    assert not found.doubts


def test_where_no_layer_reads_that_width_they_may_be_meant_to_differ():
    found = mended(FIELDS.format(width="min(k, n)", wide="24"), most=1)
    assert found.changed == ["self.tables = nn.ModuleList([nn.Embedding(n, k) for n in sizes])"]
    assert found.doubts == ["the layers may be meant to have widths of their own, and to be joined side by side"]
