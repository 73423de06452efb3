"""Answers the page of a rule book on which requests are tried: JSON in, JSON out.

A browser runs this, and it says what `seatrules check` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .cache import opened
from .decision.explain import bill_text, bill_words, decision_text, effect_text, verdict_word
from .decision.prose import Naming
from .decision.values import Decision
from .diagnostics import SourceText
from .documents import Document, as_yaml, placed, read_document
from .engine import Engine
from .errors import PolicyError, RequestError, RequestProblem, error_object
from .json_text import require_shallow_text
from .planning.prose import partly_text, step_text
from .planning.remedy_values import Remedies
from .program import Program, spoken
from .render.remedies import remedies_text
from .requesting import decided

PARTS = ("state", "action")
"""The parts of a request, each given as a `value` or as a `text` in YAML or JSON."""


class BrowserAnswers:
    """What is answered by an engine, in one of its policy's languages."""

    def __init__(self, engine: Engine, language: str) -> None:
        self.engine, self.language = engine, language

    @classmethod
    def of_packed(cls, programs: bytes, language: str) -> BrowserAnswers:
        """The answers by programs that `cache.packed` has packed."""
        engine = Engine.of(opened(programs))
        return cls(engine, spoken(language, engine.languages))

    def __call__(self, asked: str) -> str:
        """What is answered to a request, both JSON.

        `asked` has `state` and `action`, and `seconds` where ways to yes are looked for. The answer has the `value` and
        the `text` of both, as far as they can be read, and either `problems` or an `answer` as `check --format json`
        prints one, the `text` that it prints else, and what is `told` of it in sentences.
        """
        return json.dumps(self._answer(json.loads(asked)), ensure_ascii=False)

    def _answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        documents: dict[str, Document] = {}
        problems: list[RequestProblem] = []
        for name in PARTS:
            try:
                documents[name] = _read(name, request[name])
            except RequestError as error:
                problems += (each._replace(path=f"/{name}") for each in error.problems)
        parts = {
            name: {"value": document.value, "text": _text(request[name], document.value)}
            for name, document in documents.items()
        }
        if problems:
            return {**parts, **self._wrong(RequestError(problems))}
        written = {name: document for name, document in documents.items() if "text" in request[name]}
        try:
            with placed(**written):
                return {**parts, **self._decided(documents, request.get("seconds"))}
        except RequestError as error:
            return {**parts, **self._wrong(error)}
        except PolicyError as error:
            return {**parts, "problems": [error_object(each.code, each.message)["error"] for each in error.problems]}

    def _wrong(self, error: RequestError) -> dict[str, Any]:
        return {"problems": error.as_dict(self.language)["error"]["problems"]}

    def _decided(self, documents: Mapping[str, Document], seconds: float | None) -> dict[str, Any]:
        state, action = (documents[name].value for name in PARTS)
        decision, checked = decided(self.engine, action, state, None, partial=False, incomplete=(), invariants=True)
        proposed = None if seconds is None else self.engine.remedies(action, state, seconds=seconds)
        parts = [decision_text(decision, self.language, checked=checked)]
        prose = self._told(decision)
        if proposed is not None and not proposed.allowed:
            program = self.engine.program_for(state)
            parts.append(remedies_text(proposed, program, self.language))
            prose |= self._ways(proposed, program)
        answer = decision.as_dict(self.language, checked=checked, remedies=proposed)
        return {"answer": answer, "text": "\n".join(parts), "told": prose}

    def _told(self, decision: Decision) -> dict[str, Any]:
        own = bill_words(decision)
        return {
            "verdict": verdict_word(decision.decision, self.language),
            "changes": [effect_text(each) for each in decision.effects],
            "bills": [bill_text(each, own, self.language) for each in decision.billing],
        }

    def _ways(self, proposed: Remedies, program: Program) -> dict[str, Any]:
        """How much is possible at once, and each way with what it costs and its steps."""
        naming, language = Naming(program, frozenset(), frozenset()), self.language
        ways = [
            {
                "cost": program.costs[each.cost][language] if each.cost else None,
                "steps": [{"day": step.step.date, "text": step_text(step, naming, language)} for step in each.steps],
            }
            for each in proposed.remedies
        ]
        return {"partly": partly_text(proposed, naming, language), "ways": ways}


def _read(name: str, given: Mapping[str, Any]) -> Document:
    """A part of a request; what is wrong with its text is said with the line."""
    if "text" in given:
        require_shallow_text(given["text"])
        return read_document(name, given["text"])
    return Document(given["value"], SourceText(name, name))


def _text(given: Mapping[str, Any], value: Any) -> str:
    """The text of a part: the one that is given, else one that is written for it."""
    return str(given["text"]) if "text" in given else as_yaml(value)
