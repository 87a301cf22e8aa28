"""A parameter with one number for each item of a collection."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Tasks(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = {made}
            self.spread = nn.Parameter(torch.zeros({count}))

        def forward(self, x):
            losses = torch.stack([{each}])
            return (losses * torch.exp(-self.spread) + self.spread).sum()

    print(round(Tasks(6, {{"age": 5, "kind": 2, "mood": 7}})(torch.randn(8, 6)).item(), 4))
"""
DICT = "nn.ModuleDict({k: nn.Linear(width, n) for k, n in heads.items()})"
LIST = "nn.ModuleList([nn.Linear(width, n) for n in heads.values()])"


@pytest.mark.parametrize(
    ("made", "each"),
    [
        (DICT, "head(x).pow(2).mean() for head in self.heads.values()"),
        (DICT, "head(x).pow(2).mean() + len(k) for k, head in self.heads.items()"),
        (LIST, "head(x).pow(2).mean() for head in self.heads"),
    ],
)
def test_there_are_as_many_as_items(made, each):
    found = mended(PROGRAM.format(made=made, each=each, count=2))
    assert found.output == printed(PROGRAM.format(made=made, each=each, count="len(heads)"))
    assert not found.doubts


def test_a_part_of_the_items_is_not_counted():
    each = "head(x).pow(2).mean() for head in self.heads if head.out_features > 0"
    found = mended(PROGRAM.format(made=LIST, each=each, count=2), most=1)
    assert not any("len(" in fix.title for fix in found.diagnoses[0].fixes)
