"""Parts that were put one below the other, which the loss or what comes behind it tells."""

import pytest
from mended import mended

OF_TWO = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.colours, self.depth = nn.Conv2d(3, 4, 3), nn.Conv2d(1, 4, 3)
            self.head = nn.LazyLinear(5)

        def forward(self, image, depth):
            x = self.colours(image).mean((2, 3))
            y = self.depth(depth).mean((2, 3))
            return self.head(torch.cat((x, y), dim=0))

    net = Net()
    scores = net(torch.randn(7, 3, 8, 8), torch.randn(7, 1, 8, 8))
    print(F.cross_entropy(scores, torch.randint(0, 5, (7,))).shape)
"""
OF_A_LIST = """
    def features(x, layers):
        found = []
        for layer in layers:
            found.append(torch.relu(layer(x)))
        return torch.cat(found)

    layers, head = nn.ModuleList([nn.Linear(6, 4) for _ in range(3)]), nn.LazyLinear(1)
    x, y = torch.randn(5, 6), torch.randn(5, 2)[:, :1]
    pred = head(features(x, layers))
    print(nn.BCEWithLogitsLoss()(pred, y.sigmoid()).shape)
"""
OF_A_STACK = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.views = nn.ModuleList([nn.Linear(6, 4) for _ in range(3)])
            self.head = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.Linear(8, 3))

        def forward(self, x):
            return self.head(torch.stack([view(x) for view in self.views]))

    net, y = Net(), torch.randint(0, 3, (5,))
    print(nn.CrossEntropyLoss()(net(torch.randn(5, 6)), y).shape)
"""
OF_ROWS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.numbers, self.cat = nn.Linear(6, 4), nn.Embedding(9, 4)
            self.out = nn.LazyLinear(1)

        def forward(self, x, kinds):
            both = torch.vstack([self.numbers(x), self.cat(kinds)])
            return self.out(both).squeeze(-1)

    net, y = Net(), torch.rand(5)
    pred = net(torch.randn(5, 6), torch.randint(0, 9, (5,)))
    print(F.binary_cross_entropy_with_logits(pred, y).shape)
"""
OF_HEADS = """
    class Heads(nn.Module):
        def __init__(self, width, count):
            super().__init__()
            self.heads = nn.ModuleList([nn.Linear(width, width // count) for _ in range(count)])

        def forward(self, x):
            mixed = torch.cat([head(x) for head in self.heads], dim=0)
            return (x + mixed).sum()

    print(Heads(12, 3)(torch.randn(4, 7, 12)).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (OF_TWO, "return self.head(torch.cat((x, y), dim=1))"),
        (OF_A_LIST, "return torch.cat(found, dim=1)"),
        (OF_A_STACK, "return self.head(torch.cat([view(x) for view in self.views], dim=1))"),
        (OF_ROWS, "both = torch.cat([self.numbers(x), self.cat(kinds)], dim=1)"),
        (OF_HEADS, "mixed = torch.cat([head(x) for head in self.heads], dim=-1)"),
    ],
)
def test_what_layers_gave_lies_side_by_side(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output == "torch.Size([])\n"
    assert not found.doubts


def test_scores_side_by_side_would_be_other_classes():
    program = """
    net, y = nn.Linear(6, 3), torch.randint(0, 3, (5,))
    scores = torch.cat([net(torch.randn(5, 6)), net(torch.randn(5, 6))])
    print(F.cross_entropy(scores, y).item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("dim=" in edit.replacement for fix in fixes for edit in fix.edits)


@pytest.mark.parametrize(
    "layers", ["nn.Flatten(), nn.Linear(12, 3)", "nn.AdaptiveAvgPool1d(3), nn.Flatten(), nn.LazyLinear(3)"]
)
def test_what_comes_in_may_be_more_samples(layers):
    program = f"""
    net = nn.Sequential({layers})
    views, y = [torch.randn(5, 3, 4) for _ in range(2)], torch.randint(0, 3, (5,))
    x = torch.cat(views, dim=0)
    print(F.cross_entropy(net(x), y).item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "dim=" in fix.edits[0].replacement)


TWO_LOOKS = """
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.top = nn.Linear(9, 14), nn.{top}

        def blurred(self, x):
            return x * 0.9

        def forward(self, first, second):
            both = {both}
            return self.top(both)

    net, picture, kinds = Twice(), torch.randn(5, 9), torch.randint(0, 4, (5,))
    print(F.cross_entropy(net(picture, picture + 0.2), kinds).shape)
"""


@pytest.mark.parametrize(
    ("both", "top"),
    [
        ("torch.cat((self.body(first), self.body(second)), 0)", "Linear(14, 4)"),
        ("torch.cat([self.body(each) for each in (first, second)])", "LazyLinear(4)"),
        ("self.body(torch.cat((first, self.blurred(second))))", "Linear(14, 4)"),
        ("torch.cat((first, self.blurred(second)))", "LazyLinear(4)"),
    ],
)
def test_one_layer_for_two_looks_at_the_samples_may_have_given_more_of_them(both, top):
    fixes = mended(TWO_LOOKS.format(both=both, top=top), most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "dim=1" in fix.edits[0].replacement)


def test_two_layers_before_one_of_the_width_of_each_may_have_given_more_samples():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right, self.top = nn.Linear(6, 8), nn.Linear(7, 8), nn.Linear(8, 3)

        def forward(self, a, b):
            return self.top(torch.cat([self.left(a), self.right(b)]))

    print(F.cross_entropy(Net()(torch.randn(5, 6), torch.randn(5, 7)), torch.randint(0, 3, (5,))).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "dim=1" in fix.edits[0].replacement)


def test_a_layer_behind_that_takes_all_parts_tells_that_they_lie_side_by_side():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.each, self.top = nn.Linear(6, 8), nn.Linear(19, 2)

        def forward(self, a, b, age):
            both = torch.cat([self.each(a), self.each(b)])
            return self.top(torch.cat([both, age], dim=1))

    print(Net()(torch.randn(5, 6), torch.randn(5, 6), torch.randn(5, 3)).sum().shape)
    """
    found = mended(program)
    assert found.changed == ["both = torch.cat([self.each(a), self.each(b)], dim=1)"]
    assert not found.doubts


def test_the_classes_of_scores_are_not_the_samples_of_labels():
    program = """
    class Net(nn.Module):
        def __init__(self, classes=4):
            super().__init__()
            self.out = nn.Linear(6, classes)

        def forward(self, x):
            return self.out(x)

    net = Net()
    print(F.cross_entropy(net(torch.randn(30, 6)), torch.randint(0, 4, (10,))).item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("classes=10" in fix.title for fix in fixes)
