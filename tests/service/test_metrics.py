"""The metrics of the service, and their use in the dashboard."""

import json
import re
from pathlib import Path

import httpx2
import pytest
from naughty import NaughtyEngine
from paths import REPOSITORY
from prometheus_client.parser import text_string_to_metric_families
from serving import serving

from service.settings import load_settings

DASHBOARD = REPOSITORY / "docs" / "grafana.json"


def metrics(address: str) -> dict[str, float]:
    """Return every sample by its name and labels."""
    text = httpx2.get(f"{address}/metrics").text
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_requests_and_sentences_are_counted(tmp_path: Path) -> None:
    engine = NaughtyEngine(parallel_batches=1)
    with serving(engine, load_settings(data_dir=tmp_path)) as service:
        address = service.address
        before = metrics(address)
        article = {"text": "Banjir surut pagi. Warga pulang. RAISE."}
        for _ in range(2):
            assert httpx2.post(f"{address}/v1/translations", json=article).status_code == 200
        assert httpx2.get(f"{address}/v1/translations/none").status_code == 404
        after = metrics(address)

    def rise(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    route = "route=/v1/translations,status=200"
    assert rise(f"kabar_requests_total{{method=POST,{route}}}") == 2
    by_id = "method=GET,route=/v1/translations/{id},status=404"
    assert rise(f"kabar_requests_total{{{by_id}}}") == 1
    assert rise("kabar_request_seconds_count{route=/v1/translations}") == 2
    # the second time only the failed sentence is tried again
    assert rise("kabar_queue_wait_seconds_count{lane=normal}") == 4
    assert rise("kabar_batch_sentences_count") == 2
    assert rise("kabar_batch_sentences_sum") == 4
    assert rise("kabar_batch_tokens_total{kind=sentences}") == 7
    assert rise("kabar_batch_tokens_total{kind=padding}") == 3
    assert rise("kabar_target_tokens_total") == 5
    assert rise("kabar_sentences_failed_total") == 2
    assert rise("kabar_inference_seconds_count") == 2
    assert rise("kabar_cache_hits_total{level=sentence}") == 2
    assert rise("kabar_cache_misses_total{level=sentence}") == 4
    assert after["kabar_articles_in_flight"] == 0
    assert after["kabar_queue_sentences{lane=breaking}"] == 0
    assert after["kabar_cache_bytes"] > 0
    assert after["kabar_jobs{state=done}"] == 0
    assert "kabar_model_load_seconds" in after


def test_no_metric_names_an_article_or_a_key(tmp_path: Path) -> None:
    with serving(NaughtyEngine(), load_settings(data_dir=tmp_path)) as service:
        _, token = service.state.runtime.keys.create("rahasia")
        headers = {"authorization": f"Bearer {token}"}
        article = {"text": "Gubernur tiba."}
        httpx2.post(f"{service.address}/v1/translations", json=article, headers=headers)
        text = httpx2.get(f"{service.address}/metrics").text
    assert "rahasia" not in text
    assert "Gubernur" not in text


def expressions() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_the_dashboard_uses_existing_metrics(expression: str) -> None:
    from prometheus_client import REGISTRY

    names = set()
    for family in REGISTRY.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
        names |= {family.name + suffix for suffix in suffixes.get(family.type, [""])}
    asked = set(re.findall(r"kabar_\w+", expression))
    assert asked
    assert asked <= names


def test_the_dashboard_shows_every_metric() -> None:
    from prometheus_client import REGISTRY

    asked = " ".join(expressions())
    families = [f.name for f in REGISTRY.collect() if f.name.startswith("kabar_")]
    assert len(families) > 15
    assert [name for name in families if name not in asked] == []
