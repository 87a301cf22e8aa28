"""A tensor is cut as the line behind cuts it, which compares it with what comes out."""

import pytest
from mended import mended, printed

PROGRAM = """
    def unlike(steps, values):
        count = steps.shape[1]
        slopes = torch.stack([values[:, at + 1] - values[:, at] for at in range(count)], 1)
        aims = slopes * 0.5 + steps + {values}
        return {loss}


    print(round(unlike(torch.rand(3, 5), torch.rand(3, 6)).item(), 4))
"""


@pytest.mark.parametrize("cut", ["values[:, :count]", "values[:, :-1]"])
@pytest.mark.parametrize("loss", ["F.mse_loss({}, aims)", "(aims - {}).abs().sum()"])
def test_the_cut_of_the_line_that_reads_the_result(cut, loss):
    found = mended(PROGRAM.format(values="values", loss=loss.format(cut)))
    assert found.diagnoses[0].fixes[0].title == cut
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(values=cut, loss=loss.format(cut)))


def test_a_cut_that_does_not_meet_the_result_tells_nothing():
    found = mended(PROGRAM.format(values="values", loss="aims.sum() + values[:, :count].mean()"))
    assert found.changed == ["aims = slopes * 0.5 + steps + values[:, :-1]"]
    assert found.doubts == ["the longer one may have a step too many at its end or at its beginning"]


@pytest.mark.parametrize(("cut", "sizes"), [("values[:, :-1]", "3, 6"), ("values[:, :count]", "3, 6")])
def test_where_no_line_reads_the_next_positions_they_may_be_meant(cut, sizes):
    program = """
        def unlike(rewards, values):
            count = rewards.shape[1]
            aims = rewards + values
            return F.mse_loss({cut}, aims)


        print(unlike(torch.rand(3, 5), torch.rand({sizes})).item())
    """
    assert mended(program.format(cut=cut, sizes=sizes)).doubts
