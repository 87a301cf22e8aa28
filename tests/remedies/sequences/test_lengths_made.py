"""Lengths that were made wrongly, where torch refuses them far behind."""

import pytest
from mended import mended, printed

CTC = """
    scores = torch.randn(11, 4, 6).log_softmax(-1)
    letters = torch.randint(1, 6, (4, 3))
    steps = torch.full((scores.size(0),), scores.size(1), dtype=torch.long)
    print(F.ctc_loss(scores, letters, steps, torch.full((4,), 3)).item())
"""
LISTS = CTC.replace("torch.full((4,), 3)", "[3] * 4")
FULL = "torch.full((scores.size(0),), scores.size(1), dtype=torch.long)"
RIGHT = CTC.replace("(scores.size(0),), scores.size(1)", "(4,), 11")


@pytest.mark.parametrize(
    "program",
    [
        CTC,
        LISTS.replace(FULL, "[scores.shape[1]] * len(scores)"),
        CTC.replace(FULL, "torch.tensor([4] * 11)"),
        CTC.replace(FULL, "torch.full(size=[11], fill_value=4)"),
        CTC.replace(FULL, "torch.ones(scores.size(0), dtype=torch.long) * scores.size(1)"),
        LISTS.replace(FULL, "[4 for _ in range(11)]"),
    ],
)
def test_so_many_lengths_as_there_are_samples_each_of_all_steps(program):
    found = mended(program)
    assert found.output == printed(RIGHT)
    assert not found.doubts


TRAIN = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(5, 4, bidirectional=True)
            self.top = nn.Linear(8, 6)

        def forward(self, x):
            return self.top(self.rnn(x)[0]).log_softmax(2)


    def cost(net, lost, x, words):
        letters, counts = torch.cat(words), torch.tensor([len(each) for each in words])
        seen = net(x)
        T, N, C = seen.shape
        steps = {steps}
        return lost(seen, letters, steps, counts)


    words = [torch.randint(1, 6, (n,)) for n in (3, 2, 4, 1)]
    print(round(cost(Reader(), nn.CTCLoss(zero_infinity=True), torch.randn(11, 4, 5), words).item(), 4))
"""


@pytest.mark.parametrize(
    "steps",
    [
        "torch.full((seen.size(0),), seen.size(1))",
        "torch.full((seen.shape[0],), seen.shape[1], dtype=torch.int32)",
        "torch.full((T,), N)",
        "torch.ones(T, dtype=torch.long) * N",
        "N * torch.ones(T, dtype=torch.int)",
        "[seen.size(1)] * seen.size(0)",
        "torch.IntTensor([N] * T)",
        "torch.tensor([N] * T, dtype=torch.int32)",
        "torch.tensor([seen.size(1) for _ in range(seen.size(0))])",
        "torch.zeros(T, dtype=torch.long) + N",
        "torch.tensor([N]).repeat(T)",
        "torch.tensor([N]).expand(T)",
        "torch.LongTensor(T).fill_(N)",
        "torch.zeros(T, dtype=torch.long).fill_(N)",
        "tuple(N for _ in range(T))",
        "(N,) * T",
    ],
)
def test_both_sizes_are_exchanged_where_both_are_read(steps):
    # torch takes two tensors, or two lists.
    told = TRAIN if "torch" in steps else TRAIN.replace("torch.tensor([len(each) for each in words])", "[3, 2, 4, 1]")
    found = mended(told.format(steps=steps))
    assert found.output == printed(TRAIN.format(steps="torch.full((4,), 11)"))
    assert not found.doubts


def test_lengths_of_their_own_are_not_exchanged():
    program = CTC.replace("scores.size(1), dtype", "11, dtype").replace("(scores.size(0),)", "(7,)")
    assert not any("exchanged" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


PACKED = """
    from torch.nn.utils.rnn import pack_padded_sequence

    class Net(nn.Module):
        def __init__(self, window):
            super().__init__()
            self.window = window
            self.conv = nn.Conv1d(3, 8, window)
            self.rnn = nn.GRU(8, 5, batch_first=True)

        def forward(self, x, sizes):
            x = self.conv(x.transpose(1, 2)).transpose(1, 2)
            left = sizes - self.window
            packed = pack_padded_sequence(x, left, batch_first=True, enforce_sorted=False)
            return self.rnn(packed)[1]

    print(Net(5)(torch.randn(3, 12, 3), torch.tensor([7, 12, 5])).sum().item())
