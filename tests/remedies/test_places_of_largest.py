"""An index of floats: the places of the largest numbers were meant, of what gives both."""

import pytest
from mended import mended

COUNTS = """
    net, counts = nn.Linear(3, 5), torch.zeros(5, 5, dtype=torch.long)
    x, y = torch.randn(7, 3), torch.randint(5, (7,))
    best = {best}
    {read}
    print(counts.tolist())
"""
LOOP = "for t, p in zip(y, best):\n        counts[t, p] += 1"


@pytest.mark.parametrize("best", ["torch.max(net(x), 1)", "net(x).max(dim=1)", "net(x).topk(5, dim=0)"])
def test_a_loop_over_values_and_places_goes_through_the_places(best):
    found = mended(COUNTS.format(best=best, read=LOOP), most=1)
    assert found.changed == [f"best = {best}.indices"]
    assert not found.doubts


def test_what_was_taken_of_both_is_cast():
    found = mended(COUNTS.format(best="net(x).softmax(1).max(1)[0]", read=LOOP), most=1)
    assert not any("indices" in fix.title for fix in found.diagnoses[0].fixes)
