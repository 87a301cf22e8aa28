"""Labels from 1 on: they are moved where all that read them get them, or for the loss alone where the guesses are."""

import pytest
from mended import mended, printed

LOADED = """
    from torch.utils.data import DataLoader, Dataset


    class Shells(Dataset):
        def __init__(self, count, seed):
            draw = torch.Generator().manual_seed(seed)
            self.kinds = torch.randint(1, 5, (count,), generator=draw)
            self.rows = torch.randn(count, 6, generator=draw) + self.kinds[:, None]

        def __len__(self):
            return len(self.kinds)

        def __getitem__(self, at):
            row = self.rows[at]
            kind = {made}
            return {given}


    net = nn.Linear(6, 4)
    optimizer = torch.optim.SGD(net.parameters(), 0.05)


    def learn(rows, kinds):
        loss = F.cross_entropy(net(rows), kinds)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()


    for batch in DataLoader(Shells(48, 1), batch_size=16):
        print(round(learn({taken[0]}, {taken[1]}), 4))
    for batch in DataLoader(Shells(20, 2), batch_size=10):
        print((net({taken[0]}).argmax(1) == {taken[1]}).sum().item())
"""


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("row, kind", ("batch[0]", "batch[1]")),
        ('{"row": row, "kind": kind}', ('batch["row"]', 'batch["kind"]')),
    ],
)
def test_labels_are_moved_in_the_data_set(given, taken):
    parts = {"given": given, "taken": taken}
    found = mended(LOADED.format(made="self.kinds[at]", **parts))
    assert found.changed == ["kind = self.kinds[at] - 1"]
    assert found.output == printed(LOADED.format(made="self.kinds[at] - 1", **parts))
    assert not found.doubts


COLUMNS = """
    import numpy as np
    from torch.utils.data import DataLoader, TensorDataset

    draw = np.random.default_rng(3)
    kinds = draw.integers(1, 4, size=60)
    rows = (draw.normal(size=(60, 5)) + kinds[:, None]).astype("float32")
    {moved}
    known, asked = torch.tensor(kinds[:40]), torch.tensor(kinds[40:])
    train = TensorDataset(torch.tensor(rows[:40]), known)
    tests = TensorDataset(torch.tensor(rows[40:]), asked)
    net = nn.Linear(5, 3)
    for some, wanted in DataLoader(train, batch_size=20):
        print(round(F.cross_entropy(net(some), wanted).item(), 4))
    for some, wanted in DataLoader(tests, batch_size=10):
        print(net(some).argmax(1).eq(wanted).sum().item())
"""


def test_all_data_sets_of_tensors_are_moved_together():
    found = mended(COLUMNS.format(moved=""))
    assert found.output == printed(COLUMNS.format(moved="kinds = kinds - 1"))
    assert not found.doubts


DRAWN = """
    kinds = torch.randint(1, 5, (60,))
    rows = torch.randn(60, 3) + 0.3 * kinds[:, None]
    {moved}
    net = nn.Linear(3, 4)
    for begin in range(0, 60, 20):
        picked = torch.randperm(60)[begin : begin + 20]
        scores = net(rows[picked])
        loss = F.cross_entropy(scores, kinds[picked])
        print(round(loss.item(), 4), (scores.argmax(1) == kinds[picked]).sum().item())
"""


def test_what_was_made_of_the_labels_before_stays():
    found = mended(DRAWN.format(moved=""))
    assert found.output == printed(DRAWN.format(moved="kinds = kinds - 1"))
    assert not found.doubts


GUESSES = """
    kinds, rows = torch.randint(1, 5, (60,)), torch.randn(60, 3)
    scores = nn.Linear(3, 4)(rows)
    loss = F.cross_entropy(scores, {taken})
    {compared}
    print(round(loss.item(), 4), right.sum().item())
"""


