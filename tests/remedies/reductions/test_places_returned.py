"""Values and places of the largest numbers, where the places are meant."""

import pytest
from mended import mended, printed

CHOSEN = """
    import random
    random.seed(0)

    def choose(net, x, share):
        if random.random() < share:
            return {other}
        return net(x).{best}.item()

    net = nn.Linear(3, 5)
    print([choose(net, x, 0.4) for x in torch.randn(6, 1, 3)])
"""


@pytest.mark.parametrize("other", ["random.randrange(5)", "random.randint(0, 4)", "0"])
@pytest.mark.parametrize(("best", "right"), [("max(dim=1)", "max(dim=1)[1]"), ("max(1)", "argmax(1)")])
def test_the_place_is_returned(other, best, right):
    found = mended(CHOSEN.format(other=other, best=best))
    assert found.output == printed(CHOSEN.format(other=other, best=right))
    assert not found.doubts


def test_beside_a_number_with_a_rest_the_value_is_returned():
    program = CHOSEN.format(other="0.0", best="max(dim=1)")
    assert mended(program).output == printed(CHOSEN.format(other="0.0", best="max(dim=1)[0]"))


@pytest.mark.parametrize("use", ["print(names[{best}.item()])", "best = {best}.item()\n    print(names[best])"])
def test_what_is_looked_up_by_is_the_place(use):
    program = "names, scores = 'abcde', torch.randn(1, 5)\n    " + use
    found = mended(f"\n    {program.format(best='scores.max(dim=1)')}")
    assert found.output == printed(f"\n    {program.format(best='scores.max(dim=1)[1]')}")
    assert not found.doubts
