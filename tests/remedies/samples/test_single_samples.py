"""One image or signal without its axis of samples."""

import pytest
from mended import mended, printed

BEFORE_A_NORM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)

        def forward(self, x):
            return self.norm(self.conv(x)).mean((2, 3))

    net = Net()
    net(torch.randn(4, 3, 8, 8))
    net.eval()
    image = torch.randn(3, 8, 8)
    print(net(image).shape)
"""
BEFORE_A_FLAT_LAYER = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 3, padding=1)
            self.fc = nn.Linear(4 * 6 * 6, 6)

        def forward(self, x):
            x = torch.relu(self.conv(x))
            x = torch.flatten(x, 1)
            return self.fc(x)

    model, data = Net(), [(torch.randn(1, 6, 6), k) for k in range(3)]
    image, label = data[0]
    print(model(image).shape)
"""
IN_A_ROW = """
    net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8, 6))
    signal = torch.randn(2, 10)
    print(net(signal).shape)
"""
WITHIN_A_ROW = """
    net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.AdaptiveAvgPool2d(1), nn.Flatten(1)).eval()
    print(net(torch.randn(3, 8, 8)).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (BEFORE_A_NORM, "print(net(image.unsqueeze(0)).shape)"),
        (BEFORE_A_FLAT_LAYER, "print(model(image.unsqueeze(0)).shape)"),
        (IN_A_ROW, "print(net(signal.unsqueeze(0)).shape)"),
        (WITHIN_A_ROW, "print(net(torch.randn(3, 8, 8).unsqueeze(0)).shape)"),
    ],
)
def test_the_model_is_given_a_batch_of_one(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output == "torch.Size([1, 6])\n"
    assert found.diagnoses[0].slug == "missing_batch_axis"


def test_a_batch_that_is_flattened_too_late_is_no_single_sample():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(4 * 6 * 6, 5)

        def forward(self, x):
            return self.fc(self.conv(x).flatten(2))

    net = Net()
    print(net(torch.randn(2, 1, 6, 6)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("unsqueeze(0)" in fix.title for fix in fixes)


READER = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn = nn.Embedding(11, 4), nn.GRU(4, 6, batch_first=True)
            self.out = nn.Linear(6, 11)

        def forward(self, ids):
            samples, steps = ids.shape
            return self.out(self.rnn(self.table(ids))[0])

    model, texts = Reader(), torch.randint(0, 11, (7, 5))
    for _ in range(2):
        F.cross_entropy(model(texts[:, :-1]).flatten(0, 1), texts[:, 1:].flatten()).backward()
"""
GUESS = """
    def guess(one):
        return model(one)

"""
SIGNALS = """
    class Signals(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.out = nn.Conv1d(3, 4, 2), nn.Linear(4, 2)

        def forward(self, x):
            return self.out(self.conv(x.transpose(1, 2)).mean(dim=2))

    class Data(torch.utils.data.Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, k):
            return torch.full((5, 3), float(k)), k % 2

    def fit(net, loader):
        step = torch.optim.SGD(net.parameters(), 0.1)
        for x, y in loader:
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            step.step()
            step.zero_grad()

    net, data = Signals(), Data()
    fit(net, torch.utils.data.DataLoader(data, batch_size=4))
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (
            READER + "    print(model(torch.tensor([2, 9, 4])).argmax(-1).shape)",
            "print(model(torch.tensor([2, 9, 4]).unsqueeze(0)).argmax(-1).shape)",
        ),
        (
            READER + "    print(model(torch.tensor([2, 9, 4]))[-1].shape)",
            "print(model(torch.tensor([2, 9, 4]).unsqueeze(0)).squeeze(0)[-1].shape)",
        ),
        (
            READER + GUESS + "    print(guess(texts[0]).shape)",
            "return model(one.unsqueeze(0))",
        ),
        (
            READER + GUESS + "    guess(texts[:2])\n    print(guess(texts[0]).shape)",
            "print(guess(texts[0].unsqueeze(0)).shape)",
        ),
        (SIGNALS + "    x, y = data[5]\n    print(net(x).shape)", "print(net(x.unsqueeze(0)).shape)"),
        (
            SIGNALS + "    for k in (3, 5):\n        p = net(data[k][0]).softmax(0)\n    print(p.argmax(0).shape)",
            "p = net(data[k][0].unsqueeze(0)).squeeze(0).softmax(0)",
        ),
    ],
)
def test_a_model_that_has_run_with_batches_is_given_one(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.doubts == []
    assert found.output.startswith("torch.Size")
    assert found.diagnoses[0].slug == "missing_batch_axis"


@pytest.mark.parametrize(
    "program",
    [
        READER + "    token = torch.full((6,), 2)\n    print(model(token).shape)",
        READER + "    now = torch.tensor([1, 2, 3, 4, 5, 6, 7])\n    print(model(now).shape)",
        READER.partition("    for _")[0] + "    print(model(texts[0]).shape)",
        SIGNALS + "    print(net(torch.randn(4, 3)).shape)",
        READER + "    out = model(texts[0])\n    print(out[-1].shape, out[0].shape)",
    ],
)
def test_where_rows_may_be_samples_it_is_in_doubt(program):
    found = mended(program, most=1)
    assert found.doubts or "unsqueeze(0)" not in found.changed[0]


def test_a_step_of_all_samples_in_front_of_the_first_run_is_no_single_sample():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4, batch_first=True)

        def forward(self, x):
            samples, steps, width = x.shape
            return self.rnn(x)[0][:, -1]

    x, y, net = torch.randn(9, 3), torch.randn(9, 4), Net()
    print(F.mse_loss(net(x), y).item() > 0)
    """
    found = mended(program, most=1).diagnoses[0]
    assert not any("net(x.unsqueeze(0))" in edit.replacement for fix in found.fixes for edit in fix.edits)


