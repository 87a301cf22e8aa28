"""The search of ``shapecheck fix``: apply an edit, run the script, look at the next crash, until it runs to its end."""

from __future__ import annotations

import io
import os
import re
import time
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from shapecheck.findings import Edit
from shapecheck.reading.edits import edited, unified_diff
from shapecheck.scripts.endings import causes, is_told_by_run, said, where
from shapecheck.scripts.overwritten import OVERWRITTEN, SPREAD, overwrites_arithmetic, takes_what_was_spread
from shapecheck.scripts.progress import crashed_sooner, fails_by_itself, is_farther, is_past_its_fault
from shapecheck.scripts.runner import Runner
from shapecheck.scripts.steps_compared import gone_otherwise, leaves_batch_out, run_in_each_step

Outcome = Literal["ran already", "fixed", "in doubt", "not fixed", "timed out", "could not run"]
# Changes whose costs differ by less are as likely as each other, and so many of them are compared.
_AS_LIKELY, _RIVALS = 0.04, 2
# A change that costs more by this is so much less likely that it cannot take the place of one that is only in doubt.
_LESS_LIKELY = 0.2
_OTHERWISE = "the training steps that went well before the crash go otherwise with it"
_LEFT_OUT = "it only leaves out what fails, and another change may be what was meant"
_SOONER = "calls that went well before were refused with it"
# Warnings that say of a run that ended that its result is not what was meant.
_DOUBTS = ("target size", "broadcast", "is deprecated", "may be incorrect")


@dataclass(frozen=True, slots=True)
class Applied:
    """One edit that was made, and what it was for."""

    code: str
    headline: str
    title: str
    message: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the search found.

    Args:
        outcome: How it ended. ``"fixed"`` only if the changed script was seen to run to its end, ``"in doubt"`` if it
            was, but something speaks against the result, or two changes are as likely.
        sources: Path -> new text, of the best state that was reached.
        applied: The edits that led there, in order.
        message: The exception that is left, or why there was nothing to do.
        doubts: Why the result may not be what was meant: warnings of the run that ended, other changes as likely.
        runs: How often the script was run.
        silent: What an audit of the script that ends finds on lines that were not changed.
        not_audited: Why the audit of the script that ends is not known, if it is not.
        left: What is known of the exception that is left: its causes, each with its line.
        where: The line at which it is left.
        is_told_by_run: Whether ``shapecheck run`` tells more of it.
    """

    outcome: Outcome
    sources: Mapping[str, str] = field(default_factory=dict)
    applied: tuple[Applied, ...] = ()
    message: str = ""
    doubts: tuple[str, ...] = ()
    runs: int = 0
    silent: tuple[str, ...] = ()
    not_audited: str = ""
    left: tuple[str, ...] = ()
    where: str = ""
    is_told_by_run: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the search goes.

    Args:
        fixes: How many edits one after another.
        runs: How many runs of the script altogether.
        timeout: Seconds for one run.
        seconds: Seconds altogether.
        width: How many edits are tried for one crash.
    """

    fixes: int = 5
    runs: int = 40
    timeout: float = 60.0
    seconds: float = 90.0
    width: int = 16


@dataclass(frozen=True)
class _State:
    """The script with some edits made, and how it then ended."""

    sources: Mapping[str, str]
    applied: tuple[Applied, ...]
    ran: Mapping[str, Any]
    silent: tuple[str, ...] = ()
    not_audited: str = ""
    passed: tuple[tuple[Any, ...], ...] = ()

    @property
    def look(self) -> tuple[Any, ...]:
        """How the crash looks to a reader: what is said, with its numbers, and where."""
        return self.ran.get("type"), self.ran.get("message"), tuple(map(tuple, self.ran.get("lines") or ()))

    @property
    def mark(self) -> tuple[Any, ...]:
        """Tells one crash from another."""
        return *self.look, self.ran.get("operation")


def search(runner: Runner, read: Mapping[str, str] | None = None, limits: Limits | None = None) -> Fixed:
    """Look for edits with which the script runs to its end.

    All edits that are thought of for one crash are tried before a second edit is added to any of them. An edit is
    kept if the script then ends, or crashes elsewhere.

    Args:
        runner: Runs the script.
        read: Path -> text of the files as they are; those not named are read from the disk.
        limits: How far to go.
    """
    return _Search(runner, dict(read or {}), limits or Limits()).all()


