"""Labels from 1 on that a generator gives out in parts: moved where they are made, if others read them too."""

import pytest
from mended import mended, printed

IN_TURN = """
    def load():
        draw = torch.Generator().manual_seed(5)
        kinds = torch.randint(1, 4, (40,), generator=draw)
        return torch.randn(40, 6, generator=draw) + kinds[:, None], {given}

    def batches(rows, kinds, size):
        for at in range(0, len(rows), size):
            yield rows[at : at + size], kinds[at : at + size]{moved}

    def learn(net, rows, kinds):
        for some, wanted in batches(rows, kinds, 8):
            print(round(F.cross_entropy(net(some), wanted).item(), 4))

    net = nn.Linear(6, 3)
    rows, kinds = load()
    learn(net, rows, kinds)
    {measured}
"""
MEASURED = "print((net(rows).argmax(1) == kinds).float().mean().item())"


@pytest.mark.parametrize(
    ("measured", "given", "moved"), [(MEASURED, "kinds - 1", ""), ("print(len(kinds))", "kinds", " - 1")]
)
def test_what_a_generator_gives_out_is_moved_before_it_if_others_read_it(measured, given, moved):
    found = mended(IN_TURN.format(given="kinds", moved="", measured=measured))
    assert found.output == printed(IN_TURN.format(given=given, moved=moved, measured=measured))


def test_guesses_that_are_moved_elsewhere_leave_it_in_doubt():
    measured = "told = net(rows).argmax(1) + 1\n    print(sum(int(a) == int(b) for a, b in zip(told, kinds)))"
    found = mended(IN_TURN.format(given="kinds", moved="", measured=measured), most=1)
    assert found.changed == ["return torch.randn(40, 6, generator=draw) + kinds[:, None], kinds - 1"]
    assert found.doubts == ["something else reads the labels too, as they are"]
