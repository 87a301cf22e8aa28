"""The width of a layer that was made by a function, a class or a loop: changed in the very call that told it."""

import pytest
from mended import mended, printed

BRANCHES = """
    def conv(i, o, k):
        return nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2), nn.ReLU())

    class Branches(nn.Module):
        def __init__(self, c, narrow, wide):
            super().__init__()
            self.parts = nn.ModuleList([conv(c, narrow, 1), nn.Sequential(conv(c, narrow, 1), conv(narrow, wide, 3))])

        def forward(self, x):
            return torch.cat([part(x) for part in self.parts], dim=1)

    net = nn.Sequential(Branches(3, 2, 6), Branches({}, 4, 7), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    print(round(net(torch.randn(5, 3, 9, 11)).sum().item(), 4))
"""


def test_the_number_of_the_call_that_made_this_one_is_changed():
    found = mended(BRANCHES.format(6), most=1)
    assert found.output == printed(BRANCHES.format(8))
    assert "Branches(8, 4, 7)" in found.changed[0]
    assert not found.doubts


ROW = """
    class Block(nn.Module):
        expansion = 4

        def __init__(self, given, planes, stride):
            super().__init__()
            narrow, wide = nn.Conv2d(given, planes, 1), nn.Conv2d(planes, planes * 4, 3, stride, 1)
            self.body = nn.Sequential(narrow, nn.ReLU(), wide)
            self.side = nn.Conv2d(given, planes * 4, 1, stride)

        def forward(self, x):
            return self.body(x) + self.side(x)

    def row(given, planes, blocks, stride):
        first = Block(given, planes, stride)
        given = {}
        return nn.Sequential(first, *[Block(given, planes, 1) for _ in range(1, blocks)])

    net = nn.Sequential(row(3, 2, 3, 1), row(8, 5, 2, 2))
    print(round(net(torch.randn(2, 3, 9, 10)).sum().item(), 4))
"""


def test_blocks_give_more_than_they_are_told():
    found = mended(ROW.format("planes"), most=1)
    assert found.changed == ["given = planes * Block.expansion"]
    assert found.output == printed(ROW.format("planes * Block.expansion"))
    assert not found.doubts


LISTS = """
    settings = {{"seen": 6, "goal": 3, "moves": 2}}

    def mlp(given, hidden, gives):
        sizes = {sizes}
        return nn.Sequential(*{layers})

    class Agent(nn.Module):
        def __init__(self, told):
            super().__init__()
            self.actor = mlp(told["seen"] + told["goal"], [16, 12], told["moves"])
            self.critic = mlp({wide}, [15, 11], 1)

        def forward(self, seen, goal):
            moves = torch.tanh(self.actor(torch.cat([seen, goal], 1)))
            return self.critic(torch.cat([seen, goal, moves], 1))

    print(round(Agent(settings)(torch.randn(5, 6), torch.randn(5, 3)).sum().item(), 4))
"""
PAIRS = "[nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])]"
COUNTED = "[nn.Linear(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 1)]"


@pytest.mark.parametrize("sizes", ["[given] + hidden + [gives]", "[given, *hidden, gives]"])
@pytest.mark.parametrize("layers", [PAIRS, PAIRS.replace("sizes[:-1]", "sizes"), COUNTED])
def test_the_first_of_a_list_of_widths_is_what_the_call_gave(sizes, layers):
    few, all_of_them = 'told["seen"] + told["moves"]', 'told["seen"] + told["moves"] + told["goal"]'
    found = mended(LISTS.format(sizes=sizes, layers=layers, wide=few), most=1)
    assert found.output == printed(LISTS.format(sizes=sizes, layers=layers, wide=all_of_them))
    assert found.changed == [f"self.critic = mlp({all_of_them}, [15, 11], 1)"]
    assert not found.doubts


JUDGE = """
    def block(i, o):
        return nn.Sequential(nn.Conv2d(i, o, 4, 2, 1), nn.ReLU())

    class Judge(nn.Module):
        def __init__(self, seen, made, wide):
            super().__init__()
            self.net = nn.Sequential(block({}, wide), block(wide, 2 * wide))

        def forward(self, a, b):
            return self.net(torch.cat([a, b], 1))

    print(round(Judge(1, 3, 5)(torch.randn(2, 1, 16, 20), torch.randn(2, 3, 16, 20)).sum().item(), 4))
"""


def test_a_parameter_that_nobody_reads_is_added_where_its_function_hands_the_other_one_on():
    found = mended(JUDGE.format("seen"), most=1)
    assert found.output == printed(JUDGE.format("seen + made"))
    assert not found.doubts


SHARED = """
    def pair(width, gives):
        return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear({}, gives))

    print(round(nn.Sequential(nn.Linear(4, 6), pair(6, 5), nn.Linear({}, 3))(torch.randn(7, 4)).sum().item(), 4))
"""


def test_a_number_that_others_take_as_well_stays_or_is_in_doubt():
    found = mended(SHARED.format("2 * width", 5), most=1)
    assert not any("pair(12, 5)" in edit.replacement for fix in found.diagnoses[0].fixes[:1] for edit in fix.edits)


def test_a_number_for_both_widths_of_a_layer_is_in_doubt():
    program = """
        def square(width):
            return nn.Sequential(nn.Linear(width, width), nn.ReLU())

        print(nn.Sequential(nn.Linear(4, 6), square(5), square(5))(torch.randn(7, 4)).shape)
    """
    found = mended(program, most=1)
    assert found.diagnoses[0].fixes
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)
