"""The engine knows nothing of a vendor, and nothing of the world outside its arguments."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from conftest import TESTS

ENGINE = TESTS.parent / "engine"
POLICIES = TESTS.parent / "policies"
WORDS = """
    account_kind add_on add_ons add_seats advance_time assign_seat billing_date cancel_scheduled_removal
    change_seat_type collaborator copilot core_renewal core_seat coupon deactivate_member deactivate_user
    dormant enterprise github guest guests hub hubs hubspot invitation invitations ledger legacy licence
    licences licenses marketing memberships metered migrated modify_billing on_prem operations orgs partner
    partner_employee permissions purchased reactivate_user remove_user renewal_basis sales schedule_removal
    seat_based seat_type seat_types service_hub setup_complete slack starter subscription subscriptions tier
    tiers transfer_core_seat unassign_seat upgrade_from_free use_tool users view_only webinar workplace
    workspace zoom
"""
CODE_HOST = {"github": ("render/review.py",), "workspace": ("lsp/handlers.py", "lsp/server.py")}
"""Words of a vendor that name the form of annotations, or what an editor has open, too, and where they may stand."""
DECIDING = (
    "source.py",
    "nodes.py",
    "yaml_syntax.py",
    "diagnostics.py",
    "errors.py",
    "problems.py",
    "versions.py",
    "engine.py",
    "language",
    "policy",
    "compiler",
    "decision",
    "change",
    "durable",
    "generated",
    "planning",
    "program",
)
# What a deciding module may not import. (`os` serves to walk a policy's folder while it is loaded.)
OUTSIDE = {"random", "secrets", "socket", "subprocess", "time", "urllib", "uuid", "locale"}


def modules(*names: str) -> list[Path]:
    """The engine's modules; those below `names` only, when some are given."""
    root = ENGINE / "seatrules"
    return [path for path in sorted(root.glob("**/*.py")) if not names or path.relative_to(root).parts[0] in names]


def words_of(text: str) -> set[str]:
    """The words of a text, in small letters."""
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text.lower()).split())


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ENGINE).as_posix())
def test_a_module_has_no_word_of_the_vendor(path: Path) -> None:
    """Neither code nor comments nor texts of the engine say a vendor's word."""
    name = path.relative_to(ENGINE / "seatrules").as_posix()
    may_say = {word for word, names in CODE_HOST.items() if name in names}
    assert words_of(path.read_text(encoding="utf-8")) & set(WORDS.split()) == may_say


def test_the_engine_gives_no_code_of_the_policy() -> None:
    """No code, fact, table or setting of a shipped policy stands in the engine as a text of its own."""
    own: set[str] = set()
    for path in POLICIES.glob("*/*/**/*.yaml"):
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in ("facts", "settings", "cutoffs", "actions"):
            own |= set(value.get(kind, {}))
        for codes in value.get("codes", {}).values():
            own |= set(codes)
        own |= {value["table"]} if "table" in value else {*value.get("tables", {})}
    assert len(own) > 60
    texts = {
        node.value
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # A key of every condition, what YAML calls a node that another one may name, and a file that may not be read.
    assert own & texts == {"anchor", "holds", "no_access"}


@pytest.mark.parametrize("path", modules(*DECIDING), ids=lambda path: path.relative_to(ENGINE).as_posix())
def test_a_deciding_module_asks_nothing_of_the_world(path: Path) -> None:
    """The modules that load and decide import no clock, no chance, no environment and no network.

    A search for remedies ends in time: what says so looks at a clock, and at nothing else.
    """
    if path.name == "budget.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} & OUTSIDE == set()
        elif isinstance(node, ast.ImportFrom) and node.module == "random":
            assert [alias.name for alias in node.names] == ["Random"]  # which is no chance once it has a seed
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").partition(".")[0] not in OUTSIDE
        elif isinstance(node, ast.Attribute):
            assert node.attr not in ("environ", "getenv", "now", "today", "utcnow", "getcwd", "urandom")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "eval", "print", "input", "__import__")
            assert node.func.id != "Random" or node.args


@pytest.mark.parametrize("path", modules("language", "decision", "change", "planning"), ids=lambda path: path.name)
def test_deciding_reads_no_file(path: Path) -> None:
    """The language, the decision and what it changes know nothing of files."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported & {"os", "io", "sys", "pathlib", "yaml", "jsonschema", "click"} == set()
