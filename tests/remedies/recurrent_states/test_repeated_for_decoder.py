"""A decoder that read one vector of each sequence as if all of them were one sequence."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Auto(nn.Module):
        def __init__(self, features, width):
            super().__init__()
            self.enc = nn.{kind}(features, width, batch_first=True)
            self.dec = nn.GRU(width, 2 * width{first})
            self.out = nn.Linear(2 * width, features)

        def forward(self, x):
            z = self.enc(x)[0][:, -1]
            return self.out(self.dec({given})[0])

    net, x = Auto(3, 5), torch.randn(6, 8, 3)
    print(round(F.{loss}(net(x), x{target}).item(), 4))
"""


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss"])
def test_the_vector_is_there_for_each_step(kind, loss):
    given = {"kind": kind, "first": ", batch_first=True", "loss": loss, "target": ""}
    found = mended(PROGRAM.format(given="z", **given))
    assert found.output == printed(PROGRAM.format(given="z.unsqueeze(1).expand(-1, 8, -1)", **given))
    assert not found.doubts


def test_a_target_of_one_row_a_sequence_needs_no_steps():
    wrong = PROGRAM.format(kind="GRU", first=", batch_first=True", loss="mse_loss", target="[:, :2].mean(2)", given="z")
    found = mended(wrong, most=1)
    assert not any(".repeat(1, x.size(1), 1)" in fix.title for fix in found.diagnoses[0].fixes)
