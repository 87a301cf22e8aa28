"""The command line itself: finding commands, exit codes, and how little it loads."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from shapecheck import DataError, __version__, cli
from shapecheck.commands import find_commands


def fake(monkeypatch, run):
    """Make ``shapecheck fake`` the only command."""
    command = SimpleNamespace(NAME="fake", HELP="do nothing", add_arguments=lambda parser: None, run=run)
    monkeypatch.setattr(cli, "find_commands", lambda: (command,))


def raises(error):
    def run(_):
        raise error

    return run


@pytest.mark.parametrize("code", [0, 1])
def test_the_exit_code_is_that_of_the_command(monkeypatch, code):
    fake(monkeypatch, lambda _: code)
    assert cli.main(["fake"]) == code


def test_an_error_on_purpose_is_one_message_and_exit_2(monkeypatch, capsys):
    fake(monkeypatch, raises(DataError("expected a, got b")))
    assert cli.main(["fake"]) == 2
    assert capsys.readouterr() == ("", "shapecheck: error: expected a, got b\n")


def test_an_error_of_ours_is_not_hidden(monkeypatch):
    fake(monkeypatch, raises(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.main(["fake"])


def test_ctrl_c_is_130(monkeypatch, capsys):
    fake(monkeypatch, raises(KeyboardInterrupt()))
    assert cli.main(["fake"]) == 130
    assert capsys.readouterr().err == "shapecheck: interrupted\n"


def test_no_command_prints_the_help_and_is_a_wrong_usage(capsys):
    assert cli.main([]) == 2
    assert "usage: shapecheck" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["no-such-command"], ["--no-such-option"], ["demo"], ["demo", "poetry"]])
def test_a_wrong_usage_is_2(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 2
    assert "usage: shapecheck" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["train.py", "--epochs", "3"], "train.py is no command; did you mean: shapecheck run train.py --epochs 3"),
        (["rnu", "my script.py"], "there is no command 'rnu'; did you mean: shapecheck run 'my script.py'"),
        (["Explain", "SC205"], "there is no command 'Explain'; did you mean: shapecheck explain SC205"),
        (["audit", "a.py"], "there is no command 'audit'; did you mean: shapecheck run --audit a.py"),
        (["xyzzy"], "there is no command 'xyzzy'; there are demo, explain, fix, run, trace"),
        (["-v"], "-v is an option of run; did you mean: shapecheck run -v ...; -V tells the version"),
        (["--batch-axis"], "--batch-axis is an option of run; did you mean: shapecheck run --batch-axis ..."),
        (["--audit", "a.py"], "--audit is an option of run; did you mean: shapecheck run --audit a.py"),
        (["--json", "run", "a.py"], "--json stands behind the command: shapecheck run --json a.py"),
        (["--format", "json", "fix", "a.py"], "--format stands behind the command: shapecheck fix --format json a.py"),
        (["demo"], "say which demo: shapecheck demo regression or shapecheck demo classification"),
    ],
)
def test_what_was_meant_is_said_and_not_done(argv, said, capsys):
    with pytest.raises(SystemExit):
        cli.main(argv)
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"error: {said}")


def test_a_script_without_an_ending_is_no_command_either(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job").touch()
    with pytest.raises(SystemExit):
        cli.main(["job"])
    assert capsys.readouterr().err.endswith("job is no command; did you mean: shapecheck run job\n")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["help"], "shapecheck run train.py          in the place of: python train.py"),
        (["help", "fix"], "--max-fixes N"),
        (["version"], f"shapecheck {__version__}"),
    ],
)
def test_help_and_version_are_commands_too(argv, said, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["run", "a.ipynb"], "a.ipynb is a notebook, not a script: `%load_ext shapecheck` in its first cell"),
        (["fix", "a.ipynb"], "a.ipynb is a notebook"),
        (["trace", "a:B", "-o", "b.png"], "--output b.png: no .png is written; what can be: .txt, .svg, .html, "),
        (["run", "-o", "b.md", "a.py"], "--output b.md: no .md is written; what can be: .txt, .json, .html\n"),
    ],
)
def test_what_cannot_be_read_or_written_is_said_before_anything_runs(argv, said, capsys):
    assert cli.main(argv) == 2
    assert f"shapecheck: error: {said}" in capsys.readouterr().err


def test_short_options_are_the_long_ones():
    parser = cli.build_parser()
    for command in ("run", "trace"):
        assert parser.parse_args([command, "-o", "a.html", "it"]).output == "a.html"
    for command in (["run", "-q", "it"], ["fix", "-q", "it"], ["demo", "regression", "-q"]):
        assert parser.parse_args(command).quiet
    for command in ("run", "fix", "trace", "explain"):
        assert parser.parse_args([command, "--json", "it"]).format == "json"
    assert parser.parse_args(["run", "it"]).format is None
    assert parser.parse_args(["fix", "it"]).format == "text"


def test_every_command_has_a_name_a_line_of_help_and_no_namesake():
    commands = find_commands()
    names = [command.NAME for command in commands]
    assert "demo" in names
    assert len(set(names)) == len(names)
    assert all(command.HELP and "\n" not in command.HELP for command in commands)


@pytest.mark.parametrize(
    "argv", [[], ["--help"], ["--version"], ["-V"], ["train.py"], ["demo", "regression", "--help"]]
)
def test_help_and_version_load_neither_torch_nor_numpy(argv):
    code = (
        "import sys\n"
        "from shapecheck.cli import main\n"
        f"sys.argv = ['shapecheck', *{argv!r}]\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print(sorted({'torch', 'numpy', 'rich', 'matplotlib'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "shapecheck", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"shapecheck {__version__}\n"


def test_a_character_that_a_terminal_lacks_does_not_stop_the_run():
    code = (
        "import sys\nfrom shapecheck import cli\nfrom types import SimpleNamespace\n"
        "run = lambda args: print('caf\\u00e9 \\u2502') or 0\n"
        "cli.find_commands = lambda: (SimpleNamespace(NAME='fake', HELP='x', add_arguments=lambda p: None, run=run),)\n"
        "sys.exit(cli.main(['fake']))"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (0, "caf? ?\n")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_reader_that_goes_away_gets_no_traceback():
    code = (
        "import sys\nfrom shapecheck import cli\nfrom types import SimpleNamespace\n"
        "run = lambda args: print('line\\n' * 100000) or 0\n"
        "cli.find_commands = lambda: (SimpleNamespace(NAME='fake', HELP='x', add_arguments=lambda p: None, run=run),)\n"
        "sys.exit(cli.main(['fake']))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=30) == 1
