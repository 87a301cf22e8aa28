"""Samples of several lengths: what the script itself has to put them together comes before what pads them."""

import pytest
from mended import mended, printed

OWN = """
    from torch.utils.data import DataLoader, Dataset


    class Boxes(Dataset):
        def __len__(self):
            return 6

        def __getitem__(self, at):
            return torch.full((3,), float(at)), torch.ones(at % 3 + 1, 4)


    {own}


    loader = DataLoader(Boxes(), batch_size=3{collate})
    print([[len(rows) for rows in boxes] for _, boxes in loader])
    {other}
"""
UNZIPS = """
    def as_lists({batch}):
        images, boxes = zip(*{batch})
        return torch.stack(images), list(boxes)
"""
WALKS = """
    def collate_boxes(samples):
        return torch.stack([sample[0] for sample in samples]), [sample[1] for sample in samples]
"""


@pytest.mark.parametrize(
    ("own", "name", "other"),
    [
        (UNZIPS.format(batch="batch"), "as_lists", ""),
        (UNZIPS.format(batch="samples"), "as_lists", "print(DataLoader(Boxes(), collate_fn=as_lists).batch_size)"),
        (WALKS, "collate_boxes", ""),
        (
            WALKS.replace("collate_boxes", "side_by_side"),
            "side_by_side",
            "print(DataLoader(Boxes(), collate_fn=side_by_side).batch_size)",
        ),
    ],
)
def test_a_loader_takes_the_function_of_the_script(own, name, other):
    found = mended(OWN.format(own=own, collate="", other=other))
    assert found.output == printed(OWN.format(own=own, collate=f", collate_fn={name}", other=other))
    assert not found.doubts


def test_of_two_functions_one_may_not_be_meant():
    found = mended(OWN.format(own=UNZIPS.format(batch="batch") + "\n" + WALKS, collate="", other=""))
    assert found.doubts == ["another function of the script puts samples together as well"]


def test_a_function_that_is_called_by_name_is_for_something_else():
    own = UNZIPS.format(batch="batch") + "\n    first = as_lists([Boxes()[0]])"
    found = mended(OWN.format(own=own, collate="", other=""))
    assert found.diagnoses[0].fixes[0].title == "collate_fn that pads"


TAGS = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 5, batch_first=True)

        def forward(self, x, lengths):
            packed = pack_padded_sequence(x, {at_use}, batch_first=True, enforce_sorted=False)
            out, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
            return {read}


    lengths = {made}
    print(round(Tagger()(torch.randn(3, 4, 3), lengths).sum().item(), 4))
"""
HIDDEN = "(out * (torch.arange(out.size(1)) < lengths[:, None])[..., None]).sum(1) / lengths[:, None]"


def test_lengths_that_are_read_again_are_mended_where_they_are_made():
    parts = {"at_use": "lengths", "read": HIDDEN}
    found = mended(TAGS.format(made="torch.tensor([4, 0, 2])", **parts))
    assert found.output == printed(TAGS.format(made="torch.tensor([4, 1, 2])", **parts))


def test_lengths_that_nothing_else_reads_are_mended_where_they_are_packed():
    parts = {"made": "torch.tensor([4, 0, 2])", "read": "out[:, 0]"}
    found = mended(TAGS.format(at_use="lengths", **parts))
    assert "lengths.clamp(min=1), batch_first=True" in found.changed[0]
    assert found.output == printed(TAGS.format(at_use="lengths.clamp(min=1)", **parts))


WINDOWS = """
    rows = []
    for at in range(4):
        rows.append((list(range(at, at + 5)), {after}))
    print(torch.FloatTensor(rows).shape)
"""


def test_windows_and_what_follows_them_are_not_padded_to_one_length():
    found = mended(WINDOWS.format(after="[at + 5]"), most=1)
    assert not found.diagnoses[0].fixes


def test_samples_of_several_lengths_are_padded():
    program = "rows = [list(range(n)) for n in (3, 5, 2)]\nprint(torch.FloatTensor(rows).shape)"
    assert "pad_sequence" in mended(program, most=1).changed[0]


LOADERS = """
    from torch.nn.utils.rnn import pad_sequence
    from torch.utils.data import DataLoader

    def collate_rows(batch):
        return pad_sequence(batch, batch_first=True)

    def collate_pairs(batch):
        rows, labels = zip(*batch)
        return pad_sequence(rows, batch_first=True), torch.stack(labels)

    rows = [torch.randn(n, 2) for n in (3, 5, 2)]
    pairs = [(row, torch.tensor(at)) for at, row in enumerate(rows)]
    {others}
    for each in DataLoader(rows, batch_size=3{told}):
        print(each.shape)
