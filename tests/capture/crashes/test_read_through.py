"""What functions of the script returned is read through on tensors without numbers; none of them is called."""

import pytest
from mended import mended, printed

NOISE = """
    class Process:
        def __init__(self):
            self.kept = torch.cumprod(1 - torch.linspace(1e-3, 0.02, 40), 0)

        {function}

        def at(self, x, t):
            return {call} * x

    x, t = torch.randn(5, 3, 6, 8), torch.tensor([0, 10, 21, 33, 39])
    print([round(v, 4) for v in Process().at(x, t).mean((1, 2, 3)).tolist()])
"""
FUNCTIONS = [
    "def pick(self, values, t):\n            return values.gather(-1, t)",
    "def pick(self, values, t, *, power=0.5):\n            '''Doc.'''\n            out = values[t]\n"
    "            out **= power\n            return out ** (1 / power)",
    "def pick(self, values, t):\n            assert t.ndim == 1\n            with torch.no_grad():\n"
    "                kept, rest = values, 0\n                return self.of(kept, t)\n\n"
    "        def of(self, values, t):\n            return torch.index_select(values, 0, t)",
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_its_axes_are_known_and_put_in(function):
    call = "self.pick(self.kept.sqrt(), t)"
    found = mended(NOISE.format(function=function, call=call))
    right = f"{call}[:, None, None, None]"
    assert found.output == printed(NOISE.format(function=function, call=right))
    assert right in found.changed[0]
    assert not found.doubts


@pytest.mark.parametrize(
    "function",
    [
        "def pick(self, values, t):\n            for _ in (1,):\n                out = values[t]\n"
        "            return out",
        "def pick(self, values, t):\n            print(self.calls.append(1)) if hasattr(self, 'calls') else None\n"
        "            self.seen = t\n            return values[t]",
        "def pick(self, values, t):\n            with torch.no_grad():\n                for _ in (1,):\n"
        "                    values = values[t]\n            return values",
        "def pick(self, *given):\n            return given[0][given[1]]",
    ],
)
def test_others_are_not_read(function):
    found = mended(NOISE.format(function=function, call="self.pick(self.kept.sqrt(), t)"))
    assert found.output == "crashed"


def test_it_is_never_called():
    function = "def pick(self, values, t):\n            print('called')\n            return values[t]"
    found = mended(NOISE.format(function=function, call="self.pick(self.kept.sqrt(), t)"))
    assert found.output.count("called") == 1