class _Search:
    def __init__(self, runner: Runner, texts: dict[str, str], limits: Limits) -> None:
        self.runner, self.texts, self.limits = runner, texts, limits
        self.runs, self.begun = 0, time.monotonic()
        self.seen: set[tuple[tuple[str, str], ...]] = {()}
        self.doubtful: _State | None = None
        self.farthest: _State | None = None
        self.otherwise: set[tuple[Any, ...]] = set()

    def all(self) -> Fixed:
        first = _State({}, (), self.run({}))
        if first.ran["status"] == "ended":
            return Fixed("ran already", runs=self.runs)
        outcome: Outcome
        if first.ran["status"] != "crashed":
            outcome = "timed out" if first.ran["status"] == "timed out" else "could not run"
            return Fixed(outcome, message=str(first.ran.get("message", "")), runs=self.runs)
        self.farthest = first
        found = self.shorter(self.beyond(first, {first.mark})) or self.doubtful
        if found is not None:
            doubts = tuple(_doubts(found))
            if _speaks_against(found.ran) and not self.is_over:
                # A warning says that something is wrong, and not where; the audit has its line.
                found = replace(found, silent=_told(self.audited(found)[0]))
            outcome = "in doubt" if doubts else "fixed"
            return Fixed(outcome, found.sources, found.applied, "", doubts, self.runs, found.silent, found.not_audited)
        best = self.farthest
        return _not_fixed(best, self.runs)

    def run(self, sources: Mapping[str, str]) -> Mapping[str, Any]:
        self.runs += 1
        return self.runner.run(sources, self.limits.timeout)

    def audited(self, state: _State) -> tuple[Sequence[Mapping[str, Any]], str]:
        """What an audit of a state that ends finds, for a change may fit sizes and mix samples; or why that is open."""
        self.runs += 1
        ran = self.runner.run(state.sources, self.limits.timeout, audit=True)
        return tuple(ran.get("audit", ())), "" if ran["status"] == "ended" else f"the audited run {_ended_as(ran)}"

    @property
    def is_over(self) -> bool:
        return self.runs >= self.limits.runs or time.monotonic() - self.begun > self.limits.seconds

    def beyond(self, state: _State, marks: set[tuple[Any, ...]]) -> _State | None:
        """The state in which the script ends, reached from this one; a single edit is better than two."""
        if len(state.applied) >= self.limits.fixes:
            return None
        farther: list[_State] = []
        beside: list[_State] = []
        flawed: _State | None = None
        likelier: tuple[float, _State] | None = None
        for found, fix in self.fixes(state):
            if self.is_over:
                break
            tried = self.step(state, found, fix)
            if tried is None:
                continue
            status = tried.ran["status"]
            if status == "ended":
                if _doubts(tried):
                    self.doubtful = self.doubtful or tried
                    if likelier is None and _is_of_reading(tried, fix):
                        likelier = fix.get("cost", 0.0), tried
                    continue
                if likelier is not None and fix.get("cost", 0.0) > likelier[0] + _LESS_LIKELY:
                    return likelier[1]
                seen, why_not = self.audited(tried)
                if not seen:
                    return self.against_rivals(state, replace(tried, not_audited=why_not), fix)
                if _is_of_change(seen, tried, self.texts):
                    self.doubtful = self.doubtful or _with_doubt(tried, seen)
                else:
                    flawed = flawed or replace(tried, silent=_told(seen))
            elif status == "crashed" and tried.mark not in marks and tried.look not in state.passed:
                if is_farther(tried.ran, state.ran):
                    farther.append(tried)
                elif is_past_its_fault(tried.ran, state.ran, found, fix):
                    beside.append(tried)
                else:
                    continue
                marks.add(tried.mark)
        if flawed is not None:
            # What the audit tells of other lines is there with any change, or there is no better one.
            return flawed
        # An edit whose own line fails next was seldom the right one, and each edit of it leads farther astray.
        for tried in (*sorted(farther, key=lambda each: _fails_where_changed(each, self.texts)), *beside):
            if self.is_over:
                break
            deeper = self.beyond(tried, marks)
            if deeper is not None:
                return deeper
        return None

    def shorter(self, found: _State | None) -> _State | None:
        """The state, or one of fewer edits that ends as well: what more edits reach does not take its doubt away.

        What a warning or a nan speaks against is no such state: it is known to be wrong.
        """
        other = self.doubtful
        if found is None or other is None or len(other.applied) >= len(found.applied) or _speaks_against(other.ran):
            return found
        return other

    def against_rivals(self, before: _State, found: _State, fix: Mapping[str, Any]) -> _State:
        """The state, with a doubt if a change that is as likely ends too and has another result."""
        near = [
            pair
            for pair in self.fixes(before)
            if "cost" in fix and abs(pair[1].get("cost", 9.0) - fix["cost"]) <= _AS_LIKELY and not pair[1].get("doubt")
        ]
        for told, other in near[:_RIVALS]:
            tried = None if self.is_over else self.step(before, told, other)
            if tried is None or tried.ran["status"] != "ended" or _doubts(tried) or self.audited(tried)[0]:
                continue
            if tried.ran.get("digest") == found.ran.get("digest"):
                continue
            if self.run(found.sources).get("digest") != found.ran.get("digest"):
                # What prints other numbers each time cannot be compared.
                return found
            last = replace(found.applied[-1], doubt=f"{other['title']} lets it run as well, with another result")
            return replace(found, applied=(*found.applied[:-1], last))
        return found

    def fixes(self, state: _State) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        pairs = [(found, fix) for found in state.ran.get("findings", ()) for fix in found["fixes"] if fix["edits"]]
        return pairs[: self.limits.width]

    def step(self, state: _State, found: Mapping[str, Any], fix: Mapping[str, Any]) -> _State | None:
        sources, is_overwritten = dict(state.sources), False
        for file in dict.fromkeys(edit["file"] for edit in fix["edits"]):
            path = os.path.abspath(file)
            try:
                text = sources.get(path) or self.text(path)
            except (OSError, UnicodeDecodeError):
                # Deleted meanwhile, or no file at all: text that was given to exec.
                return None
            edits = [Edit(**edit) for edit in fix["edits"] if edit["file"] == file]
            sources[path] = edited(text, edits)
            is_overwritten = is_overwritten or (bool(state.applied) and overwrites_arithmetic(text, sources[path]))
        # Two edits that undo each other are none.
        sources = {path: text for path, text in sources.items() if text != self.text(path)}
        key = tuple(sorted(sources.items()))
        if key in self.seen:
            return None
        self.seen.add(key)
        ran = self.run(sources)
        doubt = str(fix.get("doubt", "")) or (_SOONER if crashed_sooner(ran, state.ran) else "")
        doubt = doubt or (OVERWRITTEN if is_overwritten else "")
        is_spread = takes_what_was_spread((each.title for each in state.applied), str(fix["title"]))
        doubt = doubt or (SPREAD if is_spread else "")
        if not doubt and state.mark in self.otherwise and leaves_batch_out(fix["edits"]):
            doubt = _LEFT_OUT
        if not doubt and ran["status"] == "ended" and self.is_told_otherwise(state, fix, ran):
            doubt = _OTHERWISE
            self.otherwise.add(state.mark)
        applied = Applied(found["code"], found["headline"], fix["title"], said(state.ran), doubt)
        tried = _State(sources, (*state.applied, applied), ran, passed=(*state.passed, state.look))
        before = self.farthest
        if before is not None and len(tried.applied) > len(before.applied) and _gets_farther(tried, before, self.texts):
            self.farthest = tried
        return tried

    def is_told_otherwise(self, state: _State, fix: Mapping[str, Any], ran: Mapping[str, Any]) -> bool:
        """Whether a change of what runs in each step makes other steps of those that went well before the crash."""
        edits = [Edit(**edit) for edit in fix["edits"]]
        read = {edit.file: state.sources.get(path := os.path.abspath(edit.file)) or self.text(path) for edit in edits}
        if not run_in_each_step(edits, read) or not gone_otherwise(state.ran, ran):
            return False
        # What learns otherwise each time cannot be compared.
        return not gone_otherwise(state.ran, self.run(state.sources))

    def text(self, path: str) -> str:
        if path not in self.texts:
            self.texts[path] = read_source(path)[0]
        return self.texts[path]


