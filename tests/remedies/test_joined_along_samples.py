"""Steps that a model collects are joined side by side, as its targets lie."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.top = nn.GRUCell(1, 8), nn.Linear(8, {width})

        def forward(self, x):
            state, said = torch.zeros(len(x), 8), []
            for step in x.split(1, dim=1):
                state = self.cell(step, state)
                said.append(self.top(state))
            return torch.cat(said{dim})

    x = torch.randn(4, 6)
    print(round(nn.functional.{loss}(Net()(x), {target}).item(), 4))
"""


@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "smooth_l1_loss"])
@pytest.mark.parametrize(("width", "target"), [(1, "x"), (2, "x.repeat_interleave(2, 1)")])
def test_the_steps_stand_side_by_side(loss, width, target):
    parts = {"loss": loss, "width": width, "target": target}
    found = mended(PROGRAM.format(dim="", **parts))
    assert [each.slug for each in found.diagnoses] == ["target_in_other_shape"]
    assert found.output == printed(PROGRAM.format(dim=", dim=1", **parts))
    assert not found.doubts


def test_targets_of_another_size_are_no_steps_side_by_side():
    program = PROGRAM.format(dim="", loss="mse_loss", width=1, target="x[:, 1:]")
    (found,) = mended(program, most=1).diagnoses
    assert not any(fix.title == "dim=1" for fix in found.fixes)
