"""Receive the call at the end of a job, and save its articles for a content management system.

    make serve                                               # in another terminal
    python examples/cms_webhook.py english                   # listens on port 9000

Start the job with `webhook={"url": "http://127.0.0.1:9000/", "secret": …}` and the secret in
`WEBHOOK_SECRET`. A webhook on this machine needs the service's setting `webhook_private`.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import kabar


class Webhook(BaseHTTPRequestHandler):
    """Saves the articles of each finished job in `folder`."""

    folder = Path("english")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signature = self.headers.get("Kabar-Signature", "")
        if not kabar.verify_webhook(signature, body, os.environ["WEBHOOK_SECRET"]):
            self.send_error(403)
            return
        self.save(json.loads(body)["id"])
        self.send_response(204)
        self.end_headers()

    def save(self, job: str) -> None:
        self.folder.mkdir(exist_ok=True)
        with kabar.Client() as client:
            for result in client.job_results(job):
                if isinstance(result.result, kabar.Translation):
                    article = self.folder / f"{job}-{result.index}.html"
                    article.write_text(result.result.html, encoding="utf-8")


if __name__ == "__main__":
    Webhook.folder = Path(sys.argv[1])
    HTTPServer(("127.0.0.1", 9000), Webhook).serve_forever()
