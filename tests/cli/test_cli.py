"""skmine rank and skmine estimate, as a user types them."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from skmine import mutual_info
from skmine.cli import main


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    n = 300
    y = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "first": y + rng.normal(size=n),
            "city": np.where(y > 0, "oslo", "rome"),
            "noise": rng.normal(size=n),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta((y * 100).round(), unit="D"),
            "target": y,
        }
    )
    frame.loc[::10, "first"] = np.nan
    frame.to_csv(tmp_path / "t.csv", index=False)
    return frame, tmp_path


def run(*arguments, **options):
    """The command in a process of its own: (exit code, standard output, standard error)."""
    done = subprocess.run(
        [sys.executable, "-m", "skmine", *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_table(table, capsys):
    _, folder = table
    assert main(["rank", str(folder / "t.csv"), "--target", "target"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    rows = {line.split()[0]: line for line in lines if line.strip()}
    assert [name for name in rows if name in ("first", "city", "noise", "when")][-1] == "noise"
    for word in ("kind", "MI (nats)", "95 % lower", "p", "q", "kept"):
        assert word in out
    assert "continuous" in rows["when"]
    assert "categorical" in rows["city"]
    assert rows["first"].rstrip().endswith("yes")
    assert not rows["noise"].rstrip().endswith("yes")
    assert "300 rows, 4 columns" in out
    assert "\x1b" not in out  # no colours outside a terminal


def test_without_a_file_an_embedded_data_set(capsys):
    assert main(["rank"]) == 0
    out = capsys.readouterr().out
    assert "diabetes" in out
    assert "442 rows, 10 columns" in out
    assert main(["rank", "--target", "sex", "--top", "2"]) == 0
    assert "(8 not shown)" in capsys.readouterr().out


def test_json_and_csv_say_the_same(table, capsys):
    _, folder = table
    main(["rank", str(folder / "t.csv"), "-t", "target", "--json", "--seed", "3"])
    data = json.loads(capsys.readouterr().out)
    assert data["rows"] == 300
    assert data["seed"] == 3
    main(["rank", str(folder / "t.csv"), "-t", "target", "--csv", "--seed", "3", "--n-jobs", "2"])
    (folder / "out.csv").write_text(capsys.readouterr().out)
    found = pd.read_csv(folder / "out.csv", keep_default_na=False)
    pd.testing.assert_frame_equal(found, pd.DataFrame(data["columns"]))
    assert {c["column"]: c["kind"] for c in data["columns"]} == {
        "first": "continuous", "city": "categorical", "noise": "continuous", "when": "continuous",
    }  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".feather"])
def test_output_holds_the_kept_columns(table, suffix, capsys):
    frame, folder = table
    out = folder / f"kept{suffix}"
    assert main(["rank", str(folder / "t.csv"), "-t", "target", "-o", str(out)]) == 0
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".feather": pd.read_feather}
    kept = readers[suffix](out) if suffix in readers else pd.read_csv(out, sep="\t")
    assert list(kept.columns) == [c for c in frame.columns if c in ("first", "city", "when", "target")]
    np.testing.assert_allclose(kept["first"], frame["first"])
    assert sorted(p.name for p in folder.iterdir()) == sorted(["t.csv", out.name])
    assert out.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".tsv"])
def test_other_formats_give_the_same_numbers(table, suffix, capsys):
    frame, folder = table
    other = folder / f"t{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(other)
    elif suffix == ".feather":
        frame.to_feather(other)
    else:
        frame.to_csv(other, sep="\t", index=False)
    found = []
    for file in (folder / "t.csv", other):
        main(["rank", str(file), "-t", "target", "--csv"])
        found.append(capsys.readouterr().out)
    assert found[0] == found[1]


def test_standard_input_and_semicolons(table):
    frame, folder = table
    text = frame.to_csv(index=False)
    code, from_input, _ = run("rank", "-", "-t", "target", "--csv", input=text)
    assert code == 0
    assert from_input == run("rank", folder / "t.csv", "-t", "target", "--csv")[1]
    (folder / "semi.csv").write_text(frame.to_csv(index=False, sep=";"))
    assert run("rank", folder / "semi.csv", "-t", "target", "--csv")[1] == from_input


def test_odd_but_honest_files(tmp_path, capsys):
    rng = np.random.default_rng(0)
    rows = [(a, b, a + b) for a, b in rng.normal(size=(40, 2)).round(3)]
    plain = "[/b],two words,y\n" + "\n".join(",".join(map(str, r)) for r in rows) + "\n"
    found = []
    for text in (plain, plain.replace("\n", "\r"), plain.replace("\n", "\r\n"), "\ufeff" + plain,
                 plain.replace(",", ";").replace(".", ",")):  # fmt: skip
        (tmp_path / "t.csv").write_bytes(text.encode())
        assert main(["rank", str(tmp_path / "t.csv"), "-t", "y", "--csv"]) == 0
        found.append(capsys.readouterr().out)
    assert len(set(found)) == 1
    assert "continuous" in found[0]
    assert main(["rank", str(tmp_path / "t.csv"), "-t", "[/b]"]) == 0
    assert "'[/b]'" in capsys.readouterr().out
    pd.DataFrame({"a": range(12), "b": [1, 2] * 6, "y": range(1, 13)}).set_index("a").to_parquet(tmp_path / "i.parquet")
    assert main(["rank", str(tmp_path / "i.parquet"), "-t", "b"]) == 0
    assert " a " in capsys.readouterr().out


def test_piping_without_a_dash_says_what_is_missing():
    code, out, err = run("rank", "-t", "b", input="a,b\n1,2\n")
    assert (code, out) == (2, "")
    assert "pass FILE, or - to read standard input" in err


def test_warnings_are_one_line_each(tmp_path, capsys):
    frame = pd.DataFrame({"a": np.random.default_rng(0).normal(size=40), "empty": np.nan, "row": range(40)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert main(["rank", str(tmp_path / "t.csv"), "-t", "row"]) == 0
    err = capsys.readouterr().err
    lines = err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("skmine: warning: ") for line in lines)
    assert "'empty' has no values" in err
    assert "identifier" in err


BAD_FILES = {
    "ragged.csv": (b"a,b\n1,2\n3\n", "ragged: line 3 has 1 fields, the header has 2"),
    "long.csv": (b"a,b\n1,2\n3,4,5\n", "ragged: line 3 has 3 fields"),
    "binary.csv": (bytes(range(256)), "not a text table"),
    "nul.csv": (b"a,b\n1,\x002\n", "not a text table"),
    "empty.csv": (b"", "is empty"),
    "header.csv": (b"a,b\n", "no rows"),
    "twice.csv": (b"a,a,b\n1,2,3\n", "more than one column named 'a'"),
    "few.csv": (b"a,b\n1,2\n2,3\n", "cv=3 folds need at least 3 rows"),
    "same.csv": (b"a,b\n1,2\n2,2\n3,2\n4,2\n", "one class or value only"),
    "blank.csv": (b"a,b\n1,?\n2,\n3,\n4,\n", "has no value in any of 4 rows"),
    "alone.csv": (b"b\n2\n3\n4\n", "is the only column"),
    "inf.csv": (b"a,b\ninf,2\n2,1\n3,1\n4,2\n", "--infinite missing"),
    "id.csv": (("a,b\n" + "".join(f"{i},key{i}\n" for i in range(20))).encode(), "identifier"),
    "packed.csv": (b"\x1f\x8b\x08\x00\xff", "Cannot unpack"),
    "utf16.csv": ("a,b\n1,2\n".encode("utf-16"), "Target 'b' has one class or value only"),
    "broken.parquet": (b"not parquet", "Cannot read"),
    "broken.feather": (b"not feather", "Cannot read"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(name, tmp_path, capsys):
    content, message = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "out.csv"
    assert main(["rank", str(tmp_path / name), "-t", "b", "-o", str(out)]) == 2
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert stderr.startswith("skmine: error: ")
    assert stderr.count("\n") == 1
    assert message in stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rank", "absent.csv", "-t", "b"], "Cannot read 'absent.csv': No such file"),
        (["rank", "absent.parquet", "-t", "b"], "Cannot read 'absent.parquet': No such file"),
        (["rank", ".", "-t", "b"], "Cannot read '.'"),
        (["rank", "t.csv"], "--target is missing"),
        (["rank", "t.csv", "-t", "targte"], "did you mean 'target'?"),
        (["rank", "t.csv", "-t", "target", "-o", "out.xyz"], "its ending must be one of"),
        (["rank", "t.csv", "-t", "target", "-o", "no/out.csv"], "not a folder"),
        (["rank", "t.csv", "-t", "target", "-o", ""], "its ending must be one of"),
        (["rank", "t.csv", "-t", "target", "-o", "t.csv"], "is the file that is read"),
        (["rank", "t.csv", "-t", "noise", "--alpha", "1e-6", "-o", "out.csv"], "was not written"),
        (["rank", "t.csv", "-t", "target", "--alpha", "2"], "between 0 and 1"),
        (["rank", "t.csv", "-t", "target", "--top", "0"], "whole number of 1 or more"),
        (["rank", "t.csv", "-t", "target", "--seed", "-1"], "whole number from 0"),
        (["rank", "t.csv", "-t", "target", "--n-jobs", "0"], "other than 0"),
        (["rank", "t.csv", "-t", "target", "--json", "--csv"], "not allowed with"),
        (["select", "t.csv", "-t", "target", "--resamples", "1"], "must be a whole number of 2 or more, got '1'"),
        (["select", "t.csv", "-t", "target", "--tolerance", "1"], "must be 'best', or a fraction from 0 up"),
        (["rnak"], "invalid choice"),
        ([], "required"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_bad_arguments_exit_with_2(table, arguments, message, monkeypatch, capsys):
    _, folder = table
    monkeypatch.chdir(folder)
    try:
        code = main(arguments)
    except SystemExit as stopped:  # argparse's own way out
        code = stopped.code
    assert code == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert sorted(p.name for p in folder.iterdir()) == ["t.csv"]


def test_an_output_that_fails_leaves_no_file(table, monkeypatch, capsys):
    _, folder = table

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    assert main(["rank", str(folder / "t.csv"), "-t", "target", "-o", str(folder / "out.csv")]) == 2
    assert "disk full" in capsys.readouterr().err
    assert sorted(p.name for p in folder.iterdir()) == ["t.csv"]


def test_a_reader_that_leaves_early_is_no_error():
    code = f"{sys.executable} -m skmine rank --csv | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""


def test_interruption_is_quiet(monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("skmine.cli.rank.rank_columns", interrupt)
    assert main(["rank"]) == 130
    assert capsys.readouterr().err == "skmine: interrupted\n"


def test_version(capsys):
    from skmine import __version__

    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"skmine {__version__}\n"


# skmine estimate


def test_estimate_says_what_the_function_says(table, capsys):
    frame, folder = table
    file = str(folder / "t.csv")
    assert main(["estimate", file, "--x", "city, noise", "--y", "target", "--json", "--seed", "3"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = mutual_info(frame[["city", "noise"]], frame[["target"]], random_state=3)
    assert told["mi"] == pytest.approx(found.mi)
    assert told["lower_bound"] == pytest.approx(found.lower_bound())
    assert (told["rows"], told["x"], told["critic"]) == (300, ["city", "noise"], "partition")
    assert main(["estimate", file, "--x", "city, noise", "--y", "target", "--seed", "3"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert f"{found.mi:.4f} nats" in out
    for word in ("'city', 'noise' with 'target'", "95 % lower bound", "interval", "p of independence", "300 rows"):
        assert word in out


def test_estimate_given_other_columns_and_at_other_levels(table, capsys):
    _, folder = table
    main(["estimate", str(folder / "t.csv"), "--x", "first", "--y", "city", "--z", "target", "--level", "0.9"])
    out = capsys.readouterr().out
    assert "'first' with 'city' given 'target'" in out
    assert "90 % interval" in out


def test_estimate_without_a_file_or_x(table, capsys):
    assert main(["estimate", "--y", "sex"]) == 0
    out = capsys.readouterr().out
    assert "diabetes" in out
    assert "and 6 more with 'sex'" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--x", "city"], "--y is missing"),
        (["--x", "town", "--y", "target"], "--x 'town': no column has this name; "),
        (["--x", "frst", "--y", "target"], "did you mean 'first'?"),
        (["--x", "city", "--y", "city"], "'city' is named twice"),
        (["--x", "city", "--y", "target", "--level", "95"], "must be a number between 0 and 1"),
    ],
)
def test_estimate_refuses_in_one_sentence(table, arguments, message):
    _, folder = table
    code, out, err = run("estimate", folder / "t.csv", *arguments)
    assert (code, out) == (2, "")
    assert message in err
