"""Where nothing recurrent is made, a short first axis is one of samples, and no layer of a state is taken."""

from mended import mended

PROGRAM = """
def attend(x, mask):
    scores = torch.bmm(x.repeat(3, 1, 1), x.repeat(3, 1, 1).transpose(1, 2))
    return scores.masked_fill(mask.repeat(len(scores), 1, 1), 0.0)


rows, closed = torch.randn(4, 6, 5), torch.rand(4, 6, 6) > 0.5
print(attend(rows, closed).sum())
"""


def test_no_last_layer_is_taken_of_samples():
    [found] = mended(PROGRAM, most=1).diagnoses
    assert not any("[-1:]" in fix.title for fix in found.fixes)