WEIGHED = """
    class Weighed(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.mark = nn.GRU(3, 5, batch_first=True), nn.Parameter(torch.ones(5))

        def forward(self, x):
            {steps}

    xs, ys, net = torch.randn(8, 6, 3), torch.randn(8, 5), Weighed()
    F.mse_loss(net(xs), ys).backward()
    print(net(xs[4]).shape)
"""


@pytest.mark.parametrize(
    "steps",
    [
        "return self.rnn(x, torch.zeros(1, x.size(0), 5))[0][:, -1]",
        "out = self.rnn(x)[0]\n            return out[:, 0] * torch.einsum('bth,h->bt', out, self.mark)[:, :1]",
        "out = self.rnn(x)[0]\n            return torch.bmm(out, out.transpose(-1, -2)).mean(1)[:, :5]",
        "out, h = self.rnn(x)\n            return torch.cat([out.mean(1), h[-1]], dim=1)[:, :5]",
        "out = self.rnn(x)[0]\n            return ((out * self.mark).sum(2, keepdim=True) * out).sum(1)",
    ],
)
def test_whatever_counts_on_the_axis_the_sample_is_given_it(steps):
    found = mended(WEIGHED.format(steps=steps))
    assert found.changed == ["print(net(xs[4].unsqueeze(0)).shape)"]
    assert found.output == "torch.Size([1, 5])\n"
    assert not found.doubts


def test_as_many_samples_as_steps_leave_the_axis_in_doubt():
    program = """
    rnn, out = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 1)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 1)

        def forward(self, x, h=None):
            steps, h = self.rnn(x, h)
            return self.out(steps), h

    net, h = Net(), torch.zeros(1, 4, 8)
    for _ in range(2):
        steps, h = net(torch.randn(4, 4, 3), h.detach())
        steps.sum().backward()
    steps, _ = net(torch.randn(4, 3), h)
    print(steps.shape)
    """
    found = mended(program.replace("    rnn, out = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 1)\n\n", ""))
    assert found.changed == ["steps, _ = net(torch.randn(4, 3).unsqueeze(1), h)"]
    assert found.doubts == ["there were as many samples as steps before, so which of them the rows are is not known"]


