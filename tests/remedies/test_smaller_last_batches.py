"""What was counted for a full batch, or for the steps before a layer with a stride, and is less where it is used."""

import pytest
from mended import mended, printed

LOOP = """
    torch.manual_seed(4)
    rows = torch.arange(22).float()
    batch_size, total = 32, 0.0
    for i in range({count}):
        total += rows[i].item()
    print(total)
"""


@pytest.mark.parametrize("count", ["batch_size", "32", "2 * 16"])
def test_a_loop_over_a_full_batch(count):
    found = mended(LOOP.format(count=count))
    assert found.changed == ["for i in range(len(rows)):"]
    assert found.output == printed(LOOP.format(count="len(rows)"))


def test_a_loop_along_another_axis():
    text = LOOP.replace("arange(22).float()", "ones(3, 22)").replace("rows[i]", "rows[0, i]")
    assert mended(text.format(count="batch_size")).changed == ["for i in range(rows.size(1)):"]


CTC = """
    torch.manual_seed(4)


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.pool, self.head = nn.MaxPool1d({stride}), nn.Linear(6, 5)

        def forward(self, x, lengths):
            x = self.pool(x.transpose(1, 2)).transpose(1, 2)
            return self.head(x).log_softmax(-1), lengths{fewer}


    longest = torch.tensor([40, 37, 33])
    net = Net()
    scores, lengths = net(torch.randn(3, 40, 6), longest)
    labels = torch.randint(1, 5, (3, 3))
    loss = F.ctc_loss(scores.transpose(0, 1), labels, lengths, torch.tensor([3, 3, 2]))
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize("stride", [2, 4])
def test_lengths_of_before_the_pooling(stride):
    found = mended(CTC.format(stride=stride, fewer=""))
    assert found.changed == [f"return self.head(x).log_softmax(-1), lengths // {stride}"]
    assert found.output == printed(CTC.format(stride=stride, fewer=f" // {stride}"))


LARGEST = """
    torch.manual_seed(4)
    maps = torch.randn(3, 4, 5, 5)
    reward = torch.randn(3, 1, 5, 5)
    best, _ = {largest}
    print(torch.cat([reward, best], 1).sum().item())
