"""Lengths that count the steps in front of layers with a stride, and packed sequences that a loss was given."""

import pytest
from mended import mended, printed

SPEECH = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


class Speech(nn.Module):
    def __init__(self):
        super().__init__()
        self.front = {front}
        self.rnn = nn.GRU({width}, 16, batch_first=True)

    def forward(self, clips, sizes):
        x = self.front(clips.{turned})
        x = x.{back}
        packed = pack_padded_sequence(x, {given}, batch_first=True, enforce_sorted=False)
        return self.rnn(packed)[1][-1]


clips = [torch.randn(steps, 12) for steps in (31, 17, 24)]
sizes = {sizes}
print(Speech()(pad_sequence(clips, batch_first=True), sizes).sum().item())
"""
ROWS = {"turned": "transpose(1, 2)", "back": "transpose(1, 2)", "width": 8}
MAPS = {"turned": "unsqueeze(1)", "back": "permute(0, 2, 1, 3).flatten(2)"}
TENSOR, LIST = "torch.tensor([len(clip) for clip in clips])", "[len(clip) for clip in clips]"


@pytest.mark.parametrize(
    ("layers", "given", "sizes", "right"),
    [
        (
            {**ROWS, "front": "nn.Conv1d(12, 8, 3, stride=2, padding=1)"},
            "sizes",
            TENSOR,
            "(sizes - 1) // 2 + 1",
        ),
        ({**ROWS, "front": "nn.Conv1d(12, 8, kernel_size=5)"}, "sizes", TENSOR, "sizes - 4"),
        (
            {**ROWS, "front": "nn.Sequential(nn.Conv1d(12, 8, 3, 2), nn.ReLU(), nn.MaxPool1d(2))"},
            "sizes.tolist()",
            TENSOR,
            "((sizes - 3) // 2 - 1) // 2 + 1).tolist()",
        ),
        (
            {**MAPS, "width": 4 * 3, "front": "nn.Conv2d(1, 4, (5, 3), stride=(2, 4), padding=(0, 1))"},
            "sizes",
            LIST,
            "[(each - 5) // 2 + 1 for each in sizes]",
        ),
    ],
    ids=["stride", "no padding", "two layers", "maps"],
)
def test_they_are_worked_out_as_the_layers_do(layers, given, sizes, right):
    right = f"({right}" if right.endswith(".tolist()") else right
    program = SPEECH.format(**layers, given=given, sizes=sizes)
    found = mended(program)
    assert found.diagnoses[0].slug == "lengths_longer_than_input"
    assert found.output == printed(program.replace(f"(x, {given},", f"(x, {right},"))
    assert not found.doubts


def test_where_the_layers_do_not_tell_lengths_that_are_only_cut_off_are_in_doubt():
    program = SPEECH.format(**ROWS, front="nn.Conv1d(12, 8, 3, **{'stride': 2})", given="sizes", sizes=TENSOR)
    assert mended(program).doubts == [
        "a layer on the way leaves fewer steps, and the lengths may have to be worked out as it does"
    ]


def test_where_no_layer_leaves_fewer_steps_they_are_cut_off():
    front = "nn.Conv1d(12, 8, 3, padding=1)"
    program = SPEECH.format(**ROWS, front=front, given="sizes", sizes=TENSOR).replace(
        "for clip in clips]", "for clip in clips]"
    )
    program = program.replace("pad_sequence(clips, batch_first=True)", "pad_sequence(clips, batch_first=True)[:, :20]")
    found = mended(program)
    assert found.output != "crashed"
    assert not found.doubts


PACKED = """
from torch.nn.utils.rnn import pack_padded_sequence

