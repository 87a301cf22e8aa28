"""A mask of whole sequences beside a tensor that was made of a part of each."""

import pytest
from mended import mended, printed

PICKED = """
    words, right = torch.randint(0, 9, (4, 7)), torch.randint(0, 2, (4, 7))
    net = nn.Sequential(nn.Embedding(9, 5), nn.Linear(5, 9))
    mask = words != 0
    out = net(words{read})[:, :{end}]
    each = {made}
    print(round({used}.mean().item(), 4))
"""
LOSS = "F.cross_entropy(out.mT, words[:, 1:], reduction='none')"
CHANCE = "out.gather(-1, words[:, 1:].unsqueeze(-1)).squeeze(-1)"
GAP = "F.mse_loss(out[..., 0], right[:, 1:].float(), reduction='none')"


@pytest.mark.parametrize(
    ("made", "read", "used"),
    [
        (LOSS, "[:, :-1]", "each[words{} > 0]"),
        (CHANCE, "", "each[words{}.ne(0)]"),
        (GAP, "", "each[mask{}]"),
        (LOSS, "", "each.masked_select(words{} > 0)"),
    ],
)
def test_it_is_cut_as_what_the_tensor_was_made_of(made, read, used):
    program = {"made": made, "read": read, "end": None if read else -1}
    found = mended(PICKED.format(used=used.format(""), **program), most=1)
    assert found.output == printed(PICKED.format(used=used.format("[:, 1:]"), **program))
    assert not found.doubts


def test_parts_that_were_cut_in_two_ways_leave_it_open():
    made = "words[:, 1:].float() * right[:, :-1]"
    found = mended(PICKED.format(made=made, read="", end=-1, used="each[words.bool()]"), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if not fix.doubt]
    assert not any("right[:, :-1]" in fix.title or "[:, :-1]." in fix.title for fix in told)


def test_what_is_told_next_may_be_what_the_mask_is_for():
    program = """
        words = torch.randint(1, 9, (4, 7))
        net = nn.Sequential(nn.Embedding(9, 5), nn.Linear(5, 9))
        mask, given, told = words > 1, words[:, :-1], words[:, 1:]
        scores = net(given)
        print(F.cross_entropy(scores[mask], told[mask]))
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "[:, :-1]" in fix.edits[0].replacement)
