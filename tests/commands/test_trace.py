"""``shapecheck trace``: anybody's model, once, with clear words where the command or the model is wrong."""

import json
import subprocess
import sys

import pytest
import torch

from shapecheck.cli import main
from shapecheck.commands._inputs import make_inputs, read_sizes, shapes_of
from shapecheck.commands._targets import find_target
from shapecheck.errors import DataError, SpecError
from shapecheck.records import Trace

MODELS = """
import torch
from torch import nn
from shapecheck import Protocol, Stage


class Good(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 5, 2, batch_first=True)
        self.linear = nn.Linear(5, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out.reshape(-1, 5))


class Crashes(Good):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 1)


class Scrambles(Good):
    def forward(self, x):
        return self.linear(self.lstm(x)[0].transpose(0, 1).reshape(-1, 5))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(3, 4)

    def forward(self, tokens):
        assert not self.training and not torch.is_grad_enabled()
        return self.embedding(tokens)


class Two(nn.Module):
    def forward(self, left, right):
        return left + right.unsqueeze(-1)


def needs(size, *, depth, width=3):
    return Good()


def number():
    return 3


def attends():
    return nn.TransformerEncoderLayer(4, 2, 6, batch_first=True)


def half_made():
    return Good


def fails():
    return nn.LSTM("one", 5)


def leaves():
    raise SystemExit("no data")


class Loud(Good):
    def __init__(self):
        super().__init__()
        print("made")

    def forward(self, x):
        print("running")
        return super().forward(x)


def double():
    return Good().double()


ready = Good()
protocol = Protocol.documented()


def make_protocol():
    return protocol
"""