scores, labels = torch.randn(3, 5, 4, requires_grad=True), torch.randint(0, 4, (3, 5))
scores = pack_padded_sequence(scores, [5, 3, 2], batch_first=True)
labels = pack_padded_sequence(labels, [5, 3, 2], batch_first=True)
print({loss}.item())
"""


@pytest.mark.parametrize(
    ("loss", "right"),
    [
        ("F.cross_entropy(scores, labels)", "F.cross_entropy(scores.data, labels.data)"),
        ("nn.CrossEntropyLoss()(scores, labels)", "nn.CrossEntropyLoss()(scores.data, labels.data)"),
    ],
)
def test_a_loss_of_packed_sequences_counts_no_filler(loss, right):
    found = mended(PACKED.format(loss=loss))
    assert found.diagnoses[0].slug == "packed_used_as_tensor"
    assert found.output == printed(PACKED.format(loss=right))


@pytest.mark.parametrize(
    "front", ["nn.MaxPool1d(2, ceil_mode=True)", "nn.Sequential(nn.MaxPool1d(2), nn.Conv1d(12, 12, 1))"]
)
def test_layers_that_round_in_another_way_and_functions_tell_nothing(front):
    program = SPEECH.format(**{**ROWS, "width": 12}, front=front, given="sizes", sizes=TENSOR)
    if "ceil" not in front:
        program = program.replace("x = self.front(clips.transpose(1, 2))", "x = F.max_pool1d(clips.transpose(1, 2), 2)")
    assert mended(program).doubts


def test_lengths_on_several_lines():
    front = "nn.Conv1d(12, 8, 3, stride=2, padding=1)"
    program = SPEECH.format(**ROWS, front=front, given="\n            sizes\n            .cpu()", sizes=TENSOR)
    right = program.replace("sizes\n            .cpu()", "(sizes - 1) // 2 + 1")
    assert mended(program).output == printed(right)


def test_packed_sequences_of_other_lengths_are_not_put_side_by_side():
    program = PACKED.format(loss="F.cross_entropy(scores, labels)")
    program = program.replace(
        "(labels, [5, 3, 2], batch_first=True)", "(labels, [3, 5, 2], batch_first=True, enforce_sorted=False)"
    )
    assert "scores.data, labels.data" not in mended(program, most=1).text


HEARD = """
EXTRA
class Heard(nn.Module):
    def __init__(self, width=10):
        super().__init__()
        {init}
        self.rnn = nn.GRU(width, 9)

    def forward(self, x):
        {front}
        return self.rnn(x.permute(2, 0, 1))[0].log_softmax(-1)


net, sizes = Heard(), torch.tensor([{sizes}])
x, y = torch.randn(4, 10, int(sizes.max())), torch.randint(1, 9, (4, 3))
print(F.ctc_loss(net(x), y, {given}, torch.full((4,), 3)).item())
"""
STRIDE = {"init": "self.conv = nn.Conv1d(10, width, 3, stride=2, padding=1)", "front": "x = self.conv(x)"}
BLOCK = """class Block(nn.Module):
    def __init__(self, window, stride):
        super().__init__()
        self.conv = nn.Conv1d(10, 10, window, stride)

    def forward(self, x):
        return self.conv(x).relu()
