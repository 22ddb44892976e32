"""The report of a run: one HTML page without scripts, for an editor.

It has totals, the speed over time, errors, flags by kind, and the sentences most worth a look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from service.batch.findings import Doubt, Findings

_WIDTH, _HEIGHT, _MARGIN = 640, 160, 40
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Kabar: report of a run</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ border-bottom: 1px solid #ccc; padding: .4rem; text-align: left; vertical-align: top }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums }}
small {{ color: #555 }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #111; color: #ddd }}
  small {{ color: #aaa }}
}}
</style>
</head>
<body>
<h1>Report of a run</h1>
{body}
</body>
</html>
"""


def render_report(findings: Findings, missing: int, *, interrupted: bool) -> str:
    """Return the page; `missing` inputs could not be found."""
    parts = []
    if interrupted:
        parts.append(
            "<p><strong>The run was interrupted; these are the figures so far.</strong></p>"
        )
    parts += [
        "<h2>Totals</h2>",
        _counts(_totals(findings, missing)),
        "<h2>Speed</h2>",
        _speed(findings.samples),
    ]
    for title, counter, empty in (
        ("Flags", findings.flags, "No sentence has a flag."),
        ("Errors", findings.errors, "No file failed."),
    ):
        parts += [f"<h2>{title}</h2>", _bars(counter) if counter else f"<p>{empty}</p>"]
    parts += [
        "<h2>Sentences to check first</h2>",
        "<p>The most doubtful by flags and by the confidence of the model. Kabar does not see "
        "every mistake: a wrong ordinary word has no flag.</p>",
        _doubts(findings.doubts),
    ]
    return _PAGE.format(body="\n".join(parts))


def _totals(findings: Findings, missing: int) -> list[tuple[str, str]]:
    totals = findings.totals
    seconds = findings.seconds
    rate = totals.words / seconds if seconds else 0.0
    share = f" ({totals.flagged / totals.sentences:.1%})" if totals.sentences else ""
    return [
        ("Files translated", f"{findings.files:,}"),
        ("Files done before", f"{findings.skipped:,}"),
        ("Files failed", f"{findings.failed + missing:,}"),
        ("Bad rows", f"{totals.bad_rows:,}"),
        ("Words", f"{totals.words:,}"),
        ("Sentences", f"{totals.sentences:,}"),
        ("Sentences from the cache", f"{totals.reused:,}"),
        ("Sentences with flags", f"{totals.flagged:,}{share}"),
        ("Blocks set aside as page furniture", f"{totals.furniture:,}"),
        ("Time", f"{seconds:,.1f} s"),
        ("Words a second", f"{rate:,.1f}"),
    ]


def _counts(rows: Sequence[tuple[str, str]]) -> str:
    cells = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="n">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table>\n{cells}\n</table>"


def _bars(counter: Counter[str]) -> str:
    most = max(counter.values())
    rows = []
    for name, count in counter.most_common():
        width = 200 * count / most
        bar = (
            f'<svg width="200" height="12" role="img" aria-label="{count}">'
            f'<rect width="{width:.1f}" height="12" fill="#4682b4"/></svg>'
        )
        cells = f'<th scope="row">{escape(name)}</th><td>{bar}</td><td class="n">{count:,}</td>'
        rows.append(f"<tr>{cells}</tr>")
    return "<table>\n" + "\n".join(rows) + "\n</table>"


def _speed(samples: Sequence[tuple[float, float]]) -> str:
    if len(samples) < 2:
        return "<p>The run was too short for a curve.</p>"
    last, most = samples[-1][0] or 1.0, max(speed for _, speed in samples) or 1.0
    points = " ".join(
        f"{_MARGIN + (_WIDTH - _MARGIN) * second / last:.1f},"
        f"{_HEIGHT - (_HEIGHT - 20) * speed / most:.1f}"
        for second, speed in samples
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + 24}" role="img" '
        f'aria-label="Words a second over time, at most {most:,.0f}">'
        f'<line x1="{_MARGIN}" y1="{_HEIGHT}" x2="{_WIDTH}" y2="{_HEIGHT}" stroke="#888"/>'
        f'<polyline points="{points}" fill="none" stroke="#4682b4" stroke-width="2"/>'
        f'<text x="0" y="24" font-size="12" fill="#888">{most:,.0f}</text>'
        f'<text x="0" y="{_HEIGHT}" font-size="12" fill="#888">0</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 18}" font-size="12" fill="#888" text-anchor="end">'
        f"{last:,.0f} s</text></svg>\n<p><small>Words a second over the last minute.</small></p>"
    )


def _doubts(doubts: Sequence[Doubt]) -> str:
    if not doubts:
        return "<p>There are none.</p>"
    rows = []
    for doubt in doubts:
        confidence = "" if doubt.confidence is None else f"{doubt.confidence:.0%}"
        place = f"{escape(doubt.path)}<br><small>{escape(doubt.place)}</small>"
        flags = escape(", ".join(doubt.flags)) or "low confidence"
        rows.append(
            f'<tr><td>{place}</td><td lang="id">{escape(doubt.source)}</td>'
            f"<td>{escape(doubt.target)}</td><td>{flags}<br><small>{confidence}</small></td></tr>"
        )
    head = "<tr><th>Place</th><th>Indonesian</th><th>English</th><th>Flags</th></tr>"
    return f"<table>\n{head}\n" + "\n".join(rows) + "\n</table>"