def read_source(path: str) -> tuple[str, str]:
    """A file's text with its own line ends, and the encoding that its first lines name, as Python reads it.

    Raises:
        OSError: It cannot be read.
        SyntaxError: It names an encoding that there is not, or holds what is not of its encoding.
    """
    with open(path, "rb") as file:
        content = file.read()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding), encoding


def diffs(fixed: Fixed, read: Mapping[str, str]) -> dict[str, str]:
    """Path -> unified diff of what was changed."""
    return {
        path: unified_diff(path, read[path], text) for path, text in fixed.sources.items() if read.get(path) != text
    }


def _not_fixed(best: _State, runs: int) -> Fixed:
    left, at, is_told = causes(best.ran), where(best.ran), is_told_by_run(best.ran)
    return Fixed(
        "not fixed", best.sources, best.applied, said(best.ran), runs=runs, left=left, where=at, is_told_by_run=is_told
    )


def _gets_farther(tried: _State, before: _State, texts: Mapping[str, str]) -> bool:
    """Whether it may be said of a state that crashes: not of one that goes in a circle, or fails before it did.

    Nor of one in which what was changed is itself refused.
    """
    is_sooner = tried.ran.get("calls", 0) < before.ran.get("calls", 0)
    is_elsewhere = tried.ran["status"] == "crashed" and is_farther(tried.ran, before.ran)
    is_new = tried.look not in tried.passed and not fails_by_itself(tried.ran, tried.sources, texts)
    return is_elsewhere and not is_sooner and is_new


