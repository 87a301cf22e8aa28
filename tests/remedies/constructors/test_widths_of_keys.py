"""Keys of another width than the queries, indices of one step for each feature, and sizes divided the other way."""

import pytest
from mended import mended, printed

FUSION = """
    class Fusion(nn.Module):
        def __init__(self, width{parameter}):
            super().__init__()
            self.attend = nn.MultiheadAttention(width, 3, batch_first=True{told})

        def forward(self, x, sound):
            return self.attend(x, sound, sound)[0]


    torch.manual_seed(1)
    print(Fusion(12{given})(torch.randn(4, 7, 12), torch.randn(4, 15, 20)).sum().item())
"""


def test_a_parameter_that_nobody_reads_is_the_width_of_the_keys():
    fields = {"parameter": ", sound", "given": ", 20"}
    found = mended(FUSION.format(told="", **fields))
    told = ", kdim=sound, vdim=sound"
    assert found.changed == [f"self.attend = nn.MultiheadAttention(width, 3, batch_first=True{told})"]
    assert found.diagnoses[0].slug == "width_of_attention"
    assert found.output == printed(FUSION.format(told=told, **fields))
    assert found.doubts == []


def test_without_one_a_projection_may_be_meant():
    found = mended(FUSION.format(told="", parameter="", given=""))
    assert found.doubts == ["the keys may have been meant to be brought to the width of the queries first"]


GATHERED = """
    torch.manual_seed(1)
    steps, lengths = torch.randn(3, {count}, 6), torch.tensor([5, 2, 4])
    last = (lengths - 1).view(-1, 1).expand(-1, steps.size(2))
    print(steps.gather(1, {index}).squeeze(1).sum().item())
"""


def test_an_index_for_each_feature_lacks_the_axis_of_the_steps():
    found = mended(GATHERED.format(count=8, index="last"))
    assert found.changed == ["print(steps.gather(1, last.unsqueeze(1)).squeeze(1).sum().item())"]
    assert found.output == printed(GATHERED.format(count=8, index="last.unsqueeze(1)"))
    assert found.doubts == []


def test_where_there_are_as_many_steps_as_features_it_may_be_for_either():
    found = mended(GATHERED.format(count=6, index="last"), most=1)
    assert found.changed == ["print(steps.gather(1, last.unsqueeze(1)).squeeze(1).sum().item())"]
    assert found.doubts == ["there are as many steps as features, and the index may be for each of either"]


HEADS = """
    torch.manual_seed(1)
    width, heads = 16, 4
    each = {each}
    print(torch.randn(3, 5, 16).view(3, 5, heads, each).transpose(1, 2).shape)
"""


@pytest.mark.parametrize("each", ["heads // width", "(heads // width)"])
def test_the_larger_number_is_divided(each):
    found = mended(HEADS.format(each=each))
    assert found.output == printed(HEADS.format(each="width // heads"))
    assert found.doubts == []


def test_numbers_that_do_not_divide_are_not_turned():
    assert not any("17 // heads" in line for line in mended(HEADS.format(each="heads // 17")).changed)


NEAR = """
    class Near(nn.Module):
        def __init__(self, longest):
            super().__init__()
            self.longest, self.table = longest, nn.Embedding({rows}, 5)

        def forward(self, at):
            return self.table(torch.arange(self.longest) - at.unsqueeze(1) + self.longest)


    torch.manual_seed(1)
    near = Near(12)
    with torch.no_grad():
        near.table.weight.fill_(0.5)
    print(near(torch.tensor([2, 9])).sum().item())
"""


def test_a_table_of_differences_is_for_both_sides():
    found = mended(NEAR.format(rows="longest"))
    assert "nn.Embedding(2 * longest, 5)" in found.changed[0]
    assert found.output == printed(NEAR.format(rows="2 * longest"))
    assert found.doubts == []


PARTS = """
    class Parts(nn.Module):
        def __init__(self, wide):
            super().__init__()
            self.each = nn.ModuleList(nn.Linear(5, wide) for _ in range(3))
            self.whole, self.top = nn.Linear(5, wide), nn.Linear({size}, 2)

        def forward(self, x):
            return self.top(torch.cat([each(x) for each in self.each] + [self.whole(x)], dim=-1))


    torch.manual_seed(1)
    print(Parts(4)(torch.randn(6, 5)).sum().item())
"""


@pytest.mark.parametrize("size", ["wide * len(self.each)", "len(self.each) * wide"])
def test_one_part_more_than_the_list_has(size):
    found = mended(PARTS.format(size=size))
    right = size.replace("len(self.each)", "(len(self.each) + 1)")
    assert found.changed == [f"self.whole, self.top = nn.Linear(5, wide), nn.Linear({right}, 2)"]
    assert found.output == printed(PARTS.format(size=right))
    assert found.doubts == []


LESS = """
    class Mixed(nn.Module):
        def __init__(self, width, part=64):
            super().__init__()
            heads = width // part
            self.mix = nn.MultiheadAttention(width, heads, batch_first=True)

        def forward(self, x):
            return self.mix(x, x, x)[0]

    print(Mixed(32)(torch.randn(2, 5, 32)).shape)
"""


def test_less_than_one_part_may_have_to_be_one():
    found = mended(LESS, most=1)
    assert any("part // width" in line for line in found.changed)
    assert found.doubts != []


def test_keys_may_go_through_a_layer_that_takes_them():
    text = FUSION.format(told="", parameter=", sound", given=", 20")
    layer = "            self.to_width = nn.Linear(sound, width)\n"
    found = mended(text.replace("            self.attend =", layer + "            self.attend =", 1))
    assert found.doubts or not any("kdim" in line for line in found.changed)
