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


CHOSEN = """
    class Step(nn.Module):
        def __init__(self, given, wide, at, stride=1):
            super().__init__()
            self.body = nn.Sequential(nn.Conv1d(given, wide, 3, stride, 1), nn.ReLU(), nn.Conv1d(wide, wide, 3, 1, 1))
            {made}

        def forward(self, x):
            {forward}
            return self.body(x) + past

    torch.manual_seed(4)
    y = nn.Sequential(Step(3, 5, 0), Step(5, 5, 1), Step(5, 8, 2), Step(8, 8, 3, 2))(torch.randn(2, 3, 14))
    print(y.shape, round(y.sum().item(), 4))
"""
LAYER = "nn.Conv1d(given, wide, 1, stride)"
LINES = """self.past = {past}
            if {condition}:
                self.past = nn.Sequential({layer}, nn.Dropout(0.0))"""
CALLED = "past = self.past(x)"


@pytest.mark.parametrize(
    ("made", "forward", "bad", "good"),
    [
        (f"self.past = {LAYER} if {{}} else nn.Identity()", CALLED, "at % 3 == 0", "at % 3 == 0 or given != wide"),
        (f"self.past = nn.Identity() if {{}} else {LAYER}", CALLED, "at % 3", "at % 3 and given == wide"),
        (
            LINES.format(past="nn.Sequential()", condition="{}", layer=LAYER),
            CALLED,
            "at == 0 or stride != 1",
            "(at == 0 or stride != 1) or given != wide",
        ),
        (
            LINES.format(past="None", condition="{}", layer=LAYER),
            "past = x if self.past is None else self.past(x)",
            "at < 1 or stride > 1",
            "(at < 1 or stride > 1) or given != wide",
        ),
    ],
)
def test_a_layer_beside_the_body_is_made_wherever_the_widths_differ(made, forward, bad, good):
    found = mended(CHOSEN.format(made=made.format(bad), forward=forward), most=1)
    assert found.output == printed(CHOSEN.format(made=made.format(good), forward=forward))
    assert not found.doubts


@pytest.mark.parametrize(
    "made",
    [
        f"self.past = {LAYER} if given > wide else nn.Identity()",
        f"self.past = {LAYER.replace('wide', 'given')} if at == 0 else nn.Identity()",
        f"self.past = {LAYER} if at == 0 else nn.Conv1d(given, 5, 1)",
    ],
)
def test_a_choice_that_asks_for_the_widths_or_has_a_layer_each_way_stays(made):
    found = mended(CHOSEN.format(made=made, forward=CALLED), most=1)
    assert not any("given != wide" in fix.title for each in found.diagnoses for fix in each.fixes)
