"""A round for a rest that there is not."""

import pytest
from mended import mended, printed

LOOP = """
    x, y, size, total = torch.randn({rows}, 6), torch.randn({rows}), 8, 0
    rounds = {rounds}
    for i in range({told}):
        part, goal = x[i * size : (i + 1) * size], {goal}
        total += (part.mean(1) - goal).abs().max().item()
    print(round(total, 4))
"""
GOAL = "y[i * size : (i + 1) * size]"


@pytest.mark.parametrize("rounds", ["len(x) // size + 1", "x.size(0) // size + 1", "int(len(x) / size) + 1"])
@pytest.mark.parametrize("inside", [True, False])
def test_rounds_are_rounded_up(rounds, inside):
    told = rounds if inside else "rounds"
    found = mended(LOOP.format(rows=24, rounds=rounds, told=told, goal=GOAL))
    assert found.output == printed(LOOP.format(rows=24, rounds=3, told="rounds", goal=GOAL))
    assert not found.doubts
    assert "+ size - 1) // size" in found.changed[0]


def test_a_slice_may_have_a_name():
    text = """
        x, size, best = torch.randn(20, 3), 5, 0.0
        for b in range({}):
            part = slice(b * size, (b + 1) * size)
            best = max(best, x[part].max().item())
        print(round(best, 4))
    """
    found = mended(text.format("len(x) // size + 1"))
    assert found.output == printed(text.format("4"))
    assert not found.doubts


def test_a_rest_is_a_round():
    text = LOOP.format(rows=27, rounds="len(x) // size + 1", told="rounds", goal="y[i * size : i * size]")
    found = mended(text, most=1)
    assert not any("- 1) //" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_sum_of_other_numbers_is_left():
    text = LOOP.format(rows=24, rounds="len(x) // size + 2", told="rounds", goal=GOAL)
    found = mended(text, most=1)
    assert not any("- 1) //" in fix.title for fix in found.diagnoses[0].fixes)
