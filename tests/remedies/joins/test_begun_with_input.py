"""A list of the outputs of layers that begins with the input."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear({width}, 8)
            self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range({more})])

        def forward(self, x):
            seen = {begun}
            for layer in [self.first, *self.layers]:
                seen.append(torch.tanh(layer(seen[-1])))
            return torch.stack({text}).amax(0)

    y = Net()(torch.randn(5, {width}))
    print(y.shape, round(y.sum().item(), 4))
"""


def test_the_input_is_left_out():
    given = {"width": 6, "more": 2, "begun": "[x]"}
    found = mended(PROGRAM.format(text="seen", **given))
    assert found.output == printed(PROGRAM.format(text="seen[1:]", **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("more", "begun"),
    [
        # Of two it is not known which is the odd one.
        (0, "[x]"),
        # What is joined begins with more than the input.
        (2, "[x, x]"),
    ],
)
def test_other_lists_are_left(more, begun):
    found = mended(PROGRAM.format(width=6, more=more, begun=begun, text="seen"), most=1)
    assert not any("[1:]" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(("name", "is_sure"), [("h", False), ("x", True)])
def test_what_was_made_of_the_input_may_be_meant_to_stand_first(name, is_sure):
    program = """
    layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])

    def all_of(x, first=nn.Linear(3, 8)):
        seen = [x]
        {name} = first(x)
        for layer in layers:
            {name} = layer({name})
            seen.append({name})
        return torch.stack(seen).mean(0)

    print(all_of(torch.rand(4, 3)).shape)
    """
    found = mended(program.format(name=name), most=1)
    assert found.changed == ["return torch.stack(seen[1:]).mean(0)"]
    assert bool(found.doubts) is not is_sure
