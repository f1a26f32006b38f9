"""A report in a real browser: no errors, sorting, keyboard, what axe-core says, and numbers that equal the API's."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from skmine import rank_columns, report
from tests.reporting.tables import make_hostile_table, make_table

webdriver = pytest.importorskip("selenium.webdriver", reason="the browser tests need selenium: pip install '.[dev]'")

AXE = Path(__file__).parent.parent / "assets" / "axe-core" / "axe.min.js"

#: Debian's names of the browser and its driver, and those of others.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"

FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)


@pytest.fixture(scope="module")
def folder():
    """A folder that every user may read and write."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield Path(name)


@pytest.fixture(scope="module")
def browser(folder):
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which(DRIVER)
    if binary is None or driver is None:
        pytest.skip("no browser: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    # Chromium protects itself, which it cannot as root.
    user = {"user": "nobody"} if hasattr(os, "geteuid") and os.geteuid() == 0 else {}
    service = webdriver.ChromeService(driver, popen_kw=user, env={**os.environ, "HOME": str(folder)})
    started = webdriver.Chrome(options=options, service=service)
    yield started
    started.quit()


@pytest.fixture(scope="module")
def pages(folder):
    """A page of numbers, one of classes, one without a target, and one on which every name is hostile."""
    hostile, target = make_hostile_table()
    made = {
        "numbers": (make_table(), "y"),
        "classes": (make_table(classes=True), "y"),
        "alone": (make_table(), None),
        "hostile": (hostile, target),
    }
    for name, (frame, wanted) in made.items():
        report(frame, wanted, folder / f"{name}.html")
    return folder


PAGES = ("numbers", "classes", "alone", "hostile")


def show(browser, page, *, width=1280, scheme="light", media="screen"):
    """Open a page at a width and in a colour scheme."""
    metrics = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    browser.get(page.as_uri())


def find_table(browser, section):
    return browser.find_element("css selector", f"#{section} table")


def read_column(table, place):
    return [
        row.find_elements("css selector", "th, td")[place].text
        for row in table.find_elements("css selector", "tbody tr")
    ]


@pytest.mark.parametrize("name", PAGES)
def test_there_are_no_errors_and_nothing_runs_that_is_not_ours(name, browser, pages):
    show(browser, pages / f"{name}.html")
    assert browser.get_log("browser") == []
    assert browser.execute_script("return window.hacked") is None
    assert browser.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(name, scheme, browser, pages):
    show(browser, pages / f"{name}.html", scheme=scheme)
    browser.execute_script("for (const part of document.querySelectorAll('details')) part.open = true")
    # By the DevTools, which the page's policy does not bind.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found = browser.execute_async_script("axe.run(document).then(arguments[0])")
    serious = [
        (violation["id"], node["html"][:200], node.get("failureSummary"))
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert serious == []
    assert len(found["passes"]) > 20


@pytest.mark.parametrize("name", PAGES)
def test_it_fits_a_phone(name, browser, pages):
    show(browser, pages / f"{name}.html", width=360)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


def test_tables_are_sorted_by_a_click_and_by_the_keyboard(browser, pages):
    show(browser, pages / "numbers.html")
    table = find_table(browser, "ranking")
    heads = table.find_elements("css selector", "thead th")
    place = next(k for k, head in enumerate(heads) if head.text.startswith("MI"))
    button = heads[place].find_element("css selector", "button")
    button.click()
    assert heads[place].get_attribute("aria-sort") == "descending"
    values = [float(text) for text in read_column(table, place)]
    assert values == sorted(values, reverse=True)
    button.send_keys("\ue007")  # Enter
    assert heads[place].get_attribute("aria-sort") == "ascending"
    assert [float(text) for text in read_column(table, place)] == sorted(values)
    heads[0].find_element("css selector", "button").send_keys(" ")
    assert read_column(table, 0) == sorted(read_column(table, 0))
    assert [head.get_attribute("aria-sort") for head in heads].count("none") == len(heads) - 1
    assert browser.find_element("id", "told").get_attribute("textContent") == "Sorted by column, ascending."


def test_numbers_equal_those_of_the_api(browser, pages):
    show(browser, pages / "numbers.html")
    ranking = rank_columns(make_table(), "y", random_state=0)
    table = find_table(browser, "ranking")
    assert read_column(table, 0) == list(ranking.index)
    assert read_column(table, 2) == [f"{value:.4f}" for value in ranking["mi"]]
    assert read_column(table, 4) == [f"{value:.4f}" for value in ranking["lower"]]


def test_names_are_seen_as_they_are(browser, pages):
    show(browser, pages / "hostile.html")
    names = read_column(find_table(browser, "ranking"), 0)
    assert "<script>window.hacked = 1</script>" in names
    assert "{{ 7 * 7 }} {% raw %}" in names
    in_pictures = browser.execute_script(
        "return Array.from(document.querySelectorAll('svg text'), (t) => t.textContent)"
    )
    assert "<script>window.hacked = 1</script>" in in_pictures


def test_it_prints(browser, pages):
    show(browser, pages / "numbers.html", media="print")
    assert not browser.find_element("tag name", "nav").is_displayed()
    assert browser.execute_cdp_cmd("Page.printToPDF", {})["data"]


def test_without_scripts_everything_is_there(browser, pages):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, pages / "numbers.html")
        assert find_table(browser, "ranking").find_elements("css selector", "button") == []
        assert len(find_table(browser, "ranking").find_elements("css selector", "tbody tr")) == 5
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
