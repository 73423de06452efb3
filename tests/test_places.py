"""A policy is the same wherever its files lie: in a folder, in memory, in a zip or in a package."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import seatrules
from command import run_here
from conftest import TESTS
from seatrules import FileError, PolicyError, UsageError, cli
from seatrules import cache as kept
from seatrules.documents import read_data
from seatrules.files import MAX_BYTES
from seatrules.loading import read_versions
from seatrules.policy import archives
from seatrules.policy.locate import find
from seatrules.suites import Case, find_suites, read_suite, samples

ROOT = TESTS.parent
ENGINE = ROOT / "engine" / "seatrules"
SHIPPED = ROOT / "policies" / "hubspot-seats"
LIBRARY = TESTS / "policies" / "library-loans"
KIOSK = TESTS / "coverage" / "kiosk"
BANNED = TESTS / "extensions" / "banned-members"
POLICIES = [pytest.param(path, id=path.name) for path in (SHIPPED, LIBRARY)]
NAMED = "is no path below the policy: write it as `2024-11-01/policy.yaml`"


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by their paths."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def zipped(contents: Mapping[str, bytes], **how: Any) -> bytes:
    """A zip of such files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", **{"compression": zipfile.ZIP_DEFLATED, **how}) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return target.getvalue()


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


class Resource:
    """A file or folder as a package may have it that is neither on disk nor in a zip."""

    def __init__(self, contents: Mapping[str, bytes], name: str, prefix: str = "") -> None:
        self.contents, self.name, self.prefix = contents, name, prefix

    def iterdir(self) -> Iterator[Resource]:
        for name in sorted({path.removeprefix(self.prefix).split("/")[0] for path in self._below()}):
            yield self / name

    def _below(self) -> list[str]:
        return [path for path in self.contents if path.startswith(self.prefix)]

    def __truediv__(self, name: str) -> Resource:
        is_file = self.prefix + name in self.contents
        return Resource(self.contents, name, self.prefix + name + ("" if is_file else "/"))

    def is_dir(self) -> bool:
        return self.prefix not in self.contents and bool(self._below())

    def is_file(self) -> bool:
        return self.prefix in self.contents

    def open(self, mode: str) -> io.BytesIO:
        assert mode == "rb"
        return io.BytesIO(self.contents[self.prefix])


def in_a_zip(folder: Path, scratch: Path) -> Path:
    path = scratch / "policy.zip"
    path.write_bytes(zipped(contents(folder)))
    return path


def deep_in_a_zip(folder: Path) -> zipfile.Path:
    inside = {f"a/policy/{name}": content for name, content in contents(folder).items()}
    return zipfile.Path(opened(zipped({**inside, "a/readme.txt": b"", "../evil.yaml": b""})), "a/policy/")


def in_a_package(folder: Path, scratch: Path, name: str = "a_package_with_a_policy") -> Any:
    """The resources of a package that is imported from a zip."""
    path = scratch / f"{name}.zip"
    inside = {f"{name}/policy/{below}": content for below, content in contents(folder).items()}
    path.write_bytes(zipped({f"{name}/__init__.py": b"", **inside}))
    sys.path.insert(0, str(path))
    try:
        return files(importlib.import_module(name)) / "policy"
    finally:
        sys.path.remove(str(path))
        del sys.modules[name]


PLACES: dict[str, Callable[[Path, Path], Any]] = {
    "in memory": lambda folder, scratch: contents(folder),
    "a zip's path": in_a_zip,
    "a zip's path as a text": lambda folder, scratch: str(in_a_zip(folder, scratch)),
    "an open zip": lambda folder, scratch: opened(zipped(contents(folder))),
    "a folder in a zip": lambda folder, scratch: deep_in_a_zip(folder),
    "a package on disk": lambda folder, scratch: files("seatrules").joinpath(os.path.relpath(folder, ENGINE)),
    "a package in a zip": in_a_package,
    "another resource": lambda folder, scratch: Resource(contents(folder), "policy"),
}


@cache
def cases(policy: Path) -> list[Case]:
    """Every seventh case of a policy's suites that has one action."""
    found = [case for suite in map(read_suite, find_suites(policy)) for case in suite.cases]
    return [case for case in found if not case.steps and not case.settings and not case.partial][::7]


