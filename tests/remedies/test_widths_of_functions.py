"""The width that a function hands to several layers, times what the layer in front multiplies it by."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Mixed(nn.Module):
        def __init__(self, wide, out, parts=1):
            super().__init__()
            self.inner = nn.Linear(wide, out * parts)

        def forward(self, x):
            return self.inner(x).tanh()


    class Net(nn.Module):
        def __init__(self, hidden=5, parts=3):
            super().__init__()
            {given}
            self.first = Mixed(4, hidden, parts=parts)
            self.second = Mixed(wide, hidden, parts=parts)
            self.last = nn.Linear(wide, 2)

        def forward(self, x):
            return self.last(self.second(self.first(x)))


    print(round(Net()(torch.randn(6, 4)).std().item(), 4))
"""


@pytest.mark.parametrize("name", ["wide", "width"])
def test_the_width_is_mended_where_the_function_gives_it(name):
    program = PROGRAM.replace("wide, hidden", f"{name}, hidden").replace("nn.Linear(wide, 2)", f"nn.Linear({name}, 2)")
    found = mended(program.format(given=f"{name} = hidden"))
    assert found.changed == [f"{name} = hidden * parts"]
    assert not found.doubts
    assert found.output == printed(program.format(given=f"{name} = hidden * parts"))


def test_a_width_that_is_given_twice_is_left():
    found = mended(PROGRAM.format(given="wide = 7; wide = hidden"), most=1)
    assert not any(fix.title == "hidden * parts" for fix in found.diagnoses[0].fixes)
