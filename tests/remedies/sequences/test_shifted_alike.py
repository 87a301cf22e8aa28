"""What goes in and what is to come out, cut to be a step apart."""

import pytest
from mended import mended, printed

TRAIN = """
    V, d = 14, 8
    emb, out = nn.Embedding(V, d), nn.Linear(d, V)
    tf = nn.Transformer(d, 2, 1, 1, 16, dropout=0.0, batch_first=True)
    src, tgt = torch.randint(1, V, (4, 9)), torch.randint(1, V, (4, 7))
    given, wanted = {given}, {wanted}
    logits = out(tf(emb(src), emb(given)))
    print(round(F.cross_entropy(logits.reshape(-1, V), wanted.reshape(-1)).item(), 4))
"""


def test_steps_are_cut_where_the_other_cut_has_them():
    found = mended(TRAIN.format(given="tgt[:-1]", wanted="tgt[:, 1:]"))
    assert found.changed == ["given, wanted = tgt[:, :-1], tgt[:, 1:]"]
    assert found.output == printed(TRAIN.format(given="tgt[:, :-1]", wanted="tgt[:, 1:]"))
    assert not found.doubts


def test_which_of_both_is_wrong_may_stay_open():
    found = mended(TRAIN.format(given="tgt[:, :-1]", wanted="tgt[1:]"))
    assert found.output == printed(TRAIN.format(given="tgt[:, :-1]", wanted="tgt[:, 1:]"))
    assert found.doubts == ["either of the two may be cut along the axis of the steps"]


@pytest.mark.parametrize("rest", ["image[1:] - image[:-1]", "image[:-1].mean() + image[1:].mean()"])
def test_neighbours_along_both_axes_have_their_own(rest):
    found = mended(
        f"""
        image = torch.rand(5, 8)
        across, down = image[:, 1:] - image[:, :-1], {rest}
        print((across + image[:-1]).sum().item())
        """,
        most=1,
    )
    assert not any("image[:, :-1]" in fix.title or "image[:, 1:]" in fix.title for fix in found.diagnoses[0].fixes)
