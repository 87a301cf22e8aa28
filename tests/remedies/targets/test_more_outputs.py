"""More outputs for a layer whose number others read too: the target may be made by it."""

from mended import mended

PROGRAM = """
    before, ahead = 2, 4
    series = torch.rand(5, 20)
    known, coming = series[:, :7], series[:, 5:{end}]
    print(F.mse_loss(nn.Linear(7, ahead)(known), coming).item())
"""


def test_a_number_that_the_target_reads_as_well_is_in_doubt():
    assert mended(PROGRAM.format(end="7 + ahead"), most=1).doubts
    assert not mended(PROGRAM.format(end="11"), most=1).doubts