@pytest.mark.parametrize(
    "compared",
    [
        "right = scores.argmax(1) + 1 == kinds",
        "guesses = scores.argmax(1) + 1; right = guesses.eq(kinds)",
        "_, best = scores.max(1); guesses = best + 1; right = (guesses - kinds).abs()",
        "right = scores.argmax(1) == kinds - 1",
    ],
)
def test_a_script_that_moves_its_guesses_wants_the_labels_as_they_are(compared):
    found = mended(GUESSES.format(taken="kinds", compared=compared))
    assert found.changed == ["loss = F.cross_entropy(scores, kinds - 1)"]
    assert found.output == printed(GUESSES.format(taken="kinds - 1", compared=compared))
    assert not found.doubts


def test_batches_of_unknown_make_are_moved_for_the_loss_alone_in_doubt():
    program = """
        def stored(count):
            held = {}
            for at in range(count):
                held[at] = torch.randn(12, 5), torch.randint(1, 4, (12,))
            return held


        net = nn.Linear(5, 3)
        for rows, kinds in stored(3).values():
            scores = net(rows)
            print(F.cross_entropy(scores, kinds).item(), (scores.argmax(1) == kinds).sum().item())
    """
    found = mended(program)
    assert "F.cross_entropy(scores, kinds - 1)" in found.changed[0]
    assert found.doubts == ["something else reads the labels too, as they are"]


def test_labels_in_a_list_that_is_filled_are_moved_where_they_are_put_in():
    program = """
        def read(lines):
            kept = []
            for line in lines:
                first, second, kind = line.split()
                kept.append(([float(first), float(second)], int(kind){moved}))
            return kept


        rows = read([f"{{at / 7}} {{-at}} {{at % 3 + 1}}" for at in range(24)])
        net = nn.Linear(2, 3)
        for begin in range(0, 24, 8):
            seen, kinds = zip(*rows[begin : begin + 8])
            scores, wanted = net(torch.tensor(seen)), torch.tensor(kinds)
            print(round(F.cross_entropy(scores, wanted).item(), 4), (scores.argmax(1) == wanted).sum().item())
    """
    found = mended(program.format(moved=""))
    assert found.output == printed(program.format(moved=" - 1"))
    assert not found.doubts


TWO_SETS = """
    from torch.utils.data import DataLoader, TensorDataset

    centres = torch.randn(5, 6)
    kinds, others = torch.randint(1, 5, (60,)), torch.randint(1, 5, (20,))
    learned = TensorDataset(centres[kinds], {kinds})
    asked = TensorDataset(centres[others], others - 1)
    net = nn.Linear(6, 4)
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    for rows, labels in DataLoader(learned, 12):
        optimizer.zero_grad()
        F.cross_entropy(net(rows), labels).backward()
        optimizer.step()
    for rows, labels in DataLoader(asked, 20):
        print((net(rows).argmax(1) == labels).sum().item())
"""


def test_a_data_set_whose_labels_were_moved_already_is_left():
    found = mended(TWO_SETS.format(kinds="kinds"))
    assert found.changed == ["learned = TensorDataset(centres[kinds], kinds - 1)"]
    assert found.output == printed(TWO_SETS.format(kinds="kinds - 1"))


KEPT = """
    from collections import namedtuple
    from types import SimpleNamespace
    from torch.utils.data import DataLoader, Dataset

    Row = namedtuple("Row", ["seed", "kind"])

    class Kept(Dataset):
        def __init__(self, count):
            self.kept = {kept}

        def __len__(self):
            return len(self.kept)

        def __getitem__(self, at):
            row = self.kept[at]
            return torch.full((3,), at / 10), {kind}

    net = nn.Linear(3, 4)
    loaders = {loaders}
    for rows, kinds in loaders["known"]:
        print(round(F.cross_entropy(net(rows), kinds).item(), 4))
    for rows, kinds in loaders["asked"]:
        print((net(rows).argmax(1) == kinds).sum().item())
"""
BY_NAME = '{"known": DataLoader(Kept(24), batch_size=8), "asked": DataLoader(Kept(8), batch_size=8)}'
COMPREHENDED = '{name: DataLoader(Kept(count), 8) for name, count in (("known", 24), ("asked", 8))}'


