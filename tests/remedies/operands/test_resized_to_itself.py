"""Maps that are to become as large as the input, and are given the size that they have."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self, k):
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, k, 3, 2, 1))

        def forward(self, {given}):
            {lines}

    x, y = torch.randn(2, 3, 16, 20), torch.randint(0, 4, (2, {high}, 20))
    print(round(F.cross_entropy(Net(4)(x), y).item(), 4))
"""
SIZES = ["x.shape[-2:]", "x.shape[2:]", "x.size()[2:]", "(x.size(2), x.size(3))"]


@pytest.mark.parametrize("size", SIZES)
def test_the_size_is_kept_before_the_name_is_given_away(size):
    lines = "{}x = self.body(x)\n            return F.interpolate(x, size={}, mode='bilinear')"
    found = mended(NET.format(given="x", lines=lines.format("", size), high=16))
    right = lines.format("size = x.shape[-2:]\n            ", "size")
    assert found.output == printed(NET.format(given="x", lines=right, high=16))
    assert not found.doubts


@pytest.mark.parametrize("size", SIZES)
def test_the_size_is_asked_of_what_came_in(size):
    lines = "x = self.body(image)\n            return F.interpolate(x, size={}, mode='bilinear')"
    found = mended(NET.format(given="image", lines=lines.format(size), high=16))
    right = lines.format("image.shape[-2:]")
    assert found.output == printed(NET.format(given="image", lines=right, high=16))
    assert not found.doubts


@pytest.mark.parametrize(
    ("lines", "high"),
    [
        # Labels of another size than anything that came in.
        ("x = self.body(x)\n            return F.interpolate(x, size=x.shape[-2:])", 17),
        # A size that is written, and one of another tensor.
        ("x = self.body(x)\n            return F.interpolate(x, size=(4, 5))", 16),
        ("y = self.body(x)\n            return F.interpolate(x, size=y.shape[-2:])", 16),
    ],
)
def test_other_sizes_are_left(lines, high):
    found = mended(NET.format(given="x", lines=lines, high=high), most=1)
    assert not any("size = " in fix.title or "size=" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("name", ["b", "up"])
def test_what_is_joined_right_there_tells_the_size(name):
    text = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.second = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 8, 3, 2, 1)

            def forward(self, x):
                a = torch.relu(self.first(x))
                b = torch.relu(self.second(a))
                {name} = F.interpolate(b, size={size}, mode="nearest")
                return torch.cat([a, {name}], 1)

        print(round(Net()(torch.randn(2, 3, 16, 20)).sum().item(), 3))
    """
    found = mended(text.format(name=name, size="b.shape[2:]"))
    assert found.output == printed(text.format(name=name, size="a.shape[2:]"))
    assert not found.doubts
