"""Layers that a loop makes one behind the other."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self, width, sizes):
            super().__init__()
            {made}
            self.layers = nn.ModuleList(layers)

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    print(round(Net(7, {sizes})(torch.rand({shape})).sum().item(), 3))
"""
LOOP = """layers = []
            for size in sizes:
                layers.append({layer})
                layers.append(nn.Tanh()){more}"""
INDEX = "layers = [nn.Linear({pair}) for i in range(len(sizes) - 1)]"


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("nn.Linear(width, size)", "5, 7"),
        ("nn.Conv1d(width, size, 3, padding=1)", "5, 7, 9"),
        ("nn.Linear(in_features=width, out_features=size)", "5, 7"),
    ],
)
def test_the_width_is_handed_on_to_the_next_round(layer, shape):
    parts = {"sizes": "[12, 4, 6]", "shape": shape}
    found = mended(NET.format(made=LOOP.format(layer=layer, more=""), **parts), most=1)
    right = LOOP.format(layer=layer, more="\n                width = size")
    assert found.output == printed(NET.format(made=right, **parts))
    assert not found.doubts


@pytest.mark.parametrize("pair", ["sizes[0], sizes[i + 1]", "sizes[i], sizes[i]", "sizes[i + 1], sizes[i]"])
def test_two_items_of_a_list_that_follow_one_another(pair):
    parts = {"sizes": "[7, 12, 4, 6]", "shape": "5, 7"}
    found = mended(NET.format(made=INDEX.format(pair=pair), **parts), most=1)
    assert found.output == printed(NET.format(made=INDEX.format(pair="sizes[i], sizes[i + 1]"), **parts))
    assert not found.doubts


@pytest.mark.parametrize(
    ("walked", "first"), [("_ in range(3)", "i in range(3)"), ("at in range(3)", "at in range(3)")]
)
def test_all_layers_but_the_first_take_what_they_give(walked, first):
    parts = {"sizes": "12", "shape": "5, 7"}
    name = first[:2].strip()
    found = mended(NET.format(made=f"layers = [nn.Linear(width, sizes) for {walked}]", **parts), most=1)
    right = f"layers = [nn.Linear(width if {name} == 0 else sizes, sizes) for {first}]"
    assert found.output == printed(NET.format(made=right, **parts))
    assert not found.doubts


def test_a_width_that_is_handed_on_already_is_left():
    made = LOOP.format(layer="nn.Linear(width, size)", more="\n                width = size")
    found = mended(NET.format(made=made, sizes="[12, 4]", shape="5, 8"), most=1)
    assert found.text.count("width = size") == 1


def test_heads_beside_one_another_all_take_the_same():
    heads = """
    class Heads(nn.Module):
        def __init__(self, width, sizes):
            super().__init__()
            self.heads = nn.ModuleList()
            for size in sizes:
                self.heads.append(nn.Linear(width, size))

        def forward(self, x):
            return [head(x) for head in self.heads]

    print([each.shape for each in Heads(7, [12, 4])(torch.rand(5, 8))])
    """
    found = mended(heads, most=1)
    assert not any("width = size" in fix.title for fix in found.diagnoses[0].fixes)