def answer(engine: seatrules.Engine, case: Case) -> dict[str, Any]:
    try:
        return engine.decide(case.action, case.state).as_dict()
    except seatrules.RequestError as error:
        return error.as_dict()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
def test_a_policy_is_the_same_wherever_it_lies(
    place: Callable[[Path, Path], Any], policy: Path, tmp_path: Path
) -> None:
    """Digests, answers and the places that they name are those of the folder."""
    there, here = seatrules.load(place(policy, tmp_path)), seatrules.load(policy)
    assert [(name, p.digest) for name, p in there.programs.items()] == [(n, p.digest) for n, p in here.programs.items()]
    assert len(cases(policy)) > 5
    for case in cases(policy):
        assert answer(there, case) == answer(here, case)


MISTAKES: dict[str, tuple[Callable[[dict[str, bytes], Path], Any], str]] = {
    "in memory": (lambda files, scratch: files, ""),
    "an open zip": (lambda files, scratch: opened(zipped(files)), ""),
    "a zip's path": (
        lambda files, scratch: (scratch / "p.zip", (scratch / "p.zip").write_bytes(zipped(files)))[0],
        "p.zip/",
    ),
    "a resource": (lambda files, scratch: Resource(files, "policy"), "policy/"),
}


@pytest.mark.parametrize(("place", "prefix"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_told_by_the_files_path(
    place: Callable[[dict[str, bytes], Path], Any],
    prefix: str,
    base_policy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """File, line and column stand before the message, wherever the file is."""
    monkeypatch.chdir(tmp_path)
    wrong = contents(base_policy)
    wrong["base/rules.yaml"] = wrong["base/rules.yaml"].replace(b"actions: [park]", b"actions: [prak]", 1)
    with pytest.raises(PolicyError) as raised:
        seatrules.load(place(wrong, tmp_path))
    assert str(raised.value).startswith(f"{prefix}base/rules.yaml:3:15: error[")


def version(folder: Path, name: str) -> dict[str, bytes]:
    """The files of one version, by their paths in it."""
    return contents(folder / name)


ONE_VERSION: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "in memory": lambda files: files,
    "a zip": lambda files: opened(zipped(files)),
    "a resource": lambda files: Resource(files, "policy"),
}


@pytest.mark.parametrize("place", ONE_VERSION.values(), ids=list(ONE_VERSION))
def test_the_files_of_one_version_are_a_policy(place: Callable[[dict[str, bytes]], Any]) -> None:
    """The version has the name that its header gives, and its answers name the same places."""
    there, here = seatrules.load(place(version(LIBRARY, "2025-01-01"))), seatrules.load(LIBRARY / "2025-01-01")
    assert list(there.programs) == list(here.programs) == ["2025-01-01"]
    for case in cases(LIBRARY):
        assert answer(there, case) == answer(here, case)


def test_a_mistake_in_the_files_of_one_version_is_told_by_their_paths(base_policy: Path) -> None:
    """The version's name stands before a path only where it is given there."""
    wrong = version(base_policy, "base")
    wrong["rules.yaml"] = wrong["rules.yaml"].replace(b"actions: [park]", b"actions: [prak]", 1)
    with pytest.raises(PolicyError, match=r"^rules.yaml:3:15: error\["):
        seatrules.load(wrong)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (b"name: &a b", "policy.yaml:1:7: error[anchor]"),
        (b"name: parking\nversion: [1]\n", "policy.yaml:2:10: error[wrong-kind]"),
        (b"name: parking\n", "policy.yaml:1:1: error[missing-key]"),
        (b"[1]", "policy.yaml:1:1: error[wrong-top]"),
        (b"\xff", "policy.yaml:1:1: error[not-utf-8]"),
        (
            b"version: a\nextends: b\nname: parking\nformat: 1\neffective_from: 2024-01-01",
            "policy.yaml:2:10: error[unknown-version]",
        ),
    ],
)
def test_a_header_that_is_wrong_is_told(header: bytes, problem: str, base_policy: Path) -> None:
    """Also where only the header says which version it is."""
    with pytest.raises(PolicyError) as raised:
        seatrules.load({**version(base_policy, "base"), "policy.yaml": header})
    assert any(str(each).startswith(problem) for each in raised.value.problems)


