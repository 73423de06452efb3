"""A compiled policy is remembered by all that it comes from; a cache that is no good is as good as none."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import seatrules
import seatrules.loading
from seatrules import cache
from seatrules.engine import Loader

POLICY = Path(__file__).parent / "policies" / "library-loans"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's folder, which is not there yet."""
    monkeypatch.setenv("SEATRULES_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(POLICY, tmp_path / "policy"))


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was compiled, and not remembered."""
    done: list[Any] = []
    compile_place = seatrules.engine._compile

    def noted(*arguments: Any) -> Any:
        done.append(arguments)
        return compile_place(*arguments)

    monkeypatch.setattr(seatrules.engine, "_compile", noted)
    return done


def digests(engine: seatrules.Engine) -> list[str]:
    return [program.digest for program in engine.programs.values()]


def test_what_was_compiled_before_is_remembered(folder: Path, policy: Path, compiled: list[Any]) -> None:
    """The second load compiles nothing, and gives an engine that says the same."""
    first, second = seatrules.load(policy), seatrules.load(policy)
    assert len(compiled) == 1
    assert digests(first) == digests(second)
    assert [each.name for each in folder.iterdir()]


def add_a_byte(policy: Path) -> None:
    codes = next(policy.rglob("codes.yaml"))
    codes.write_text(codes.read_text() + "# a comment\n")


CHANGES: dict[str, Callable[[Path], Any]] = {
    "a byte of a file": add_a_byte,
    "a new file": lambda policy: (policy / "2025-01-01" / "more.yaml").write_text("rules: []\n"),
    "a file's name": lambda policy: (policy / "2025-01-01" / "codes.yaml").rename(policy / "2025-01-01" / "words.yaml"),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_comes_from_other_files_is_compiled(
    policy: Path, compiled: list[Any], change: Callable[[Path], Any]
) -> None:
    """Any change of the files makes another policy of it."""
    seatrules.load(policy)
    change(policy)
    seatrules.load(policy)
    assert len(compiled) == 2


@pytest.mark.usefixtures("folder")
def test_settings_are_part_of_what_is_remembered(compiled: list[Any]) -> None:
    """Another choice is another program."""
    default = seatrules.load("hubspot-seats")
    chosen = seatrules.load("hubspot-seats", settings={"core_renewal": "latest"})
    assert len(compiled) == 2
    assert default.programs["2024-11-01"].settings != chosen.programs["2024-11-01"].settings


@pytest.mark.usefixtures("folder")
def test_a_loader_reads_files_once_for_all_choices(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other settings nothing is read anew, and what comes out is what `load` gives; a changed file is."""
    places, read_versions = list[Any](), seatrules.loading.read_versions

    def noted(place: Any) -> Any:
        places.append(place)
        return read_versions(place)

    monkeypatch.setattr(seatrules.loading, "read_versions", noted)
    loader = Loader()
    engines = [loader.load(policy, settings={"keep_history": choice}) for choice in (True, False)]
    assert len(places) == 1
    assert [each.programs["2025-01-01"].settings["keep_history"] for each in engines] == [True, False]
    change = policy / "2025-01-01" / "codes.yaml"
    change.write_text(change.read_text().replace("en: ", "en: Now ", 1))
    changed = loader.load(policy)
    assert len(places) == 2
    assert digests(changed) == digests(seatrules.load(policy)) != digests(engines[0])


def make_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def damaged(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


class Evil:
    """Something that runs when it is read."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("/tmp/seatrules-was-here",)


def imported(file: Path) -> None:
    """A class that a module of ours imports, called: it would empty a file."""
    target = str(file.parent / "emptied").encode()
    asked = b"\x8c\x0fseatrules.cache\x8c\x09io.FileIO\x93"
    keep(file, b"\x80\x04" + asked + b"\x8c" + bytes([len(target)]) + target + b"\x8c\x01w\x86R.")


def not_of_a_program(file: Path) -> None:
    """A class of ours, but none that a program is made of."""
    keep(file, pickle.dumps(cache._Unpickler))


def make_a_fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def another(file: Path) -> None:
    """What is there is whole, says something else, and may be written by everybody."""
    keep(file, pickle.dumps("chosen by somebody"))
    file.chmod(0o666)


def another_behind_a_link(file: Path) -> None:
    elsewhere = file.parent.parent / file.name
    keep(elsewhere, pickle.dumps("chosen by somebody"))
    file.unlink()
    file.symlink_to(elsewhere)


def in_a_folder_of_all(file: Path) -> None:
    keep(file, pickle.dumps("chosen by somebody"))
    file.parent.chmod(0o777)


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "a bit": lambda file: file.write_bytes(damaged(file.read_bytes())),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:100]),
    "empty": lambda file: file.write_bytes(b""),
    "a folder": make_a_folder,
    "a pipe": make_a_fifo,
    "a class that is not ours": imported,
    "a class of ours that no program has": not_of_a_program,
    "a file that anybody may write": another,
    "a link": another_behind_a_link,
    "a folder that anybody may write": in_a_folder_of_all,
    "something that runs": lambda file: keep(file, pickle.dumps(Evil())),
    "another thing": lambda file: keep(file, pickle.dumps(object())),
}


def keep(file: Path, pickled: bytes) -> None:
    """Write an entry of the cache, whose digest is right."""
    file.write_bytes(hashlib.sha256(file.name.encode() + pickled).digest() + pickled)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_cache_is_none(
    folder: Path, policy: Path, compiled: list[Any], damage: Callable[[Path], Any]
) -> None:
    """The answer is the same, only slower; nothing in the cache runs."""
    good = digests(seatrules.load(policy))
    for file in folder.iterdir():
        damage(file)
    assert digests(seatrules.load(policy)) == good
    assert len(compiled) == 2
    assert not Path("/tmp/seatrules-was-here").exists()
    assert not (folder / "emptied").exists()


def test_of_what_is_remembered_only_the_version_asked_for_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that decides costs no reading of the others; all of them are there for who asks."""
    names = [*seatrules.load("hubspot-seats").programs]
    done: list[str] = []
    unpack = cache.opened

    def noted(pickled: bytes) -> Any:
        program = unpack(pickled)
        done.append(program.version)
        return program

    monkeypatch.setattr(seatrules.engine, "opened", noted)
    engine = seatrules.load("hubspot-seats")
    assert (list(engine.programs), len(engine.programs), names[0] in engine.programs) == (names, 3, True)
    for version, day in (("2024-11-01", "2024-11-15"), ("2025-03-26", "2025-04-01"), ("2024-11-01", "2025-03-25")):
        assert engine.program_for({"as_of": day}).version == version
        engine.compiled({"as_of": day})
    assert done == ["2024-11-01", "2025-03-26"]
    assert digests(engine) == digests(seatrules.load("hubspot-seats"))
    assert repr(engine.programs) == f"<programs of {', '.join(names)}>"


def test_nothing_that_is_packed_runs(folder: Path, policy: Path) -> None:
    """What is packed in an entry whose digest is right is held to the same as the entry."""
    seatrules.load(policy)
    for file in folder.iterdir():
        keep(file, pickle.dumps([("2025-01-01", "2025-01-01", ("en",), pickle.dumps(Evil()))]))
    engine = seatrules.load(policy)
    with pytest.raises(pickle.UnpicklingError, match="is not ours"):
        engine.programs["2025-01-01"]
    assert not Path("/tmp/seatrules-was-here").exists()


def test_a_cache_that_can_not_be_written_is_none(folder: Path, policy: Path, compiled: list[Any]) -> None:
    """A file stands where the folder would be."""
    folder.write_text("in the way")
    assert digests(seatrules.load(policy)) == digests(seatrules.load(policy))
    assert len(compiled) == 2


def test_what_changes_while_it_is_compiled_is_not_kept(
    folder: Path, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows which of the two was compiled."""
    compile_place = seatrules.engine._compile

    def meddled(*arguments: Any) -> Any:
        found = compile_place(*arguments)
        add_a_byte(policy)
        return found

    monkeypatch.setattr(seatrules.engine, "_compile", meddled)
    seatrules.load(policy)
    assert not folder.exists()


def test_an_entry_serves_under_its_own_name_only(folder: Path) -> None:
    """What was kept of one thing, whole and unchanged, is nothing in the place of another."""

    def kept(value: str) -> str:
        return cache.remembered(lambda: [value.encode()], lambda: value)

    first, second = kept("first"), kept("second")
    one, other = sorted(folder.iterdir())
    one.write_bytes(other.read_bytes())
    assert (kept("first"), kept("second")) == (first, second)


def test_only_so_much_is_kept(folder: Path) -> None:
    """The oldest go."""
    for number in range(cache.KEPT + 5):
        assert cache.remembered(lambda number=number: [b"%d" % number], lambda number=number: number) == number  # type: ignore[misc]
    assert len(list(folder.iterdir())) == cache.KEPT


def test_no_file_of_others_goes(folder: Path) -> None:
    """Whatever folder is named, only what is kept there is taken away."""
    folder.mkdir()
    for number in range(cache.KEPT + 5):
        (folder / f"letter-{number}.txt").write_text("dear")
    cache.remembered(lambda: [b"1"], lambda: 1)
    assert len(list(folder.glob("letter-*.txt"))) == cache.KEPT + 5


def test_without_a_home_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder `~` or the like is made where somebody happens to stand."""
    monkeypatch.delenv("SEATRULES_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "nowhere")
    monkeypatch.chdir(tmp_path)
    assert cache.remembered(lambda: [b"1"], lambda: 1) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("home", [None, "", "nowhere", "/dev/null/home"])
def test_a_user_of_whom_nothing_is_known_does_without(home: str | None, tmp_path: Path) -> None:
    """A container's bare number is no user of the system, and has no home: what is asked for is computed."""
    script = (
        "import os, pwd\n"
        "from seatrules.cache import remembered\n"
        "os.setuid(23456) if os.geteuid() == 0 else setattr(pwd, 'getpwuid', {}.__getitem__)\n"
        "print(remembered(lambda: [b'1'], lambda: 'computed'))"
    )
    environment = {"HOME": home} if home is not None else {}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "computed\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("folder")
def test_settings_that_are_no_names_are_told(policy: Path) -> None:
    """What can't be a setting is an error of use, and no other."""
    settings: Any = {1: "a", "b": "c"}
    with pytest.raises(seatrules.UsageError, match=r"^there is no setting `1`"):
        seatrules.load(policy, settings=settings)


def test_a_folder_that_is_gone_is_no_place_to_be_shown_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that is named by its whole path loads wherever one stands."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert digests(seatrules.load(POLICY)) == digests(seatrules.load(POLICY))


def _digests(policy: Path) -> list[str]:
    return digests(seatrules.load(policy))


@pytest.mark.usefixtures("folder")
def test_two_processes_may_write_at_once(policy: Path) -> None:
    """Each writes the whole of it, and both say the same."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        first, second = pool.map(_digests, [policy, policy])
    assert first == second
