"""A number that was written for a width, where a parameter that nobody reads is just as wide as what came."""

import pytest
from mended import mended, printed

PROGRAM = """
class Part(nn.Module):
    def __init__(self, given, made):
        super().__init__()
        self.inner = nn.Linear(given, made)

    def forward(self, x):
        return self.inner(x)


class Stack(nn.Module):
    def __init__(self, sensors, width, depth=2):
        super().__init__()
        self.parts = nn.ModuleList()
        for at in range(depth):
            {lines}

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


print(Stack(5, 8)(torch.randn(3, 5)).sum().item())
"""


@pytest.mark.parametrize(
    "lines",
    [
        "self.parts.append(Part({} if at == 0 else width, width))",
        "given = width if at else {}; self.parts.append(Part(given, width))",
        "self.parts += [Part(made=width, given={} if not at else width)]",
    ],
)
def test_the_parameter_is_meant_that_nobody_reads(lines):
    found = mended(PROGRAM.format(lines=lines.format("1")), most=1)
    assert found.diagnoses[0].slug == "another_name_meant"
    assert found.output == printed(PROGRAM.format(lines=lines.format("sensors")))
    assert not found.doubts
