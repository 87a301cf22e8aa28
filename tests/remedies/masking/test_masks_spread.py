"""A mask of tokens is spread to what they were joined with, which counts."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.more = nn.Embedding(20, 4), nn.Parameter(torch.randn(2, 4))
            self.mix = nn.Linear(4, 4)

        def forward(self, ids, mask):
            more = self.more.unsqueeze(0).repeat(len(ids), 1, 1)
            x = torch.tanh(self.mix(torch.cat([{parts}], {axis})))
            {line}


    ids = torch.tensor([[4, 9, 2, 7], [5, 3, 0, 0], [8, 0, 0, 0]])
    print(Pooled()(ids, {given}).sum(0).detach().round(decimals=4))
"""
LINES = [
    "spread = {mask}.unsqueeze(-1).expand(x.size()).float(); return (x * spread).sum(1) / spread.sum(1)",
    "spread = {mask}.unsqueeze(2).expand(x.shape); return (spread * x).sum(1)",
    "return (x * {mask}.unsqueeze(-1).expand_as(x)).sum(1)",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("given", ["(ids > 0).long()", "ids.ne(0)", "mask=(ids != 0).float()"])
@pytest.mark.parametrize(("parts", "ends"), [("more, self.table(ids)", "2, 0"), ("self.table(ids), more", "0, 2")])
def test_what_was_joined_to_the_tokens_counts(line, given, parts, ends):
    program = PROGRAM.format(parts=parts, axis=1, line=line, given=given)
    found = mended(program.replace("{mask}", "mask"))
    assert found.output == printed(program.replace("{mask}", f"F.pad(mask, ({ends}), value=1)"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        # Ones may stand for what is left out.
        ("more, self.table(ids)", "return x.masked_fill(mask.unsqueeze(-1).expand(x.size()) > 0, 0.0).sum(1)"),
        # Where the tokens stand among what was joined is not known.
        ("more, self.table(ids), more", LINES[0].format(mask="mask")),
        ("self.table(ids), self.table(ids)[:, :2]", LINES[0].format(mask="mask")),
    ],
)
def test_others_are_left(parts, line):
    program = PROGRAM.format(parts=parts, axis=1, line=line, given="(ids > 0).long()")
    assert "pad(mask" not in mended(program, most=1).text
