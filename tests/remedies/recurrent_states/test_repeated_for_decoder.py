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


DECODER = """
    class Decoder(nn.Module):
        def __init__(self, width, inner, {told}):
            super().__init__()
            self.count = {kept}
            self.name = "decoder"
            self.start = nn.Linear(width, inner)
            self.rnn = nn.GRU(width, inner{first})
            self.out = nn.Linear(inner, 2)

        def forward(self, z):
            h = torch.tanh(self.start(z)).unsqueeze(0)
            y, _ = self.rnn({given}, h)
            return self.out(y)

    out = Decoder(4, 6, {number})(torch.randn(3, 4))
    print(out.shape, round(out.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("first", "right"),
    [
        (", batch_first=True", "z.unsqueeze(1).repeat(1, self.count, 1)"),
        ("", "z.unsqueeze(0).repeat(self.count, 1, 1)"),
    ],
)
@pytest.mark.parametrize(("told", "number"), [("steps", "5"), ("n=9", "n=7"), ("n=9", "")])
def test_a_number_that_nothing_reads_counts_the_steps(first, right, told, number):
    parts = {"told": told, "kept": told.partition("=")[0], "number": number, "first": first}
    found = mended(DECODER.format(given="z", **parts))
    assert found.output == printed(DECODER.format(given=right, **parts))


@pytest.mark.parametrize(
    ("told", "kept", "number"),
    [("samples", "samples", "3"), ("kind", "kind", "'gru'"), ("n", "n + self.rest(n)", "5"), ("n", "None", "5")],
)
def test_else_one_step_is_read(told, kept, number):
    text = DECODER.format(given="z", told=told, kept=kept, number=number, first=", batch_first=True")
    text = text.replace(
        "        def forward", "        def rest(self, n):\n            return 1\n\n        def forward"
    )
    assert "self.count, 1)" not in mended(text).text
