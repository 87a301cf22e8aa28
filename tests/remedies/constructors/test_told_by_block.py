"""A class of several layers that is made at several places: what each call told it is looked at, not the class."""

import pytest
from mended import mended, printed

MAPS = """
    class Double(nn.Module):
        def __init__(self, cin, cout):
            super().__init__()
            self.net = nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1), nn.ReLU(), nn.Conv2d(cout, cout, 3, padding=1))

        def forward(self, x):
            return self.net(x)

    class Up(nn.Module):
        def __init__(self, low, high):
            super().__init__()
            self.up = nn.ConvTranspose2d(low, high, 2, stride=2)
            self.mix = Double({told}, high)

        def forward(self, x, skip):
            return self.mix(torch.cat([skip, self.up(x)], dim=1))

    class Net(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.downs = nn.ModuleList(Double(a, b) for a, b in zip([3, *widths], widths))
            self.ups = nn.ModuleList(Up(2 * w, w) for w in reversed(widths[:-1]))

        def forward(self, x):
            kept = []
            for at, down in enumerate(self.downs):
                x = down(F.max_pool2d(x, 2) if at else x)
                kept.append(x)
            kept.pop()
            for up in self.ups:
                x = up(x, kept.pop())
            return x

    print(round(Net([4, 8, 16])(torch.rand(2, 3, 24, 24)).sum().item(), 4))
"""
ROWS = """
    class Block(nn.Module):
        def __init__(self, wide, out):
            super().__init__()
            self.norm, self.linear = nn.LayerNorm(wide), nn.Linear(wide, out)

        def forward(self, x):
            return self.linear(self.norm(x)).relu()

    class Head(nn.Module):
        def __init__(self, memory, hidden, classes):
            super().__init__()
            self.first = Block(wide={told}, out=hidden)
            self.last = Block(wide=hidden, out=classes)

        def forward(self, x):
            return self.last(self.first(x))

    print(round(Head(12, 7, 5)(torch.rand(3, 12)).sum().item(), 4))
"""


@pytest.mark.parametrize(("program", "wrong", "right"), [(MAPS, "high", "low"), (ROWS, "hidden", "memory")])
def test_the_call_that_told_the_class_its_width_is_changed(program, wrong, right):
    found = mended(program.format(told=wrong), most=1)
    assert f"({right}, high)" in found.changed[0] or f"wide={right}" in found.changed[0]
    assert found.output == printed(program.format(told=right))
    assert not found.doubts


def test_no_number_is_written_into_a_class_that_is_made_at_several_places():
    for program, wrong in ((MAPS, "high"), (ROWS, "hidden")):
        (found,) = mended(program.format(told=wrong), most=1).diagnoses
        texts = [edit.replacement for fix in found.fixes for edit in fix.edits]
        assert not any("Conv2d(1" in text or "LayerNorm(1" in text or "LayerNorm(7" in text for text in texts), texts


def test_a_width_that_is_too_large_may_be_of_a_join_that_was_left_out():
    program = MAPS.format(told="low").replace("torch.cat([skip, self.up(x)], dim=1)", "self.up(x)")
    (found,) = mended(program, most=1).diagnoses
    assert all(fix.doubt for fix in found.fixes if "low -> high" in fix.title)
    assert any("low -> high" in fix.title for fix in found.fixes)


def test_a_class_that_is_made_once_is_changed_as_before():
    program = ROWS.format(told="hidden").replace("self.last = Block(wide=hidden, out=classes)", "self.last = nn.ReLU()")
    (found,) = mended(program, most=1).diagnoses
    assert not any("hidden -> memory" in fix.title for fix in found.fixes)


def test_a_function_that_makes_layers_is_told_where_two_are_made_on_one_line():
    program = """
    def head(taken, given):
        return nn.Sequential(nn.Linear(taken, 9), nn.ReLU(), nn.Linear(9, given))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = head(7, 16), head({wrong}, 3)

        def forward(self, x):
            return self.b(torch.relu(self.a(x)))

    print(round(Net()(torch.rand(5, 7)).sum().item(), 4))
    """
    found = mended(program.format(wrong=12), most=1)
    assert found.output == printed(program.format(wrong=16))
    assert found.changed == ["self.a, self.b = head(7, 16), head(16, 3)"]