"""
STRIDE = PACKED.replace("(3, 8, window)", "(3, 8, window, stride=2)").replace(
    "sizes - self.window", "(sizes - self.window - 1) // 2"
)


@pytest.mark.parametrize(
    ("program", "old", "new"),
    [
        (PACKED, "sizes - self.window", "sizes - self.window + 1"),
        (PACKED.replace("sizes - self.window", "[n - 5 for n in sizes.tolist()]"), "n - 5", "n - 4"),
        (
            PACKED.replace(
                "self.window\n            packed", "self.window\n            left = left.cpu()\n            packed"
            ),
            "sizes - self.window",
            "sizes - self.window + 1",
        ),
        (
            PACKED.replace("left = sizes - self.window", "left = torch.tensor([int(n) - self.window for n in sizes])"),
            "int(n) - self.window",
            "int(n) - self.window + 1",
        ),
    ],
)
def test_a_window_leaves_one_step_more_than_its_size_takes_off(program, old, new):
    found = mended(program, most=1)
    assert found.output == printed(program.replace(old, new))
    assert not found.doubts


@pytest.mark.parametrize(
    "program",
    [
        # The longest one has all its steps already, so it is the empty one that is odd.
        PACKED.replace("12, 5]", "12, 4]").replace("sizes - self.window", "sizes - self.window + 1"),
        # No window is so large.
        PACKED.replace("sizes - self.window", "sizes - 7").replace("[7, 12, 5]", "[9, 14, 7]"),
    ],
)
def test_elsewhere_no_step_is_added(program):
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any(fix.title.endswith("+ 1") for fix in fixes)


WORDS = """
    KNOWN = {c: i + 1 for i, c in enumerate("abcde")}

    def encode(words):
        rows, sizes = [], []
        for word in words:
            codes = [KNOWN[c] for c in word if c in KNOWN]
            rows.append(torch.tensor(codes))
            sizes.append(len(word))
        return nn.utils.rnn.pad_sequence(rows, batch_first=True), torch.tensor(sizes)

    text, sizes = encode(["ab-cd", "e--", "a-b-c-"])
    scores = torch.randn(9, 3, 6).log_softmax(-1)
    print(F.ctc_loss(scores, text, torch.full((3,), 9), sizes).item())
"""
PARTS = "torch.cat([text[i, :n] for i, n in enumerate((4, 1, 3))])"
FLAT = WORDS.replace("ctc_loss(scores, text,", f"ctc_loss(scores, {PARTS},")
CLEANED = """
    def cleaned(word):
        return word.replace("-", "")

    def encode(word):
        return torch.tensor(["_abcde".index(c) for c in cleaned(word)])

    words = ["ab-cd", "e--", "a-b-c-"]
    rows = [encode(word) for word in words]
    sizes = torch.tensor([len(word) for word in words])
    loss = nn.CTCLoss()
    text = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    print(loss(torch.randn(9, 3, 6).log_softmax(-1), text, torch.full((3,), 9), sizes).item())
"""


@pytest.mark.parametrize(
    ("program", "old", "new"),
    [
        (WORDS, "len(word)", "len(codes)"),
        (CLEANED, "len(word) for word in words]", "len(row) for row in rows]"),
        (
            CLEANED.replace("[len(word) for word in words]", "[len(w) for w in words]"),
            "[len(w) for w in words]",
            "[len(row) for row in rows]",
        ),
        (
            FLAT,
            "len(word)",
            "len(codes)",
        ),
    ],
)
def test_what_was_stored_is_counted(program, old, new):
    found = mended(program, most=1)
    assert found.output == printed(program.replace(old, new))
    assert not found.doubts


def test_lengths_that_fit_are_counted_as_they_are():
    program = WORDS.replace("len(word)", "len(codes)").replace("torch.full((3,), 9)", "torch.full((9,), 3)")
    assert not any("codes" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


SPOKEN = """
    KNOWN = {{word: i for i, word in enumerate("a big old red boat".split())}}

    def encode(text):
        return [KNOWN[word] for word in text.split()] + [0]

    def read(text):
        {lines}
        x = nn.Embedding(5, 4)(torch.tensor(rows))
        packed = nn.utils.rnn.pack_padded_sequence(x, {sizes}, batch_first=True)
        return nn.GRU(4, 6, batch_first=True)(packed)[1]

    print(round(read("a big red boat").sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("lines", "changed"),
    [
        ("rows = [encode(text)]; sizes = [len(text)]", "rows = [encode(text)]; sizes = [len(rows[0])]"),
        (
            "sizes = [len(text)]; rows = [encode(text)]\n        x = 0",
            "packed = nn.utils.rnn.pack_padded_sequence(x, [len(rows[0])], batch_first=True)",
        ),
    ],
)
def test_of_one_text_the_words_are_counted_that_were_stored(lines, changed):
    lines = lines.replace("; ", "\n        ")
    found = mended(SPOKEN.format(lines=lines, sizes="sizes"), most=1)
    assert found.changed == [changed.rpartition("; ")[2]]
    assert found.output == printed(SPOKEN.format(lines=lines, sizes="[5]"))
    assert not found.doubts
