"""Operands that do not go together, in other words than the examples: the cause, and a fix that is right."""

import contextlib
import io
import linecache

import pytest

from shapecheck.capture.crashes.crash import crash_of
from shapecheck.reading.edits import edited
from shapecheck.scripts.mending import diagnoses_of

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\ntorch.manual_seed(0)\n"


def run(program):
    """What a program prints, and what it raises."""
    linecache.cache["<example>"] = (len(program), None, program.splitlines(keepends=True), "<example>")
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "<example>", "exec"), {"__name__": "__main__"})
    except Exception as error:
        return printed.getvalue(), error
    return printed.getvalue(), None


CASES = [
    (
        "positions_by_other_axis",
        """
class Positions(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.rows = nn.Parameter(torch.randn(64, width))

    def forward(self, tokens):
        n = tokens.shape[0]
        return tokens + self.rows[:n, :]

model = Positions(12)
for batch in torch.randn(10, 9, 12).split(4):
    print(model(batch).sum().item())
""",
        ("n = tokens.shape[0]", "n = tokens.shape[1]"),
    ),
    (
        "table_of_longest_sequence",
        """
class Attention(nn.Module):
    def __init__(self, width, longest):
        super().__init__()
        self.q, self.k = nn.Linear(width, width), nn.Linear(width, width)
        self.register_buffer("mask", torch.triu(torch.full((longest, longest), float("-inf")), 1))

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(-2, -1)
        return (scores + self.mask).softmax(-1) @ x

print(Attention(8, 30)(torch.randn(4, 11, 8)).mean().item())
""",
        ("scores + self.mask)", "scores + self.mask[:11, :11])"),
    ),
    (
        "table_too_short",
        """
class Tokens(nn.Module):
    def __init__(self, count=9, width=8):
        super().__init__()
        self.first = nn.Parameter(torch.randn(1, 1, width))
        self.places = nn.Parameter(torch.zeros(count, width).normal_(0, 0.02))

    def forward(self, x):
        x = torch.cat((self.first.repeat(x.shape[0], 1, 1), x), 1)
        x += self.places
        return x.mean()

print(Tokens()(torch.randn(4, 9, 8)).item())
""",
        ("zeros(count, width)", "zeros(count + 1, width)"),
    ),
    (
        "maps_of_odd_size",
        """
a = torch.randn(3, 4, 101)
b = F.max_pool1d(a, 2)
up = F.interpolate(b, scale_factor=2)
print(torch.cat((up, a), 1).mean().item())
""",
        ("scale_factor=2", "size=a.shape[2:]"),
    ),
    (
        "decoded_in_other_size",
        """
encode, decode = nn.Conv1d(1, 4, 5, 2, 2), nn.ConvTranspose1d(4, 1, 5, 2, 2)
x = torch.rand(6, 1, 64)
print((decode(encode(x)) - x).pow(2).mean().item())
""",
        ("(4, 1, 5, 2, 2)", "(4, 1, 5, 2, 2, output_padding=1)"),
    ),
    (
        "shortcut_without_stride",
        """
class Block(nn.Module):
    def __init__(self, before, after, stride=1):
        super().__init__()
        self.conv, self.down = nn.Conv2d(before, after, 3, stride, 1), None
        if before != after:
            self.down = nn.Conv2d(before, after, 1, stride)

    def forward(self, x):
        out = self.conv(x)
        if self.down is not None:
            x = self.down(x)
        out += x
        return out

print(Block(8, 8, 2)(torch.randn(2, 8, 15, 15)).mean().item())
""",
        ("if before != after", "if before != after or stride != 1"),
    ),
    (
        "tuple_not_unpacked",
        """
class Mix(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.rnn = nn.LSTM(width, width, batch_first=True)

    def forward(self, x):
        out = self.rnn(x)
        return out

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mix = Mix(width)

    def forward(self, x):
        return self.mix(x) + x

print(Block(8)(torch.randn(2, 5, 8)).mean().item())
""",
        ("return out\n", "return out[0]\n"),
    ),
    (
        "tuple_not_unpacked",
        """
layers = nn.ModuleList([nn.GRU(4, 6, batch_first=True) for _ in range(3)])
x = torch.randn(2, 5, 4)
outs = [each(x) for each in layers]
print(torch.stack(outs).mean().item())
""",
        ("[each(x) for", "[each(x)[0] for"),
    ),
    (
        "directions_not_joined",
        """
encoder = nn.LSTM(5, 6, num_layers=2, bidirectional=True, batch_first=True)
decoder = nn.LSTM(5, 12, num_layers=2, batch_first=True)
_, state = encoder(torch.randn(3, 6, 5))
out, _ = decoder(torch.randn(3, 4, 5), state)
print(out.mean().item())
""",
        ("4, 5), state)", "4, 5), tuple(torch.cat([s[0::2], s[1::2]], -1) for s in state))"),
    ),
    (
        "batch_first_missing",
        """
embed, attend = nn.Embedding(20, 8, padding_idx=0), nn.MultiheadAttention(8, 2)
ids = torch.tensor([[1, 2, 3, 0, 0], [4, 5, 6, 7, 8], [9, 1, 0, 0, 0]])
h = embed(ids)
out, _ = attend(h, h, h, key_padding_mask=ids.eq(0))
print(out.sum().item())
""",
        ("MultiheadAttention(8, 2)", "MultiheadAttention(8, 2, batch_first=True)"),
    ),
    (
        "features_of_norm_not_last",
        """
conv, norm = nn.Conv2d(3, 10, 3), nn.LayerNorm(10)
x = conv(torch.randn(2, 3, 9, 9))
print(norm(x).mean((2, 3)).pow(2).sum().item())
""",
        ("norm(x)", "norm(x.transpose(1, 3)).transpose(1, 3)"),
    ),
    (
        "one_step_more",
        """
rewards, values = torch.rand(9), torch.rand(10)
print((rewards + 0.9 * values[1:] - values).sum().item())
""",
        ("- values)", "- values[:-1])"),
    ),
    (
        "state_beside_steps",
        """
memory, hidden = nn.GRU(4, 6, batch_first=True)(torch.randn(3, 7, 4))
print(torch.cat((hidden, memory), dim=2).sum().item())
""",
        ("(hidden, memory)", "(hidden[-1].unsqueeze(1).expand(-1, 7, -1), memory)"),
    ),
    (
        "index_of_gather",
        """
values = nn.Linear(4, 3)
states, actions, rewards = torch.randn(6, 4), torch.randint(3, (6,)), torch.randn(6)
print(F.mse_loss(values(states).gather(1, actions), rewards).item())
""",
        ("gather(1, actions)", "gather(1, actions.unsqueeze(1)).squeeze(1)"),
    ),
    (
        "operands_of_other_dtypes",
        """
def encode(ids):
    return F.one_hot(ids, 9)

weights = torch.randn(9, 4)
print((encode(torch.tensor([1, 2, 3, 8])) @ weights).mean().item())
""",
        ("one_hot(ids, 9)", "one_hot(ids, 9).float()"),
    ),
    (
        "other_number_of_outputs",
        """
class Head(nn.Module):
    def __init__(self, width, classes=8):
        super().__init__()
        self.out = nn.Linear(width, classes)

    def forward(self, x):
        return self.out(x)

teacher, student = Head(5, classes=3), Head(5)
x = torch.randn(4, 5)
print(F.mse_loss(student(x), teacher(x)).item())
""",
        ("Head(5)\n", "Head(5, classes=3)\n"),
    ),
]