@pytest.mark.parametrize(
    ("kept", "kind", "loaders"),
    [
        ("[(at, 1 + at % 4) for at in range(count)]", "row[1]", COMPREHENDED),
        ("[Row(at, 1 + at % 4) for at in range(count)]", "row.kind", BY_NAME),
        ("[SimpleNamespace(kind=1 + at % 4) for at in range(count)]", "torch.tensor(row.kind)", BY_NAME),
        ("{at: 1 + at % 4 for at in range(count)}", "self.kept[at]", BY_NAME),
        ("[f'{at},{1 + at % 4}'.split(',') for at in range(count)]", "int(row[1])", COMPREHENDED),
    ],
)
def test_however_a_data_set_keeps_them_its_labels_are_seen(kept, kind, loaders):
    found = mended(KEPT.format(kept=kept, kind=kind, loaders=loaders))
    assert found.changed == [f"return torch.full((3,), at / 10), {kind} - 1"]
    assert found.output == printed(KEPT.format(kept=kept, kind=f"{kind} - 1", loaders=loaders))
    assert not found.doubts


def test_a_data_set_that_keeps_a_zero_too_lacks_a_class_in_the_model():
    kept = "[(at, (at + 1) % 5) for at in range(count)]"
    # The zero comes in the second batch.
    loaders = '{name: DataLoader(Kept(24), 4) for name in ("known", "asked")}'
    assert mended(KEPT.format(kept=kept, kind="row[1]", loaders=loaders)).changed == ["net = nn.Linear(3, 5)"]


def test_where_another_field_might_be_the_labels_it_is_in_doubt():
    kept = "[(at % 5, 1 + at % 4) for at in range(count)]"
    found = mended(KEPT.format(kept=kept, kind="row[1]", loaders=BY_NAME))
    assert found.changed == ["return torch.full((3,), at / 10), row[1] - 1"]
    assert found.doubts == ["the labels may be counted from one, or the model may lack a class"]


HELD = """
    import numpy as np
    from torch.utils.data import ConcatDataset, DataLoader, Dataset, TensorDataset

    class Rows(Dataset):
        def __init__(self, held):
            self.held = held

        def __len__(self):
            return {count}

        def __getitem__(self, at):
            return {item}

    def learn(rows, kinds):
        return F.cross_entropy(net(rows), kinds{moved}).item()

    def numbers(count=24):
        return [1 + (at + 2) % 4 for at in range(count)]

    def features(count=24):
        return torch.randn(count, 3)

    class Lesson:
        def __init__(self, loader):
            self.loader = loader

        def run(self):
            for rows, kinds in self.loader:
                print(round(learn(rows, {taken}), 4))

    net = nn.Linear(3, 4)
    {run}
"""
SETS = "[TensorDataset(features(12), torch.tensor(numbers(12))) for _ in (0, 1)]"
FLOATS = "TensorDataset(features(), torch.tensor(numbers()).float())"
ROW = "torch.tensor(self.held[at][:-1]), int(self.held[at][-1])"
OF_COLUMNS = 'torch.tensor(self.held["x"][at]), self.held["y"][at]'
TABLE = "np.hstack([features().numpy(), np.array(numbers(), dtype=np.float32)[:, None]])"


@pytest.mark.parametrize(
    ("run", "parts"),
    [
        ("Lesson(DataLoader(list(zip(features(), numbers())), 2)).run()", {}),
        (f"Lesson(DataLoader(Rows({TABLE}), 2)).run()", {"item": ROW}),
        (
            "Lesson(DataLoader(TensorDataset(features(), torch.tensor(numbers()).float()), 2)).run()",
            {"taken": "kinds.long()"},
        ),
        (
            'Lesson(DataLoader(Rows({"x": features().tolist(), "y": numbers()}), 2)).run()',
            {"item": OF_COLUMNS, "count": 'len(self.held["y"])'},
        ),
        (f"Lesson(DataLoader(ConcatDataset({SETS}), 2)).run()", {}),
    ],
)
def test_wherever_a_loader_keeps_all_labels_they_are_seen(run, parts):
    given = {"count": "len(self.held)", "item": "self.held[at]", "taken": "kinds", "run": run, **parts}
    found = mended(HELD.format(moved="", **given))
    assert found.output == printed(HELD.format(moved=" - 1", **given))
    assert not found.doubts


