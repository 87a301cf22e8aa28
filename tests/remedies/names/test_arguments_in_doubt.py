"""Calls and names that do not go together, where two readings are possible or another function said no."""

import pytest
from mended import mended

HEAD = """
    from torch.utils.data import DataLoader, TensorDataset
    std, classes = 0.1, 5
    data = DataLoader(TensorDataset(torch.randn(6, 3), torch.zeros(6)), batch_size=2)
    net, x = nn.Linear(4, 4), torch.randn(2, 4)

    def init(layer, std):
        return std

    def joined(rows, more):
        return torch.stack(rows) * more

    class Cell(nn.Module):
        def __init__(self, width, hidden, classes):
            super().__init__()
            self.cell = nn.GRUCell(width, hidden)

        def forward(self, x):
            return self.cell(x)

    class Scaled(nn.Module):
        def forward(self, x, memory=None):
            out = x * 2
            return out

    class Decoder(nn.Module):
        def forward(self, x, memory):
            return x

"""


@pytest.mark.parametrize(
    "program",
    [
        "net.apply(init)",
        "net.register_forward_hook(init)\n    net.register_forward_hook(lambda m, i, o: None)\n    net(x, *[])",
        "print(Cell(8, 5))",
        "h, c = x, x\n    h, c = Cell(4, 4, 5)(x, h)",
        "out, weights = nn.MultiheadAttention(4, 2)(x, x, x)\n    print(Decoder()(out).shape)",
        "_, state = nn.GRU(4, 4)(x)\n    print(Cell(4, 4, 5)(x, state))",
        "memory = None\n    out, memory = Scaled()(torch.randn(3, 4), memory)\n    print(out, memory)",
        "for i, batch in enumerate(data):\n        print(i, batch.shape)",
        "for a, b in {'train': data, 'valid': data}:\n        print(net(a))",
        "print(joined([x, x]))",
        "print(joined(x))",
        "print(Scaled()(x, state=torch.ones(1)))\n    print(Decoder()(x, state=torch.ones(1)))",
        "print(Decoder()(x, state=torch.ones(1)))",
        "one, two = (x, x, 'one'), (x, x, 'two')\n    for a, b in one, two:\n        print(a.shape)",
        "for group in [[x], [x, x]]:\n        print(torch.cat(group, dim=5))",
    ],
    ids=["handed over", "hooked on", "a number given", "carried on", "left over", "made for it", "a parameter",
         "counted", "a table", "a row", "a tensor", "no parameter", "another parameter", "in groups", "a row of one"],
)  # fmt: skip
def test_no_change_is_told_as_sure(program):
    found = mended(HEAD + f"    {program}\n", most=1).diagnoses
    assert not any("it makes the call run" in fix.doubt for each in found for fix in each.fixes if "joined" in program)
    wrong = ("called_with_other_arguments", "made_with_other_arguments", "parts_counted_otherwise")
    assert all(fix.doubt for each in found for fix in each.fixes if each.slug in wrong)
