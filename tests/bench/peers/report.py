"""Writes the figures: a table between two marks in `docs/performance.md`, and a plot beside it."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping
from importlib.metadata import version as installed
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from .peer import Peer

DOCS = Path(__file__).resolve().parents[3] / "docs"
START, END = "<!-- measured: from here -->\n", "<!-- measured: to here -->\n"
LISTS_START, LISTS_END = "<!-- lists: from here -->\n", "<!-- lists: to here -->\n"
BY_HAND = "hand-written Python"
OURS = "seatrules: verdict and codes"


def version(peer: Peer) -> str:
    return f"{peer.package} {installed(peer.package)}"


def write(
    times: Mapping[str, list[float]],
    practices: Mapping[str, str],
    left_out: Mapping[str, str],
    requests: int,
    rounds: int,
) -> str:
    """Put the table into the page, draw the plot, and return what was put."""
    text = page(times, practices, left_out, requests, rounds)
    _put(text, START, END)
    draw(times, DOCS / "performance.svg")
    return text


def write_lists(times: Mapping[str, Mapping[str, list[float]]]) -> str:
    """Put the table of whole states with lists into the page, and return it: by size, then by engine."""
    names = fastest_first(next(iter(times.values())))
    lines = ["| | " + " | ".join(times) + " |", "|---|" + "--:|" * len(times)]
    for name in names:
        cells = []
        for found in times.values():
            if name not in found:
                cells.append("–")
                continue
            ratios = [theirs / hand for theirs, hand in zip(found[name], found[BY_HAND], strict=True)]
            cells.append(f"{statistics.median(found[name]):.1f} ({statistics.median(ratios):.1f})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    text = "\n".join(lines) + "\n"
    _put(text, LISTS_START, LISTS_END)
    return text


def _put(text: str, start: str, end: str) -> None:
    path = DOCS / "performance.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(start)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")


def page(
    times: Mapping[str, list[float]],
    practices: Mapping[str, str],
    left_out: Mapping[str, str],
    requests: int,
    rounds: int,
) -> str:
    machine = f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    lines = [
        f"{requests} requests, {rounds} rounds; {machine}. Microseconds for one decision; `times ours` is the median",
        "of the ratios to our verdict and codes, round by round, with the least and the most.",
        "",
        "| | median | min | max | times ours | how it is asked, and what it can't do |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for name in fastest_first(times):
        found, ratios = times[name], [theirs / ours for theirs, ours in zip(times[name], times[OURS], strict=True)]
        middle, least, most = (f"{of(found):.1f}" for of in (statistics.median, min, max))
        ratio = f"{statistics.median(ratios):.1f} ({min(ratios):.1f}–{max(ratios):.1f})"
        lines.append(f"| {name} | {middle} | {least} | {most} | {ratio} | {practices[name]} |")
    lines += ["", "Every one of these gave our verdict and our codes on every request."]
    lines += [f"Not timed: {name} ({reason})." for name, reason in left_out.items()]
    return "\n".join(lines) + "\n"


def fastest_first(times: Mapping[str, list[float]]) -> list[str]:
    return sorted(times, key=lambda name: statistics.median(times[name]))


def draw(times: Mapping[str, list[float]], path: Path) -> None:
    """A bar for each median with a line from the least to the most. The same figures give the same file."""
    mpl.use("svg")
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "seatrules", "font.family": "sans-serif"}
    names = fastest_first(times)[::-1]
    middles = [statistics.median(times[name]) for name in names]
    spread = [
        [middle - min(times[name]) for name, middle in zip(names, middles, strict=True)],
        [max(times[name]) - middle for name, middle in zip(names, middles, strict=True)],
    ]
    colours = ["#c2410c" if name.startswith("seatrules") else "#94a3b8" for name in names]
    figure, axes = plt.subplots(figsize=(9, 0.4 * len(names) + 1), layout="constrained")
    axes.barh(names, middles, xerr=spread, color=colours, ecolor="#334155", capsize=2)
    axes.set_xscale("log")
    axes.set_xlabel("microseconds for one decision (logarithmic); line: least to most")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
