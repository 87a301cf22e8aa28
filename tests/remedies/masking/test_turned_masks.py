"""A mask whose two axes are exchanged is turned where it is made."""

import pytest
from mended import mended, printed

PROGRAM = """
    def near(n, m, reach=3):
        return ((torch.arange(n)[:, None] - torch.arange(m)[None]).abs() <= reach){kind}


    def attend(q, k, v, mask):
        scores = q @ k.transpose(-2, -1)
        scores = {hide}
        return scores.softmax(-1) @ v


    q, k = torch.randn(3, 2, 5, 4), torch.randn(3, 2, 8, 4)
    mask = near(k.size(2), q.size(2)){turn}
    print(round(attend(q, k, k, mask).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("kind", "hide"),
    [
        (".int()", "scores.masked_fill(mask == 0, -1e9)"),
        ("", "scores.masked_fill(~mask, -1e9)"),
        (".float().log().clamp(min=-1e9)", "scores + mask"),
        ("", "torch.where(mask, scores, torch.tensor(-1e9))"),
    ],
)
def test_a_mask_is_turned_where_it_is_made(kind, hide):
    found = mended(PROGRAM.format(kind=kind, hide=hide, turn=""))
    assert found.changed == ["mask = near(k.size(2), q.size(2)).t()"]
    assert found.output == printed(PROGRAM.format(kind=kind, hide=hide, turn=".t()"))
    assert not found.doubts


def test_a_mask_of_other_sizes_is_not_turned():
    program = PROGRAM.format(kind="", hide="scores.masked_fill(~mask, -1e9)", turn="[:7]")
    assert all(".t()" not in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


@pytest.mark.parametrize("mask", ["torch.tril(torch.ones({}, {}))", "(torch.arange({})[:, None] >= torch.arange({}))"])
def test_a_mask_that_looks_one_way_is_turned_in_doubt(mask):
    program = f"""
    q, k = torch.randn(3, 2, 5, 4), torch.randn(3, 2, 8, 4)
    mask = {mask.format("k.size(2)", "q.size(2)")}
    scores = (q @ k.transpose(-2, -1)).masked_fill(mask == 0, -1e9)
    print(round(scores.softmax(-1).sum().item(), 4))
    """
    found = mended(program)
    # Turned, it hides what lies behind instead of what lies ahead.
    assert len(found.doubts) == 1
    assert "which axis comes first" in found.doubts[0]
