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


def test_a_loop_of_as_many_rounds_as_samples_leaves_a_doubt():
    program = PROGRAM.format(dim="", loss="mse_loss", width=1, target="x").replace("randn(4, 6)", "randn(5, 5)")
    found = mended(program)
    assert found.changed == ["return torch.cat(said, dim=1)"]
    assert found.doubts == ["the loop may go over the samples, of which there are as many as it has rounds"]


def test_targets_that_were_not_made_flat_step_by_step_leave_a_doubt():
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.cell, self.top = nn.GRUCell(2, 8), nn.Linear(8, 2)

            def forward(self, x):
                state, said = torch.zeros(len(x), 8), []
                for t in range(x.size({axis})):
                    state = self.cell(x{at}, state)
                    said.append(self.top(state))
                return torch.cat(said)

        x = torch.randn({sizes})
        target = x.reshape(3, -1)
        print(F.mse_loss(Net()(x), target).item())
    """
    assert mended(program.format(axis=2, at="[:, :, t]", sizes="3, 2, 4")).doubts
    assert not mended(program.format(axis=1, at="[:, t]", sizes="3, 4, 2")).doubts


@pytest.mark.parametrize(
    ("joined", "is_sure"), [("torch.cat(said)", False), ("torch.stack(said, 1).flatten(0, 1)", True)]
)
def test_labels_are_made_flat_in_doubt_where_steps_were_joined_behind_one_another(joined, is_sure):
    program = PROGRAM.replace("torch.cat(said{dim})", joined).format(
        width=3, loss="cross_entropy", target="(x > 0).long()"
    )
    found = mended(program)
    assert "(x > 0).long().flatten()" in found.text
    assert bool(found.doubts) is not is_sure
