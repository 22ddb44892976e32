"""The examples of the client, against a real server."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from naughty import NaughtyEngine
from paths import REPOSITORY
from serving import Serving, serving

import kabar
from service.settings import load_settings

SECRET = "a secret of the desk"
FEED = "<rss version='2.0'><channel><item><title>Banjir Surut</title></item></channel></rss>"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    settings = load_settings(data_dir=tmp_path / "data", webhook_private=True)
    with serving(NaughtyEngine(), settings) as service:
        monkeypatch.setenv("KABAR_SERVICE", service.address)
        yield service


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_newsletter(service: Serving, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    article = tmp_path / "berita.txt"
    article.write_text("Banjir Surut\n\nBanjir merendam 12 rumah di Demak sejak Selasa.\n")
    example("newsletter").main([str(article)])
    lines = capsys.readouterr().out.splitlines()
    headline = lines.index("## [Banjir] [Surut]")
    assert lines[headline + 2].startswith("- [Banjir] [merendam] [12]")


def test_archive_job_goes_on_where_it_stopped(service: Serving, tmp_path: Path) -> None:
    folder, output = tmp_path / "articles", tmp_path / "results.jsonl"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_text(f"Air {name} surut.")
    module = example("archive_job")
    module.main(folder, output)
    whole = output.read_text()
    output.write_text(whole.split("\n")[0] + "\n")
    module.main(folder, output)
    assert output.read_text() == whole
    rows = [json.loads(line) for line in whole.splitlines()]
    assert [(row["file"], row["result"]["text"]) for row in rows] == [
        (f"{name}.txt", f"[Air] [{name}] [surut.]") for name in ("a", "b", "c")
    ]


def test_cms_webhook(service: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    module = example("cms_webhook")
    module.Webhook.folder = tmp_path / "english"
    server = HTTPServer(("127.0.0.1", 0), module.Webhook)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with kabar.Client() as client:
        webhook = {"url": f"http://127.0.0.1:{server.server_port}/", "secret": SECRET}
        job = client.start_job(["Air surut."], webhook=webhook)
        thread.join(120)
    server.server_close()
    saved = tmp_path / "english" / f"{job.id}-0.html"
    assert saved.read_text() == "<p>[Air] [surut.]</p>"


def test_feed_pipeline(service: Serving, tmp_path: Path) -> None:
    source, output = tmp_path / "berita.xml", tmp_path / "news.xml"
    source.write_text(FEED)
    example("feed_pipeline").main(source, output)
    assert "<title>[Banjir] [Surut]</title>" in output.read_text()
    assert not output.with_suffix(".partial").exists()
