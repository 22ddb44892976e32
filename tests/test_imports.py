"""The packages and the imports that they may have."""

from __future__ import annotations

import ast
from collections import defaultdict

import pytest
from paths import REPOSITORY

# The modules directly in `service/`.
ROOT_MODULES = {"__init__", "article", "errors", "logs", "metrics", "runtime", "settings"}


def modules() -> dict[str, ast.Module]:
    """Return the syntax tree of every module that ships, by its dotted name."""
    return {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__"): (
            ast.parse(path.read_text(encoding="utf-8"))
        )
        for package in ("kabar", "models", "service")
        for path in sorted((REPOSITORY / package).rglob("*.py"))
    }


def imports() -> set[tuple[str, str]]:
    """Return (module, imported module), also for imports inside functions."""
    known = modules()
    found = set()
    for name, tree in known.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            found |= {(name, other) for other in names if other in known and other != name}
    return found


def package(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_models_do_not_import_the_service() -> None:
    assert [pair for pair in imports() if pair[0] < "service" <= pair[1]] == []


def test_the_client_and_the_service_do_not_import_each_other() -> None:
    assert [
        (one, other)
        for one, other in imports()
        if one.startswith("kabar") != other.startswith("kabar")
    ] == []


def test_article_records_import_no_other_module() -> None:
    assert [pair for pair in imports() if pair[0] == "service.article"] == []


def test_only_the_command_line_imports_http() -> None:
    upward = {
        (one, other)
        for one, other in imports()
        if package(other) in {"service.http", "service.cli"} and package(one) != package(other)
    }
    assert {pair for pair in upward if package(pair[0]) != "service.cli"} == set()


def test_modules_directly_in_service() -> None:
    assert {path.stem for path in (REPOSITORY / "service").glob("*.py")} == ROOT_MODULES


@pytest.mark.parametrize("of", [str, package], ids=["modules", "packages"])
def test_no_import_cycle(of: type[str]) -> None:
    """Neither modules nor packages of the service import in a cycle."""
    edges = defaultdict(set)
    for one, other in imports():
        if of(one) != of(other) and (of is str or one.startswith("service.")):
            edges[of(one)].add(of(other))
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above[above.index(name) :], name))
        if name not in done:
            for other in sorted(edges[name]):
                visit(other, (*above, name))
            done.add(name)

    for name in sorted(edges):
        visit(name, ())


def test_no_module_has_more_than_350_lines() -> None:
    long = {
        name: tree.body[-1].end_lineno
        for name, tree in modules().items()
        if tree.body and (tree.body[-1].end_lineno or 0) > 350
    }
    assert long == {}
