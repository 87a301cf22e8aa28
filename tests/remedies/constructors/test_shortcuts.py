"""A shortcut past layers that give another width: the condition that lets it through asks for both widths."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Step(nn.Module):
        def __init__(self, given, wide, stride=1):
            super().__init__()
            self.skips = {condition}
            self.body = nn.Sequential({layers})

        def forward(self, x):
            {forward}

    y = nn.Sequential(Step(3, 5), Step(5, 5), Step(5, 8, 2))(torch.randn(2, 3, 14))
    print(y.shape, round(y.sum().item(), 4))
"""
LAYERS = "nn.Conv1d(given, wide, 3, stride, 1), nn.ReLU(), nn.Conv1d(wide, wide, 3, 1, 1)"
AT_ONCE = "return x + self.body(x) if self.skips else self.body(x)"
NAMED = "out = self.body(x)\n            if self.skips:\n                out = x + out\n            return out"


@pytest.mark.parametrize("condition", ["stride == 1", "stride < 2"])
@pytest.mark.parametrize("forward", [AT_ONCE, NAMED])
@pytest.mark.parametrize("layers", [LAYERS, f"nn.Sequential({LAYERS}), nn.ReLU()"])
def test_both_widths_are_compared(condition, forward, layers):
    wrong = PROGRAM.format(condition=condition, layers=layers, forward=forward)
    right = PROGRAM.format(condition=f"{condition} and given == wide", layers=layers, forward=forward)
    found = mended(wrong, most=1)
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize(
    ("condition", "layers", "forward"),
    [
        # Another one decides.
        ("stride == 1", LAYERS, "return x + self.body(x) if self.training else self.body(x)"),
        ("bool(stride)", LAYERS, AT_ONCE),
        # Nothing is told both widths.
        ("stride == 1", "nn.Conv1d(given, 2 * given, 3, stride, 1)", AT_ONCE),
        # They are asked for already.
        ("given != wide", LAYERS, AT_ONCE),
    ],
)
def test_other_conditions_stay(condition, layers, forward):
    found = mended(PROGRAM.format(condition=condition, layers=layers, forward=forward), most=1)
    assert not any(" and given == wide" in fix.title for each in found.diagnoses for fix in each.fixes)