def test_a_versions_folder_in_a_zip_is_loaded_alone_with_what_it_extends() -> None:
    """As a version's folder on disk is."""
    archive = opened(zipped(contents(LIBRARY)))
    there, here = seatrules.load(zipfile.Path(archive, "2025-07-01/")), seatrules.load(LIBRARY / "2025-07-01")
    assert list(there.programs) == ["2025-07-01"]
    assert there.programs["2025-07-01"].digest == here.programs["2025-07-01"].digest


class Broken:
    """A resource that raises what it likes."""

    name = "broken"
    open = None

    def iterdir(self) -> Iterator[Any]:
        raise LookupError("anything")


class Endless:
    """A folder that holds itself."""

    name = "endless"
    open = None

    def is_dir(self) -> bool:
        return True

    def iterdir(self) -> Iterator[Any]:
        return iter([self])


def with_entry(name: str, content: bytes = b"rules: []", **attributes: Any) -> zipfile.ZipFile:
    """A zip of the small policy's header with one more entry, which has such attributes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v/policy.yaml", b"name: n\n")
        entry = zipfile.ZipInfo(name)
        for attribute, value in attributes.items():
            setattr(entry, attribute, value)
        archive.writestr(entry, content)
    return opened(target.getvalue())


def encrypted() -> zipfile.ZipFile:
    """A zip that says of an entry that it is encrypted."""
    archive = with_entry("v/rules.yaml")
    archive.getinfo("v/rules.yaml").flag_bits |= 1
    return archive


def twice() -> zipfile.ZipFile:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return with_entry("v/policy.yaml")


def damaged() -> zipfile.ZipFile:
    """A zip whose entry is not what its checksum says."""
    data = zipped({"v/policy.yaml": b"name: parking\n" * 50}, compression=zipfile.ZIP_STORED)
    return opened(data.replace(b"parking", b"barking", 1))


def closed() -> zipfile.ZipFile:
    archive = with_entry("v/rules.yaml")
    archive.close()
    return archive


HEADER = {"v/policy.yaml": b"name: n\n"}
HOSTILE: dict[str, tuple[Callable[[], Any], str]] = {
    "a path upwards": (lambda: {**HEADER, "v/../rules.yaml": b""}, f"v/../rules.yaml: {NAMED}"),
    "a path upwards in a zip": (lambda: with_entry("../rules.yaml"), f"../rules.yaml: {NAMED}"),
    "an absolute path": (lambda: {**HEADER, "/etc/rules.yaml": b""}, f"/etc/rules.yaml: {NAMED}"),
    "an absolute path in a zip": (lambda: with_entry("/rules.yaml"), f"/rules.yaml: {NAMED}"),
    "a drive": (lambda: {**HEADER, "C:/rules.yaml": b""}, f"C:/rules.yaml: {NAMED}"),
    "a backslash": (lambda: {**HEADER, "v\\rules.yaml": b""}, f"v\\rules.yaml: {NAMED}"),
    "a path in two spellings": (lambda: {**HEADER, "v//policy.yaml": b""}, f"v//policy.yaml: {NAMED}"),
    "a path by way of itself": (lambda: {**HEADER, "./v/policy.yaml": b""}, f"./v/policy.yaml: {NAMED}"),
    "an empty path": (lambda: {**HEADER, "": b""}, f": {NAMED}"),
    "a control character": (lambda: {**HEADER, "v/\x1b.yaml": b""}, f"v/\\x1b.yaml: {NAMED}"),
    "a path that is none": (lambda: {**HEADER, 1: b""}, "the policy: names a file by something that is no text"),
    "a text for bytes": (
        lambda: {"v/policy.yaml": "name: n"},
        "v/policy.yaml: is not given as bytes: encode a text as UTF-8",
    ),
    "an entry twice": (twice, "v/policy.yaml: is there twice"),
    "an encrypted entry": (encrypted, "v/rules.yaml: is encrypted"),
    "a link": (
        lambda: with_entry("v/rules.yaml", b"/etc/passwd", external_attr=0o120777 << 16),
        "v/rules.yaml: is a link, which a policy in a zip may not hold",
    ),
    "another packing": (
        lambda: with_entry("v/rules.yaml", compress_type=zipfile.ZIP_BZIP2),
        "v/rules.yaml: is packed in a way that is not read here: use deflate, which is usual",
    ),
    "a wrong checksum": (damaged, "the zip: is no zip, or is damaged"),
    "a closed zip": (closed, "the zip: is no zip, or is damaged"),
    "a resource that raises": (Broken, "broken: can't be read"),
    "a folder that holds itself": (Endless, "endless/endless/endless/…: is nested more than 64 deep"),
}


@pytest.mark.parametrize(("make", "message"), HOSTILE.values(), ids=list(HOSTILE))
def test_what_no_policy_may_hold_is_refused(make: Callable[[], Any], message: str) -> None:
    """What is no file below the policy, or can't be read as it stands there, is told, and nothing is loaded."""
    with pytest.raises(FileError) as raised:
        seatrules.load(make())
    assert str(raised.value) == message


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all" * 100, zipped(HEADER)[:-30]], ids=len)
def test_a_file_that_is_no_zip_is_told(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong with it, it is named."""
    monkeypatch.chdir(tmp_path)
    Path("policy.zip").write_bytes(data)
    with pytest.raises(FileError, match=r"^policy.zip: is no zip, or is damaged$"):
        seatrules.load("policy.zip")


@pytest.mark.parametrize(
    "odd", [5, b"policies", ["policies"], object()], ids=["a number", "bytes", "a list", "an object"]
)
def test_what_is_neither_a_name_nor_files_is_no_policy(odd: Any) -> None:
    """It is an error of use, and no other."""
    with pytest.raises(UsageError, match=r"^there is no policy `"):
        seatrules.load(odd)


def test_so_much_of_a_file_is_read_and_no_more() -> None:
    """A file that unpacks to far more than it may have is not unpacked."""
    bomb = zipped({**HEADER, "v/rules.yaml": b"\0" * (64 * MAX_BYTES)})
    assert len(bomb) < MAX_BYTES
    place = find(opened(bomb))
    assert len(place.files.read("v", "rules.yaml")) == MAX_BYTES + 1
    with pytest.raises(PolicyError, match=r"v/rules.yaml:1:1: error\[too-large\]: the file is larger than 4 MiB"):
        seatrules.load(opened(bomb))


@pytest.mark.parametrize("place", [lambda files: opened(zipped(files)), lambda files: Resource(files, "many")])
def test_so_many_files_are_read_and_no_more(
    place: Callable[[dict[str, bytes]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive holds a bounded number of policy files, and they hold so much in all."""
    many = {f"v/{number}.yaml": b"rules: []" for number in range(5)}
    monkeypatch.setattr(archives, "MOST_FILES", 4)
    with pytest.raises(FileError, match=r"holds more than 4 policy files$"):
        seatrules.load(place(many))
    monkeypatch.setattr(archives, "MOST_FILES", 5)
    monkeypatch.setattr(archives, "MOST_BYTES", 4 * 9)
    with pytest.raises(FileError, match=r"holds more than 0 MiB of policy files$"):
        seatrules.load(place(many))


def test_other_files_are_left_alone() -> None:
    """Suites, hidden folders and what is no YAML are no part of a policy, and are not unpacked."""
    others = {"v/suites/a.yaml": b"[", "v/.git/a.yaml": b"[", "v/notes.txt": b"[", "readme.yaml": b"["}
    archive = opened(
        zipped({**contents(LIBRARY), **{name.replace("v/", "2025-01-01/"): b for name, b in others.items()}})
    )
    assert seatrules.load(archive).programs.keys() == seatrules.load(LIBRARY).programs.keys()
    seatrules.load({**contents(LIBRARY), "2025-01-01/suites/a.yaml": b"["})


def written(contents: Mapping[str, bytes], folder: Path) -> Path:
    """A folder with such files."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


STRAYS = {
    "2025-01-01/more.json": b'{"rules": []}',
    "2025-01-01/package.json": b'{"name": "x"}',
    "2025-01-01/third.json": b'{"x": {}, "rules": []}',
    "2025-01-01/.draft/rules.yaml": b"rules:\n  - id: x\n",
    "2025-01-01/.draft/words.yaml": b"words:\n  fr: {}\n",
    "2025-01-01/words.json": b'{"words": {"fr": {}}}',
    "2025-01-01/.git/config.yaml": b"words: [a]\n",
    "2025-01-01/.git/spelling.yaml": b"words:\n  - a\n",
    "2025-01-01/cspell.json": b'{"words": ["a"]}',
    ".spring/policy.yaml": b"effective_from: 2025-06-01\n",
    "by-json/policy.json": b'{"version": "by-json", "effective_from": "2025-07-01"}',
    "later/policy.yml": b"effective_from: 2025-06-01\n",
}


@pytest.mark.parametrize("make", PLACES.values(), ids=PLACES)
def test_a_file_that_seems_to_be_meant_is_told_wherever_it_lies(
    make: Callable[[Path, Path], Any], tmp_path: Path
) -> None:
    """What is not read and looks as if it should be keeps a policy from loading; all else is left alone."""
    with pytest.raises(PolicyError) as raised:
        seatrules.load(make(written({**contents(LIBRARY), **STRAYS}, tmp_path / "policy"), tmp_path))
    assert [(problem.code, problem.span.source.place) for problem in raised.value.problems] == [
        ("hidden-version", ".spring/policy.yaml"),
        ("unread-file", "2025-01-01/.draft/rules.yaml"),
        ("unread-file", "2025-01-01/.draft/words.yaml"),
        ("unread-file", "2025-01-01/more.json"),
        ("unread-file", "2025-01-01/third.json"),
        ("unread-file", "2025-01-01/words.json"),
        ("misnamed-header", "by-json/policy.json"),
        ("misnamed-header", "later/policy.yml"),
    ]


@pytest.mark.parametrize("make", PLACES.values(), ids=PLACES)
def test_the_only_version_is_told_where_its_header_is_misnamed(
    make: Callable[[Path, Path], Any], tmp_path: Path
) -> None:
    """Where there is no other version, too."""
    only = {name.replace("policy.yaml", "Policy.yaml"): content for name, content in contents(LIBRARY).items()}
    with pytest.raises(PolicyError, match=r"the header of a version is `policy\.yaml`"):
        seatrules.load(make(written(only, tmp_path / "policy"), tmp_path))


@pytest.mark.parametrize(("make", "name"), [(dict, "the mapping"), (lambda: opened(zipped({})), "the zip")])
def test_files_without_a_version_are_no_policy(make: Callable[[], Any], name: str) -> None:
    """What to call them is said."""
    with pytest.raises(UsageError) as raised:
        seatrules.load(make())
    help_text = "their files are named `2024-11-01/policy.yaml`, or `policy.yaml` for a single one"
    assert str(raised.value) == f"`{name}` holds no version of a policy; {help_text}"


def test_what_was_compiled_from_memory_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By all that it comes from: another byte of it is another policy."""
    monkeypatch.setenv("SEATRULES_CACHE", str(tmp_path / "cache"))
    done: list[Any] = []
    compile_place = seatrules.engine._compile

    def noted(*arguments: Any) -> Any:
        done.append(arguments)
        return compile_place(*arguments)

    monkeypatch.setattr(seatrules.engine, "_compile", noted)
    for one in (contents(LIBRARY), version(LIBRARY, "2025-01-01"), opened(zipped(contents(SHIPPED)))):
        done.clear()
        first, second = seatrules.load(one), seatrules.load(one)
        assert len(done) == 1
        assert [p.digest for p in first.programs.values()] == [p.digest for p in second.programs.values()]
    changed = contents(LIBRARY)
    changed["2025-01-01/codes.yaml"] += b"# a comment\n"
    seatrules.load(changed)
    assert len(done) == 2


def test_a_folder_that_cant_be_looked_into_is_told(base_policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it holds may be what denies: it does not count as empty."""
    (base_policy / "base" / "rules").mkdir()
    scandir = os.scandir

    def refused(path: Any = ".") -> Any:
        if str(path).endswith("rules"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(FileError, match=r"parking/base/rules: access to it is not allowed$"):
        seatrules.load(base_policy)


# The package itself in a zip.


def package(target: Path) -> Path:
    """The package as a zip, with the shipped policies where a wheel has them."""
    sources = {f"seatrules/{name}": data for name, data in contents(ENGINE).items() if "__pycache__" not in name}
    policies = {f"seatrules/policies/{name}": data for name, data in contents(ROOT / "policies").items()}
    target.write_bytes(zipped({**sources, **policies}))
    return target


def run(archive: Path, *arguments: str, cache: Path | str = "") -> subprocess.CompletedProcess[str]:
    """Python with the package from a zip, where there is no other."""
    environment = {**os.environ, "PYTHONPATH": str(archive), "SEATRULES_CACHE": str(cache), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, env=environment, cwd=archive.parent, capture_output=True, text=True, check=False)


LOAD = """
import json, sys, seatrules
assert seatrules.__file__.startswith(sys.argv[1]), seatrules.__file__
for name in (None, "hubspot-seats"):
    for version, program in seatrules.load(name).programs.items():
        print(version, program.digest)
"""


IN_A_ZIP = [
    "lint --policy zoom-licenses",
    "test --policy zoom-licenses",
    "book zoom-licenses --out book --seconds 0.01",
    "can --policy zoom-licenses --state state.json",
    "when --policy zoom-licenses --state state.json --action action.json",
    "simulate --policy zoom-licenses --state state.json --steps steps.json",
    "show --policy zoom-licenses --code buy_licenses",
]
"""What is asked of a policy that comes with a package in a zip."""


def test_a_package_in_a_zip_works(tmp_path: Path) -> None:
    """It finds the policies that come with it, decides as it does elsewhere, and keeps what it compiled."""
    archive = package(tmp_path / "seatrules.zip")
    (tmp_path / "policies").mkdir()  # one that is somebody else's, beside the zip
    listed = "".join(f"{name} {program.digest}\n" for name, program in seatrules.load().programs.items())
    for _ in range(2):
        done = run(archive, "-c", LOAD, str(archive), cache=tmp_path / "cache")
        assert (done.stdout, done.stderr) == (listed * 2, "")
    assert list((tmp_path / "cache").iterdir())
    demo = TESTS / "demo"
    arguments = ["--state", str(demo / "account.yaml"), "--action", str(demo / "remove-too-many.yaml")]
    done = run(archive, "-m", "seatrules", "check", *arguments, "--format", "json")
    state, action = (read_data(str(demo / name)) for name in ("account.yaml", "remove-too-many.yaml"))
    assert (done.returncode, done.stderr) == (3, "")
    engine = seatrules.load()
    decision = engine.decide(action, state)
    checked = engine.beside(engine.validate(state), decision.codes, state)
    assert done.stdout == json_of(decision.as_dict(checked=checked))
    schema = run(archive, "-m", "seatrules", "schema")
    assert (schema.returncode, schema.stderr) == (0, "")
    state = samples(ROOT / "policies" / "zoom-licenses")[0].state
    buy = {"type": "buy_licenses", "actor": next(iter(state["users"])), "product": "workplace", "quantity": 1}
    for name, value in {"state": state, "action": buy, "steps": [buy]}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    done = run(archive, "-c", f"from seatrules.cli import run\nfor each in {IN_A_ZIP!r}: print(run(each.split()))")
    assert done.stderr == ""
    assert [line for line in done.stdout.splitlines() if line.isdecimal()] == ["0"] * len(IN_A_ZIP)
    assert "passed, 0 failed" in done.stdout
    assert (tmp_path / "book" / "index.html").exists()
    unknown = run(archive, "-m", "seatrules", "list", "--policy", "hubspot-seat")
    assert unknown.stderr == (
        "error[unknown-policy]: there is no policy `hubspot-seat`\n  help: did you mean `hubspot-seats`?\n"
    )


def json_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def test_an_engine_in_a_zip_is_told_from_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one archive compiled, another one does not take."""
    archive = tmp_path / "seatrules.zip"
    monkeypatch.setattr(kept, "__file__", str(archive / "seatrules" / "cache.py"))
    engine = kept._engine.__wrapped__
    archive.write_bytes(b"one")
    first = engine()
    assert engine() == first
    archive.write_bytes(b"another")
    assert engine() != first
    archive.unlink()
    with pytest.raises(OSError, match="is in no file"):
        engine()


ALIKE = [
    "samples --policy {policy}",
    "test {policy} --coverage --policy {policy}",
    "test --policy {policy} --extension {extension}",
    "lint --policy {policy} --extension {extension}",
    "lint --deep --policy {policy} --seconds 0.01",
    "list --policy {policy} --extension {extension}",
    "probe --policy {policy} --runs 1 --steps 2",
    "mutate {policy} --rule open --jobs 1",
    "new state --policy {policy} --yes",
    "diff {policy} {policy} --new-extension {extension}",
    "test {failing} --coverage",
    "test {failing} --policy {policy} --format json",
    "test {unread} --policy {policy}",
    "lint {unread}",
]
"""Commands that say the same of a policy, and of an extension, in a zip as of one in a folder."""


NO_MILK = {
    "extension.yaml": b"""\
name: no-milk
extends: kiosk
changes: [2025-01-01/sales/one-milk-is-left]
codes: {reasons: {no_milk: {en: milk is not sold here, nl: melk is hier niet te koop}}}
rules:
  - {id: milk-is-not-sold, actions: [sell], require: 'good != "milk"', otherwise: {code: no_milk}}
""",
    "suites/milk.yaml": b"""\
cases:
  - id: no-milk
    state: {as_of: '2025-03-01', open: true, stock: 5}
    action: {type: sell, good: milk, buyer: adult}
    expect: {decision: deny, reasons: [no_milk]}
""",
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a policy and an extension lie twice: in a folder, and in a zip."""
    folder = tmp_path_factory.mktemp("both")
    suite = next(name for name in contents(KIOSK) if "/suites/" in name)
    failing = NO_MILK["suites/milk.yaml"].replace(b"no_milk", b"of_age")
    ours = {"extension": NO_MILK} | {
        name: {**contents(KIOSK), **more}
        for name, more in {"policy": {}, "failing": {suite: failing}, "unread": {suite: b"cases: ["}}.items()
    }
    for name, held in ours.items():
        written(held, folder / name)
        (folder / f"{name}.zip").write_bytes(zipped(held))
    return folder


def said(both: Path, command: str, **named: str) -> tuple[int, str, str]:
    """The exit code of a command and what it prints, with a zip named as a folder."""
    done = run_here(*(word.format(**named) for word in command.split()), cwd=both)
    out, err = (text.decode().replace(".zip", "") for text in (done.stdout, done.stderr))
    return done.returncode, out, err


@pytest.mark.parametrize("command", ALIKE)
def test_a_command_says_the_same_of_a_zip(command: str, both: Path) -> None:
    """Its suites are read, and those of an extension in a zip too."""
    names = ("policy", "extension", "failing", "unread")
    in_folders = said(both, command, **{name: name for name in names})
    in_zips = said(both, command, **{name: f"{name}.zip" for name in names})
    assert in_zips == in_folders
    assert in_folders[0] in (0, 1, 65)


UNNAMED = {
    "version: a/b": "1:10: error[bad-name]: `a/b` is no name: letters, digits, `_` and `-`",
    "title: none": "1:1: error[missing-key]: the key `version` is missing here",
    "version: [": "1:10: error[yaml-syntax]: this is not YAML: the `[` that opens here is never closed",
}
"""Headers of a version that lies alone in a zip, and what is wrong with them."""


@pytest.mark.parametrize("command", ["lint policy.zip", "test policy.zip", "diff policy.zip policy.zip"])
@pytest.mark.parametrize("header", UNNAMED)
def test_what_is_wrong_with_a_version_in_a_zip_is_told_by_every_command(
    header: str, command: str, tmp_path: Path
) -> None:
    """A version without a name for a folder is not unpacked: what is wrong with its header is told."""
    (tmp_path / "policy.zip").write_bytes(zipped({"policy.yaml": header.encode(), "suites/a.yaml": b"cases: []"}))
    done = run_here(*command.split(), cwd=tmp_path)
    assert f"policy.zip/policy.yaml:{UNNAMED[header]}" in (done.stdout + done.stderr).decode().splitlines()
    assert done.returncode == (1 if "lint" in command else 78)


def test_a_book_of_a_zip_has_what_its_suites_show(both: Path) -> None:
    """Each page is that of the folder's."""
    for policy in ("policy", "policy.zip"):
        done = run_here("book", policy, "--out", f"book-of-{policy}", "--seconds", "0.001", cwd=both)
        assert (done.returncode, done.stderr) == (0, b"")
    one, other = contents(both / "book-of-policy"), contents(both / "book-of-policy.zip")
    assert one == other


REFUSED = {
    "new rule some-rule --policy policy.zip --require 1==1 --yes": (
        "error[usage]: say by `--policy` which policy is written into: its folder, not a name"
    ),
    "new rule some-rule --policy policy --extension extension.zip --require 1==1 --yes": (
        "error: extension.zip: is a zip: unpack it first"
    ),
    "new extension more --policy policy.zip --yes": (
        "error[no-folder]: suites are read from a policy's folder, and `policy.zip` is none"
    ),
    "fmt policy.zip": "error: policy.zip: is a zip: unpack it first",
    "watch policy.zip": "error[no-folder]: suites are read from a policy's folder, and `policy.zip` is none",
    "lint --deep --policy policy.zip --witness shown": (
        "error[no-folder]: suites are read from a policy's folder, and `policy.zip` is none"
    ),
    "list --extension policy.zip": "error[unknown-extension]: `policy.zip` is no extension",
}


@pytest.mark.parametrize("command", REFUSED)
def test_what_writes_into_files_takes_no_zip(command: str, both: Path) -> None:
    """It says so, and changes nothing."""
    before = contents(both)
    done = run_here(*command.split(), cwd=both)
    assert done.returncode in (2, 74)
    assert done.stderr.decode().splitlines()[0] == REFUSED[command]
    assert contents(both) == before


@pytest.mark.parametrize("make", PLACES.values(), ids=PLACES)
def test_an_extension_is_the_same_wherever_it_lies(make: Callable[[Path, Path], Any], tmp_path: Path) -> None:
    """With a policy in memory too, its digest and answers are those of the folder."""
    there = seatrules.load(contents(LIBRARY), extensions=[make(BANNED, tmp_path)])
    here = seatrules.load(LIBRARY, extensions=[BANNED])
    assert [(name, p.digest) for name, p in there.programs.items()] == [(n, p.digest) for n, p in here.programs.items()]
    assert [p.policy.extensions for p in there.programs.values()] == [
        p.policy.extensions for p in here.programs.values()
    ]
    for case in cases(LIBRARY):
        assert answer(there, case) == answer(here, case)


def test_an_extension_in_memory_names_its_policy() -> None:
    """And what is none is told."""
    few = contents(TESTS / "extensions" / "few-at-once")
    assert {p.name for p in seatrules.load(extensions=[few]).programs.values()} == {"hubspot-seats"}
    for none in ({}, {"rules.yaml": b"rules: []"}, {"a/extension.yaml": few["extension.yaml"]}):
        with pytest.raises(UsageError, match=r"^`the mapping` is no extension; `extension.yaml` has to be at its top"):
            seatrules.load(LIBRARY, extensions=[none])


def test_a_zip_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--policy` takes a zip, and lint tells what is wrong in it by its name."""
    monkeypatch.chdir(tmp_path)
    wrong = contents(LIBRARY)
    wrong["2025-01-01/rules/10-members.yaml"] += b"\nrulse: []\n"
    Path("library.zip").write_bytes(zipped(wrong))
    _, problems = read_versions(find("library.zip"))
    place = "library.zip/2025-01-01/rules/10-members.yaml:32:1"
    told = f"{place}: error[unknown-kind]: `rulse` names no kind of policy file"
    assert [str(each) for each in problems.errors] == [told]
    for arguments in (
        ["lint", "library.zip"],
        ["lint", "--policy", "library.zip"],
        ["list", "--policy", "library.zip"],
    ):
        assert cli.run(arguments) == (1 if "lint" in arguments else 78)
        assert f"{place}: error[unknown-kind]" in "".join(capsys.readouterr())


def test_a_version_is_unpacked_below_the_folder_whatever_its_header_says(tmp_path: Path) -> None:
    """A name that leads elsewhere is refused before anything is written."""
    away = b"name: kiosk\nversion: ../../away\n"
    (tmp_path / "policy.zip").write_bytes(zipped({"policy.yaml": away, "suites/a.yaml": b"cases: []"}))
    (tmp_path / "into").mkdir()
    with pytest.raises(FileError, match="is no path below the policy"):
        archives.unpack(tmp_path / "policy.zip", tmp_path / "into")
    assert [*(tmp_path / "into").iterdir()] == []
