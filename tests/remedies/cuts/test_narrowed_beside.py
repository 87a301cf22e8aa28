"""What a loop carries on loses the same rows in all its parts."""

import pytest
from mended import mended, printed

PROGRAM = """
    words, cell, top = nn.Embedding(12, 4), nn.GRUCell(10, 5), nn.Linear(5, 12)


    def step(ids, state, memory):
        state = cell(torch.cat([words(ids), memory], 1), state)
        return top(state), state


    def spoken(memory):
        ids, state = torch.ones(6, dtype=torch.long), torch.zeros(6, 5)
        left = torch.tensor([3, 1, 2, 3, 2, 3])
        {before}
            scores, state = step(ids, state, memory)
            going = left > at
            {narrowed}
        return round(1000 * scores.std(1).sum().item(), 2)


    print(spoken(torch.randn(6, 6)))
"""
ONE_LINE = (
    "ids, state, left{} = scores.argmax(1)[going], state[going], left[going]{}",
    (", memory", ", memory[going]"),
)
LINES = (
    "ids, left = scores.argmax(1)[going], left[going]\n            state = state[going]{}{}",
    ("\n            memory = memory[going]", ""),
)


@pytest.mark.parametrize("before", ["for at in range(1, 4):", "at = 0\n        while at < 3:\n            at += 1"])
@pytest.mark.parametrize(("narrowed", "more"), [ONE_LINE, LINES])
def test_what_is_read_beside_loses_the_rows_as_well(before, narrowed, more):
    program = PROGRAM.format(before=before, narrowed=narrowed)
    found = mended(program.format("", ""))
    assert found.output == printed(program.format(*more))
    assert not found.doubts


def test_a_loop_that_is_gone_through_again_wants_all_rows():
    program = """
        words, top, memory = nn.Embedding(12, 4), nn.Linear(10, 12), torch.randn(4, 6)
        for ids in torch.ones(2, 4, dtype=torch.long):
            left = torch.tensor([3, 1, 2, 3])
            for at in range(1, 4):
                scores = top(torch.cat([words(ids), memory], 1))
                going = left > at
                ids, left = scores.argmax(1)[going], left[going]
        print(scores.shape)
    """
    assert "memory[going]" not in mended(program, most=1).text


def test_rows_that_nobody_left_out_are_other_samples():
    program = PROGRAM.format(before="for at in range(1, 4):", narrowed="ids = scores.argmax(1)")
    assert "memory[going]" not in mended(program.replace("torch.randn(6, 6)", "torch.randn(7, 6)"), most=1).text


def test_what_is_read_whole_behind_the_loop_is_in_doubt():
    program = PROGRAM.format(before="for at in range(1, 4):", narrowed=ONE_LINE[0])
    program = program.replace("return round(", "print(memory.shape)\n        return round(")
    found = mended(program.format("", ""))
    assert found.changed == [
        "ids, state, left, memory = scores.argmax(1)[going], state[going], left[going], memory[going]"
    ]
    assert found.doubts == ["it is read behind the loop too, where all of its rows may be wanted"]
