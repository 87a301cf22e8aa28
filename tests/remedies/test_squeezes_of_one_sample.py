"""A squeeze without an axis, met by a batch of one: named where it stands, not made good where it is noticed."""

import textwrap

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Conv1d(4, 1, 1)

        def forward(self, x):
            scores = self.score(x)
            scores = scores.squeeze({axis})
            return {read}


    net, x = Net(), torch.randn(5, 4, 7)
    print(round(net(x).sum().item(), 4), [round(net(each[None]).sum().item(), 4) for each in x])
"""


@pytest.mark.parametrize(
    "read",
    [
        "torch.gather(x, 2, scores.argsort(1).unsqueeze(1).expand(-1, 4, -1))",
        "torch.bmm(x, scores.unsqueeze(2))",
        "torch.cat([scores, x.mean(1)], dim=1)",
        "torch.einsum('bct,bt->bc', x, scores)",
    ],
)
def test_a_squeeze_names_its_axis(read):
    assert printed(PROGRAM.format(axis="1", read=read))
    found = mended(PROGRAM.format(axis="", read=read), most=1)
    # What the layer gave tells which axis it was.
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert titles[0] == "scores.squeeze(1)"
    assert "scores.squeeze(-1)" in titles[1:]


def test_where_no_batch_is_of_one_the_squeeze_is_not_to_blame():
    read = "torch.cat([scores, x], dim=1)"
    found = mended(PROGRAM.replace("each[None]", "torch.stack([each, each])").format(axis="", read=read), most=1)
    assert not any("squeeze" in fix.title and "unsqueeze" not in fix.title for fix in found.diagnoses[0].fixes)


def test_a_squeeze_whose_result_goes_through_a_list():
    program = """
        words = torch.randn(1, 5, 4)
        kept = []
        for size in (2, 3):
            pooled = torch.squeeze(torch.ones(1, size, 5, 1){axis})
            kept.append(pooled)
        letters = torch.cat(kept, -2).transpose(-2, -1)
        print(torch.cat([words, letters], 2).shape)
    """
    found = mended(program.format(axis=""))
    assert found.changed == ["pooled = torch.squeeze(torch.ones(1, size, 5, 1), -1)"]
    assert found.output == printed(program.format(axis=", -1"))


HEADS = """
    class Spans(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last, self.other = nn.Linear(6, 1), nn.Linear(6, 1), nn.Linear(6, 1)

        def forward(self, x):
            begin, end = self.first(x).squeeze({axis}), self.last({read}).squeeze({other})
            return begin.softmax(dim=1), end.softmax(dim=1)


    net = Spans()
    for rows in (3, 1):
        print([round(each.max().item(), 4) for each in net(torch.randn(rows, 5, 6))])
"""


def test_two_heads_that_read_the_same_are_named_their_axes_together():
    found = mended(HEADS.format(read="x", axis="", other=""))
    assert len(found.diagnoses) == 1
    assert not found.doubts
    assert found.output == printed(HEADS.format(read="x", axis="-1", other="-1"))


def test_heads_that_read_other_things_are_named_each_for_itself():
    found = mended(HEADS.format(read="x * 2", axis="", other=""), most=1)
    assert all(fix.title.count("squeeze") == 1 for fix in found.diagnoses[0].fixes)


STEPS = """
    class Speller(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding(9, 6), nn.LSTM(6, 5), nn.Linear(5, 9)

        def forward(self, letter, memory, truth=None):
            said = []
            for at in range(4):
                out, memory = self.rnn(self.table(letter).unsqueeze(0), memory)
                said.append(self.out(out[0]))
                {carried}
            return torch.stack(said)


    net = Speller()
    for rows in (4, 1):
        memory = torch.zeros(1, rows, 5), torch.zeros(1, rows, 5)
        print(round(net(torch.zeros(rows, dtype=torch.long), memory).sum().item(), 4))
"""

CELLS = """
    table, cell, out = nn.Embedding(9, 6), nn.GRUCell(6, 5), nn.Linear(5, 9)
    for rows in (4, 1):
        token, h = torch.zeros(rows, dtype=torch.long), torch.zeros(rows, 5)
        for _ in range(4):
            h = cell(table(token), h)
            {carried}
        print(round(h.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("program", "carried"),
    [
        (STEPS, "letter = truth[at] if truth is not None else said[-1].topk(1)[1].squeeze({axis})"),
        (STEPS, "letter = torch.squeeze(said[-1].argmax(-1, keepdim=True){comma}{axis})"),
        (CELLS, "token = out(h).topk(1)[1].squeeze({axis})"),
    ],
)
def test_a_squeeze_at_the_end_of_the_round_before(program, carried):
    found = mended(program.format(carried=carried.format(axis="", comma="")), most=1)
    assert found.diagnoses[0].code == "SC559"
    right = carried.format(axis="-1", comma=", ")
    assert found.changed == [right]
    assert found.output == printed(program.format(carried=right))


@pytest.mark.parametrize("program", [STEPS, CELLS])
def test_a_step_without_the_axis_of_the_batch_that_no_squeeze_dropped(program):
    carried = "letter = said[-1].argmax(-1)[0]" if program == STEPS else "token = out(h).argmax(-1)[0]"
    shown = "print((said[-1] if said else letter).squeeze().shape)" if program == STEPS else "print(h.squeeze().shape)"
    found = mended(program.format(carried=f"{carried}; {shown}"), most=1)
    assert found.diagnoses[0].code != "SC559"


def test_a_state_of_one_layer_is_no_batch_of_one():
    program = """
        rnn, score = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 1)
        def read(out):
            return score(out).squeeze()

        x, state = torch.randn(6, 5, 3), torch.zeros(1, 6, 4)
        out, state = rnn(x, state)
        print({failing})
        print(read(out).shape)
    """
    for failing in (
        "rnn(x[:, 0], state)[0].sum()",
        "torch.bmm(out, out[:, 0]).sum()",
        "torch.cat([out, out[:, 0]], 1)",
    ):
        found = mended(program.format(failing=failing), most=1)
        assert found.diagnoses[0].code != "SC559"
        # What drops the axis that it adds itself is another matter.
        assert not any(".squeeze(" in fix.title.partition(" ... ")[0] for fix in found.diagnoses[0].fixes)


LENGTHS = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4, batch_first=True)

        def forward(self, x, mask):
            counts = {counts}
            packed = pack_padded_sequence(x, counts, batch_first=True, enforce_sorted=False)
            return pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0]


    net, x, mask = Net(), torch.randn(5, 6, 3), torch.arange(6) < torch.tensor([[2], [6], [3], [4], [1]])
    for part, kept in zip(x.split(2), mask.split(2)):
        print(round(net(part, kept).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("squeezed", "right"),
    [
        ("mask.long().sum(1).squeeze()", "mask.long().sum(1)"),
        ("mask.long().sum(1, keepdim=True).squeeze()", "mask.long().sum(1, keepdim=True).squeeze(-1)"),
        ("mask.long().sum(1, True).squeeze()", "mask.long().sum(1, True).squeeze(-1)"),
    ],
)
def test_the_only_length_has_lost_its_axis_by_a_squeeze(squeezed, right):
    found = mended(LENGTHS.format(counts=squeezed), most=1).diagnoses[0]
    way = next(fix for fix in found.fixes if fix.edits[0].replacement.strip() == f"counts = {right}")
    assert not way.doubt
    assert found.place.line == way.edits[0].line
    assert printed(LENGTHS.format(counts=right))


def test_lengths_with_an_axis_too_many_are_not_for_a_squeeze_to_lose():
    found = mended(LENGTHS.format(counts="mask.long().sum(1, keepdim=True)"), most=1).diagnoses
    assert not any("without squeeze" in fix.title for each in found for fix in each.fixes)


COLLECTED = """
    import numpy as np

    torch.manual_seed(1)
    net, rows, seen = nn.Linear(3, 1), torch.randn(9, 3), []
    with torch.no_grad():
        for x in rows.split({count}):
            seen.append(net(x).{squeeze}.numpy())
    print(np.concatenate(seen).shape)
"""


@pytest.mark.parametrize("count", [4, 1])
def test_arrays_of_the_last_batch_keep_its_axis(count):
    found = mended(COLLECTED.format(count=count, squeeze="squeeze()"))
    assert found.diagnoses[0].slug == "batch_lost_by_squeeze"
    assert found.output == printed(COLLECTED.format(count=count, squeeze="squeeze(1)"))
    assert found.doubts == []


def test_numbers_of_the_last_batch_are_a_list_as_well():
    program = """
    net, seen = nn.Linear(3, 1), []
    for x in torch.randn(9, 3).split(4):
        seen.extend(net(x).{squeeze}.tolist())
    print(len(seen), round(sum(seen), 4))
    """
    found = mended(program.format(squeeze="squeeze()"))
    assert found.diagnoses[0].slug == "batch_lost_by_squeeze"
    assert found.output == printed(program.format(squeeze="squeeze(1)"))


MERGED = """
    class Points(nn.Module):
        def __init__(self):
            super().__init__()
            self.score, self.place = nn.Conv2d(4, 1, 1), nn.Conv2d(4, 2, 1)

        def forward(self, maps):
            return self.score(maps), self.place(maps)


    def chosen(scores, places):
        scores = scores.{squeezed}
        best = scores.{merged}.topk(3, dim=1)[1]
        return places.flatten(2).gather(2, best.unsqueeze(1).expand(-1, 2, -1))


    net, maps = Points(), torch.randn(5, 4, 3, 7)
    for part in maps.split(2):
        scores, places = net(part)
        print(round(chosen(scores, places).sum().item(), 4))
"""


@pytest.mark.parametrize("merged", ["flatten(1)", "reshape(len(scores), -1)"])
def test_where_other_axes_were_merged_behind_it_the_squeeze_is_named(merged):
    found = mended(MERGED.format(squeezed="squeeze()", merged=merged), most=1)
    assert found.diagnoses[0].slug == "batch_lost_by_squeeze"
    assert found.changed == ["scores = scores.squeeze(1)"]
    assert not found.doubts
    assert found.output == printed(MERGED.format(squeezed="squeeze(1)", merged=merged))


def test_a_batch_of_one_with_another_mistake_is_left():
    program = MERGED.format(squeezed="squeeze(1)", merged="flatten(1)").replace(
        "places.flatten(2)", "places[:1].flatten(2)"
    )
    found = mended(program.replace("split(2)", "split(5)"), most=1)
    assert not any("squeeze(1)" in fix.title for fix in found.diagnoses[0].fixes)


COLLECTED_ARRAYS = """
    net, kept = nn.Conv2d(3, 1, 3, padding=1), []
    for part in torch.randn(5, 3, 4, 7).split(2):
        guess = net(part).sigmoid().detach()
        kept.append(guess.{squeezed}.numpy())
    found = np.{together}(kept)
    print(found.shape, [round(float(each), 4) for each in found.mean((1, 2))])
"""


@pytest.mark.parametrize("together", ["concatenate", "vstack"])
def test_arrays_that_are_put_together_batch_by_batch(together):
    program = "import numpy as np\n" + textwrap.dedent(COLLECTED_ARRAYS)
    found = mended(program.format(squeezed="squeeze()", together=together), most=1)
    assert found.changed == ["kept.append(guess.squeeze(1).numpy())"]
    assert found.output == printed(program.format(squeezed="squeeze(1)", together=together))
