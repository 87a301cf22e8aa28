"""A function is handed a packed sequence: it is unpacked where its caller got it, as another caller does."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(4, 6{flag})

        def forward(self, x, lengths):
            return self.rnn(pack_padded_sequence(x, lengths{flag}, enforce_sorted=False))


    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Linear(6, 1)

        def forward(self, {name}, state):
            {read}


    encoder, reader = Encoder(), Reader()


    def learn(x, lengths):
        {first}
        return reader(seen, state).sum()


    def answer(x, lengths):
        {second}
        return reader(memory, state).sum()


    x, lengths = torch.randn({shape}, 4), torch.tensor([7, 3, 5])
    print(learn(x, lengths).item(), answer(x, lengths).item())
"""
UNPACKED = "out, state = encoder(x, lengths)\n        seen, _ = pad_packed_sequence(out{flag})"
FIRST = {"flag": ", batch_first=True", "shape": "3, 7"}
LATER = {"flag": "", "shape": "7, 3"}
SCORES = {
    "h_s": "return self.score(h_s).softmax(1) * h_s.transpose(0, 1).sum()",
    "memory": "return torch.tanh(memory) + state.sum()",
    "out": "return self.score(out).sum() + state.sum()",
}


@pytest.mark.parametrize("layout", [FIRST, LATER])
@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("result", ["memory, state = encoder(x, lengths)", "memory, (state) = encoder(x, lengths)"])
def test_a_caller_unpacks_as_the_other_does(layout, name, result):
    parts = {"name": name, "read": SCORES[name], "first": UNPACKED.format(**layout), **layout}
    unpack = f"memory, _ = pad_packed_sequence(memory{layout['flag']})"
    found = mended(PROGRAM.format(second=result, **parts))
    assert found.diagnoses[0].slug == "packed_used_as_tensor"
    assert unpack in found.changed[0].splitlines()[-1]
    assert found.output == printed(PROGRAM.format(second=f"{result}; {unpack}", **parts))


def test_where_no_caller_unpacks_the_function_may_do_it():
    parts = {"name": "memory", "read": SCORES["memory"], **FIRST}
    both = ["seen, state = encoder(x, lengths)", "memory, state = encoder(x, lengths)"]
    found = mended(PROGRAM.format(first=both[0], second=both[1], **parts))
    assert found.output != "crashed"


ALREADY = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


    class Sum(nn.Module):
        def forward(self, x):
            for _ in range(2):
                x = x + torch.zeros(x.size(0), 1, 1)
            return x.sum(1)


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.sum = nn.GRU(3, 4, batch_first=True), Sum()

        def forward(self, x, lengths):
            out, _ = self.rnn(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
            rows, lengths = pad_packed_sequence(out, batch_first=True)
            return {read} / lengths[:, None]


    print(round(Net()(torch.randn(3, 7, 3), torch.tensor([7, 2, 5])).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("read", "right"),
    [("self.sum(out)", "self.sum(rows)"), ("self.sum(x=out)", "self.sum(x=rows)"), ("out.sum(1)", "rows.sum(1)")],
)
def test_what_is_unpacked_already_is_read(read, right):
    found = mended(ALREADY.format(read=read))
    assert found.changed == [f"return {right} / lengths[:, None]"]
    assert found.output == printed(ALREADY.format(read=right))
    assert not found.doubts


def test_what_was_packed_again_is_not_what_was_unpacked_before():
    again = ALREADY.replace(
        "return {read}",
        "out = pack_padded_sequence(rows * 2, lengths, batch_first=True, enforce_sorted=False)\n"
        "            return {read}",
    )
    texts = [fix.title for fix in mended(again.format(read="self.sum(out)"), most=1).diagnoses[0].fixes]
    assert texts
    assert "out -> rows" not in texts


SEQUENCES = """
    from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence


    def middle(rows, counts):
        inside = torch.arange(rows.{steps})[None] < counts[:, None]
        return (rows * inside[..., None]).sum(1) / counts[:, None]


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.low = nn.GRU(3, 4, batch_first=True)
            self.high = nn.GRU(4, 5, batch_first=True)

        def forward(self, rows):
            counts = torch.tensor([len(row) for row in rows])
            low, _ = self.low(pack_sequence(rows, enforce_sorted=False))
            high, _ = self.high(low)
            {unpacked}return middle(high, counts)


    print(round(Net()([torch.randn(n, 3) for n in (4, 7, 2)]).sum().item(), 4))
"""


@pytest.mark.parametrize("steps", ["size(1)", "shape[1]"])
def test_what_was_packed_from_a_list_lies_as_the_layers_say(steps):
    found = mended(SEQUENCES.format(steps=steps, unpacked=""))
    unpacked = "high, _ = pad_packed_sequence(high, batch_first=True)\n            "
    assert found.output == printed(SEQUENCES.format(steps=steps, unpacked=unpacked))
    assert not found.doubts
