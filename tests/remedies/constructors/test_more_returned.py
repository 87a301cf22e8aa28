"""Settings with which more comes back than anybody takes."""

import pytest
from mended import mended, printed

OF_TORCH = """
    def told(x):
        return list(x.size())

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(2, 4, 3)
            self.pool = nn.MaxPool1d(2{, return_indices=True})

        def forward(self, x):
            x = self.pool(self.conv(x))
            return told(x)

    print(Net()(torch.randn(3, 2, 10)))
"""
OF_A_ROW = """
    net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.AdaptiveMaxPool1d(2{, return_indices=True}), nn.ReLU(), nn.Flatten())
    print(net(torch.ones(3, 2, 10)).shape)
"""
OF_A_FUNCTION = """
    def kinds(x):
        found = torch.unique(x{, return_counts=True})
        return found.float().mean()

    print(kinds(torch.tensor([3, 4, 3])))
"""
OF_A_CONFIGURATION = """
    class Encoder(nn.Module):
        def __init__(self, cfg):
            super().__init__()
            self.rnn = nn.GRU(3, cfg["hidden"], batch_first=True)
            self.with_state = cfg["with_state"]

        def forward(self, x):
            out, h = self.rnn(x)
            return (out, h) if self.with_state else out

    settings = dict(hidden=6, with_state={True|False})
    encoder, head = Encoder(settings), nn.Linear(6, 2)
    print(head(encoder(torch.randn(3, 4, 3))[:, -1]).shape)
"""


def _both(program):
    """The program with the setting, and without it."""
    wrong, right = program, program
    for given in (", return_indices=True", ", return_counts=True"):
        wrong, right = wrong.replace("{" + given + "}", given), right.replace("{" + given + "}", "")
    return wrong.replace("{True|False}", "True"), right.replace("{True|False}", "False")


@pytest.mark.parametrize("program", [OF_TORCH, OF_A_ROW, OF_A_FUNCTION, OF_A_CONFIGURATION])
def test_the_setting_goes_where_nobody_takes_the_rest(program):
    wrong, right = _both(program)
    found = mended(wrong)
    assert found.output == printed(right)
    assert len(found.diagnoses) == 1


OWN = """
    class Pool(nn.Module):
        def __init__(self, n{maker}):
            super().__init__()
            self.score = nn.Linear(n, 1)
            {stored}

        def forward(self, x{given}):
            weights = self.score(x).softmax(1)
            if {test}:
                return (weights * x).sum(1), weights
            return (weights * x).sum(1)

    pool, head = Pool(6{made}), nn.Linear(6, 2)
    pooled = pool(torch.randn(3, 4, 6){called})
    print(head(pooled).shape)
"""
OF_MAKER = {"maker": ", more=False", "stored": "self.more = more", "given": "", "test": "self.more", "called": ""}
OF_CALL = {"maker": "", "stored": "pass", "given": ", more=False", "test": "more", "made": ""}
BY_PLACE = {"maker": ", more", "stored": "self.more = more", "given": "", "test": "self.more", "called": ""}


@pytest.mark.parametrize(
    ("row", "changed"),
    [
        ({**OF_MAKER, "made": ", more=True"}, "pool, head = Pool(6), nn.Linear(6, 2)"),
        ({**OF_CALL, "called": ", more=True"}, "pooled = pool(torch.randn(3, 4, 6))"),
        ({**BY_PLACE, "made": ", True"}, "pool, head = Pool(6, False), nn.Linear(6, 2)"),
    ],
)
def test_a_setting_of_a_class_of_the_script_is_named_beside_the_call(row, changed):
    fixes = mended(OWN.format(**row), most=1).diagnoses[0].fixes
    assert changed in [fix.edits[0].replacement.strip() for fix in fixes[:2]]


READ = """
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.shrink = nn.MaxPool1d(3, return_indices=True)
            self.mix = nn.Linear(4, 2)

        def forward(self, x):
            return self.mix(self.shrink(x))

        def where(self, x):
            found = self.shrink(x)
            {line}

    small, x = Small(), torch.randn(3, 2, 12)
    print(small(x).shape)
    print(small.where(x))
"""
OF_ANOTHER = """
    class Weigh(nn.Module):
        def __init__(self, n, tell=False):
            super().__init__()
            self.tell = tell
            self.score = nn.Linear(n, 1)

        def forward(self, x):
            weights = self.score(x).softmax(1)
            if self.tell:
                return weights * x, weights
            return weights * x

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weigh = Weigh(6, tell=True)

        def forward(self, x):
            return self.weigh(x).sum(1)

    net, x = Net(), torch.randn(3, 4, 6)
    print(net(x).shape)
    both = net.weigh(x)
    print(both[1].shape)
"""


@pytest.mark.parametrize(
    ("program", "setting"),
    [
        (READ.format(line="return found[1]"), "return_indices"),
        (READ.format(line="values, places = found; return places"), "return_indices"),
        (READ.format(line="return found").replace("small.where(x))", "small.where(x)[1].shape)"), "return_indices"),
        (READ.format(line="self.kept = found; return self.kept[1].shape"), "return_indices"),
        (OF_ANOTHER, "tell"),
    ],
)
def test_what_is_read_by_a_name_elsewhere_stays(program, setting):
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any(setting in fix.title for fix in fixes)


def test_what_is_returned_whole_to_the_failing_call_is_not_needed():
    program = """
    class Shrink(nn.Module):
        def __init__(self):
            super().__init__()
            self.by = nn.MaxPool1d(2, return_indices=True)

        def forward(self, x):
            return self.by(x)

    shrink, mix = Shrink(), nn.Linear(5, 2)
    print(mix(shrink(torch.randn(3, 2, 10))).shape)
    """
    assert mended(program).output == printed(program.replace(", return_indices=True", ""))


def test_a_setting_whose_name_is_a_part_of_another_one_is_told_from_it():
    program = """
    class Weigh(nn.Module):
        def __init__(self, tell=False, tell_all=False):
            super().__init__()
            self.tell_all = tell_all
            self.tell = tell

        def forward(self, x):
            return (x, x + 1) if self.tell else x

    weigh, head = Weigh(tell=True, tell_all=True), nn.Linear(4, 2)
    print(head(weigh(torch.randn(3, 4))).shape)
    """
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert "without tell=True" in titles
    assert "without tell_all=True" not in titles


def test_what_is_taken_apart_elsewhere_stays():
    program = """
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.pool, self.back = nn.MaxPool1d(2, return_indices=True), nn.MaxUnpool1d(2)
            self.conv = nn.Conv1d(2, 2, 3, padding=1)

        def forward(self, x):
            small, places = self.pool(self.conv(x))
            return self.conv(self.pool(self.back(small, places)))

    print(Both()(torch.randn(3, 2, 8)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("return_indices" in fix.title for fix in fixes)