LETTERS = """
    from einops import rearrange

    class Patches(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(5, 3)

        def forward(self, x):
            return self.out(rearrange(x, "{pattern}", t=5)).flatten(1)

    net = Patches()
    {train}
    print(round(net({given}).std().item(), 4))
"""
TRAIN = "recordings = torch.randn(4, 6, 20); net(recordings).sum().backward()"
PATTERNS = ["b n (a t) -> b n a t", "batch n (a t) -> batch (n a) t"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_one_of_what_it_was_trained_with_is_a_batch_of_one(pattern):
    texts = [
        LETTERS.format(pattern=pattern, train=TRAIN, given=f"recordings[0]{more}") for more in ("", ".unsqueeze(0)")
    ]
    found = mended(texts[0])
    assert found.output == printed(texts[1])
    assert not found.doubts


@pytest.mark.parametrize("net", ["net", "Patches()"])
def test_letters_of_which_nothing_was_seen_before_leave_a_doubt(net):
    parts = {"pattern": PATTERNS[0], "train": "recording = torch.randn(6, 20)"}
    texts = [
        LETTERS.format(given=each, **parts).replace("(net(", f"({net}(") for each in ("recording", "recording[None]")
    ]
    found = mended(texts[0])
    assert found.output == printed(texts[1])
    assert found.doubts


def test_two_axes_too_few_are_no_single_sample():
    program = LETTERS.format(pattern=PATTERNS[0], train="row = torch.randn(20)", given="row")
    assert ".unsqueeze(0))" not in mended(program, most=1).text


CLIPS = """
    class Clips(nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.cell, self.out = nn.Linear(3, 5), nn.GRUCell(5, 5), nn.Linear(5, 2)

        def forward(self, clips):
            state = torch.zeros(clips.size(0), 5)
            for step in clips.unbind(1):
                state = self.cell(torch.tanh(self.read(step)), state)
            return self.out(state)

    net, clips = Clips(), torch.randn({count}, 7, 3)
    F.cross_entropy(net(clips), torch.zeros({count}).long()).backward()
    print(net({given}).argmax(dim=1).shape)
"""
LAST_STEP = """
    class Judge(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.{kind}(3, 6, batch_first=True), nn.Linear(6, 4)

        def forward(self, x):
            x, _ = self.rnn(x)
            return self.out(x[:, -1])

    judge = Judge()
    print(judge(torch.randn(5, 3)).argmax(dim=1){last})
"""


@pytest.mark.parametrize(
    ("given", "fixed"), [("clips[2]", "clips[2].unsqueeze(0)"), ("clips[-1]", "clips[-1].unsqueeze(0)")]
)
def test_what_is_just_like_one_of_the_samples_before_is_one_of_them(given, fixed):
    found = mended(CLIPS.format(count=4, given=given))
    assert found.changed == [f"print(net({fixed}).argmax(dim=1).shape)"]
    assert found.output == "torch.Size([1])\n"
    assert not found.doubts


@pytest.mark.parametrize(("count", "given"), [(7, "clips[:, 0]"), (4, "clips[:, 0]")])
def test_a_step_of_all_samples_is_none_of_them_for_sure(count, given):
    found = mended(CLIPS.format(count=count, given=given), most=1)
    assert found.doubts or not any("unsqueeze(0)" in text for text in found.changed)


@pytest.mark.parametrize("kind", ["GRU", "LSTM", "RNN"])
def test_of_one_sequence_the_last_step_of_all_samples_is_no_column(kind):
    found = mended(LAST_STEP.format(kind=kind, last=".item()"))
    assert found.changed == ["print(judge(torch.randn(5, 3).unsqueeze(0)).argmax(dim=1).item())"]
    assert found.output.strip().isdigit()


def test_rows_of_which_nothing_tells_what_they_are_may_be_samples_of_one_step():
    found = mended(LAST_STEP.format(kind="GRU", last=""), most=1)
    assert found.doubts


def test_one_sample_alone_in_training_is_in_doubt():
    program = (
        CLIPS.format(count=4, given="clips[:2]")
        + """
    def train(net, clips, kinds):
        loss = F.cross_entropy(net(clips[0]), kinds)
        loss.backward()
        return loss.item()

    print(round(train(net, clips, torch.tensor([0, 1, 1, 0])), 4))
"""
    )
    found = mended(program, most=1)
    assert found.doubts or not any("unsqueeze(0)" in text for text in found.changed)


def test_an_axis_lost_inside_is_not_put_in_front_where_the_model_took_as_many_axes_before():
    program = """
        lookup, score = nn.Embedding(9, 4), nn.Linear(4, 1)


        class Net(nn.Module):
            def forward(self, tokens):
                share = score(lookup(tokens)).squeeze({})
                return torch.softmax(share, dim=1)


        net, opt = Net(), torch.optim.SGD(score.parameters(), lr=0.1)
        for steps in (5, 3, 1):
            loss = net(torch.randint(9, (4, steps))).pow(2).mean()
            loss.backward()
            opt.step()
        print(round(loss.item(), 4))
    """
    found = mended(program.format(""), most=1)
    assert found.output == printed(program.format("-1"))
    assert not found.doubts
