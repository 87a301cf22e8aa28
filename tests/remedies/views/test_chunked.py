"""One output that was taken apart into names along its samples."""

import pytest
from mended import mended, printed

CODER = """
    class Coder(nn.Module):
        def __init__(self, features, code):
            super().__init__()
            self.body = {made}

        def forward(self, x):
            {line}
            return mean + 2 * spread

    print(Coder(9, 5)(torch.rand({shape})).sum().item())
"""


@pytest.mark.parametrize(
    ("made", "shape", "axis"),
    [
        ("nn.Linear(features, 2 * code)", "7, 9", -1),
        ("nn.Linear(features, code * 2)", "7, 3, 9", -1),
        ("nn.Sequential(nn.Linear(features, 4), nn.ReLU(), nn.Linear(4, 2 * code))", "7, 9", -1),
        ("nn.Conv1d(features, 2 * code, 3)", "7, 9, 6", 1),
    ],
)
def test_what_is_as_wide_as_two_is_cut_in_two(made, shape, axis):
    parts = {"made": made, "shape": shape}
    found = mended(CODER.format(line="mean, spread = self.body(x)", **parts), most=1)
    assert found.output == printed(CODER.format(line=f"mean, spread = self.body(x).chunk(2, dim={axis})", **parts))
    assert not found.doubts


def test_a_layer_for_one_of_them_may_lack_another():
    made = "nn.Linear(features, 6)"
    found = mended(CODER.format(line="mean, spread = self.body(x)", made=made, shape="7, 9"), most=1)
    assert found.diagnoses[0].slug == "output_taken_apart_wrongly"
    told = [fix for fix in found.diagnoses[0].fixes if "chunk" in fix.title]
    assert told
    assert all(fix.doubt for fix in told)


def test_a_width_that_cannot_be_cut_is_left():
    made = "nn.Linear(features, code)"
    found = mended(CODER.format(line="mean, spread = self.body(x)", made=made, shape="7, 9"), most=1)
    assert "chunk" not in found.text


def test_samples_that_were_joined_may_be_what_is_taken_apart():
    line = "mean, spread = self.body(torch.cat([x, x], dim=0))"
    found = mended(CODER.format(line=line, made="nn.Linear(features, 2 * code)", shape="7, 9"), most=1)
    assert found.changed == ["mean, spread = self.body(torch.cat([x, x], dim=0)).chunk(2, dim=-1)"]
    assert found.doubts == ["the samples were put one behind the other, and may be what was to be taken apart again"]


HALVES = """
    class Gate(nn.Module):
        def __init__(self, features, code):
            super().__init__()
            self.body, self.back = nn.Linear({given}, {wide}), nn.Linear(code, 3)

        def forward(self, x):
            a, b = {cut}
            return self.back(a * torch.sigmoid(b))

    print(Gate(9, 5)(torch.rand({rows}, 9)).sum().item())
"""


@pytest.mark.parametrize("rows", [7, 8])
@pytest.mark.parametrize(
    ("cut", "right"),
    [
        ("self.body(x).chunk(2)", "self.body(x).chunk(2, dim=-1)"),
        ("self.body(x).chunk(2, dim=0)", "self.body(x).chunk(2, dim=-1)"),
        ("torch.chunk(self.body(x), 2)", "torch.chunk(self.body(x), 2, dim=-1)"),
    ],
)
def test_halves_lie_side_by_side(cut, right, rows):
    found = mended(HALVES.format(given="features", wide="2 * code", cut=cut, rows=rows))
    assert found.output == printed(HALVES.format(given="features", wide="2 * code", cut=right, rows=rows))
    assert not found.doubts


@pytest.mark.parametrize("cut", ["self.body(x).split(5{})", "torch.split(self.body(x), 5{})"])
def test_parts_of_a_width_lie_side_by_side(cut):
    found = mended(HALVES.format(given="features", wide="2 * code", cut=cut.format(""), rows=10))
    right = HALVES.format(given="features", wide="2 * code", cut=cut.format(", dim=-1"), rows=10)
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize(
    ("given", "wide", "cut"),
    [
        ("features", "3 * code", "self.body(x).split(4)"),
        ("features", "2 * code", "self.body(torch.cat([x, x])).chunk(2)"),
        ("features", "2 * code + 1", "self.body(x).chunk(2)"),
    ],
)
def test_halves_of_the_samples_stay(given, wide, cut):
    found = mended(HALVES.format(given=given, wide=wide, cut=cut, rows=8), most=1)
    assert not any("dim=-1" in fix.title for fix in found.diagnoses[0].fixes)


PARTS = """
    class Net(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.width, self.heads, self.body = width, heads, nn.Linear(width, {wide})

        def forward(self, x):
            q, k, v = {cut}
            return (q - k + v).sum()

    print(Net(12, 4)(torch.randn(2, 5, 12)).item())
"""


@pytest.mark.parametrize(
    "cut",
    [
        "self.body(x).split(self.width // self.heads, dim=2)",
        "torch.split(self.body(x), 3 * self.width, dim=-1)",
        "self.body(x).chunk(self.heads, dim=-1)",
    ],
)
def test_there_are_as_many_parts_as_names(cut):
    found = mended(PARTS.format(wide="3 * width", cut=cut), most=1)
    assert found.output == printed(PARTS.format(wide="3 * width", cut="self.body(x).chunk(3, dim=-1)"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("wide", "cut"),
    [("4 * width", "chunk(4, dim=-1)"), ("24", "split(self.width, dim=2)"), ("36", "split(4, dim=2)")],
)
def test_parts_of_what_was_not_made_for_so_many_names_are_in_doubt(wide, cut):
    found = mended(PARTS.format(wide=wide, cut=f"self.body(x).{cut}"), most=1)
    told = [fix.doubt for each in found.diagnoses for fix in each.fixes if ".chunk(3" in fix.title]
    assert told
    assert all(told)


GATED = """
    conv = nn.Conv1d(4, {wide}, 2)
    z, f, o = conv(torch.randn(3, 4, 9)).chunk(3, dim={axis})
    c = 0
    for t in range(z.size(2)):
        c = o[:, :, t] * (f[:, :, t] * c + (1 - f[:, :, t]) * z[:, :, t])
    print(c.sum().item())
"""


@pytest.mark.parametrize("axis", [2, -1])
def test_parts_lie_along_the_channels(axis):
    found = mended(GATED.format(wide="3 * 5", axis=axis), most=1)
    assert found.output == printed(GATED.format(wide="3 * 5", axis=1))
    assert not found.doubts
