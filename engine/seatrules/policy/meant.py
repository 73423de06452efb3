"""Which files seem to be meant as a policy's, by their names and how they begin."""

from __future__ import annotations

import re

from .kinds import PARTS

# `words` is a key of other tools too, which list them; a policy's are by language.
_OWN_WORDS = r'words(?!"?\s*:\s*[-\[])'
_KINDS = "|".join([*sorted(set(PARTS) - {"defaults", "state", "words"}), "table", "effective_from", _OWN_WORDS])
_BEGINS_YAML = re.compile(rb"^(?:%b)[ ]*:" % _KINDS.encode(), re.M)
_JSON_KEY = re.compile(rb'"(?:%b)"\s*:' % _KINDS.encode())
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.S)
_NEAR = re.compile(r"\.(?:ya?m|ymal|yaml\w|ya?ml\.txt)$", re.I)
_ENDING = re.compile(rf"{_NEAR.pattern}|\.(?:ya?ml|json)$", re.I)


def is_named_as_meant(name: str) -> bool:
    """Whether a file has the name of one that is read, or might be taken for it."""
    return _ENDING.search(name) is not None


def begins_as_meant(name: str, content: bytes) -> bool:
    """Whether a file of such a name begins as a policy file does; of JSON, whether it has a key of one at the top."""
    text = content.removeprefix(b"\xef\xbb\xbf")
    if not name.lower().endswith(".json"):
        return _BEGINS_YAML.search(text) is not None
    depth = 0
    for token in _JSON_TOKEN.finditer(text):
        if depth == 1 and _JSON_KEY.match(text, token.start()):
            return True
        depth += (token[0] in (b"{", b"[")) - (token[0] in (b"}", b"]"))
    return False


def is_near(name: str) -> bool:
    """Whether a name ends nearly as that of a file that is read."""
    return _NEAR.search(name) is not None


def in_yaml(name: str) -> str:
    """The name of a file as it would be read."""
    return f"{_ENDING.sub('', name)}.yaml"
