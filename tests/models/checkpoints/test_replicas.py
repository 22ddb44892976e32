"""Replicas of an engine on several devices."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from naughty import NaughtyEngine

from models.checkpoints.replicas import Replicas
from models.engine import DecodingOptions, Engine
from models.errors import EngineFailed

GREEDY = DecodingOptions(beam=1)


def test_every_device_works_and_a_failure_frees_it() -> None:
    engines = [NaughtyEngine(parallel_batches=1) for _ in range(2)]
    for engine in engines:
        engine.release.clear()
    replicas = Replicas(engines)
    assert isinstance(replicas, Engine)
    assert replicas.parallel_batches == 2
    with ThreadPoolExecutor() as pool:
        calls = [pool.submit(replicas.translate, [f"kata {n}"], GREEDY) for n in range(2)]
        while sum(engine.started for engine in engines) < 2:
            pass
        assert [engine.started for engine in engines] == [1, 1]
        for engine in engines:
            engine.release.set()
        assert [call.result()[0].text for call in calls] == ["[kata] [0]", "[kata] [1]"]
    for _ in range(5):
        with pytest.raises(EngineFailed):
            replicas.translate(["RAISE"], GREEDY)
    assert replicas.translate(["a"], GREEDY)[0].text == "[a]"
    replicas.close()
    assert [engine.closed for engine in engines] == [True, True]
