"""A script that somebody stops while it is audited: what was seen until then is told, and nothing of ours is shown."""

from __future__ import annotations

import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import nn

from shapecheck.auditor import Auditor
from shapecheck.capture.hookless import as_before_a_look, as_without_hook, as_without_recorder
from shapecheck.findings import Report
from shapecheck.render.report_html import report_html
from shapecheck.render.report_text import report_text
from shapecheck.scripts.recorder import Recorder
from shapecheck.scripts.reporting import reported
from shapecheck.scripts.running import Ended, Target


def train(steps: int) -> None:
    model, x, y = nn.Linear(4, 1), torch.randn(16, 4), torch.randn(16)
    for _ in range(steps):
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()


def stopped(auditor: Auditor, error: KeyboardInterrupt) -> Report:
    """What is reported of a script that was stopped."""
    recorder = Recorder(with_audit=True)
    recorder.auditor = auditor
    report, about = reported(Target("script", "train.py"), Ended(130, error), recorder)
    assert isinstance(report, Report)
    assert not about
    return report


def test_what_an_audit_found_is_told_when_a_long_training_is_stopped() -> None:
    auditor = Auditor()
    auditor.start()
    train(2)
    auditor.stop()
    report = stopped(auditor, KeyboardInterrupt())
    assert not report.ok
    text = report_text(report, width=100)
    assert text.startswith("\nshapecheck: train.py was interrupted; 1 finding in ")
    assert "not looked at: what would have come after, since the script was interrupted\n" in text
    assert "\nSC721: every prediction is held against every target" in text
    assert "no diagnosis" not in text
    page = report_html(report)
    assert "<h1>train.py was interrupted</h1>" in page
    assert "The crash apart" not in page


def test_who_stops_a_look_sees_his_own_lines_and_is_told_what_was_left() -> None:
    @contextmanager
    def stop(what: str) -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    auditor = Auditor(looking=stop)
    auditor.start()
    try:
        train(2)
        raise AssertionError
    except KeyboardInterrupt as caught:
        error = caught
    finally:
        auditor.stop()
    report = stopped(auditor, error)
    left = {item.what: item.why for item in report.not_checked}
    assert left["the rest of the step that was looked at"] == "it was interrupted"
    assert not any("no loss.backward()" in why for why in left.values())
    trace = as_without_hook(as_before_a_look(as_without_recorder(error.__traceback__)))
    files = [frame.filename for frame in traceback.extract_tb(trace)]
    assert files[0] == __file__
    assert not any("/shapecheck/capture/" in file for file in files)


TRAINING = """
import signal, sys, time
import torch
from torch import nn

model, x, y = nn.Linear(4, 1), torch.randn(16, 4), torch.randn(16)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
{own}
for _ in range(3):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("waiting", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("own", "status"), [("", -signal.SIGTERM), ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))", 7)]
)
def test_what_was_found_is_told_before_a_signal_ends_the_run_as_it_would(tmp_path: Path, own: str, status: int) -> None:
    (tmp_path / "train.py").write_text(TRAINING.format(own=own))
    command = [sys.executable, "-m", "shapecheck", "run", "--audit", "train.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "waiting\n"
        running.terminate()
        _, errors = running.communicate(timeout=120)
    assert running.returncode == status
    how = "was interrupted" if status < 0 else "ended without an exception"
    assert f"shapecheck: train.py {how}; 1 finding in " in errors
    assert "SC721" in errors
    assert "Traceback" not in errors
