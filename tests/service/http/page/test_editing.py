"""Corrections, output, bullets, versions and keys on the page."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import zipfile
from typing import Any

import httpx2
import pytest
from browser import TIMEOUT_MS, Open, accessibility_faults
from lxml import etree
from playwright.sync_api import Page, expect
from serving import Serving

TEXT = "Banjir di Demak\n\nAir surut.\n\nKafe LOOP itu ramai.\n\nWarga pulang."

expect.set_options(timeout=TIMEOUT_MS)


def translated(page: Page, text: str = TEXT) -> Page:
    page.get_by_label("Indonesian article").fill(text)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Machine English")).to_be_visible()
    return page


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def choose(page: Page, menu: str, item: str) -> None:
    page.locator(".bar summary", has_text=menu).click()
    page.get_by_role("button", name=item, exact=True).click()


def correct(page: Page, english: str, author: str = "Rina") -> None:
    page.get_by_label("English of this sentence").fill(english)
    page.get_by_label("Author").fill(author)
    page.keyboard.press("Control+Enter")


def test_a_correction_and_its_undo(open_page: Open, service: Serving) -> None:
    page = translated(open_page())
    page.keyboard.press("n")
    page.keyboard.press("e")
    expect(page.get_by_label("English of this sentence")).to_be_focused()
    assert accessibility_faults(page) == []
    correct(page, "The café is busy.")
    expect(page.locator("#t-b3\\.1")).to_have_text("The café is busy.")
    expect(page.get_by_text("No flags")).to_be_visible()
    expect(page.locator(".edited-note")).to_contain_text("Corrected by Rina")
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_contain_text("Copied.")
    assert "The café is busy." in clipboard(page)
    body = {"text": TEXT}
    answer = httpx2.post(f"{service.address}/v1/translations", json=body, timeout=60).json()
    assert answer["blocks"][2]["target"] == "The café is busy."
    page.get_by_text("History").click()
    expect(page.locator(".history li")).to_contain_text("The machine wrote: again again")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 to check")).to_be_visible()
    expect(page.locator("#t-b3\\.1")).to_contain_text("again again")


def test_the_later_of_two_editors_is_told(open_page: Open) -> None:
    first, second = translated(open_page()), translated(open_page())
    for page in (first, second):
        page.keyboard.press("n")
        page.keyboard.press("e")
    correct(first, "The café is busy.")
    expect(first.locator(".edited-note")).to_be_visible()
    correct(second, "The café is full.", "Budi")
    expect(second.get_by_role("alert")).to_contain_text("Rina corrected this sentence at")
    expect(second.get_by_role("alert")).to_contain_text("“The café is busy.”")
    assert accessibility_faults(second) == []
    second.get_by_role("button", name="Save mine").click()
    expect(second.locator("#t-b3\\.1")).to_have_text("The café is full.")


def test_an_article_opened_by_id_is_corrected_where_it_stands(open_page: Open) -> None:
    address = translated(open_page()).url
    page = open_page()
    page.goto(address)
    expect(page.get_by_text("Machine English")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.press("e")
    correct(page, "Café <b> & bar.")
    expect(page.locator("#t-b3\\.1")).to_have_text("Café <b> & bar.")
    expect(page.locator(".toast")).to_contain_text("Saved.")
    choose(page, "Copy", "Markdown")
    expect(page.locator(".toast")).to_contain_text("Copied.")
    assert clipboard(page) == (
        "# [Banjir] [di] [Demak]\n\n[Air] [surut.]\n\nCafé <b> & bar.\n\n[Warga] [pulang.]"
    )
    choose(page, "Copy", "HTML")
    expect(page.locator("details[open]")).to_have_count(0)
    page.wait_for_function(
        "async () => (await navigator.clipboard.readText()).includes('&lt;b&gt; &amp; bar')"
    )


def test_find_and_replace(open_page: Open) -> None:
    page = translated(open_page())
    page.keyboard.press("/")
    page.get_by_label("Find in the English").fill("[")
    expect(page.get_by_text("Sentences found: 3")).to_be_visible()
    page.get_by_label("Find in the English").fill("[Air]")
    page.get_by_label("Replace with").fill("Floodwater")
    page.get_by_label("Author").fill("Rina")
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Replace all (1)").click()
    expect(page.locator("#t-b2\\.1")).to_have_text("Floodwater [surut.]")
    expect(page.locator("#t-b2\\.1")).to_have_class(re.compile("edited"))


def test_quotations_have_their_speaker(open_page: Open) -> None:
    page = translated(open_page(), 'Banjir surut.\n\n"Kami siaga sejak malam," kata Agus Wibowo.')
    page.get_by_role("tab", name="Article").click()
    quote = page.locator(".quotes li")
    expect(quote.get_by_role("button")).to_have_text('"Kami] [siaga] [sejak] [malam,"')
    expect(quote.locator("p")).to_contain_text("[kata] [Agus] [Wibowo.]")
    quote.get_by_role("button").click()
    expect(page.locator("#t-b2\\.1")).to_be_focused()
    assert accessibility_faults(page) == []


def test_bullets_show_their_sentences(open_page: Open) -> None:
    page = translated(
        open_page(), "Banjir di Demak\n\nAir surut di Demak sejak pagi.\n\nWarga pulang."
    )
    page.keyboard.press("b")
    page.get_by_label("Number").select_option("1")
    page.locator("select[name=language]").select_option("Both")
    page.get_by_role("button", name="Make bullets").click()
    bullet = page.locator(".bullets li")
    expect(bullet).to_have_count(1)
    sources = re.sub("From ", "", bullet.get_by_role("button").inner_text()).split(", ")
    expect(page.locator(".target .support")).to_have_count(len(sources))
    expect(page.locator(".target .support").first).to_have_attribute("data-s", sources[0])
    assert accessibility_faults(page) == []
    page.locator(".panel summary", has_text="Copy").click()
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.locator(".toast")).to_have_text("Copied.")
    assert clipboard(page).startswith("- [")


def test_the_request_of_what_is_shown(open_page: Open) -> None:
    page = translated(open_page(), "Air 'surut' di Demak.")
    id = page.url.rpartition("/")[2]
    choose(page, "More", "API request")
    dialog = page.get_by_role("dialog")
    assert accessibility_faults(page) == []
    command = dialog.locator("pre").first.inner_text()
    assert shlex.split(command)[0] == "curl"
    answer = subprocess.run(command, shell=True, capture_output=True, check=True, timeout=120)
    assert f'"id":"{id}"'.encode() in answer.stdout
    dialog.get_by_role("button", name="Copy").first.click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('curl')")
    assert clipboard(page) == command


@pytest.mark.parametrize(
    ("item", "both"), [("Word: English", False), ("Word: both languages", True)]
)
def test_a_word_file(item: str, both: bool, open_page: Open) -> None:
    page = translated(open_page(), "Banjir <di> & Demak\n\nAir surut.")
    with page.expect_download() as waiting:
        choose(page, "More", item)
    assert waiting.value.suggested_filename == "-Banjir-di-Demak-.docx"
    with zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            etree.fromstring(archive.read(name))
        document = etree.fromstring(archive.read("word/document.xml"))
    space = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
    texts: Any = document.xpath("//w:p[w:r]", namespaces=space)
    english = ["[Banjir] [<di>] [&] [Demak]", "[Air] [surut.]"]
    pairs = ["Banjir <di> & Demak", english[0], "Air surut.", english[1]]
    assert ["".join(one.itertext()) for one in texts] == (pairs if both else english)
    assert len(document.findall(".//w:tr", space)) == (2 if both else 0)


def test_a_new_version(open_page: Open) -> None:
    page = translated(
        open_page(), "Banjir di Demak\n\nAir surut sejak pagi. Warga pulang. Sapi mati."
    )
    choose(page, "More", "New version")
    field = page.get_by_label("Paste the new version of the article.")
    field.fill("Banjir di Demak\n\nAir surut sejak malam. Warga pulang. Bupati datang ke sana.")
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Compare").click()
    summary = page.get_by_text("1 changed, 1 new, 1 gone since the previous version")
    summary.click()
    expect(page.locator(".changes del")).to_have_text("Sapi mati.")
    page.locator(".target .is-changed").click()
    expect(page.locator(".version-note")).to_contain_text("Air surut sejak pagi.")
    expect(page.locator(".target .is-new")).to_have_text("[Regent] [datang] [ke] [sana.]")


def test_a_key_is_asked_for_and_stays_in_the_tab(open_page: Open, service: Serving) -> None:
    _, token = service.state.runtime.keys.create("redaksi", characters_per_day=1000)
    page = open_page()
    page.get_by_label("Indonesian article").fill("Air surut.")
    page.get_by_role("button", name="Translate").click()
    dialog = page.get_by_role("dialog", name="API key")
    expect(dialog).to_contain_text("This service needs an API key.")
    assert accessibility_faults(page) == []
    dialog.get_by_label("Key").fill("kabar_salah")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("key")
    dialog.get_by_label("Key").fill(token)
    page.keyboard.press("Enter")
    expect(page.locator(".target p")).to_have_text("[Air] [surut.]")
    assert page.evaluate("sessionStorage.getItem('kabar-key')") == token
    assert token not in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_role("button", name="API key").click()
    expect(dialog).to_contain_text("990 of 1,000 left")
    dialog.get_by_role("button", name="Forget the key").click()
    assert page.evaluate("sessionStorage.length") == 0
