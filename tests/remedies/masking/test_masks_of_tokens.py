"""A padding mask loses the step that the tokens lose."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.top = nn.Embedding(9, 8), nn.Linear(8, 9)
            self.body = {body}

        def forward(self, heard, said, empty):
            seen = self.table(said)
            {called}
            return self.top(seen)


    net, heard = Writer(), torch.randn(3, 5, 8)
    said = torch.tensor([[1, 4, 5, 6, 2], [1, 7, 2, 0, 0], [1, 3, 8, 2, 0]])
    {before}
    scores = net({given})
    print(round(scores.sum().item(), 3))
"""
DECODER = (
    "nn.TransformerDecoderLayer(8, 2, 9, 0.0, batch_first=True)",
    "seen = self.body(seen, heard, tgt_key_padding_mask=empty)",
)
ENCODER = (
    "nn.TransformerEncoderLayer(8, 2, 9, 0.0, batch_first=True)",
    "seen = self.body(seen, src_key_padding_mask=empty)",
)
ATTENTION = (
    "nn.MultiheadAttention(8, 2, batch_first=True)",
    "seen, _ = self.body(seen, seen, seen, key_padding_mask=empty)",
)


@pytest.mark.parametrize(("body", "called"), [DECODER, ENCODER, ATTENTION])
@pytest.mark.parametrize(
    ("before", "given", "right"),
    [
        ("empty = said == 0", "heard, said[:, :-1], {}", "empty[:, :-1]"),
        ("empty = said.eq(0)", "heard, said=said[:, 1:], empty={}", "empty[:, 1:]"),
        ("empty = said == 0; shorter = said[:, :-1]", "heard, shorter, {}", "empty[:, :-1]"),
        ("empty = said == 0; shorter = said[:, 1:]", "heard, shorter, empty={}", "empty[:, 1:]"),
    ],
)
def test_the_mask_is_cut_as_the_tokens_are(body, called, before, given, right):
    parts = {"body": body, "called": called, "before": before}
    found = mended(PROGRAM.format(given=given.format("empty"), **parts))
    assert found.output == printed(PROGRAM.format(given=given.format(right), **parts))
    assert not found.doubts


@pytest.mark.parametrize(("body", "called"), [DECODER, ENCODER])
def test_steps_that_were_left_out_elsewhere_are_in_doubt(body, called):
    parts = {"body": body, "called": called, "given": "heard, shorter, empty"}
    before = "empty = said == 0; shorter = said.index_select(1, torch.arange(1, 5))"
    found = mended(PROGRAM.format(before=before, **parts), most=1)
    fixes = [fix for each in found.diagnoses for fix in each.fixes]
    assert all(fix.doubt for fix in fixes if "empty[" in fix.title)


def test_a_mask_beside_pairs_of_neighbours_is_in_doubt():
    program = """
    words = torch.randint(1, 9, (4, 6))
    seen, empty = nn.Embedding(9, 4)(words), words == 2
    pairs = torch.cat([seen[:, :-1], seen[:, 1:]], dim=-1)
    out, _ = nn.MultiheadAttention(8, 2, batch_first=True)(pairs, pairs, pairs, key_padding_mask=empty)
    print(out.shape)
    """
    fixes = [fix for each in mended(program, most=1).diagnoses for fix in each.fixes if "empty[" in fix.title]
    assert fixes
    assert all(fix.doubt for fix in fixes)


def test_vectors_of_steps_are_no_maps():
    program = """
    step, context = torch.randn(3, 1, 8), torch.randn(3, 1, 10)
    both = torch.cat((step, context), dim=1)
    print(nn.GRU(18, 4, batch_first=True)(both)[0].shape)
    """
    assert mended(program, most=1).diagnoses[0].slug != "maps_of_odd_size"
