"""A function that wrote down for how many samples it makes a state is told by each call how many there are."""

import pytest
from mended import mended, printed

NET = """
BATCH = 8

class Net(nn.Module):
    def __init__(self, batch_size=8):
        super().__init__()
        self.batch_size, self.sizes = batch_size, {{"rows": batch_size, "width": 12}}
        self.lstm = nn.LSTM(3, 12, batch_first=True)
        self.head = nn.Linear(12, 1)

    def begin(self{parameter}):
        {state}

    def forward(self, x):
        out, _ = self.lstm(x, {begun})
        return self.head(out[:, -1])


net = Net()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
data, targets = torch.randn(20, 5, 3), torch.randn(20, 1)
for start in range(0, 20, 8):
    optimizer.zero_grad()
    loss = F.mse_loss(net(data[start : start + 8]), targets[start : start + 8])
    loss.backward()
    optimizer.step()
    print(loss.item())
"""
HANDED = """
class Net(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.batch_size = batch_size
        self.gru = nn.GRU(3, 12)
        self.head = nn.Linear(12, 1)

    def begin(self{parameter}):
        return torch.zeros(1, {rows}, 12)

    def forward(self, x, state):
        out, state = self.gru(x, state)
        return self.head(out[-1]), state


net = Net(8)
optimizer = torch.optim.SGD(net.parameters(), 0.1)
train, held_out = [torch.randn(5, 8, 3) for _ in range(2)], [torch.randn(5, each, 3) for each in (8, 6)]

def learn():
    state = net.begin({learning})
    for x in train:
        scores, state = net(x, state.detach())
        loss = scores.pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.no_grad()
def test(batches):
    for x in batches:
        scores, _ = net(x, net.begin({testing}))
        print(scores.sum().item())


learn()
test(held_out)
"""
GENERATED = """
class Letters(nn.Module):
    def __init__(self, letters):
        super().__init__()
        self.embed = nn.Embedding(letters, 6)
        self.gru = nn.GRU(6, 6, batch_first=True)
        self.head = nn.Linear(6, letters)

    def begin(self, samples=4):
        return torch.zeros(1, samples, 6)

    def forward(self, x, state):
        out, state = self.gru(self.embed(x), state)
        return self.head(out), state


net = Letters(9)
scores, _ = net(torch.randint(0, 9, (4, 7)), net.begin())
print(scores.sum().item())

def written(length):
    state = net.begin({one})
    letter, found = torch.tensor([[3]]), []
    for _ in range(length):
        scores, state = net(letter, state)
        letter = scores[:, -1].argmax(-1, keepdim=True)
        found.append(letter.item())
    return found


print(written(5))
"""


@pytest.mark.parametrize(
    ("state", "rows"),
    [
        ("return torch.zeros(1, {}, 12), torch.zeros(1, {}, 12)", "self.batch_size"),
        ("h = torch.zeros(1, {}, 12)\n        c = torch.zeros(1, {}, 12)\n        return h, c", "BATCH"),
        ("return tuple(torch.zeros(1, {}, 12) for _ in range(2))", "self.sizes['rows']"),
        ("shape = (1, {}, 12)\n        return torch.zeros(shape), torch.zeros(shape)", "8"),
    ],
)
def test_the_forward_hands_on_how_many_samples_it_was_given(state, rows):
    program = NET.format(parameter="", state=state.format(rows, rows), begun="self.begin()")
    told = state.format("batch_size", "batch_size")
    right = NET.format(parameter=", batch_size", state=told, begun="self.begin(x.size(0))")
    found = mended(program)
    assert "def begin(self, batch_size):" in found.text
    assert "self.begin(x.size(0))" in found.text
    assert rows not in told
    assert found.output == printed(right)
    assert not found.doubts


def test_each_call_says_what_it_knows():
    program = HANDED.format(parameter="", rows="self.batch_size", learning="", testing="")
    found = mended(program)
    # The state of training is handed on from batch to batch, and begins before the first one is there.
    right = HANDED.format(parameter=", batch_size", rows="batch_size", learning="net.batch_size", testing="x.size(1)")
    assert found.text.endswith(right)
    assert found.output == printed(right)


def test_one_sample_is_told_where_a_default_was_for_a_batch():
    found = mended(GENERATED.format(one=""))
    assert found.changed == ["state = net.begin(1)"]
    assert found.output == printed(GENERATED.format(one="1"))