@pytest.mark.parametrize(("slug", "lines", "right"), CASES, ids=[f"{slug}-{at}" for at, (slug, *_) in enumerate(CASES)])
def test_the_cause_is_named_first_and_the_first_fix_is_right(slug, lines, right):
    program = HEAD + lines
    assert right[0] in program
    wanted, nothing = run(program.replace(*right))
    assert nothing is None
    _, error = run(program)
    assert error is not None
    found = diagnoses_of(crash_of(error))
    assert found[0].slug == slug
    assert found[0].fixes
    assert not found[0].fixes[0].doubt
    printed, error = run(edited(program, found[0].fixes[0].edits))
    assert error is None
    assert printed == wanted


LABELS = """
labels = torch.tensor({})
scores = nn.Linear(5, 3)(torch.randn(len(labels), 5))
F.cross_entropy(scores, labels)
"""


@pytest.mark.parametrize(
    ("labels", "title", "is_sure"),
    [
        ([1, 2, 3, 1, 1, 2, 3, 2, 1], "labels = torch.tensor([1, 2, 3, 1, 1, 2, 3, 2, 1]) - 1", True),
        ([1, 3], "labels = torch.tensor([1, 3]) - 1", False),
        ([0, 1, 3, 2], "3 -> 4", True),
        ([10, 20, 30, 10], "3 -> 31", False),
    ],
)
def test_labels_beyond_the_classes_are_mended_without_a_word_only_where_the_labels_tell_how(labels, title, is_sure):
    _, error = run(HEAD + LABELS.format(labels))
    (found,) = diagnoses_of(crash_of(error))
    assert found.fixes[0].title == title
    assert bool(found.fixes[0].doubt) is not is_sure