"""


@pytest.mark.parametrize(
    ("largest", "kept"),
    [("torch.max(maps, dim=1)", "torch.max(maps, dim=1, keepdim=True)"), ("maps.min(1)", "maps.min(1, keepdim=True)")],
)
def test_the_largest_with_its_place_keeps_the_axis(largest, kept):
    found = mended(LARGEST.format(largest=largest))
    assert found.changed == [f"best, _ = {kept}"]
    assert found.output == printed(LARGEST.format(largest=kept))


BEGUN_IN_LOOP = """
class Mood(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.lstm, self.head = nn.Embedding(20, 6), nn.LSTM(6, 8, 2, batch_first=True), nn.Linear(8, 1)

    def forward(self, x, state):
        out, state = self.lstm(self.embed(x), state)
        return self.head(out[:, -1]).squeeze(1), state

    def begin(self, samples):
        weight = next(self.parameters()).data
        return weight.new(2, samples, 8).zero_(), weight.new(2, samples, 8).zero_()


size, model = 10, Mood()
data = torch.utils.data.TensorDataset(torch.randint(0, 20, (24, 7)), torch.rand(24))
for x, y in torch.utils.data.DataLoader(data, batch_size=size):
    state = model.begin(size)
    scores, state = model(x, state)
    print(F.mse_loss(scores, y).item())
"""


def test_a_state_that_is_begun_for_each_batch_is_begun_for_as_many_as_there_are():
    found = mended(BEGUN_IN_LOOP)
    assert found.changed == ["state = model.begin(x.size(0))"]
    assert found.output == printed(BEGUN_IN_LOOP.replace("begin(size)", "begin(x.size(0))"))


MAKER = """
    ROWS = 4


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.{kind}(3, 6, batch_first=True), nn.Linear(6, 1)

        def begin(self, {parameter}):
            return {made}

        def forward(self, seen):
            out, _ = self.rnn(seen, self.begin(seen))
            return self.out(out[:, -1])


    net = Net()
    print([round(net(part).sum().item(), 4) for part in torch.randn(10, 5, 3).split(ROWS)])
"""


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("GRU", "torch.zeros(1, {rows}, 6).to(given.device)"),
        ("RNN", "given.new_zeros(1, {rows}, 6)"),
        ("LSTM", "tuple(torch.zeros(1, {rows}, 6) for _ in range(2))"),
    ],
)
def test_a_method_that_was_given_the_input_asks_it_for_its_samples(kind, made):
    bad = MAKER.format(kind=kind, parameter="given", made=made.format(rows="ROWS"))
    found = mended(bad)
    assert "given.size(0)" in found.text
    assert found.output == printed(bad.replace("1, ROWS, 6", "1, len(given), 6"))
    assert not found.doubts


def test_a_parameter_that_was_set_anew_is_not_asked():
    made = "torch.zeros(1, ROWS, 6)"
    bad = MAKER.format(kind="GRU", parameter="given", made=made)
    bad = bad.replace(
        "            return torch.zeros", "            given = given.sum()\n            return torch.zeros"
    )
    assert "given.size(0)" not in mended(bad).text


TWO_OF_A_NAME = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 6, batch_first=True)

        def begin(self, given):
            return torch.zeros(1, 4, 6)

        def forward(self, seen, state):
            return self.rnn(seen, state)[0]


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.reader = Reader()

        def begin(self, given):
            return given * 2

        def forward(self, seen):
            return self.reader(self.begin(seen), self.reader.begin(None))


    print([round(Net()(part).sum().item(), 4) for part in torch.randn(10, 5, 3).split(4)])
"""


def test_what_a_method_of_the_same_name_was_given_is_not_asked():
    assert "given.size(0)" not in mended(TWO_OF_A_NAME).text


FOLDED = """
    rows = 4


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding(9, 3), nn.GRU(3, 6, batch_first=True), nn.Linear(6, 1)

        def forward(self, words{more}):
            {first}
            out = self.out(self.rnn(seen)[0].reshape(-1, 6)).sigmoid()
            return out.{turn}[:, -1]


    net = Net()
    print([round(net(part{state}).sum().item(), 4) for part in torch.arange(63).view(9, 7).remainder(9).split(rows)])
"""


@pytest.mark.parametrize("turn", ["view(rows, -1)", "reshape(rows, -1)", "view(rows, -1, 1)"])
@pytest.mark.parametrize("first", ["seen = self.table(words)", "words = seen = self.table(words)"])
def test_what_was_folded_into_steps_asks_the_input_for_its_samples(turn, first):
    bad = FOLDED.format(more="", first=first, turn=turn, state="")
    found = mended(bad)
    assert "words.size(0)" in found.text
    assert found.output == printed(bad.replace("(rows, -1", "(len(words), -1"))
    assert not found.doubts


def test_a_state_does_not_tell_how_many_samples_there_are():
    bad = FOLDED.format(
        more=", state", first="seen = self.table(words)", turn="view(rows, -1)", state=", torch.zeros(2, 1, 6)"
    )
    found = mended(bad)
    assert found.changed == ["return out.view(words.size(0), -1)[:, -1]"]


CLIPS = """
    COUNT, STEPS = 4, 3


    class Net(nn.Module):
        def __init__(self, count=COUNT):
            super().__init__()
            self.count = count
            self.maps, self.out = nn.Conv2d(2, 3, 2), {layer}

        def forward(self, clips):
            seen = self.maps(clips.flatten(0, 1)).relu()
            seen = {view}
            {more}
            return self.out(seen)


    data, net = torch.randn(10, STEPS, 2, 5, 5), Net()
    for at in range(0, 10, COUNT):
        kept = net(data[at : at + COUNT])
        print(round((kept[0] if type(kept) is tuple else kept).sum().item(), 4))
"""
RNN, ROWS = "nn.GRU(48, 6, batch_first=True)", "nn.Linear(144, 6)"


@pytest.mark.parametrize(
    ("layer", "view", "more", "number"),
    [
        (RNN, "seen.view(COUNT, STEPS, -1)", "", "COUNT"),
        (RNN, "torch.reshape(seen, (self.count, STEPS, -1))", "seen = seen.tanh()", "self.count"),
        (ROWS, "seen.reshape(4, -1)", "", "4"),
        (ROWS, "seen.view((self.count, -1))", "seen = seen.relu()", "self.count"),
        ("nn.Sequential(nn.Linear(144, 6), nn.Tanh())", "seen.view(COUNT, -1)", "", "COUNT"),
    ],
)
def test_a_rest_that_takes_what_samples_are_missing_asks_the_input_for_them(layer, view, more, number):
    bad = CLIPS.format(layer=layer, view=view, more=more)
    found = mended(bad, most=1)
    assert found.diagnoses[0].slug == "batch_size_written_down"
    assert found.output == printed(bad.replace(view, view.replace(number, "clips.size(0)")))
    assert not found.doubts


def test_a_layer_that_is_too_wide_for_full_batches_is_no_question_of_samples():
    bad = CLIPS.format(layer="nn.GRU(36, 6, batch_first=True)", view="seen.view(COUNT, STEPS, -1)", more="")
    assert mended(bad, most=1).diagnoses[0].slug != "batch_size_written_down"


def test_a_number_that_fitted_the_batches_before_is_left_as_it_is():
    program = """
        class Net(nn.Module):
            def __init__(self, rows):
                super().__init__()
                self.rnn, self.rows = nn.GRU(3, 5, batch_first=True), rows

            def reset(self):
                self.h = torch.zeros(1, self.rows, 5)

            def forward(self, x):
                steps, self.h = self.rnn(x, self.h{cut})
                return steps[:, -1]

        net, data = Net(8), torch.randn(20, 6, 3)
        for i in range(0, 20, 8):
            net.reset()
            print(round(net(data[i : i + 8]).sum().item(), 4))
    """
    found = mended(program.format(cut=""))
    assert found.output == printed(program.format(cut="[:, :x.size(0)].contiguous()"))
