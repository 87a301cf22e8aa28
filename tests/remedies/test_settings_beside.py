"""A layer that reads one setting of the model where another one is as wide as what came."""

import pytest
from mended import mended, printed

PROGRAM = """
    import argparse
    from dataclasses import dataclass
    from types import SimpleNamespace

    {settings}

    class Net(nn.Module):
        def __init__(self, cfg):
            super().__init__()
            self.embed = nn.Embedding(11, {width})
            self.rnn = nn.GRU({given}, {hidden}, batch_first=True)
            self.out = nn.Linear({hidden}, 3)

        def forward(self, x):
            return self.out(self.rnn(self.embed(x))[1][-1])

    print(round(Net(cfg)(torch.arange(10).view(2, 5)).sum().item(), 4))
"""
CLASS = """@dataclass
    class Config:
        width: int = 6
        hidden: int = 9

    cfg = Config()"""
PARSED = """parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=6)
    parser.add_argument("--hidden", type=int, default=9)
    cfg = parser.parse_args([])"""


@pytest.mark.parametrize(
    ("settings", "form"),
    [
        (CLASS, "cfg.{}"),
        (PARSED, "cfg.{}"),
        ("cfg = SimpleNamespace(width=6, hidden=9)", "cfg.{}"),
        ('cfg = {"width": 6, "hidden": 9}', 'cfg["{}"]'),
    ],
)
def test_the_setting_beside_it_is_read(settings, form):
    parts = {"settings": settings, "width": form.format("width"), "hidden": form.format("hidden")}
    found = mended(PROGRAM.format(given=parts["hidden"], **parts), most=1)
    assert found.changed[0].startswith(f"self.rnn = nn.GRU({parts['width']}, {parts['hidden']}")
    assert found.output == printed(PROGRAM.format(given=parts["width"], **parts))


def test_of_two_settings_that_fit_neither_is_read():
    settings = "cfg = SimpleNamespace(width=6, hidden=9, other=6)"
    program = PROGRAM.format(settings=settings, width="cfg.width", hidden="cfg.hidden", given="cfg.hidden")
    found = mended(program.replace("nn.Linear(cfg.hidden, 3)", "nn.Linear(cfg.hidden, cfg.other)"), most=1)
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert not {"input_size=cfg.width", "input_size=cfg.other"} & set(titles)


def test_a_number_of_the_class_is_read_where_no_parameter_fits():
    program = """
    class Net(nn.Module):
        hidden = 12

        def __init__(self, n_in):
            super().__init__()
            self.body = self.made(n_in)
            self.head = nn.Linear({given}, 3)

        def made(self, n_in):
            return nn.Sequential(nn.Linear(n_in, self.hidden), nn.Tanh())

        def forward(self, x):
            return self.head(self.body(x))

    print(round(Net(7)(torch.rand(5, 7)).sum().item(), 4))
    """
    found = mended(program.format(given="n_in"), most=1)
    assert found.changed == ["self.head = nn.Linear(self.hidden, 3)"]
    assert found.output == printed(program.format(given="self.hidden"))


LOOKED_UP = """
    from dataclasses import dataclass
    from types import SimpleNamespace

    {settings}

    class Reader(nn.Module):
        def __init__(self, cfg, vectors):
            super().__init__()
            self.words = nn.Embedding.from_pretrained(vectors)
            self.rnn = nn.GRU({taken}, {hidden}, batch_first=True)
            self.head = nn.Linear({hidden}, 2)

        def forward(self, tokens):
            return self.head(self.rnn(self.words(tokens))[1][-1])

    print(Reader(cfg, torch.randn({rows}, {wide}))(torch.randint(0, 11, (3, 6))).sum().item())
"""
FIELDS = {"hidden": "cfg.hidden", "wide": "cfg.wide", "rows": "cfg.rows"}
KEYS = {"hidden": 'cfg["hidden"]', "wide": 'cfg["wide"]', "rows": 'cfg["rows"]'}
WRITTEN = [
    (
        "@dataclass\n    class Settings:\n        rows: int = 11\n        wide: int = 7\n        hidden: int = 9\n    "
        "cfg = Settings()",
        FIELDS,
    ),
    ("cfg = SimpleNamespace(rows=11, wide=7, hidden=9)", FIELDS),
    ("cfg = dict(rows=11, wide=7, hidden=9)", KEYS),
    ('cfg = {"rows": 11, "wide": 7, "hidden": 9}', KEYS),
]


@pytest.mark.parametrize(("settings", "names"), WRITTEN)
def test_a_layer_reads_the_setting_of_which_its_input_was_made(settings, names):
    found = mended(LOOKED_UP.format(settings=settings, taken=names["hidden"], **names))
    assert found.output == printed(LOOKED_UP.format(settings=settings, taken=names["wide"], **names))
    assert not found.doubts


def test_a_setting_that_happens_to_be_as_large_is_not_read():
    names = FIELDS | {"wide": "7"}
    found = mended(LOOKED_UP.format(settings=WRITTEN[1][0], taken=names["hidden"], **names))
    assert "cfg.wide" not in found.text