def test_the_labels_of_a_dict_are_seen():
    program = """
        held = {{"rows": torch.randn(24, 3), "kinds": torch.tensor([1 + (at + 2) % 4 for at in range(24)]){moved}}}
        net = nn.Linear(3, 4)
        for at in range(0, 24, 2):
            print(F.cross_entropy(net(held["rows"][at : at + 2]), held["kinds"][at : at + 2]).item())
    """
    found = mended(program.format(moved=""))
    assert found.output == printed(program.format(moved=" - 1"))
    assert not found.doubts


def test_a_zero_in_another_part_of_the_data_tells_of_a_class_more():
    parts = "torch.tensor([3, 4, 1, 2]), torch.tensor([2, 0, 1, 3])"
    run = f"Lesson(DataLoader(ConcatDataset([TensorDataset(features(4), each) for each in ({parts})]), 2)).run()"
    given = {"count": "len(self.held)", "item": "self.held[at]", "taken": "kinds", "run": run}
    found = mended(HELD.format(moved="", **given))
    assert found.changed == ["net = nn.Linear(3, 5)"]
    assert not found.doubts


def test_where_only_a_few_labels_are_known_they_are_offered_counted_from_one_first_and_in_doubt():
    program = """
        net = nn.Linear(3, 4)

        def learn(rows, kinds):
            print(F.cross_entropy(net(rows), kinds).item())

        learn(torch.randn(3, 3), torch.tensor([4, 2, 3]))
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert fixes[0].edits[0].replacement.strip() == "print(F.cross_entropy(net(rows), kinds - 1).item())"
    assert any("nn.Linear(3, 5)" in edit.replacement for each in fixes for edit in each.edits)
    assert all(each.doubt for each in fixes)


RECORDS = """
    FIELDS = ["3:oat", "1:rye", "4:oat", "2:rye", "1:oat", "3:rye"]


    def read(lines):
        records = [dict(zip(("grade", "kind"), line.split(":"))) for line in lines]
        kinds = torch.tensor([[float(each["kind"] == "oat"), 1.0] for each in records])
        grades = {grades}
        return kinds, grades


    net = nn.Linear(2, 4)
    {head}
    print(round(F.cross_entropy(net(x), y).item(), 4))
"""
ONCE = "x, y = read(FIELDS)"


@pytest.mark.parametrize(
    "grades",
    [
        'torch.tensor([int(each["grade"]) for each in records])',
        'torch.LongTensor([int(each["grade"]) for each in records])',
        "torch.as_tensor([int(line[0]) for line in lines])",
    ],
)
def test_labels_of_all_records_are_surely_counted_from_one(grades):
    found = mended(RECORDS.format(grades=grades, head=ONCE))
    assert found.output == printed(RECORDS.format(grades=f"{grades} - 1", head=ONCE))
    assert not found.doubts


@pytest.mark.parametrize(
    ("head", "labels"),
    [
        # Only some of the records.
        (
            "for lines in (FIELDS[:5], FIELDS[1:]):\n        x, y = read(lines)",
            'int(each["grade"]) for each in records',
        ),
        ("x, y = (each[:5] for each in read(FIELDS))", 'int(each["grade"]) for each in records'),
        # No more labels than classes.
        ("x, y = read(FIELDS[:4])", 'int(each["grade"]) for each in records'),
    ],
)
def test_labels_of_some_records_may_be_of_a_class_more(head, labels):
    found = mended(RECORDS.format(grades=f"torch.tensor([{labels}])", head=head), most=1)
    assert found.doubts
