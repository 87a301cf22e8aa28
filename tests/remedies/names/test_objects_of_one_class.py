"""The object of a class goes with what its method is given."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Scale:
        def fit(self, rows):
            self.low, self.high = rows.min(0).values, rows.max(0).values
            return self

        def down(self, rows):
            return (rows - self.low) / (self.high - self.low)

        def up(self, rows):
            rows = rows.clone()
            rows *= self.high - self.low
            return rows + self.low


    table = torch.arange(40.0).view(10, 4) ** 2
    of_rows, of_last = Scale().fit(table), Scale().fit(table[:, -1:])
    x, y = of_rows.down(table), {made}.down(table[:, -1:])
    net = nn.Linear(4, 1)
    loss = F.mse_loss(net(x[:7]), y[:7]) if y.shape[1] == 1 else 0.0
    guess = net(x[7:]).detach()
    print({used}.up(guess).sum().item())
"""


def test_the_object_that_made_the_targets():
    found = mended(PROGRAM.format(made="of_last", used="of_rows"))
    assert found.diagnoses[0].fixes[0].title == "of_rows -> of_last"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(made="of_last", used="of_last"))


@pytest.mark.parametrize("made", ["of_rows", "Scale().fit(table[:, -1:])"])
def test_an_object_that_made_no_targets_leaves_a_doubt(made):
    assert mended(PROGRAM.format(made=made, used="of_rows"), most=1).doubts


def test_an_object_of_another_class_is_none():
    program = PROGRAM.replace("of_last = Scale().fit(table), Scale()", "of_last = Scale().fit(table), Other()").replace(
        "table = torch.arange", "class Other(Scale):\n        pass\n\n\n    table = torch.arange"
    )
    found = mended(program.format(made="of_last", used="of_rows"), most=1)
    assert not any("of_last" in fix.title for fix in found.diagnoses[0].fixes)
