"""A mask made of lengths is as wide as the longest of them, unless it is told how long the batch is padded."""

import pytest
from mended import mended, printed

PROGRAM = """
def to_mask(lengths, {parameter}):
    {found_out}
    return torch.arange(width)[None] >= lengths[:, None]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def empty(self, x, lengths):
        return to_mask(lengths{told})

    def forward(self, x, lengths):
        mask = self.empty(x, lengths)
        return {used}


print(round(Net()(torch.randn(3, 12, 8), torch.tensor([9, 4, 7])).sum().item(), 4))
"""
LATER = {"parameter": "width=None", "found_out": "if width is None:\n        width = int(lengths.max())"}
AT_ONCE = {"parameter": "longest=None", "found_out": "width = max(lengths.tolist()) if longest is None else longest"}


@pytest.mark.parametrize(("how", "name"), [(LATER, "width"), (AT_ONCE, "longest")])
@pytest.mark.parametrize(
    "used",
    [
        "self.layer(x, src_key_padding_mask=mask)",
        "self.attention(x, x, x, key_padding_mask=mask)[0]",
        "x.sum(-1).masked_fill(mask, 0.0)",
    ],
)
def test_the_length_of_the_batch_is_told(how, name, used):
    found = mended(PROGRAM.format(**how, used=used, told=""))
    assert found.changed == [f"return to_mask(lengths, {name}=x.size(1))"]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(**how, used=used, told=f", {name}=x.size(1)"))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        # A length was told already, or the function has no parameter that stands for one.
        (LATER, ", 9"),
        ({"parameter": "scale=None", "found_out": "width = int(lengths.max())\n    scale is None"}, ""),
    ],
)
def test_it_is_told_only_where_it_was_not(how, told):
    found = mended(PROGRAM.format(**how, used="x.sum(-1).masked_fill(mask, 0.0)", told=told), most=1)
    assert not any("=x.size(1)" in fix.title for each in found.diagnoses for fix in each.fixes)


@pytest.mark.parametrize(
    ("longest", "joined"),
    [(11, ""), (10, ""), (9, "x = torch.cat([torch.zeros(3, 2, 8), x], 1)\n        ")],
)
def test_the_length_of_the_batch_may_count_more_than_padding(longest, joined):
    program = PROGRAM.format(**LATER, used="x.sum(-1).masked_fill(mask, 0.0)", told="").replace("9, 4", f"{longest}, 4")
    found = mended(program.replace("mask = self", f"{joined}mask = self"))
    assert found.doubts


FLAT = """
scores = torch.arange(24.0).view(2, 1, 3, 4)
for row in scores:
    seen = row.flatten() + 1
    {statement}
    print(row.sum().item())
"""


@pytest.mark.parametrize("statement", ["row[{}] = 0", "row = row[{}]"])
def test_a_flat_mask_gets_the_shape_of_what_it_picks_from(statement):
    found = mended(FLAT.format(statement=statement.format("seen > 7")))
    assert found.changed == [statement.format("(seen > 7).view_as(row)")]
    assert found.output == printed(FLAT.format(statement=statement.format("(seen > 7).view_as(row)")))


TURNED = """
words = torch.randint(0, 3, (2, 5))
kept = (words != 0).{flat}
losses = torch.rand(2, 5){turned}
print(losses[kept].sum().item())
"""


@pytest.mark.parametrize(("flat", "turned"), [("reshape(-1)", ".t()"), ("flatten()", ".t()"), ("T.flatten()", "")])
def test_a_flat_mask_may_run_the_other_way(flat, turned):
    found = mended(TURNED.format(flat=flat, turned=turned))
    assert found.doubts or not any("view_as" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_a_mask_of_another_length_does_not():
    found = mended(FLAT.format(statement="row[seen[1:] > 7] = 0"), most=1)
    assert not any("view_as" in fix.title for each in found.diagnoses for fix in each.fixes)


PADDED = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)

        def forward(self, x, counts):
            empty = torch.arange({steps})[None, :] >= counts[:, None]
            return self.layer(x, src_key_padding_mask=empty)


    torch.manual_seed(1)
    print(Reader()(torch.randn(3, 9, 8), torch.tensor([5, 7, 2])).sum().item())
"""


@pytest.mark.parametrize("steps", ["int(counts.max())", "counts.max()"])
def test_padding_is_marked_as_far_as_it_goes(steps):
    found = mended(PADDED.format(steps=steps))
    assert found.changed == ["empty = torch.arange(x.size(1))[None, :] >= counts[:, None]"]
    assert found.output == printed(PADDED.format(steps="x.size(1)"))
    assert found.doubts == []


def test_a_mask_that_is_laid_otherwise_is_not_counted_anew():
    program = PADDED.replace("src_key_padding_mask=empty", "src_key_padding_mask=empty.t()")
    assert not any("arange(x.size(1))" in line for line in mended(program.format(steps="9")).changed)