def test_a_state_kept_on_the_model_by_a_method_that_gives_nothing_back():
    program = """
    class Net(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.rows = rows
            self.cell = nn.LSTMCell(3, 7)

        def zeros(self{parameter}):
            self.state = torch.zeros({rows}, 7), torch.zeros({rows}, 7)

        def forward(self, x):
            for step in x.unbind(1):
                self.state = self.cell(step, self.state)
            return self.state[0]


    net = Net(6)
    for x in torch.randn(15, 4, 3).split(6):
        net.zeros({told})
        print(net(x).sum().item())
    """
    found = mended(program.format(parameter="", rows="self.rows", told=""))
    right = program.format(parameter=", batch_size", rows="batch_size", told="x.size(0)")
    assert "torch.zeros(batch_size, 7), torch.zeros(batch_size, 7)" in found.text
    assert found.output == printed(right)


def test_another_class_with_a_method_of_that_name_stays():
    program = """
    class Encoder(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.rows, self.gru = rows, nn.GRU(3, 6)

        def begin(self):
            return torch.zeros(1, self.rows, 6)

        def forward(self, x, state):
            return self.gru(x, state)


    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(3, 6)

        def begin(self):
            return torch.zeros(1, 1, 6)

        def forward(self, x):
            return self.gru(x, self.begin().expand(-1, x.size(1), -1).contiguous())


    encoder, decoder = Encoder(4), Decoder()
    for x in torch.randn(5, 10, 3).split(4, dim=1):
        out, state = encoder(x, encoder.begin())
        print(decoder(x)[0].sum().item() + out.sum().item())
    """
    found = mended(program)
    assert "encoder(x, encoder.begin(x.size(1)))" in found.text
    assert found.text.count("def begin(self):") == 1
    assert "self.begin().expand" in found.text
    assert found.output != "crashed"


def test_a_state_that_follows_the_other_axis_is_of_a_wrong_layout():
    program = NET.format(
        parameter="",
        state="return torch.zeros(1, self.batch_size, 12), torch.zeros(1, self.batch_size, 12)",
        begun="self.begin()",
    ).replace("torch.randn(20, 5, 3), torch.randn(20, 1)", "torch.randn(16, 5, 3), torch.randn(16, 1)")
    program = program.replace("range(0, 20, 8)", "range(0, 16, 8)")
    found = mended(program.replace(", batch_first=True", ""))
    assert found.changed == ["self.lstm = nn.LSTM(3, 12, batch_first=True)"]
    assert found.output == printed(program)


def test_a_state_handed_on_from_batch_to_batch_is_not_begun_anew():
    program = HANDED.format(parameter="", rows="self.batch_size", learning="", testing="")
    program = program.replace("torch.randn(5, 8, 3) for _ in range(2)", "torch.randn(5, each, 3) for each in (8, 6)")
    found = mended(program, most=1)
    fixes = found.diagnoses[0].fixes
    assert fixes
    assert all("begin(" not in edit.replacement for fix in fixes for edit in fix.edits)


@pytest.mark.parametrize(
    ("head", "is_doubted"),
    [
        ("if True:", False),
        ("with torch.no_grad():", True),
        ("with torch.inference_mode():", True),
        ("gru.eval()\n    if True:", True),
        ("gru.eval()\n    gru.train()\n    if True:", False),
    ],
)
def test_samples_are_not_silently_left_out_of_an_evaluation(head, is_doubted):
    program = f"""
    gru = nn.GRU(3, 12, batch_first=True)
    loader = torch.utils.data.DataLoader(torch.randn(20, 5, 3), batch_size=8)
    {head}
        state = torch.zeros(1, 8, 12)
        for x in loader:
            out, state = gru(x, state.detach())
            print(out.sum().item())
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    [left_out] = [each for each in fixes if any("drop_last=True" in edit.replacement for edit in each.edits)]
    assert bool(left_out.doubt) is is_doubted


LEFT_OUT = """
    class Net(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.rows, self.gru = rows, nn.GRU(3, 7)

        def begin(self, count={default}):
            {line}
            self.state = torch.zeros(1, {rows}, 7)

        def forward(self, x):
            out, self.state = self.gru(x.transpose(0, 1), self.state)
            return out[-1]


    net = Net(6)
    for x in torch.randn(15, 4, 3).split(6):
        net.begin({told})
        print(net(x).sum().item())
"""


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("pass", "count or self.rows"),
        ("pass", "count if count is not None else self.rows"),
        ("pass", "self.rows if count is None else count"),
        ("rows = count or self.rows", "rows"),
    ],
)
def test_a_number_that_a_call_may_leave_out_is_told(line, rows):
    found = mended(LEFT_OUT.format(default="None", line=line, rows=rows, told=""))
    assert found.changed == ["net.begin(x.size(0))"]
    assert found.output == printed(LEFT_OUT.format(default="None", line=line, rows=rows, told="len(x)"))
    assert not found.doubts


def test_a_number_that_stands_beside_another_choice_is_not_told():
    found = mended(LEFT_OUT.format(default="None", line="pass", rows="self.rows or count", told=""))
    assert "net.begin(x.size(0))" not in found.changed
