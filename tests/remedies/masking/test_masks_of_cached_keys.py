"""Masks of later steps beside keys that were kept: filled up in front, for those that each step may see."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k = nn.Linear(6, 6), nn.Linear(6, 6)
            self.kept = None

        def forward(self, x, mask):
            keys = self.k(x)
            if self.kept is not None:
                keys = torch.cat([self.kept, keys], dim=1)
            self.kept = keys
            scores = self.q(x) @ keys.transpose(1, 2)
            scores = {masked}
            return scores.softmax(-1)


    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = Attention()

        def forward(self, x, {start}):
            n = x.size(1)
            {mask}
            return self.attention(x, mask)


    model, x = Model(), torch.randn(2, 9, 6)
    with torch.no_grad():
        for start, end in ((0, 4), (4, 9)):
            print(round(model(x[:, start:end], start)[:, :, 0].sum().item(), 4))
"""
ADDED = ("scores + mask", 'mask = torch.triu(torch.full((n, n), float("-inf")), diagonal=1)')
FILLED = ('scores.masked_fill(mask == 0, float("-inf"))', "mask = torch.tril(torch.ones(n, n))")


def padded(mask, value):
    return mask.replace("mask = ", "mask = torch.nn.functional.pad(") + f", (seen, 0){value})"


@pytest.mark.parametrize(("masked", "mask", "value"), [(*ADDED, ""), (*FILLED, ", value=1")])
def test_the_mask_is_filled_up_by_what_was_seen_before(masked, mask, value):
    found = mended(PROGRAM.format(masked=masked, mask=mask, start="seen"), most=1)
    meant = padded(mask, value)
    assert found.changed == [meant]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(masked=masked, mask=meant, start="seen"))


def test_where_no_name_counts_what_was_seen_the_scores_tell():
    masked, mask = ADDED
    found = mended(PROGRAM.format(masked=masked, mask=mask, start="*seen"), most=1)
    assert "pad(mask, (scores.size(-1) - mask.size(-1), 0))" in found.changed[0]
    meant = padded(mask, "").replace("seen", "seen[0]")
    assert found.output == printed(PROGRAM.format(masked=masked, mask=meant, start="*seen"))


def test_the_rows_of_the_new_steps_are_cut_from_a_table_of_all():
    masked, mask = (
        "scores.masked_fill(mask[:x.size(1), :x.size(1)] == 0, -9.0)",
        "mask = torch.tril(torch.ones(20, 20))",
    )
    found = mended(PROGRAM.format(masked=masked, mask=mask, start="_"), most=1)
    assert "mask[scores.size(-1) - x.size(1) : scores.size(-1), :scores.size(-1)]" in found.changed[0]
    assert not found.doubts
    meant = masked.replace("[:x", "[scores.size(-1) - x.size(1):scores.size(-1), :scores.size(-1)] == 0, -9.0) #")
    assert found.output == printed(PROGRAM.format(masked=meant, mask=mask, start="_"))


def test_keys_of_another_sequence_have_no_mask_of_later_steps():
    program = """
        def attend(query, memory):
            n = query.size(1)
            scores = query @ memory.transpose(1, 2)
            mask = torch.triu(torch.full((n, n), float("-inf")), diagonal=1)
            return (scores + mask).softmax(-1)


        print(attend(torch.randn(2, 5, 6), torch.randn(2, 9, 6)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == [
        "return (scores + torch.nn.functional.pad(mask, (scores.size(-1) - mask.size(-1), 0))).softmax(-1)"
    ]
    assert found.doubts == ["the keys may be those of another sequence, for which this mask was not made"]
