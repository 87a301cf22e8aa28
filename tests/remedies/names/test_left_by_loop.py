"""A name that a loop over all items but the last has left: the last item is meant where a call is made once more."""

import pytest
from mended import mended, printed

PROGRAM = """
class Tower(nn.Module):
    def __init__(self, before, {sizes}):
        super().__init__()
        parts = []
        for {loop}:
            parts.append({layer}(before, size))
            before = size
        parts.append({layer}(before, {last}))
        self.parts = nn.Sequential(*parts)
        self.read = {reader}

    def forward(self, x):
        return self.read(self.parts(x))


def dense(before, size):
    return nn.Sequential(nn.Linear(before, size), nn.ReLU())


tower = Tower({made})
print(tower(torch.randn(6, 7)).sum().item())
"""


@pytest.mark.parametrize(
    ("sizes", "loop", "layer", "reader", "made"),
    [
        ("sizes", "size in sizes[:-1]", "nn.Linear", "nn.Linear(sizes[-1], 2)", "7, (12, 10, 3)"),
        ("sizes", "at, size in enumerate(sizes[:-1])", "dense", "nn.LayerNorm(sizes[-1])", "7, [12, 10, 3]"),
        ("sizes=(12, 10, 3)", "size, _ in zip(sizes[:-1], sizes)", "dense", "nn.Linear(sizes[-1], 2)", "7"),
    ],
)
def test_the_last_item_is_meant_behind_the_loop(sizes, loop, layer, reader, made):
    told = {"sizes": sizes, "loop": loop, "layer": layer, "reader": reader, "made": made}
    found = mended(PROGRAM.format(last="size", **told), most=1)
    assert found.output == printed(PROGRAM.format(last="sizes[-1]", **told))
    assert not found.doubts


def test_where_the_last_item_is_what_is_read_there_the_name_may_be_meant():
    told = {"sizes": "sizes", "loop": "size in sizes[:-1]", "layer": "nn.Linear", "made": "7, (12, 10, 3)"}
    assert mended(PROGRAM.format(last="size", reader="nn.Linear(3, sizes[-1])", **told), most=1).doubts


def test_what_reads_another_item_is_mended_itself():
    told = {"sizes": "sizes", "loop": "size in sizes[:-1]", "layer": "dense", "made": "7, (12, 10, 3)"}
    found = mended(PROGRAM.format(last="sizes[-1]", reader="nn.Linear(sizes[0], 2)", **told), most=1)
    assert found.output == printed(PROGRAM.format(last="sizes[-1]", reader="nn.Linear(sizes[-1], 2)", **told))