"""
OF_PAIRS = "print([label.shape for _, label in DataLoader(pairs, batch_size=3, collate_fn=collate_pairs)])"


def test_a_function_that_only_pads_puts_a_batch_together_as_well():
    found = mended(LOADERS.format(others=OF_PAIRS, told=""), most=1)
    assert found.output == printed(LOADERS.format(others=OF_PAIRS, told=", collate_fn=collate_rows"))
    assert found.doubts


FILLS = """
    from torch.nn.utils.rnn import pack_sequence, pad_sequence
    from torch.utils.data import DataLoader

    def {name}(samples):
        {puts}

    rows = [torch.randn(n, 2) for n in (3, 5, 2)]
    for each in DataLoader(rows, batch_size=3{told}):
        print(type(each).__name__, [tuple(part.shape) for part in each if part is not None])
"""


@pytest.mark.parametrize("name", ["as_batch", "fill_up"])
@pytest.mark.parametrize(
    "puts",
    [
        "return pad_sequence(samples, batch_first=True), torch.tensor([len(each) for each in samples])",
        "return pad_sequence([each.flip(0) for each in samples]), torch.ones(2)",
        "return pack_sequence(samples, enforce_sorted=False)",
    ],
)
def test_a_function_that_fills_up_needs_no_name_for_it(name, puts):
    found = mended(FILLS.format(name=name, puts=puts, told=""))
    assert found.output == printed(FILLS.format(name=name, puts=puts, told=f", collate_fn={name}"))
    assert not found.doubts


ARRAYS = """
    import numpy as np

    PAD = {pad}
    rows = [[3, 1, 4], [5, 9], [2, 6, 5, 3]]
    ids = {made}
    table = nn.Embedding(12, 4, padding_idx=PAD)
    print(tuple(ids.shape), round((table(torch.as_tensor(ids)).sum(1).std(0) * torch.arange(4)).sum().item(), 4))
"""
PADDED = "torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=PAD)"


@pytest.mark.parametrize("pad", [0, 11])
@pytest.mark.parametrize(
    "made",
    ["torch.tensor(np.array(rows))", "torch.from_numpy(np.asarray(rows))", "np.array(rows)", "torch.tensor(rows)"],
)
def test_rows_of_an_array_are_filled_up_as_the_table_is_told(made, pad):
    found = mended(ARRAYS.format(made=made, pad=pad))
    assert found.output == printed(ARRAYS.format(made=PADDED, pad=pad))
    assert not found.doubts


def test_arrays_of_several_axes_are_not_filled_up():
    found = mended("import numpy as np\nprint(np.array([np.zeros((2, 3)), np.zeros((4, 3))]).shape)", most=1)
    assert not any("pad_sequence" in fix.title for fix in found.diagnoses[0].fixes)


MARKED = """
    from torch.utils.data import DataLoader, Dataset


    class Walks(Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, at):
            steps, marks = torch.full((5 - at, 3), 1.0 + at), torch.zeros(5 - at, dtype=torch.bool)
            marks[3 - at % 2:] = True
            return {sample}


    {own}
    for {names} in DataLoader(Walks(), batch_size=2{collate}):
        print({read})
"""
FILLS_MARKS = """def pad_batch(batch):
        xs, ys = zip(*batch)
        fill = torch.nn.utils.rnn.pad_sequence
        return fill(xs, batch_first=True), fill(ys, batch_first=True, padding_value={value})"""


def _marked(name, value=None):
    read = f"steps[~{name}].sum().item(), steps.shape"
    own = FILLS_MARKS.format(value=value) if value is not None else ""
    collate = ", collate_fn=pad_batch" if own else ""
    return MARKED.format(sample="steps, marks", own=own, collate=collate, names=f"steps, {name}", read=read)


@pytest.mark.parametrize(("name", "value"), [("is_pad", True), ("padding_mask", True), ("valid", False)])
def test_marks_of_the_steps_are_filled_up_as_they_are_called(name, value):
    found = mended(_marked(name), most=1)
    assert not found.doubts
    assert found.output == printed(_marked(name, value))


def test_marks_of_another_name_are_in_doubt():
    assert mended(_marked("marks"), most=1).doubts


def test_marks_under_a_key_are_filled_up_as_it_is_called():
    program = MARKED.format(
        sample='{"steps": steps, "pad_mask": marks}',
        own="",
        collate="",
        names="batch",
        read='batch["steps"][~batch["pad_mask"]].sum().item()',
    )
    found = mended(program, most=1)
    assert not found.doubts
    assert any("padding_value=True" in each for each in found.changed)


@pytest.mark.parametrize("name", ["pad_mask", "marks", "valid"])
def test_marks_that_are_true_of_all_steps_are_false_of_what_is_filled_up(name):
    def whole(text):
        return text.replace("            marks[3 - at % 2:] = True\n", "            marks[:] = True\n")

    found = mended(whole(_marked(name)), most=1)
    assert not found.doubts
    assert found.output == printed(whole(_marked(name, False)))
