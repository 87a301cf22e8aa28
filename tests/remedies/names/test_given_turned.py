"""Masks of two sequences that were given in each other's place, and other things that lie the other way."""

import pytest
from mended import mended, printed

MASKED = """
    def mask_of(asked, known):
        {mask}

    def weigh(q, k, mask):
        {weigh}

    src, tgt = torch.randint(0, 3, (2, 5)), torch.randint(0, 3, (2, 3))
    emb = nn.Embedding(9, 6)
    print(weigh(emb(tgt), emb(src), {given}).sum().item())
"""
OF_KEYS = "return known.eq(0).unsqueeze(1).expand(-1, asked.size(1), -1)"
OF_BOTH = "return (asked == 0)[:, :, None] | (known == 0)[:, None]"
FILLED = "return (q @ k.transpose(1, 2)).masked_fill(mask, -9.0)"


@pytest.mark.parametrize("mask", [OF_KEYS, OF_BOTH])
@pytest.mark.parametrize("weigh", [FILLED, "return torch.where(mask, -9.0, q @ k.mT)"])
def test_a_mask_is_made_of_what_asks_and_what_is_known(mask, weigh):
    found = mended(MASKED.format(mask=mask, weigh=weigh, given="mask_of(src, tgt)"), most=1)
    assert found.output == printed(MASKED.format(mask=mask, weigh=weigh, given="mask_of(tgt, src)"))
    assert not found.doubts


def test_a_mask_that_is_made_both_ways_is_in_doubt():
    program = MASKED.format(mask=OF_BOTH, weigh=FILLED, given="mask_of(src, tgt)")
    found = mended(program + "    print(mask_of(tgt, src).shape)\n", most=1)
    told = [fix.doubt for fix in found.diagnoses[0].fixes if "exchanged" in fix.title]
    assert told
    assert all(told)


def test_what_a_mask_is_for_is_not_turned_for_sure():
    program = """
    def scores_of(asked, known):
        return asked @ known.transpose(1, 2)

    q, k, padded = torch.randn(2, 5, 4), torch.randn(2, 3, 4), torch.rand(2, 3, 5) > 0.5
    scores = scores_of(q, k)
    print(scores.masked_fill(padded, -9.0).shape)
    """
    found = mended(program, most=1)
    told = [fix.doubt for fix in found.diagnoses[0].fixes if "exchanged" in fix.title]
    assert told
    assert all(told)


QUERY = """
    class Net(nn.Module):
        def __init__(self, hidden):
            super().__init__()
            self.hidden, self.lstm = hidden, nn.LSTM(4, hidden, batch_first=True{both})

        def forward(self, x):
            out, (h, _) = self.lstm(x)
            return torch.bmm({out}, {state}).sum()

    print(Net(5)(torch.randn(6, 3, 4)).item())
"""
BOTH = ", bidirectional=True"


@pytest.mark.parametrize(
    ("out", "state", "size"),
    [
        ("out", "h.transpose(0, 1).contiguous().view(-1, {}, 1)", "self.hidden"),
        ("out", "h.permute(1, 0, 2).reshape(-1, {}, 1)", "5"),
    ],
)
def test_a_view_is_as_wide_as_both_directions(out, state, size):
    found = mended(QUERY.format(both=BOTH, out=out, state=state.format(size)), most=1)
    assert found.output == printed(QUERY.format(both=BOTH, out=out, state=state.format("10")))
    assert not found.doubts


@pytest.mark.parametrize(
    ("both", "out", "state"),
    [
        (BOTH, "out", "h.view(-1, self.hidden, 1)"),
        ("", "torch.cat([out, out], -1)", "h.transpose(0, 1).repeat(1, 2, 1).view(-1, 5, 1)"),
    ],
    ids=["layers first", "heads"],
)
def test_rows_of_other_samples_are_not_merged_for_sure(both, out, state):
    found = mended(QUERY.format(both=both, out=out, state=state), most=1)
    told = [fix.doubt for fix in found.diagnoses[0].fixes if "* 2" in fix.title or "-> 10" in fix.title]
    assert told
    assert all(told)
