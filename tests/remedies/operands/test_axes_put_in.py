"""An axis is put into an operand where it is missing; where two places would do, the softmax behind it may tell."""

import pytest
from mended import mended, printed

PROGRAM = """
    def attend(q, k, v, mask):
        scores = q @ k.transpose(-2, -1)
        scores = {hidden}
        {between}
        return {shares} @ v

    q = torch.randn(3, 2, 5, 4)
    lengths = torch.tensor([5, 2, 3])
    mask = (torch.arange(5) < lengths[:, None]).unsqueeze(1){more}
    print(round(attend(q, q, q, mask).std(-2).sum().item(), 4))
"""
HIDDEN = [
    "scores.masked_fill(~mask{}, -1e9)",
    "scores + (~mask){} * -1e9",
    "torch.where(mask{}, scores, torch.tensor(-1e9))",
]
SHARES = [
    "F.softmax(scores, dim=-1)",
    "scores.softmax(3)",
    "torch.softmax(scores, -1)",
    "nn.functional.softmax(scores, dim=3)",
]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("shares", SHARES)
def test_a_mask_goes_along_the_axis_of_the_shares(hidden, shares):
    given = {"shares": shares, "between": "pass"}
    found = mended(PROGRAM.format(hidden=hidden.format(""), more="", **given))
    assert found.output == printed(PROGRAM.format(hidden=hidden.format(""), more=".unsqueeze(1)", **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("shares", "between"),
    [
        ("(scores > 0).float()", "pass"),
        ("F.softmax(scores, dim=axis)", "axis = -1"),
        ("F.softmax(other, dim=-1)", "other = scores"),
        ("(scores.softmax(2) + scores.softmax(3))", "pass"),
    ],
)
def test_where_no_softmax_tells_the_axis_it_is_in_doubt(shares, between):
    found = mended(PROGRAM.format(hidden=HIDDEN[0].format(""), more="", shares=shares, between=between), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_the_lines_behind_may_tell_the_axis():
    program = """
        x, gate = torch.randn(3, 5, 5), torch.rand(3, 5)
        mixed = x * gate{at}
        head = nn.Linear(5, 2)
        print(round((head(mixed) @ torch.ones(2, 1)).sum().item(), 4))
    """
    found = mended(program.format(at=""), most=1)
    assert found.changed == ["mixed = x * gate.unsqueeze(2)"]
    assert found.doubts == ["each number of one would meet every number of the other"]
