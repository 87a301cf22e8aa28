"""The number that a constructor was given, by the attribute in which its object has kept it."""

import pytest
from mended import mended, printed

CELLS = """
    class Cell(nn.Module):
        def __init__(self, given, inner):
            super().__init__()
            {kept}
            self.gates = nn.{layer}({told}, 2 * inner{more})

        def forward(self, x, state):
            a, b = self.gates(torch.cat([x, state], dim=1)).chunk(2, dim=1)
            return a.tanh() * b.sigmoid()


    sizes = [3, 5, 4]
    cells = nn.ModuleList(Cell(one, other) for one, other in zip(sizes[:-1], sizes[1:]))
    x = torch.randn({shape})
    for cell in cells:
        x = cell(x, x.new_zeros(2, cell.{name}, *x.shape[2:]))
    print(round(x.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("layer", "more", "shape"), [("Linear", "", "2, 3"), ("Conv2d", ", 3, padding=1", "2, 3, 6, 6")]
)
@pytest.mark.parametrize("name", ["inner", "wide"])
def test_a_width_that_came_out_of_a_loop_is_known_by_the_object_that_kept_it(layer, more, shape, name):
    way = {"layer": layer, "more": more, "shape": shape, "name": name, "kept": f"self.{name} = inner"}
    found = mended(CELLS.format(told="given", **way), most=1)
    assert [each.title for each in found.diagnoses[0].fixes[:1]] == ["given + inner"]
    assert not found.doubts
    assert found.output == printed(CELLS.format(told="given + inner", **way))


def test_a_name_that_was_given_another_value_says_nothing_of_what_was_kept():
    way = {
        "layer": "Linear",
        "more": "",
        "shape": "2, 3",
        "name": "wide",
        "kept": "self.wide = inner; inner = inner + 0",
    }
    found = mended(CELLS.format(told="given", **way), most=1)
    assert "given + inner" not in [each.title for each in found.diagnoses[0].fixes]


PRODUCT = """
    class Levels(nn.Module):
        def __init__(self, wide=6, words=5, last=3):
            super().__init__()
            self.lower = nn.GRU(wide, words, batch_first=True, bidirectional=True)
            self.between = nn.LayerNorm(2 * words)
            self.upper = nn.GRU({told}, last, batch_first=True)
            self.spare = nn.Linear(wide, words)

        def forward(self, x):
            return self.upper(self.between(self.lower(x)[0]))[0]


    print(tuple(Levels()(torch.randn(2, 4, 6)).shape))
"""


@pytest.mark.parametrize("told", ["words", "wide"])
def test_a_product_that_another_layer_was_told_stands_before_a_default_that_others_read(told):
    found = mended(PRODUCT.format(told=told), most=1)
    assert [each.title for each in found.diagnoses[0].fixes[:1]] == ["input_size=2 * words"]
    assert not found.doubts
    assert found.output == printed(PRODUCT.format(told="2 * words"))
