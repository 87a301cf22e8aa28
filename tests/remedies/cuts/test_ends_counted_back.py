"""Ends counted back by nothing, means stored along the axis that they lost, images resized alone, weights copied."""

import pytest
from mended import mended, printed

SHIFTED = """
    left, right = torch.randn(2, 3, 7), torch.randn(2, 3, 7)
    volume = torch.zeros(2, 4, 3, 7)
    for d in range(4):
        volume[:, d, :, d:] = left[..., d:] * {right}
    print(volume.sum().item())
"""


@pytest.mark.parametrize("right", ["right[..., :-d]", "right[:, :, :-d]", "right[:, :, : - d].abs()"])
def test_nothing_is_not_counted_back(right):
    found = mended(SHIFTED.format(right=right), most=1)
    end = right.replace(":-d", ":7 - d").replace(": - d", ":7 - d")
    assert found.output == printed(SHIFTED.format(right=end))
    assert not found.doubts


@pytest.mark.parametrize("right", ["right[..., :-d - 1]", "right[..., :-2]", "right[..., d:-1]"])
def test_other_ends_stay(right):
    found = mended(SHIFTED.format(right=right), most=1)
    assert not any("right.shape" in fix.title for fix in found.diagnoses[0].fixes)


FILLED = """
    spec = torch.randn({sizes})
    spec[{place}] = {mean}
    print(spec.sum().item())
"""


@pytest.mark.parametrize(
    ("place", "mean"),
    [(":, 2:5", "spec.mean(1)"), (":, 2:5", "torch.median(spec, 1).values"), ("1:3", "spec.mean(dim=0)")],
)
def test_a_mean_keeps_the_axis_along_which_it_is_stored(place, mean):
    found = mended(FILLED.format(sizes="6, 9", place=place, mean=mean), most=1)
    if "median" in mean or place == "1:3":
        assert not any("keepdim" in fix.title and fix.doubt == "" for each in found.diagnoses for fix in each.fixes)
        return
    assert found.output == printed(FILLED.format(sizes="6, 9", place=place, mean="spec.mean(1, keepdim=True)"))
    assert not found.doubts


def test_of_a_square_another_axis_may_be_meant():
    found = mended(FILLED.format(sizes="6, 9", place=":, 2:8", mean="spec.mean(1)[:5]"), most=1)
    assert not any("keepdim" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)


RESIZED = """
    curve, image = torch.randn(4, 3), torch.randn(3, 6, 5)
    print(F.interpolate({given}, size={size}, mode="{mode}"){then}.sum().item())
"""


@pytest.mark.parametrize(
    ("given", "size", "mode", "then", "axis"),
    [("curve", 9, "linear", ".squeeze(1)", 1), ("image", "(9, 8)", "bilinear", ".squeeze(0)", 0)],
)
def test_an_axis_that_is_dropped_behind_was_to_be_put_in(given, size, mode, then, axis):
    program = {"size": size, "mode": mode, "then": then}
    found = mended(RESIZED.format(given=given, **program), most=1)
    assert found.output == printed(RESIZED.format(given=f"{given}.unsqueeze({axis})", **program))
    assert not found.doubts


COPIED = """
    import numpy as np
    stored = [np.arange({first}).reshape({sizes}) / 9, np.ones(4)]
    net = nn.Linear(6, 4)
    with torch.no_grad():
        for weight, each in zip(net.parameters(), stored):
            weight.copy_({given})
    print(net(torch.ones(2, 6)).sum().item())
"""


@pytest.mark.parametrize("given", ["torch.from_numpy(each)", "torch.tensor(each)"])
def test_weights_kept_with_the_inputs_first_are_turned(given):
    found = mended(COPIED.format(first=24, sizes="6, 4", given=given), most=1)
    assert found.output == printed(COPIED.format(first=24, sizes="6, 4", given=f"{given}.t()"))
    assert not found.doubts


def test_weights_of_another_layer_are_not_turned():
    found = mended(COPIED.format(first=20, sizes="5, 4", given="torch.tensor(each)"), most=1)
    assert not any(".t()" in fix.title and not fix.doubt for each in found.diagnoses for fix in each.fixes)


@pytest.mark.parametrize(("other", "is_sure"), [("nn.Linear(4, 6)", False), ("nn.Linear(4, 5)", True)])
def test_weights_that_fit_another_layer_are_not_turned_for_sure(other, is_sure):
    program = f"""
    stored, first, second = torch.rand(6, 4), nn.Linear(6, 4), {other}
    with torch.no_grad():
        first.weight.copy_(stored)
    print(first(torch.ones(2, 6)).shape)
    """
    turned = [fix for fix in mended(program, most=1).diagnoses[0].fixes if ".t()" in fix.title]
    assert turned
    assert all(bool(fix.doubt) is not is_sure for fix in turned)


GATES = """
    class Cell(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.gates, self.norm = nn.Linear(3, 4 * width), nn.LayerNorm({norm})

        def forward(self, x):
            return self.norm(self.gates(x)).chunk(4, 1)

    print(sum(each.abs().sum() for each in Cell(5)(torch.randn(7, 3))).item())
"""


def test_a_norm_is_as_wide_as_the_layer_that_it_follows():
    found = mended(GATES.format(norm="width"), most=1)
    assert found.output == printed(GATES.format(norm="4 * width"))
    assert not found.doubts


PRODUCT = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.maker, self.weight = nn.Sequential(nn.Linear(3, 8), nn.Linear(8, 24)), nn.Parameter(torch.randn(6, 4))

        def forward(self, x, given):
            w = {made}
            return torch.bmm(x.unsqueeze(1), w).sum()

    print(Net()(torch.randn(7, 4), torch.randn(7, 3)).item())
"""


@pytest.mark.parametrize(
    ("made", "is_sure"),
    [("self.maker(given).view(-1, 6, 4)", False), ("self.weight.expand(7, 6, 4)", True)],
)
def test_two_sizes_of_one_row_may_stand_in_each_others_place(made, is_sure):
    found = mended(PRODUCT.format(made=made), most=1)
    assert "transpose" in found.diagnoses[0].fixes[0].title
    assert bool(found.doubts) != is_sure
