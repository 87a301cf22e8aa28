"""Two layers under one name, however the assignments are written: the second gets a name of its own."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self, wide):
            super().__init__()
            {first}
            self.fold = nn.Linear(6, wide)
            {second}
            self.out = nn.Linear(wide, 2)

        def forward(self, x):
            x = self.norm(self.conv(x)).mean(-1)
            return self.out(self.{read}(self.fold(x)))

    print(round(Net(9)(torch.randn(5, 3, 12)).std().item(), 4))
"""
ROWS = [
    ("self.conv, self.norm = nn.Conv1d(3, 6, 3), nn.BatchNorm1d(6)", "self.{0} = nn.BatchNorm1d(wide)"),
    ("self.conv = nn.Conv1d(3, 6, 3)", "self.norm, self.{0} = nn.BatchNorm1d(6), nn.BatchNorm1d(wide)"),
    ("self.conv = nn.Conv1d(3, 6, 3); self.norm = nn.BatchNorm1d(6)", "self.{0} = nn.BatchNorm1d(wide)"),
    (
        "self.conv, self.norm = [nn.Conv1d(3, 6, 3), nn.BatchNorm1d(6)]",
        "self.{0}, self.act = nn.BatchNorm1d(wide), nn.ReLU()",
    ),
]


@pytest.mark.parametrize(("first", "second"), ROWS)
def test_a_layer_of_a_row_that_was_replaced_is_found(first, second):
    texts = [PROGRAM.format(first=first, second=second.format(name), read=name) for name in ("norm", "last")]
    found = mended(texts[0])
    assert found.diagnoses[0].slug == "layer_replaced"
    assert found.output == printed(texts[1])
    assert not found.doubts


def test_a_layer_that_has_two_names_is_not_taken_out_with_both():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm2d(6)
            self.conv = nn.Conv1d(3, 6, 3)
            self.last = self.norm = nn.BatchNorm1d(6)

        def forward(self, x):
            return self.norm(self.conv(x).mean(-1)[0])

    print(Net()(torch.randn(5, 3, 12)).shape)
    """
    assert "pass" not in mended(program).text
