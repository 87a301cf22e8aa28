"""Padding masks of tokens that were joined with others before attention reads them."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.more = nn.Embedding(20, 8), nn.Parameter(torch.randn(3, 8))
            self.reader = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)

        def forward(self, ids):
            pad = ids == 0
            more = self.more.expand(ids.size(0), -1, -1)
            x = torch.cat([{parts}], {axis})
            {line}
            return self.reader(x, src_key_padding_mask={mask})

    print(round(Net()(torch.tensor([[4, 5, 6, 0, 0], [7, 8, 2, 1, 0]])).sum().item(), 4))
"""
STACKED = """
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    state, act, seen = torch.randn(2, 5, 8), torch.randn(2, 5, 8), torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]])
    x = torch.stack([state, act], dim={axis}).{flat}
    print(round(layer(x, src_key_padding_mask={mask})[0].sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("parts", "ends"),
    [("more, self.table(ids)", "3, 0"), ("self.table(ids), more", "0, 3")],
)
def test_what_was_joined_to_the_tokens_is_no_padding(parts, ends):
    given = {"parts": parts, "axis": 1, "line": ""}
    found = mended(PROGRAM.format(mask="pad", **given))
    assert found.output == printed(PROGRAM.format(mask=f"F.pad(pad, ({ends}), value=False)", **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("axis", "flat", "right"),
    [
        (2, "view(2, 10, 8)", ".repeat_interleave(2, dim=1)"),
        (2, "flatten(1, 2)", ".repeat_interleave(2, dim=1)"),
        (1, "reshape(2, -1, 8)", ".repeat(1, 2)"),
    ],
)
def test_several_tokens_of_each_step_are_masked_together(axis, flat, right):
    found = mended(STACKED.format(axis=axis, flat=flat, mask="seen == 0"))
    assert found.output == printed(STACKED.format(axis=axis, flat=flat, mask=f"(seen == 0){right}"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        # Where the tokens stand among what was joined is not known.
        ("more, self.table(ids), more", ""),
        # What stands behind them is made of them as well.
        ("self.table(ids), self.table(ids)[:, :2]", ""),
    ],
)
def test_other_joins_are_left(parts, line):
    found = mended(PROGRAM.format(parts=parts, axis=1, line=line, mask="pad"), most=1)
    assert not any("pad(pad" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(("more", "is_sure"), [("self.table(first)", False), ("self.table(first[:, :1])", True)])
def test_other_tokens_may_be_padded_as_well(more, is_sure):
    program = PROGRAM.format(parts=f"{more}, self.table(ids)", axis=1, line="", mask="pad")
    program = program.replace("(self, ids)", "(self, ids, first)").replace(
        "0]]))", "0]]), torch.tensor([[3, 0], [4, 5]]))"
    )
    found = mended(program)
    assert found.output != "crashed"
    assert bool(found.doubts) is not is_sure
