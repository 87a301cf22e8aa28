"""A loop stores its steps along the axis along which it reads them."""

import pytest
from mended import mended, printed

PROGRAM = """
    words, cell, top = nn.Embedding(20, 5), nn.GRUCell(5, 6), nn.Linear(6, 20)


    def said(state, target):
        {sizes}
        outputs = torch.zeros({made}, 20)
        for t in range(1, {steps}):
            state = cell(words(target[{read}]), state)
            outputs[{stored}] = top(state)
        return outputs


    target = torch.randint(0, 20, ({shape}))
    print(round(said(torch.randn(4, 6), target).std(0).sum().item(), 4))
"""
SECOND = {"shape": "4, 7", "sizes": "rows, steps = target.shape", "made": "rows, steps", "steps": "steps"}
FIRST = {"shape": "7, 4", "sizes": "steps, rows = target.shape", "made": "rows, steps", "steps": "steps"}


@pytest.mark.parametrize("read", [":, t - 1", ":, t"])
def test_a_step_is_stored_behind_the_samples(read):
    program = PROGRAM.format(**SECOND, read=read, stored="{}")
    found = mended(program.format("t"))
    assert found.changed == ["outputs[:, t] = top(state)"]
    assert found.output == printed(program.format(":, t"))
    assert not found.doubts


def test_where_steps_are_read_in_front_it_is_not_told_by_these():
    found = mended(PROGRAM.format(**FIRST, read="t - 1", stored="t"), most=1)
    assert found.diagnoses[0].fixes[0].title != "[:, t]"


def test_where_the_loop_takes_as_many_steps_as_the_first_axis_has_it_is_in_doubt():
    found = mended(PROGRAM.format(**{**SECOND, "steps": "rows"}, read=":, t", stored="t"))
    assert found.changed == ["steps, rows = target.shape"]
    assert found.doubts == ["the names may be right, and the loop be meant to go up to the other one"]
