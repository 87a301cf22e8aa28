"""What is joined to a share of a width is made as wide as the share leaves."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Places(nn.Module):
        def __init__(self, kinds, width, part=4):
            super().__init__()
            share = width // part
            self.table = nn.Embedding(kinds, {told})
            self.common = nn.Parameter(torch.linspace(-1, 1, 3 * share).view(3, share))
            self.reader = {reader}

        def forward(self, x):
            common = self.common.expand(len(x), -1, -1)
            x = torch.cat([self.table(x), common], {along})
            return {read}


    found = Places(9, 8)(torch.tensor([[1, 4, 8], [0, 2, 2]]))
    print(round(found.std(0).sum().item(), 4))
"""
READERS = [
    ("nn.Linear(width, 5)", "self.reader(x)"),
    ("nn.GRU(width, 5, batch_first=True)", "self.reader(x)[0]"),
    ("nn.TransformerEncoderLayer(width, 2, 16, dropout=0.0, batch_first=True)", "self.reader(x)"),
    ("nn.LayerNorm(width)", "self.reader(x)"),
]


@pytest.mark.parametrize(("reader", "read"), READERS)
@pytest.mark.parametrize("along", ["dim=-1", "2"])
def test_the_rest_of_the_width_is_for_the_other_part(reader, read, along):
    found = mended(PROGRAM.format(told="width", reader=reader, read=read, along=along))
    assert found.diagnoses[0].fixes[0].title == "width - share"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(told="width - share", reader=reader, read=read, along=along))


@pytest.mark.parametrize(
    "share",
    [
        "int(width // 4.0)",
        "int(width / part)",
        "width // part if kinds > 1 else 0",
        "0 if kinds < 2 else width // part",
    ],
)
def test_a_share_that_is_rounded_or_taken_on_a_condition(share):
    program = PROGRAM.replace("width // part", share)
    parts = {"reader": READERS[0][0], "read": READERS[0][1], "along": "dim=-1"}
    found = mended(program.format(told="width", **parts))
    assert found.output == printed(program.format(told="width - share", **parts))
    assert not found.doubts


@pytest.mark.parametrize("share", ["kinds // part", "width - 6", "int(kinds - 7)"])
def test_what_is_no_part_of_the_width_is_no_share(share):
    program = PROGRAM.replace("width // part", share)
    parts = {"reader": READERS[0][0], "read": READERS[0][1], "along": "dim=-1"}
    found = mended(program.format(told="width", **parts), most=1)
    assert not any(fix.title == "width - share" for fix in found.diagnoses[0].fixes)


def test_a_share_of_which_no_part_is_made_is_none():
    program = PROGRAM.replace("3 * share).view(3, share)", "3 * 2).view(3, 2)")
    found = mended(program.format(told="width", reader=READERS[0][0], read=READERS[0][1], along="dim=-1"))
    assert not any(fix.title == "width - share" for fix in found.diagnoses[0].fixes)
