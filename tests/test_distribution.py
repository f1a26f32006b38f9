"""A wheel and an sdist are built, hold what they need, and work where nothing else is."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import skmine

ROOT = Path(__file__).parent.parent


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sdist from a copy of the tracked files, and the wheel from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source")
    tracked = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return sdist, wheel


def test_the_wheel_holds_the_package_and_its_weights_only(built):
    with zipfile.ZipFile(built[1]) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith("METADATA"))).decode()
    for wanted in ("core/weights/grid_critic.npz", "core/weights/grid_critic.json", "py.typed", "cli/__init__.py",
                   "reporting/templates/report.html.j2", "reporting/templates/page.css"):  # fmt: skip
        assert f"skmine/{wanted}" in names
    assert not [n for n in names if not n.startswith(("skmine/", "skmine-"))]
    for line in ("Name: skmine", "Requires-Python: >=3.10", "Provides-Extra: plot", "License: BSD-3-Clause"):
        assert line in metadata


def test_the_sdist_holds_sources_tests_and_licence(built):
    with tarfile.open(built[0]) as archive:
        names = [n.split("/", 1)[-1] for n in archive.getnames()]
    for wanted in ("LICENSE", "README.md", "setup.cfg", "skmine/core/weights/grid_critic.npz", "tests/test_layers.py",
                   "pretraining/laws.py", "constraints.txt", "CHANGELOG.md", "Makefile", "docs/conf.py",
                   "docs/index.md", "docs/_static/skmine.css", "docs/_templates/autosummary/class.rst",
                   "docs/images/truth.png",
                   "skmine/reporting/templates/page.js", "tests/assets/axe-core/LICENSE"):  # fmt: skip
        assert wanted in names


@pytest.mark.parametrize("which", [0, 1], ids=["sdist", "wheel"])
def test_it_works_in_a_clean_environment(built, which, tmp_path):
    # A new environment that borrows the installed dependencies, not this checkout: torch is not
    # downloaded again, and the package is the only thing that pip installs.
    env = tmp_path / "env"
    run(sys.executable, "-m", "venv", env)
    here = next(p for p in sys.path if p.endswith("site-packages"))
    site = next((env / "lib").glob("python*/site-packages"))
    run(env / "bin" / "python", "-m", "pip", "install", "--no-deps", "--no-index", "--no-build-isolation", built[which],
        env={**os.environ, "PYTHONPATH": here})  # fmt: skip
    (site / "dependencies.pth").write_text(f"import sys; sys.path.append({here!r})\n")
    code = (
        "import skmine, numpy as np; "
        f"assert skmine.__file__.startswith({str(site)!r}), skmine.__file__; "
        "scores, p = skmine.mutual_info_scores(np.c_[np.arange(90.) % 3, np.arange(90.) % 7], np.arange(90) % 3); "
        "assert scores[0] > 0.5 > scores[1]; print(skmine.__version__)"
    )
    assert run(env / "bin" / "python", "-c", code, cwd=tmp_path).strip() == skmine.__version__
    assert "diabetes" in run(env / "bin" / "skmine", "rank", cwd=tmp_path)
