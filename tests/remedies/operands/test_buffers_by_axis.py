"""A buffer that a loop fills, made by the size of another axis, or for another width than a layer gives."""

import pytest
from mended import mended, printed

PROGRAM = """
    def unroll(cell, frames):
        rows = {rows}
        kept = torch.zeros({sizes})
        state = torch.zeros(frames.size({axis}), 6)
        for t in range(frames.size({steps})):
            state = cell(frames{taken}, state)
            kept{place} = state
        return kept

    kept = unroll(nn.GRUCell(3, 6), torch.randn(5, 4, 3))
    print(kept.shape, kept.mean(-1))
"""
FIRST = {"steps": 0, "axis": 1, "taken": "[t]", "place": "[t]"}
LAST = {"steps": 1, "axis": 0, "taken": "[:, t]", "place": "[:, t]"}


@pytest.mark.parametrize(
    ("rows", "good", "sizes", "where"),
    [
        ("frames.size(0)", "frames.size(1)", "frames.size(0), rows, 6", FIRST),
        ("frames.shape[2]", "frames.shape[1]", "frames.size(0), rows, 6", FIRST),
        ("frames.shape[0]", "frames.shape[1]", "len(frames), rows, 6", FIRST),
        ("frames.size(1)", "frames.size(0)", "rows, frames.size(1), 6", LAST),
        ("frames.size(-1)", "frames.size(0)", "rows, frames.size(1), 6", LAST),
        ("frames.size(0)", "frames.size(1)", "frames.size(0), rows, 6", {**FIRST, "place": "[t, :]"}),
    ],
)
def test_the_axis_is_asked_that_is_as_long(rows, good, sizes, where):
    found = mended(PROGRAM.format(rows=rows, sizes=sizes, **where))
    assert found.output == printed(PROGRAM.format(rows=good, sizes=sizes, **where))
    assert not found.doubts


def test_where_two_axes_are_as_long_it_is_in_doubt():
    program = PROGRAM.format(rows="frames.size(0)", sizes="frames.size(0), rows, 6", **FIRST)
    program = program.replace("torch.randn(5, 4, 3)", "torch.randn(5, 4, 4)").replace("GRUCell(3", "GRUCell(4")
    assert all(fix.doubt for fix in mended(program, most=1).diagnoses[0].fixes)


NAMED = """
    class Speaker(nn.Module):
        def __init__(self, words, width):
            super().__init__()
            self.embed, self.cell, self.out = nn.Embedding(words, width), nn.GRUCell(width, 8), nn.Linear(8, words)

        def forward(self, token, state):
            state = self.cell(self.embed(token), state)
            return self.out(state), state

    class Pair(nn.Module):
        def __init__(self, heard, said):
            super().__init__()
            self.listen, self.speak = nn.Embedding(heard, 8), Speaker({given}, 7)
            self.said = said

        def forward(self, a, b):
            state = self.listen(a).mean(0)
            scores = torch.zeros(b.shape[0], b.shape[1], self.said)
            for t in range(1, b.shape[0]):
                scores[t], state = self.speak(b[t - 1], state)
            return scores

    a, b = torch.randint(0, 11, (5, 4)), torch.randint(0, 6, (3, 4))
    b[2] = torch.tensor([{labels}])
    scores = Pair(11, 13)(a, b)
    print(scores.shape, F.cross_entropy(scores[1:].flatten(0, 1), b[1:].flatten()).item())
"""


def test_the_layer_gets_the_name_of_the_width_that_the_labels_need():
    labels = "12, 3, 7, 0"
    found = mended(NAMED.format(given="heard", labels=labels))
    assert found.output == printed(NAMED.format(given="said", labels=labels))
    assert not found.doubts


def test_where_no_labels_tell_the_buffer_may_be_wrong():
    found = mended(NAMED.format(given="heard", labels="2, 3, 7, 0"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("place", ["[t, None]", "[..., t]", "[[t]]"])
def test_a_place_that_is_not_read_gets_no_other_axis(place):
    where = {**FIRST, "place": place}
    found = mended(PROGRAM.format(rows="frames.size(0)", sizes="frames.size(0), rows, 6", **where), most=1)
    fixes = [fix for each in found.diagnoses for fix in each.fixes]
    assert not any(fix.title == ".size(0) -> .size(1)" and not fix.doubt for fix in fixes)


ROWS = """
    head, x = nn.Linear(3, 5), torch.randn(9, 7, 3)
    out = torch.zeros(x.size(0), x.size(1), 5)
    for t in range(x.size(1)):
        score = head({read})
        out[:, t] = score
    print(out.shape)
"""


def test_what_is_read_along_another_axis_than_it_is_stored_may_be_read_wrongly():
    found = mended(ROWS.format(read="x[t]"), most=1)
    assert found.doubts