def _is_of_reading(state: _State, fix: Mapping[str, Any]) -> bool:
    """Whether all that stands against a state is that something else may have been meant: no run spoke against it."""
    return bool(fix.get("doubt")) and len(_doubts(state)) == 1


def _is_of_change(seen: Sequence[Mapping[str, Any]], state: _State, texts: Mapping[str, str]) -> bool:
    """Whether what an audit found stands on a line that was changed."""
    changed = _changed(state, texts)
    return any((found["file"], found["line"]) in changed for found in seen)


def _fails_where_changed(state: _State, texts: Mapping[str, str]) -> bool:
    """Whether the script crashes on a line that was changed."""
    lines = [(path, line) for path, line in state.ran.get("lines") or () if path in state.sources]
    return bool(lines) and lines[-1] in _changed(state, texts)


def _changed(state: _State, texts: Mapping[str, str]) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for path, text in state.sources.items():
        old = set(texts[path].splitlines())
        found |= {(path, at) for at, line in enumerate(text.splitlines(), 1) if line not in old}
    return found


def _ended_as(ran: Mapping[str, Any]) -> str:
    return {"crashed": f"crashed with {said(ran)}", "timed out": "did not end in time"}.get(ran["status"], said(ran))


def _with_doubt(state: _State, seen: Sequence[Mapping[str, Any]]) -> _State:
    last = replace(state.applied[-1], doubt=f"an audit of the changed script finds {'; '.join(_told(seen))}")
    return replace(state, applied=(*state.applied[:-1], last))


def _told(seen: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{found['code']}, {found['headline']}, in line {found['line']}" for found in seen)


def _doubts(state: _State) -> list[str]:
    return [*_speaks_against(state.ran), *(f"{step.title}: {step.doubt}" for step in state.applied if step.doubt)]


def _speaks_against(ran: Mapping[str, Any]) -> list[str]:
    warned = [text for text in ran.get("warnings", ()) if any(doubt in text for doubt in _DOUBTS)]
    # A last batch that is smaller makes torch say the same again, with another number.
    kinds = {re.sub(r"\d+", "#", text): text for text in reversed(warned)}
    found = [f"the run warned: {text}" for text in reversed(kinds.values())]
    return [*found, *(["the run printed nan"] if ran.get("has_nan") else [])]
