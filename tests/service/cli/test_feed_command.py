"""The command `kabar feed`."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from commanding import CommandLine
from naughty import NaughtyEngine

from service.cli import feeds

FEED = """<rss version="2.0"><channel><item><title>Banjir Surut</title>
<link>https://wartasenja.example/1</link></item></channel></rss>"""


@pytest.fixture
def kabar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    line = CommandLine(NaughtyEngine(), monkeypatch, capsys)
    from service.cli import articles

    monkeypatch.setattr(feeds, "open_runtime", vars(articles)["open_runtime"])
    return line


def test_a_file(kabar: CommandLine, tmp_path: Path) -> None:
    source, output = tmp_path / "berita.xml", tmp_path / "news.xml"
    source.write_text(FEED)
    done = kabar("feed", str(source))
    assert done.code == 0
    assert (
        "<title>[Banjir] [Surut]</title>\n<link>https://wartasenja.example/1</link>" in done.stdout
    )
    assert kabar("feed", str(source), "-o", str(output)).stdout == ""
    assert "[Banjir] [Surut]" in output.read_text()


def test_a_url(kabar: CommandLine) -> None:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/rss.xml"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(FEED.encode() if found else b"")

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        assert "[Banjir] [Surut]" in kabar("feed", f"{address}/rss.xml").stdout
        missing = kabar("feed", f"{address}/other.xml")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert missing.code == 3
    assert "answers 404" in missing.stderr
    gone = kabar("feed", f"{address}/rss.xml")
    assert (gone.code, "cannot be fetched" in gone.stderr) == (3, True)


def test_bad_feeds(kabar: CommandLine, tmp_path: Path) -> None:
    page = tmp_path / "page.xml"
    page.write_text("<html/>")
    done = kabar("feed", str(page))
    assert (done.code, "its root element is <html>" in done.stderr) == (3, True)
    assert kabar("feed", str(tmp_path / "none.xml")).code == 3
