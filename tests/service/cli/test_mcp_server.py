"""The tools of `kabar mcp`, through the real client of the protocol."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from naughty import NaughtyEngine
from paths import REPOSITORY

from service.cli.mcp_server import make_server
from service.runtime import Runtime, runtime_around
from service.settings import load_settings

ARTICLE = "Banjir Rendam Demak\n\nBanjir merendam 12 rumah. Warga mengungsi ke balai desa."


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    runtime = runtime_around(NaughtyEngine(), load_settings(data_dir=tmp_path, max_characters=500))
    yield runtime
    runtime.close()


def call(runtime: Runtime, name: str, **arguments: Any) -> Any:
    async def use() -> Any:
        async with Client(make_server(runtime)) as client:
            return await client.call_tool(name, arguments)

    return asyncio.run(use())


def test_four_tools_with_descriptions(runtime: Runtime) -> None:
    async def use() -> Any:
        async with Client(make_server(runtime)) as client:
            return (await client.list_tools()).tools

    tools = asyncio.run(use())
    assert [tool.name for tool in tools] == ["translate", "summarize", "check_facts", "glossary"]
    for tool in tools:
        assert tool.description
        assert tool.output_schema
        for field in tool.input_schema["properties"].values():
            assert field["description"]


def test_translate(runtime: Runtime) -> None:
    found = call(runtime, "translate", text=ARTICLE).structured_content
    assert found["headline"] == "[Banjir] [Rendam] [Demak]"
    assert "[Banjir] [merendam] [12] [rumah.]" in found["text"]
    page = call(runtime, "translate", text="<p>Air surut</p>", html=True, glossary=[])
    assert page.structured_content["text"] == "<p>[Air] [surut]</p>"
    flagged = call(runtime, "translate", text="EMPTY banjir merendam 12 rumah.")
    (sentence,) = flagged.structured_content["flagged"]
    assert sentence["flags"][0] == "untranslated"


def test_summarize(runtime: Runtime) -> None:
    found = call(runtime, "summarize", text=ARTICLE, bullets=1).structured_content
    assert len(found["bullets"]) == 1
    assert found["bullets"][0]["source_text"]


def test_check_facts(runtime: Runtime) -> None:
    found = call(
        runtime,
        "check_facts",
        source="Sebanyak 1.240 rumah terendam pada Selasa (18/2/2025).",
        english="Some 1,420 houses were flooded on Tuesday (18/2/2025).",
    ).structured_content
    statuses = {(fact["status"], fact["source"], fact["english"]) for fact in found["facts"]}
    assert ("missing", "1.240", None) in statuses
    assert ("invented", None, "1,420") in statuses
    assert "number_missing" in found["flags"]


def test_glossary(runtime: Runtime) -> None:
    found = call(runtime, "glossary", text="Kepala BPBD Demak tiba.").structured_content
    (term,) = [one for one in found["terms"] if one["term"] == "BPBD"]
    assert term["english"][0] == "Regional Disaster Mitigation Agency"
    assert term["count"] == 1


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("translate", {"text": " "}, "the text is empty"),
        ("translate", {"text": "a" * 501}, "501 characters"),
        ("translate", {"text": "RAISE banjir."}, "engine raised on demand"),
        ("translate", {"text": "Air.", "glossary": ["none-such"]}, "no glossary 'none-such'"),
        ("translate", {}, "text"),
        ("summarize", {"text": "Air.", "bullets": 9}, "bullets"),
        ("check_facts", {"source": "Air.", "english": ""}, "the text is empty"),
    ],
)
def test_bad_arguments(
    name: str, arguments: dict[str, Any], message: str, runtime: Runtime
) -> None:
    result = call(runtime, name, **arguments)
    assert result.is_error
    assert message in result.content[0].text


def test_the_command_over_standard_input(data_dir: Path) -> None:
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "service.cli.main", "mcp", "--data-dir", str(data_dir)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )

    async def use() -> Any:
        async with Client(parameters) as client:
            return await client.call_tool("translate", {"text": "Air mulai surut sejak pagi."})

    found = asyncio.run(use()).structured_content
    assert "water" in found["text"].lower()
