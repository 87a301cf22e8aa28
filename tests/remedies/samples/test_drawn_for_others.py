"""Numbers that a function draws for as many samples as it is told, and it was told another number."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Noise:
        def __init__(self, steps=50):
            self.steps, self.kept = steps, torch.linspace(0.99, 0.1, steps)

        def times(self, n):
            return {drawn}

        def add(self, x, t):
            return {added}


    noise = Noise()
    images = torch.rand(6, 2, 5, 4)
    t = noise.times({told})
    print(round(noise.add(images, t).std().item(), 4))
"""
DRAWS = ["torch.randint(0, self.steps, (n,))", "torch.randint(low=1, high=self.steps, size=(n,))", "torch.randperm(n)"]


@pytest.mark.parametrize("drawn", DRAWS)
@pytest.mark.parametrize(
    "added", ["x * self.kept[t][:, None, None, None]", "x + self.kept[t].view(-1, 1, 1, 1).sqrt()"]
)
@pytest.mark.parametrize("told", ["noise.steps", "20"])
def test_it_is_told_the_samples(drawn, added, told):
    found = mended(PROGRAM.format(drawn=drawn, added=added, told=told), most=1)
    assert found.output == printed(PROGRAM.format(drawn=drawn, added=added, told="images.size(0)"))
    assert not found.doubts


def test_what_was_drawn_for_the_samples_is_left():
    program = PROGRAM.format(drawn=DRAWS[0], added="x * self.kept[t][:, None, None, None]", told="len(images)")
    found = mended(program.replace("add(images,", "add(images[:4],"), most=1)
    assert not any("times(" in line for line in found.changed)


CUT = """
    def noise(n):
        return torch.randn(n, 3)

    x = torch.randn(12, 3)
    {cut}
    print((x + noise(9)).shape)
"""


@pytest.mark.parametrize(
    ("cut", "is_sure"), [("kept = x[:9]", False), ("kept = x[:8]", True), ("kept = x[:9, 0]", True)]
)
def test_a_part_with_as_many_samples_may_be_what_is_meant(cut, is_sure):
    found = mended(CUT.format(cut=cut), most=1)
    assert found.changed == ["print((x + noise(12)).shape)"]
    assert bool(found.doubts) is not is_sure


@pytest.mark.parametrize("other", ["draw", "marks"])
@pytest.mark.parametrize("told", ["7, 4", "4, 7"])
def test_two_that_were_drawn_leave_open_which_one_or_neither(other, told):
    program = f"""
        def draw(n):
            return torch.rand(n, 2)

        def marks(n):
            return torch.ones(n, 2)

        def apart(left, right):
            widths, others = left[:, 0] - left[:, 1], right[:, 0] + right[:, 1]
            return widths * others

        print(apart(draw({told[0]}), {other}({told[-1]})).shape)
    """
    assert mended(program, most=1).doubts


@pytest.mark.parametrize("taken", ["table[:7]", "table[2:9]", "table[::4]"])
def test_how_many_were_drawn_of_what_was_cut_since_is_left(taken):
    program = f"""
        def made(n):
            return torch.rand(n, 3)

        table = made(25)
        print((torch.randn(5, 3) + {taken}).sum())
    """
    found = mended(program, most=1)
    assert not [fix for fix in found.diagnoses[0].fixes if fix.title == "25 -> 5"]


def test_a_table_of_positions_that_lies_across_is_turned_and_not_made_for_so_many_samples():
    text = """
        def waves(longest, width):
            table = torch.zeros(longest, 1, width)
            table[:, 0] = torch.arange(longest)[:, None].sin()
            return table


        x = torch.rand(4, 9, 8)
        print(round((x + waves({}, 8){}).sum().item(), 4))
    """
    for given, cut in (("9", ""), ("30", "[:x.size(1)]")):
        found = mended(text.format(given, cut), most=1)
        assert not any("->" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)
