"""``shapecheck demo`` from start to end, on tiny data."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from shapecheck.cli import main

TINY = ["--epochs", "2", "--hidden-size", "8", "--num-layers", "1", "--batch-size", "16", "--quiet"]
TEXT = "the quick brown fox jumps over the lazy dog.\n" * 30


@pytest.fixture(autouse=True)
def in_tmp(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def csv(tmp_path):
    walk = 20 + np.random.default_rng(0).normal(scale=0.3, size=200).cumsum()
    (tmp_path / "p.csv").write_text("close\n" + "\n".join(f"{price:.2f}" for price in walk) + "\n")
    return ["--csv", "p.csv", "--column", "close"]


@pytest.fixture
def text(tmp_path):
    (tmp_path / "t.txt").write_text(TEXT)
    return ["--text", "t.txt", "--seq-length", "20", "--length", "30"]


def metrics_of(folder):
    report = json.loads((folder / "metrics.json").read_text())
    if report["training"]:
        del report["training"]["seconds"]
    return report


def test_an_option_of_a_demo_that_was_meant_is_named(capsys):
    with pytest.raises(SystemExit):
        main(["demo", "regression", "--hiden-size", "8"])
    assert capsys.readouterr().err.endswith("unrecognized arguments: --hiden-size 8; did you mean --hidden-size?\n")


def test_regression_writes_all_its_files(csv, tmp_path, capsys):
    assert main(["demo", "regression", *csv, *TINY, "--out", "out"]) == 0
    output = capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "checkpoint.pt",
        "loss.png",
        "metrics.json",
        "prediction.png",
    ]
    assert "Test part: 40 days, each predicted from the 7 days before it" in output
    assert "tomorrow = today" in output
    report = metrics_of(tmp_path / "out")
    assert report["metrics"].keys() == {"rmse_dollars", "baseline_rmse_dollars", "ratio", "test_days"}
    assert report["training"] == {
        "updates": 20,
        "epochs": 2,
        "stopped_early": False,
        "last_loss": report["training"]["last_loss"],
    }
    assert report["settings"]["hidden_size"] == 8


def test_classification_writes_all_its_files_and_some_text(text, tmp_path, capsys):
    assert main(["demo", "classification", *text, *TINY, "--prompt", "fox ", "--temperature", "0.5"]) == 0
    output = capsys.readouterr().out
    folder = tmp_path / "runs" / "classification"
    assert {path.suffix for path in folder.iterdir()} == {".pt", ".png", ".json"}
    report = metrics_of(folder)
    for name, nats in report["metrics"]["baselines_nats"].items():
        assert re.search(rf"^  {name} +{nats:.3f} +{nats / np.log(2):.3f}$", output, re.MULTILINE)
    assert "Continuing 'fox ' at temperature 0.5:\n\nfox " + report["metrics"]["written"] in output
    assert len(report["metrics"]["written"]) == 30


@pytest.mark.parametrize("head", ["every-step", "last-step"])
def test_the_trace_shows_all_five_stages(csv, capsys, head):
    assert main(["demo", "regression", *csv, *TINY, "--no-plot", "--trace", "--head", head]) == 0
    output = capsys.readouterr().out
    for stage in ("network input", "LSTM output", "Linear input", "Linear output", "loss input", "loss targets"):
        assert stage in output


def test_the_trace_changes_no_number(text, tmp_path, capsys):
    for folder, extra in (("with", ["--trace"]), ("without", [])):
        main(["demo", "classification", *text, *TINY, "--no-plot", "--out", folder, *extra])
    assert metrics_of(tmp_path / "with") == metrics_of(tmp_path / "without")
    assert "num_classes" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_numbers(csv, tmp_path):
    for folder, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        main(["demo", "regression", *csv, *TINY, "--no-plot", "--out", folder, "--seed", seed])
    one, again, other = (metrics_of(tmp_path / folder)["metrics"] for folder in "abc")
    assert one == again
    assert one != other


def test_a_test_part_that_never_moves_is_still_json(tmp_path):
    (tmp_path / "flat.csv").write_text("price\n" + "1\n2\n" * 40 + "2\n" * 20)
    assert main(["demo", "regression", "--csv", "flat.csv", *TINY, "--no-plot", "--out", "out"]) == 0
    assert metrics_of(tmp_path / "out")["metrics"]["ratio"] is None


def test_a_price_model_can_be_used_again(csv, tmp_path, capsys):
    main(["demo", "regression", *csv, *TINY, "--out", "a", "--head", "last-step"])
    assert main(["demo", "regression", *csv, "--checkpoint", "a/checkpoint.pt", "--out", "b"]) == 0
    before, after = metrics_of(tmp_path / "a"), metrics_of(tmp_path / "b")
    assert before["metrics"] == after["metrics"]
    assert after["training"] is None
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["metrics.json", "prediction.png"]


def test_a_character_model_can_be_used_again_and_writes_nothing_unasked(text, tmp_path, capsys):
    main(["demo", "classification", *text, *TINY, "--no-plot"])
    before = (tmp_path / "runs" / "classification" / "metrics.json").read_bytes()
    checkpoint = ["--checkpoint", "runs/classification/checkpoint.pt"]
    capsys.readouterr()
    assert main(["demo", "classification", *text[:2], *checkpoint, "--prompt", "dog", "--length", "5"]) == 0
    assert re.search(r"Continuing 'dog' at temperature 0.7:\n\ndog.{5}\n\Z", capsys.readouterr().out, re.DOTALL)
    assert (tmp_path / "runs" / "classification" / "metrics.json").read_bytes() == before


def test_a_checkpoint_is_plain_data(csv, tmp_path):
    main(["demo", "regression", *csv, *TINY, "--no-plot", "--out", "a"])
    content = torch.load(tmp_path / "a" / "checkpoint.pt", weights_only=True)
    assert content.keys() == {"format", "kind", "settings", "weights", "scaler"}


def refusal(arguments, capsys):
    """What is said of arguments that do not work."""
    assert main(["demo", *arguments]) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.err.removeprefix("shapecheck: error: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["regression", "--csv", "no.csv"], "there is no file no.csv"),
        (["regression", "--seq-length", "0"], "expected seq_length of at least 1, got 0"),
        (["classification", "--hidden-size", "-1"], "expected hidden_size of at least 1, got -1"),
        (["regression", "--lr", "nan"], "expected a learning rate above 0, got nan"),
        (["classification", "--text", "no.txt"], "there is no file no.txt"),
        (["classification", "--temperature", "-1"], "expected a temperature of 0 or more, got -1.0"),
        (["classification", "--length", "0"], "expected length of at least 1, got 0"),
        (["classification", "--prompt", ""], "the prompt is empty: give at least one character to start from"),
        (["regression", "--checkpoint", "no.pt"], "there is no file no.pt"),
        (
            ["regression", "--out", "taken"],
            "the output folder taken cannot be made: there is a file of that name in the way",
        ),
    ],
)
def test_what_cannot_work_is_said_before_training(tmp_path, capsys, arguments, expected):
    (tmp_path / "taken").touch()
    assert refusal(arguments, capsys) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "t.txt is empty: there is nothing to learn"),
        ("a" * 500, "the text has one distinct character, 'a': there is nothing to predict"),
        ("ab", "the text has 2 characters: too few to hold out two and learn the rest"),
        (
            "ab" * 20,
            "the text has 36 characters: expected at least 65, one for each of the 64 rows and one to predict",
        ),
    ],
)
def test_a_text_that_cannot_be_learned(tmp_path, capsys, content, expected):
    (tmp_path / "t.txt").write_text(content)
    assert refusal(["classification", "--text", "t.txt"], capsys) == expected


def test_a_prompt_with_unknown_characters(text, capsys):
    message = refusal(["classification", *text, "--prompt", "5 dogs"], capsys)
    assert message == "the prompt '5 dogs' cannot be read: the vocabulary of 29 characters lacks '5' (U+0035)"


def test_matplotlib_is_missed_before_training(csv, capsys, monkeypatch):
    monkeypatch.setattr("shapecheck.models.pictures.find_spec", lambda name: None)
    assert refusal(["regression", *csv], capsys).startswith("the pictures need matplotlib: pip install")
    assert main(["demo", "regression", *csv, *TINY, "--no-plot"]) == 0


def test_a_checkpoint_of_another_model_another_size_another_alphabet(csv, text, tmp_path, capsys):
    main(["demo", "classification", *text, *TINY, "--no-plot", "--out", "a"])
    trained = ["--checkpoint", "a/checkpoint.pt"]
    assert refusal(["regression", *csv, *trained], capsys) == (
        "expected a checkpoint of a regression model, got one of a classification model in a/checkpoint.pt"
    )
    assert refusal(["classification", *text, *trained, "--hidden-size", "9"], capsys).startswith(
        "the checkpoint was trained with hidden_size=8, which cannot become 9 without training"
    )
    (tmp_path / "other.txt").write_text(TEXT + "?")
    assert refusal(["classification", "--text", "other.txt", *trained], capsys) == (
        "the text is not one for this model: the vocabulary of 29 characters lacks '?' (U+003F)"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_keeps_what_was_learned(csv, tmp_path):
    command = [sys.executable, "-m", "shapecheck", "demo", "regression", *csv, "--out", "out", "--no-plot"]
    process = subprocess.Popen(
        [*command, "--epochs", "100000", "--hidden-size", "4"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("epoch 1/100000")
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopping after this update; what was learned is kept" in output
    report = metrics_of(tmp_path / "out")
    assert report["training"]["stopped_early"] is True
    assert report["metrics"]["test_days"] == 40
    assert (tmp_path / "out" / "checkpoint.pt").exists()
    assert time.time() - (tmp_path / "out" / "metrics.json").stat().st_mtime < 60