def test_two_lengths_that_differ_by_one_may_be_cut_at_either_end():
    _, error = run(f"{HEAD}a, b = torch.rand(9), torch.rand(10)\nprint(a * b)\n")
    (found,) = diagnoses_of(crash_of(error))
    assert found.certainty == "likely"
    assert [fix.title for fix in found.fixes] == ["b[:-1]", "b[1:]"]
    assert all("at its end or at its beginning" in fix.doubt for fix in found.fixes)


def test_what_only_fits_is_never_sure():
    _, error = run(f"{HEAD}x = torch.randn(3, 4)\nprint(torch.special.xlogy(x, torch.randn(4, 3)).shape)\n")
    fixes = [fix for found in diagnoses_of(crash_of(error)) for fix in found.fixes]
    assert fixes
    assert all("nothing else speaks for it" in fix.doubt for fix in fixes)


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ("right = x[:, 1:] - mid\nleft = x - mid", "x[:, :-1]"),
        ("targets = mid + x[:, 1:]\nleft = mid - x", "x[:, :-1]"),
    ],
)
def test_what_follows_each_step_elsewhere_is_not_the_step_itself(lines, right):
    _, error = run(f"{HEAD}x, mid = torch.rand(3, 9), torch.rand(3, 8)\n{lines}\n")
    found = diagnoses_of(crash_of(error))[0]
    assert found.fixes[0].title == right
    assert not found.fixes[0].doubt


def test_the_end_that_another_tensor_lacks_elsewhere_is_no_proof():
    store = "class Store: pass\nstore = Store()\nstore.x = x\nloss = (store.x[:, :-1] - mid).sum()\n"
    _, error = run(f"{HEAD}x, mid = torch.rand(3, 9), torch.rand(3, 8)\n{store}left = x - mid\n")
    assert all(fix.doubt for fix in diagnoses_of(crash_of(error))[0].fixes)


@pytest.mark.parametrize(("line", "is_kept"), [("pass", False), ("self.state = x.detach()", True)])
def test_what_a_constructor_alone_sets_was_not_kept_from_another_batch(line, is_kept):
    program = f"""
class Store:
    def __init__(self):
        self.state = torch.zeros(4, 3)

    def __call__(self, x):
        out = x + self.state
        {line}
        return out


store = Store()
for x in torch.randn(7, 3).split(4):
    store(x)
"""
    _, error = run(HEAD + program)
    slugs = [found.slug for found in diagnoses_of(crash_of(error))]
    assert ("kept_from_other_batch" in slugs) is is_kept
