"""Translating and reading an article on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import TIMEOUT_MS, Open, accessibility_faults
from held import HeldEngine
from playwright.sync_api import Page, expect
from serving import Serving, until

TEXT = (
    "Banjir Rendam Demak\n\nBanjir merendam 12 rumah. Kafe LOOP itu ramai. Air surut.\n\n"
    "ADVERTISEMENT\n\nBaca Juga: Tiga Cara\n\nWarga CUT pulang ke rumah mereka sejak pagi ini."
)

expect.set_options(timeout=TIMEOUT_MS)


def translated(page: Page, text: str = TEXT) -> Page:
    """Paste a text, and wait for its English."""
    page.get_by_label("Indonesian article").fill(text)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Machine English")).to_be_visible()
    return page


def current(page: Page) -> str:
    """Return the id of the chosen sentence."""
    ids = page.locator(".s.current").evaluate_all("all => all.map((one) => one.dataset.s)")
    assert len(ids) == 2
    assert ids[0] == ids[1]
    return str(ids[0])


def test_the_first_page(open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("main")).to_match_aria_snapshot("""
      - main:
        - heading "Translate an article" [level=1]
        - paragraph: /Headline first/
        - textbox "Indonesian article"
        - button "Translate"
        - button "Open a file"
        - combobox "Lane":
          - option "Normal" [selected]
        - button "Try an example"
        - complementary "Recent articles":
          - heading "Recent articles" [level=2]
          - paragraph: Articles that you translate appear here.
          - checkbox "Remember the articles of this browser" [checked]
          - textbox "Id of a translation"
          - button "Open"
    """)
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Translate").click()
    expect(page.get_by_role("alert")).to_have_text("There is no text: paste an article first.")


def test_source_and_english_side_by_side(open_page: Open, service: Serving) -> None:
    page = translated(open_page())
    expect(page.get_by_role("heading", level=2)).to_have_text("[Banjir] [Rendam] [Demak]")
    rows = page.locator(".row.paragraph")
    expect(rows.first.locator(".source")).to_have_text(
        "Banjir merendam 12 rumah. Kafe LOOP itu ramai. Air surut."
    )
    expect(rows.first.locator(".target .s").last).to_have_text("[Air] [surut.]")
    # Equal in both, so that the mark says: kept.
    fact = rows.first.locator(".target .fact").first
    expect(fact).to_have_text("12")
    expect(fact).to_have_attribute("title", "number: same")
    furniture = page.locator(".furniture")
    expect(furniture).to_have_count(1)
    expect(furniture.get_by_text("Baca Juga: Tiga Cara")).to_be_hidden()
    furniture.get_by_text("2 lines set aside").click()
    expect(furniture.get_by_text("Baca Juga: Tiga Cara")).to_be_visible()
    assert re.fullmatch(rf"{service.address}/#/t/[0-9a-f]{{64}}", page.url)
    assert page.title() == "[Banjir] [Rendam] [Demak] – Kabar"
    assert accessibility_faults(page) == []


def test_the_pair_lights_up(open_page: Open) -> None:
    page = translated(open_page())
    page.locator(".target [data-s='b2.3']").hover()
    lit = page.locator(".hover").evaluate_all("all => all.map((one) => one.textContent)")
    assert lit == ["Air surut.", "[Air] [surut.]"]
    page.locator(".source [data-s='b2.1']").click()
    assert current(page) == "b2.1"
    expect(page.locator("#t-b2\\.1")).to_be_focused()
    page.keyboard.press("ArrowDown")
    assert current(page) == "b2.2"
    page.keyboard.press("k")
    assert current(page) == "b2.1"


def test_problems_and_their_reasons(open_page: Open) -> None:
    page = translated(open_page())
    expect(page.get_by_text("2 to check")).to_be_visible()
    page.keyboard.press("n")
    assert current(page) == "b2.2"
    expect(page.locator(".to-check")).to_contain_text("The English repeats itself.")
    expect(page.locator("#t-b2\\.2")).to_have_accessible_description(
        re.compile("^To check: .*The English repeats itself.")
    )
    page.keyboard.press("n")
    assert current(page) == "b5.1"
    page.keyboard.press("n")
    assert current(page) == "b2.2"
    page.keyboard.press("p")
    assert current(page) == "b5.1"
    page.get_by_role("button", name="Next problem").click()
    assert current(page) == "b2.2"
    assert accessibility_faults(page) == []


def test_single_keys_can_be_turned_off(open_page: Open) -> None:
    page = translated(open_page())
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_label("Use single keys").uncheck()
    assert accessibility_faults(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.locator(".s.current")).to_have_count(0)


def test_the_share_of_read_sentences_survives(open_page: Open) -> None:
    page = translated(open_page())
    expect(page.get_by_text("0 of 5 sentences read")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.keyboard.press("r")
    expect(page.get_by_text("2 of 5 sentences read")).to_be_visible()
    assert current(page) == "b2.2"
    page.keyboard.press("R")
    expect(page.get_by_text("4 of 5 sentences read")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_have_text("Copied. Sentences not read yet: 1.")
    page.reload()
    expect(page.get_by_text("4 of 5 sentences read")).to_be_visible()
    page.locator("#t-b5\\.1").focus()
    page.keyboard.press(" ")
    expect(page.get_by_text("Every sentence has been read.")).to_be_visible()


def test_recent_articles_and_their_switch(open_page: Open) -> None:
    page = translated(open_page())
    page.get_by_role("link", name="Kabar: Indonesian news into English").click()
    recent = page.get_by_role("complementary", name="Recent articles")
    recent.get_by_role("link", name="[Banjir] [Rendam] [Demak]").click()
    expect(page.get_by_text("Machine English")).to_be_visible()
    page.go_back()
    recent.get_by_label("Remember the articles of this browser").uncheck()
    expect(recent.get_by_role("link")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('kabar-recent')") is None
    translated(page, "Air surut.")
    assert page.evaluate("localStorage.getItem('kabar-recent')") is None


def test_sentences_come_as_they_are_done(
    open_page: Open, engine: HeldEngine, service: Serving
) -> None:
    page = open_page()
    page.get_by_label("Indonesian article").fill("Air surut. TUNGGU sebentar saja di sana.")
    page.get_by_label("Lane").select_option("Archive")
    page.get_by_role("button", name="Translate").click()
    # The archive lane takes one sentence after the other.
    expect(page.locator(".s.pending").first).to_be_visible()
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status").filter(has_text="Stopped.")).to_be_visible()
    until(lambda: service.state.runtime.results.waiting == 0, seconds=60)
    page.get_by_role("button", name="Translate again").click()
    # The lane changes while it is being translated.
    page.get_by_label("Lane").select_option("Breaking")
    until(lambda: service.state.runtime.results.waiting == 1, seconds=60)
    engine.go.set()
    expect(page.get_by_text("Machine English")).to_be_visible()
    expect(page.locator(".s.pending")).to_have_count(0)


def test_text_in_the_address(open_page: Open) -> None:
    page = open_page("/?text=Air%20surut.%20Warga%20pulang.")
    expect(page.locator(".target p")).to_have_text("[Air] [surut.] [Warga] [pulang.]")
    assert "?" not in page.url


def test_open_by_id(open_page: Open) -> None:
    page = translated(open_page())
    id = page.url.rpartition("/")[2]
    other = open_page()
    other.get_by_label("Id of a translation").fill("12")
    other.get_by_role("button", name="Open", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("An id has 64 characters")
    other.get_by_label("Id of a translation").fill(id)
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", level=2)).to_have_text("[Banjir] [Rendam] [Demak]")
    other.goto(other.url.replace(id, "0" * 64))
    expect(other.get_by_role("alert")).to_contain_text("post its article again")


@pytest.mark.parametrize("name", ["headline", "paragraph"])
def test_article_text_never_becomes_markup(name: str, open_page: Open) -> None:
    attack = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>tebal</b>'
    text = f"{attack} di Demak" if name == "headline" else f"Banjir\n\nAir {attack} surut di Demak."
    page = translated(open_page(), f"Judul {text}\n\nAir surut.")
    expect(page.locator("main")).to_contain_text("<b>tebal</b>")
    page.locator(".target .s").nth(1).click()
    page.get_by_role("tab", name="Article").click()
    page.get_by_role("button", name="More").or_(page.locator("summary", has_text="More")).click()
    page.get_by_role("button", name="API request").click()
    expect(page.get_by_role("dialog")).to_contain_text("<b>tebal</b>")
    for tag in ("img", "script", "b"):
        assert page.locator(f"main {tag}, dialog {tag}").count() == 0
    page.keyboard.press("Escape")
    page.goto(page.url.partition("#")[0])
    assert page.locator("main img, main b").count() == 0


def test_files(open_page: Open, tmp_path: Path) -> None:
    article = tmp_path / "banjir.html"
    article.write_text("<h1>Banjir</h1><p>Air surut di <b>Demak</b>.</p>")
    picture = tmp_path / "foto.txt"
    picture.write_bytes(b"\x89PNG\0\0")
    page = open_page()
    page.locator("input[type=file]").set_input_files(picture)
    expect(page.get_by_role("alert")).to_contain_text("foto.txt is not a text or HTML file")
    page.locator("input[type=file]").set_input_files(article)
    expect(page.get_by_role("heading", level=2)).to_have_text("[Banjir]")


def test_a_dropped_file(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("Indonesian article").evaluate("""(field) => {
      const data = new DataTransfer();
      data.items.add(new File(['Air surut.'], 'air.txt', { type: 'text/plain' }));
      field.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
    }""")
    expect(page.locator(".target p")).to_have_text("[Air] [surut.]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_in_indonesian(scheme: str, open_page: Open) -> None:
    page = open_page(
        viewport={"width": 360, "height": 740}, locale="id-ID", color_scheme=scheme, has_touch=True
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Terjemahkan artikel")
    assert page.evaluate("document.documentElement.lang") == "id"
    page.get_by_label("Artikel bahasa Indonesia").fill(TEXT)
    page.get_by_role("button", name="Terjemahkan").tap()
    expect(page.get_by_text("2 perlu diperiksa")).to_be_visible()
    page.locator("#t-b2\\.2").tap()
    expect(page.locator(".to-check")).to_contain_text("berulang-ulang")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Tutup").tap()
    expect(page.locator(".to-check")).to_be_hidden()


def test_dark_colors(open_page: Open) -> None:
    page = translated(open_page())
    page.get_by_label("Colors").select_option("Dark")
    page.keyboard.press("n")
    assert accessibility_faults(page) == []
    page.get_by_label("Language of the page").select_option("Indonesia")
    expect(page.get_by_text("Inggris mesin")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Inggris mesin")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
