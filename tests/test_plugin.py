"""The pytest plugin: the cases of a suite are tests of an embedding team's own run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from broken import build
from seatrules.suites import why_a_suite

# With options of whoever runs the tests pytest prints another text; where it is CI, each failure's whole text twice.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS")
}

STATE = """{as_of: '2025-03-01', town: {name: Ede, closed: false}, lots: {north: {free: %d}},
      cars: {c: {kind: car, lots: []}}, visits: []}"""
SUITE = """bases:
  place: %s
  full: %s
cases:
  - id: PARKS
    title: a car parks where there is a place
    base: place
    action: {type: park, car: c, lot_name: north, hours: 1}
    expect: {decision: %s, reason_key: parked}
  - id: FULL
    title: no car parks where there is none
    base: full
    action: {type: park, car: c, lot_name: north, hours: 1}
    expect: {decision: deny, reasons: [lot_full]}
  - id: UNKNOWN
    title: an unknown car is an error
    base: full
    action: {type: park, car: d, lot_name: north, hours: 1}
    expect: {error: unknown_key}
"""


OTHERS = {
    "smoke.yaml": "name: smoke\ncases:\n  - name: login works\n    request: {url: /login}\n    status: 200\n",
    "steps.yaml": "cases:\n  - name: x\n    steps: [open, close]\n    expected: shut\n",
    "policy.yaml": "policy: strict\nchecks: []\n",
    "list.yaml": "- hosts: all\n  action: ping\n",
    "no-yaml.yaml": "cases: [\n",
}
"""Files of other tools."""


def suite(policy: Path, decision: str) -> Path:
    """Write a suite in the folder of the policy's version; its first case expects `decision`."""
    folder = policy / "base" / "suites"
    folder.mkdir(exist_ok=True)
    path = folder / "parking.yaml"
    path.write_text(SUITE % (STATE % 4, STATE % 0, decision), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a project with suites of every kind, and what pytest says of it: one run serves all tests here."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("right", "otherwise", "malformed", "no-policy"):
        build(folder / name, {})
        suite(folder / name / "parking", "deny" if name == "otherwise" else "allow")
    malformed = folder / "malformed" / "parking" / "base" / "suites" / "wrong.yaml"
    malformed.write_text("foo: 1\n", encoding="utf-8")
    (folder / "no-policy" / "parking" / "base" / "facts.yaml").write_text("facts: 1\n", encoding="utf-8")
    (folder / "config.yaml").write_text("cases: no\n", encoding="utf-8")
    (folder / "suites").mkdir()
    (folder / "suites" / "other.yaml").write_text("foo: 1\n", encoding="utf-8")
    ours = f"policy: {folder / 'right' / 'parking'}\n" + (SUITE % (STATE % 4, STATE % 0, "allow"))
    (folder / "suites" / "ours.yml").write_text(ours, encoding="utf-8")
    for name, text in OTHERS.items():
        (folder / "suites" / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(command, env=ENVIRONMENT, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    return folder, done.stdout


def outcomes(text: str, file: str) -> dict[str, str]:
    """The outcome of each item of a file, by its name without its line."""
    found = re.findall(rf"^{re.escape(file)}::(?:\d+-)?(\S+) (PASSED|FAILED)", text, re.M)
    return dict(found)


def test_every_case_is_a_test(result: tuple[Path, str]) -> None:
    """A suite's cases are collected under the suite's name, with line and id, and pass."""
    _, text = result
    wanted = {"PARKS": "PASSED", "FULL": "PASSED", "UNKNOWN": "PASSED"}
    assert outcomes(text, "right/parking/base/suites/parking.yaml") == wanted
    assert "right/parking/base/suites/parking.yaml::7-PARKS PASSED" in text


def test_a_case_that_comes_out_otherwise_fails(result: tuple[Path, str]) -> None:
    """A wrong case fails with what was expected and what came out, and no traceback."""
    _, text = result
    found = outcomes(text, "otherwise/parking/base/suites/parking.yaml")
    assert found == {"PARKS": "FAILED", "FULL": "PASSED", "UNKNOWN": "PASSED"}
    assert re.search(r"case `PARKS` failed.*\n.*\n *expected: deny\n *got: .*allow", text)
    assert "Traceback" not in text


def test_a_suite_that_is_wrong_is_one_failing_test(result: tuple[Path, str]) -> None:
    """A suite that is not well formed fails with what lint says of it, and the other tests run."""
    folder, text = result
    wrong = folder / "malformed" / "parking" / "base" / "suites" / "wrong.yaml"
    assert outcomes(text, "malformed/parking/base/suites/wrong.yaml") == {"suite": "FAILED"}
    assert set(outcomes(text, "malformed/parking/base/suites/parking.yaml").values()) == {"PASSED"}
    assert (
        f"{wrong}:1:1: error[missing-key]: the key `cases` is missing here\n  |\n1 | foo: 1\n  | ^\n\n"
        f"{wrong}:1:1: error[unknown-key]: there is no key `foo` here\n"
    ) in text


def test_a_policy_that_does_not_load_is_told_without_a_traceback(result: tuple[Path, str]) -> None:
    """A case of a policy that is wrong fails with the policy's problems."""
    _, text = result
    assert set(outcomes(text, "no-policy/parking/base/suites/parking.yaml").values()) == {"FAILED"}
    assert text.count("facts.yaml:1:8: error[wrong-kind]: a mapping is expected here") == 3


def test_other_yaml_files_are_left_alone(result: tuple[Path, str]) -> None:
    """A YAML file outside a folder named `suites` is no suite, nor is one inside that has no `cases`."""
    _, text = result
    assert "config.yaml" not in text
    for name in ("other.yaml", *OTHERS):
        assert f"suites/{name}" not in text


def test_a_suite_outside_a_policy_is_known_by_its_keys(result: tuple[Path, str]) -> None:
    """A file in a folder `suites` of the embedding project is a suite when it has the keys of one."""
    _, text = result
    assert outcomes(text, "suites/ours.yml") == {"PARKS": "PASSED", "FULL": "PASSED", "UNKNOWN": "PASSED"}


IN_SUITES = "it lies in a folder `suites`"
ITS_CASES = f"{IN_SUITES}, and its cases have an `action` or `steps` and what to `expect`"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("policy: parking\ncases: []\n", f"{IN_SUITES} and has the keys `policy` and `cases`"),
        ("cases: 1\npolicy : parking\n", f"{IN_SUITES} and has the keys `policy` and `cases`"),
        ("cases:\n  - {id: A, action: {}, expect: {}}\n", ITS_CASES),
        ("- id: A\n  steps: []\n  expect: {}\n", ITS_CASES),
        ("- action: {}\n   wrongly: indented\n  expect: [\n", ITS_CASES),
        ('[{"id": "A", "action": {}, "expect": {}}]\n', ITS_CASES),
        ("cases:\n  - {id: A, acton: {}, expect: {}}\n", None),
        ("cases:\n  - {id: A, action: {}}\n", None),
        ("a:\n  policy: b\n  cases: c\n", None),
        ("# action: {}, expect: {}\ncases: []\n", None),
    ],
)
def test_what_makes_a_file_a_suite(text: str, why: str | None, tmp_path: Path) -> None:
    """Outside a policy its keys do, also where it is no YAML; and only in a folder `suites` of the project."""
    (tmp_path / "suites").mkdir()
    for folder, expected in (("suites", why), (".", None)):
        file = tmp_path / folder / "some.yaml"
        file.write_text(text, encoding="utf-8")
        assert why_a_suite(file, tmp_path) == expected
    assert why_a_suite(tmp_path / "suites" / "some.yaml", tmp_path / "suites") is None
    assert why_a_suite(tmp_path / "suites" / "gone.yaml", tmp_path) is None


def test_a_failure_says_whose_it_is(result: tuple[Path, str]) -> None:
    """It says that seatrules takes the file for a suite, why, and what leaves it alone."""
    _, text = result
    said = "seatrules takes this file for a suite: it lies in the folder `suites` of a policy's version"
    assert text.count(f"{said}; `-p no:seatrules` leaves it alone\n") == text.count(" FAILED ")
    assert "__ seatrules: PARKS a car parks where there is a place __" in text
    assert "__ seatrules: wrong.yaml __" in text


def test_a_failing_case_says_why(result: tuple[Path, str]) -> None:
    """As `seatrules test` says it."""
    _, text = result
    assert "  ALLOWED  (parking base, 2025-03-01)\n  parked: parked for 1 hours\n" in text


def run_pytest(folder: Path, *options: str) -> str:
    """What pytest says of a project that is run with options."""
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--rootdir", ".", *options]
    done = subprocess.run(command, env=ENVIRONMENT, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_an_option_names_what_is_taken(tmp_path: Path) -> None:
    """`seatrules_suites` has the patterns of the files that are suites, wherever they lie, and nothing else is one."""
    build(tmp_path, {})
    ours = suite(tmp_path / "parking", "allow")
    (tmp_path / "seats").mkdir()
    text = f"policy: {tmp_path / 'parking'}\n{ours.read_text(encoding='utf-8')}"
    (tmp_path / "seats" / "a.cases").write_text(text.replace("reasons: [lot_full]", "reasons: []"), encoding="utf-8")
    assert "3 passed" in run_pytest(tmp_path)
    ini = tmp_path / "pytest.ini"
    ini.write_text("[pytest]\nseatrules_suites =\n    *.cases\n", encoding="utf-8")
    said = run_pytest(tmp_path)
    assert "1 failed, 2 passed" in said
    assert "parking.yaml" not in said
    assert "seatrules takes this file for a suite: `seatrules_suites` has `*.cases`; `-p no:seatrules` leaves" in said
    ini.write_text("[pytest]\nseatrules_suites =\n    parking/*/suites/*\n    seats/*\n", encoding="utf-8")
    assert "1 failed, 5 passed" in run_pytest(tmp_path)
    ini.write_text("[pytest]\nseatrules_suites =\n", encoding="utf-8")
    assert "no tests ran" in run_pytest(tmp_path)
    ini.write_text("[pytest]\n", encoding="utf-8")
    assert "no tests ran" in run_pytest(tmp_path, "-p", "no:seatrules")
    (tmp_path / "parking" / "base" / "suites" / "parking.yaml").rename(tmp_path / "store")
    ours.symlink_to(tmp_path / "store")
    assert "parking/base/suites/parking.yaml::7-PARKS PASSED" in run_pytest(tmp_path)


def test_cases_are_chosen_by_name(result: tuple[Path, str]) -> None:
    """`-k` chooses cases by their ids, as it does tests."""
    folder, _ = result
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "FULL", "otherwise"]
    done = subprocess.run(command, env=ENVIRONMENT, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 passed, 2 deselected" in done.stdout