@pytest.fixture
def trace(tmp_path, monkeypatch, capsys):
    """Runs the command in a folder with a module ``nets`` and one that cannot be imported."""
    (tmp_path / "nets.py").write_text(MODELS)
    (tmp_path / "broken.py").write_text("import torch\n\nx = undefined\n")
    (tmp_path / "lacking.py").write_text("import no_such_library\n")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").touch()
    (tmp_path / "pack" / "models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for name in ("nets", "broken", "lacking", "pack", "pack.models"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def run(*arguments):
        code = main(["trace", *arguments])
        return code, *capsys.readouterr()

    yield run
    for name in ("nets", "broken", "lacking", "pack", "pack.models"):
        sys.modules.pop(name, None)


def test_table_of_a_model(trace):
    code, out, err = trace("nets:Good", "--sizes", "batch_size=4 seq_length=7 num_features=1", "--width", "100")
    assert (code, err) == (0, "")
    assert "(batch_size 4, seq_length 7, num_features 1)" in out
    assert "h_n" in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_the_depth_says_how_many_modules_deep(trace):
    code, out, err = trace(
        "nets:attends",
        "--input",
        "batch_size seq_length embedding_dim",
        "--sizes",
        "batch_size=3 seq_length=5 embedding_dim=4",
        "--depth",
        "0",
    )
    assert (code, err) == (0, "")
    assert "TransformerEncoderLayer" in out
    assert "linear1" not in out
    assert "never called" not in out
    assert "linear1" in trace("nets:attends", "--sizes", "batch_size=3 seq_length=5 embedding_dim=4", "--depth", "1")[1]


def test_a_depth_below_the_model_is_refused(trace):
    code, out, err = trace("nets:Good", "--depth", "-2")
    assert (code, out, err) == (2, "", "shapecheck: error: expected a depth of 0 or more, got -2\n")


@pytest.mark.parametrize("model", ["nets:ready", "nets:Good", "pack.models:Good"])
def test_class_factory_or_instance(trace, model):
    assert trace(model)[0] == 0


@pytest.mark.parametrize("form", ["text", "markdown", "json", "svg", "html"])
def test_formats(trace, form, tmp_path):
    code, out, _ = trace("nets:Good", "--format", form)
    assert code == 0
    assert {"text": "Good", "markdown": "|", "json": "{", "svg": "<svg", "html": "<!DOCTYPE html>"}[form] in out
    code, printed, _ = trace("nets:Good", "--format", form, "--output", "trace.out")
    assert (code, printed) == (0, "")
    written = (tmp_path / "trace.out").read_text(encoding="utf-8")
    if form != "text":
        assert written == out


@pytest.mark.parametrize(
    ("name", "begin"),
    [("a.svg", "<svg"), ("a.HTML", "<!DOCTYPE html>"), ("a.json", "{"), ("a.md", "|"), ("a.txt", "Good")],
)
def test_the_format_follows_the_ending_of_the_file(trace, tmp_path, name, begin):
    assert trace("nets:Good", "--output", name)[0] == 0
    assert begin in (tmp_path / name).read_text(encoding="utf-8")[:200]


def test_a_crash_says_who_made_the_input(trace):
    err = " ".join(trace("nets:Crashes")[2].split())
    assert 'the model was called with what --sizes "batch_size=4 seq_length=7 num_features=1" makes, (4, 7, 1)' in err
    assert "--input and --dtype say what" in err


def test_json_is_a_trace(trace):
    found = Trace.from_json(trace("nets:Good", "--format", "json")[1])
    assert [entry.call.module for entry in found] == ["", "lstm", "linear"]
    assert dict(found.parameters)["linear"] == 6


def test_crash_shows_what_ran_torchs_error_and_the_diagnosis(trace):
    code, out, err = trace("nets:Crashes", "--format", "json")
    assert code == 1
    assert [entry["call"]["status"] for entry in json.loads(out)["entries"]] == ["raised", "returned", "raised"]
    assert err.splitlines()[1] == "RuntimeError: mat1 and mat2 shapes cannot be multiplied (28x5 and 6x1)"
    assert "SC301: the layer in front gives another width than the Linear was made for" in err


def test_protocol_that_is_kept_and_one_that_is_broken(trace):
    assert trace("nets:Good", "--protocol", "nets:protocol")[0] == 0
    code, out, err = trace("nets:Scrambles", "--protocol", "nets:make_protocol")
    assert code == 1
    assert "linear" in out
    assert "SC302" in err


def test_inputs_of_an_embedding_are_integers_that_it_has(trace):
    code, out, _ = trace("nets:Words", "--sizes", "batch_size=40 seq_length=7", "--format", "json")
    assert code == 0
    assert json.loads(out)["entries"][0]["call"]["inputs"][0]["dtype"] == "int64"


def test_a_model_that_begins_with_tokens_is_given_no_features(trace):
    code, out, err = trace("nets:Words", "--format", "json")
    assert (code, err) == (0, "")
    (given,) = json.loads(out)["entries"][0]["call"]["inputs"]
    assert (given["shape"], given["dims"]) == ([4, 7], ["batch_size", "seq_length"])


def test_several_inputs_and_dtypes(trace):
    sizes = ("--sizes", "batch_size=4 num_features=3")
    inputs = ("--input", "batch_size num_features", "--input", "batch_size")
    code, out, _ = trace("nets:Two", *sizes, *inputs, "--dtype", "float64", "--dtype", "int32", "--format", "json")
    assert code == 0
    records = json.loads(out)["entries"][0]["call"]["inputs"]
    assert [(record["shape"], record["dtype"]) for record in records] == [([4, 3], "float64"), ([4], "int32")]


def test_floats_have_the_dtype_of_the_parameters(trace):
    assert trace("nets:double")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nets"], "expected package.module:name, got 'nets'"),
        (["nets.py:Good"], "expected package.module:name, got the file nets.py; did you mean nets:Good?"),
        (["net:Good"], "there is no module 'net'; did you mean 'nets'?"),
        (["pack.modls:Good"], "there is no module 'pack.modls'; did you mean 'pack.models'?"),
        (["xyzzy.abc:Good"], "there is no module 'xyzzy'"),
        (["nets:God"], "nets has no 'God'; did you mean 'Good'?"),
        (["nets:needs"], "nets:needs needs size, depth; name a function without arguments that makes the model"),
        (["nets:number"], "expected nets:number to make an nn.Module, got int"),
        (["nets:half_made"], "expected nets:half_made to make an nn.Module, got the class Good"),
        (["nets:protocol"], "nets:protocol is a Protocol, which cannot be called"),
        (["nets:Good", "--protocol", "nets:Good"], "to be a Protocol, or a function that makes one, got Good"),
        (["nets:Good", "--dtype", "float33"], "expected a dtype of torch, float32 or int64 for example, got 'float33'"),
        (["nets:Good", "--dtype", "int64", "--dtype", "int64"], "one for each of 1, got 2"),
        (["nets:Good", "--width", "0"], "expected a width of 40 or more, got 0"),
        (["nets:Good", "--width", "10"], "expected a width of 40 or more, got 10"),
        (["nets:Good", "--protocol", "nets:ready"], "to be a Protocol, or a function that makes one, got Good"),
        (["nets:Good", "--output", "no/such/folder/x.svg"], "--output no/such/folder/x.svg: there is no directory "),
        (["nets:Good", "--output", "."], "--output . is a directory; name a file"),
        (["nets:Good", "--protocol", "documented"], "did you mean shapecheck:Protocol.documented?"),
        (["nets:Good", "--input", "batch_size length"], "whose size is not given; there is batch_size=4, seq_length=7"),
        (["nets:Good", "--input", "batch_size ..."], "the input 'batch_size ...' leaves axes open"),
        (["nets:Good", "--sizes", "batch_size=4 seq-length=7"], "expected the name of a dim, got 'seq-length'\n"),
        (["nets:Scrambles", "--protocol", "nets:protocl"], "nets has no 'protocl'; did you mean 'protocol'?"),
    ],
)
def test_wrong_usage(trace, arguments, message):
    code, out, err = trace(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("shapecheck: error: ")
    assert message in err


def test_import_that_fails_says_where(trace):
    code, _, err = trace("broken:Good")
    assert code == 2
    assert "importing broken failed at " in err
    assert "at broken.py:3: NameError: name 'undefined' is not defined; shapecheck run broken.py looks at why\n" in err
    assert "ModuleNotFoundError: No module named 'no_such_library'" in trace("lacking:Good")[2]


def test_syntax_error_says_where(trace, tmp_path):
    (tmp_path / "unwritten.py").write_text("x = 1\ndef f(:\n")
    code, _, err = trace("unwritten:f")
    assert code == 2
    assert "unwritten.py:2: SyntaxError: invalid syntax" in err


def test_factory_that_raises_is_shown_as_python_shows_it(trace):
    code, out, err = trace("nets:fails")
    lines = err.splitlines()
    assert (code, out) == (2, "")
    assert lines[0] == "shapecheck: error: nets:fails was called to make the model, and raised an error:"
    assert lines[1] == "Traceback (most recent call last):"
    assert 'nets.py", line ' in lines[2]
    assert lines[2].endswith("in fails")
    assert lines[-1].startswith("TypeError: ")
    assert "shapecheck/commands" not in err
    assert trace("nets:leaves")[2].splitlines()[-1] == "SystemExit: no data"


def test_what_the_model_prints_is_not_part_of_the_trace(trace, tmp_path):
    (tmp_path / "chatty.py").write_text("print('imported')\nfrom nets import Loud")
    code, out, err = trace("chatty:Loud", "--format", "json")
    assert code == 0
    assert json.loads(out)["model"] == "Loud"
    assert err == "imported\nmade\nrunning\n"
    sys.modules.pop("chatty")


def test_given_names_go_through_and_are_no_stages(trace):
    _, out, _ = trace("nets:Two", "--sizes", "B=4 F=3", "--input", "B F", "--input", "B")
    assert "(B 4, F 3)" in out
    assert "stage" not in out
    assert "protocol" not in out


def test_transformer_layers_are_traced_layer_by_layer(trace):
    before = torch.backends.mha.get_fastpath_enabled()
    _, out, _ = trace("nets:attends", "--sizes", "batch_size=4 seq_length=7 d=4")
    assert "linear1" in out
    assert "never called" not in out
    assert torch.backends.mha.get_fastpath_enabled() == before


def test_existing_file_stays_when_the_command_is_wrong(trace, tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    assert trace("nets:God", "--output", "kept.txt")[0] == 2
    assert (tmp_path / "kept.txt").read_text() == "kept"
    assert not (tmp_path / "other.txt").exists()


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("", "expected dim=SIZE, at least once", 0),
        ("batch_size", "expected batch_size=SIZE", 10),
        ("batch_size=4 seq_length=x", "expected a size of 0 or more, got 'x'", 24),
        ("a=1 b=-2", "expected a size of 0 or more, got '-2'", 6),
        ("a=1, 2b=3", "expected the name of a dim, got '2b'", 5),
        ("a=1 a=2", "a has a size already", 4),
    ],
)
def test_sizes_that_do_not_parse(text, problem, position):
    with pytest.raises(SpecError) as caught:
        read_sizes(text)
    assert (caught.value.problem, caught.value.position) == (problem, position)


def test_shapes():
    sizes = {"batch_size": 4, "seq_length": 7}
    assert shapes_of(["batch_size*seq_length 3", "seq_length"], sizes) == [(28, 3), (7,)]


def test_inputs_do_not_touch_the_random_numbers():
    model = torch.nn.Linear(1, 1)
    before = torch.get_rng_state()
    first, second = (make_inputs(model, [(4, 7)], []) for _ in range(2))
    assert torch.equal(first[0], second[0])
    assert torch.equal(before, torch.get_rng_state())


def test_working_directory_is_found(tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("value = 3")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    assert find_target("only_here:value") == 3
    with pytest.raises(DataError):
        find_target("only_there:value")


def test_help_does_not_import_torch():
    code = "import sys; from shapecheck.cli import main\ntry: main(['trace', '--help'])\nexcept SystemExit: pass\n"
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