"""
LISTED = "layers = [nn.Conv1d(10, 10, k, s, padding=k // 2) for k, s in ((5, 2), (3, 2), (3, 1))]; "


@pytest.mark.parametrize(
    ("layers", "extra", "right"),
    [
        (STRIDE, "", "(sizes - 1) // 2 + 1"),
        ({"init": "pass", "front": "x = F.max_pool1d(x, 3, 2, 1)"}, "", "(sizes - 1) // 2 + 1"),
        ({"init": "self.pool = nn.MaxPool1d(2)", "front": "x = self.pool(self.pool(x))"}, "", "sizes // 4"),
        (
            {"init": "self.net = nn.Sequential(Block(5, 2), Block(3, 2))", "front": "x = self.net(x)"},
            BLOCK,
            "(sizes - 5) // 2 // 2",
        ),
        (
            {"init": LISTED + "self.net = nn.Sequential(*layers)", "front": "x = self.net(x)"},
            "",
            "(sizes - 1) // 2 // 2 + 1",
        ),
        (STRIDE, "def left(n):\n    return torch.div(n + 1, 2, rounding_mode='floor').long()\n", "left(sizes)"),
    ],
    ids=["stride", "function", "pool twice", "blocks", "loop", "written already"],
)
@pytest.mark.parametrize("sizes", ["40, 33, 27, 37", "41, 33, 27, 38"])
def test_lengths_of_ctc_are_those_behind_the_layers(layers, extra, right, sizes):
    program = HEARD.replace("EXTRA", extra)
    found = mended(program.format(**layers, sizes=sizes, given="sizes"), most=1)
    assert found.output == printed(program.format(**layers, sizes=sizes, given=right))
    assert right in found.changed[0]
    assert not found.doubts


@pytest.mark.parametrize("front", ["x = self.conv(x)[:, :, ::2]", "x = F.interpolate(self.conv(x), scale_factor=0.5)"])
def test_lengths_of_ctc_are_in_doubt_where_the_layers_do_not_tell(front):
    program = HEARD.replace("EXTRA", "").format(
        init="self.conv = nn.Conv1d(10, width, 3, padding=1)", front=front, sizes="41, 33, 27, 38", given="sizes"
    )
    assert mended(program, most=1).doubts


MODEL = HEARD.replace("        self.rnn", "        self.step = 2\n        self.rnn").replace(
    "    def forward", "    def left(self, n):\n        return (n - 1) // self.step + 1\n\n    def forward"
)


def test_a_method_that_nobody_calls_tells_the_lengths():
    program = MODEL.replace("EXTRA", "").format(**STRIDE, sizes="40, 33, 27, 37", given="sizes")
    assert "net.left(sizes)" in mended(program, most=1).changed[0]


def test_lengths_that_are_given_a_name_are_worked_out_there():
    program = HEARD.replace("EXTRA", "").replace("print(", "count = sizes\nprint(")
    found = mended(program.format(**STRIDE, sizes="40, 33, 27, 37", given="count"), most=1)
    assert found.changed == ["count = (sizes - 1) // 2 + 1"]


DIVIDED = """
class Front(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(12, 8, 3, stride=2), nn.ReLU(), nn.Conv1d(8, 8, 3, stride=2))

    def forward(self, clips, sizes):
        return self.net(clips.mT).mT, {sizes}


front = Front()
y, n = front(torch.randn(2, {longest}, 12), torch.tensor([{longest}, 26]))
{read}
"""
READ = {
    "mask": """layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
mask = torch.arange(int(n.max())) >= n[:, None]
print(n.tolist(), round(layer(y, src_key_padding_mask=mask)[1, : n[1]].sum().item(), 4))""",
    "ctc": """words, counts = torch.tensor([[1, 2], [3, 4]]), torch.tensor([2, 2])
loss = F.ctc_loss(y.transpose(0, 1).log_softmax(2), words, n, counts)
print(n.tolist(), round(loss.item(), 4))""",
    "packed": """rnn = nn.GRU(8, 5, batch_first=True)
packed = nn.utils.rnn.pack_padded_sequence(y, n, batch_first=True)
print(n.tolist(), round(rnn(packed)[1].sum().item(), 4))""",
}


@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_lengths_that_were_divided_are_worked_out(read):
    found = mended(DIVIDED.format(sizes="sizes // 4", longest=40, read=read))
    assert found.output == printed(DIVIDED.format(sizes="((sizes - 3) // 2 + 1 - 3) // 2 + 1", longest=40, read=read))
    assert not found.doubts


def test_a_mask_of_fewer_steps_than_the_lengths_count_is_in_doubt():
    found = mended(DIVIDED.format(sizes="sizes - 17", longest=40, read=READ["mask"]), most=1)
    told = [fix.doubt for fix in found.diagnoses[0].fixes if ".size(1)" in fix.title]
    assert told
    assert all(told)


@pytest.mark.parametrize("longest", [40, 41])
def test_lengths_that_are_divided_where_they_are_packed_are_worked_out_of_what_was_divided(longest):
    program = """
    net, rnn = nn.Sequential(nn.Conv1d(12, 8, 3, 2, 1), nn.Conv1d(8, 8, 3, 2, 1)), nn.GRU(8, 5, batch_first=True)
    x, n = torch.randn(2, {longest}, 12), torch.tensor([{longest}, 26])
    y = net(x.mT).mT
    packed = nn.utils.rnn.pack_padded_sequence(y, {sizes}, batch_first=True)
    print(round(rnn(packed)[1].sum().item(), 4))
    """
    found = mended(program.format(longest=longest, sizes="n // 2"))
    assert found.output == printed(program.format(longest=longest, sizes="((n - 1) // 2 + 1 - 1) // 2 + 1"))
    assert not found.doubts
