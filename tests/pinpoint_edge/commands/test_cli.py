"""The command line: fast help, one-line errors with their exit codes, nothing half-written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.commands import ask
from pinpoint_edge.commands.cli import cli
from pinpoint_edge.commands.group import run
from pinpoint_edge.result import Answer, EvidenceRegion, TokenCount

COMMANDS = cli.list_commands(click.Context(cli))

ANSWER = Answer(
    text="12.50 [MYR]",
    found=True,
    kind="span",
    confidence=0.912345,
    page=1,
    boxes=((10.004, 20.0, 110.0, 44.5),),
    quads=(((10.0, 20.0), (110.0, 21.0), (110.0, 44.5), (10.0, 43.5)),),
    evidence=(EvidenceRegion("TOTAL 12.50 [MYR]", (5.0, 20.0, 110.0, 44.5), 1, 0.83, 0.97),),
    tokens=TokenCount(42, 3, 90, 5, 256, 400, 2),
    timings={"detect": 12.3456},
)


Pinpoint = Callable[..., tuple[int, str, str]]


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from pinpoint_edge.commands.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'numpy', 'onnxruntime', 'torch', 'PIL', 'rich', 'tokenizers', 'pypdfium2'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "LOADED []" in done.stdout
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example(pinpoint: Pinpoint, name: str) -> None:
    code, out, _ = pinpoint(name, "--help")
    assert code == 0
    assert f"Example: pinpoint {name}" in out
    assert "--json" in out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["asq"], "Did you mean 'ask'?"),
        (["zzz"], "There are ask, extract"),
        (["ask", "b", "p", "q", "--anotate", "x"], "--annotate"),
        (["ask", "b", "p", "q", "--token-budget", "0"], "x>=1"),
        (["ask", "b", "p", "q", "--coverage", "1.5"], "0<x<=1"),
        (["ask", "b", "q"], "Missing argument"),
        (["extract", "b", "p"], "--fields"),
    ],
)
def test_wrong_options(pinpoint: Pinpoint, arguments: list[str], hint: str) -> None:
    code, out, err = pinpoint(*arguments)
    assert (code, out) == (2, "")
    assert hint in err
    code, out, err = pinpoint(*arguments, "--json")
    error = json.loads(out)["error"]
    assert (code, err, error["code"]) == (2, "", "option")
    assert hint in error["message"]


def test_errors_are_one_line_with_code_and_exit_code(pinpoint: Pinpoint, tmp_path: Path) -> None:
    code, out, err = pinpoint("verify", tmp_path)
    assert (code, out) == (5, "")
    assert re.fullmatch(r"error\[bundle\]: .*manifest\.json is missing.*\n", err)
    code, out, err = pinpoint("verify", tmp_path, "--json")
    assert (code, err) == (5, "")
    assert json.loads(out)["error"]["code"] == "bundle"
    assert "Traceback" in pinpoint("verify", tmp_path, "--debug")[2]


def test_unforeseen_errors_and_interruptions(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def broken() -> None:
        raise ZeroDivisionError("by\nzero")

    @click.command()
    def stopped() -> None:
        raise KeyboardInterrupt

    assert run(broken, [], "x") == 70
    err = capsys.readouterr().err
    assert err.startswith("error[internal]: ZeroDivisionError: by zero.")
    assert err.count("\n") == 1
    assert run(stopped, [], "x") == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_closed_pipe_is_no_traceback(small_bundle: Path) -> None:
    program = (
        f"from pinpoint_edge.commands.cli import main; main(['inspect', {str(small_bundle)!r}])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as stream:
        err = stream.read()
    process.wait()
    assert err == b""


def test_inspect(pinpoint: Pinpoint, small_bundle: Path) -> None:
    code, out, _ = pinpoint("inspect", small_bundle)
    assert code == 0
    assert "118" in out
    assert "Apache-2.0" in out
    report = json.loads(pinpoint("inspect", small_bundle, "--json")[1])
    assert report["manifest"] == json.loads((small_bundle / "manifest.json").read_bytes())


def test_pack_verify_unpack(pinpoint: Pinpoint, small_bundle: Path, tmp_path: Path) -> None:
    packed, folder = tmp_path / "s.pinpoint", tmp_path / "out"
    assert pinpoint("pack", small_bundle, packed)[0] == 0
    code, out, _ = pinpoint("verify", packed)
    assert code == 0
    assert "9 files" in out
    assert not (tmp_path / "cache").exists()  # verify unpacks nothing
    assert pinpoint("unpack", packed, folder)[0] == 0
    assert json.loads(pinpoint("verify", folder, "--json")[1])["ok"] is True
    code, _, err = pinpoint("unpack", packed, folder)
    assert code == 9
    assert "error[output]" in err
    assert json.loads(pinpoint("inspect", packed, "--json")[1])["manifest"]["name"] == "small"


def test_one_flipped_byte(pinpoint: Pinpoint, small_bundle: Path) -> None:
    stage = small_bundle / "stages/refine.onnx"
    stage.write_bytes(b"\0" + stage.read_bytes()[1:])
    code, _, err = pinpoint("verify", small_bundle)
    assert code == 6
    assert err.startswith("error[integrity]: ")
    assert "stages/refine.onnx was changed" in err


@pytest.mark.parametrize("picture", ["no/such/folder/a.png", "a.gif", "name", "taken.png"], ids=str)
def test_an_unwritable_picture_is_refused_before_the_work(
    pinpoint: Pinpoint, tmp_path: Path, picture: str
) -> None:
    (tmp_path / "taken.png").mkdir()
    # The bundle does not exist either: the picture is looked at first.
    code, _, err = pinpoint(
        "ask", tmp_path / "none", "p.png", "q?", "--annotate", tmp_path / picture
    )
    assert code == 9
    assert "error[output]: Cannot write" in err or "is a folder" in err


def test_unwritable_results_are_refused_before_the_work(pinpoint: Pinpoint, tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text('{"a": "b?"}')
    fields = ("--fields", tmp_path / "f.json")
    code, _, err = pinpoint(
        "extract", tmp_path, "p.png", *fields, "--output", tmp_path / "no/x.json"
    )
    assert (code, "error[output]" in err) == (9, True)
    assert pinpoint("pack", tmp_path / "none", tmp_path / "no/x.pinpoint")[0] == 9


def test_answer_to_json() -> None:
    value = ANSWER.to_json()
    assert json.loads(json.dumps(value)) == value
    assert value["confidence"] == 0.9123
    assert value["boxes"] == [[10.0, 20.0, 110.0, 44.5]]
    assert value["tokens"] == {
        "evidence": 42,
        "visual": 3,
        "prompt": 90,
        "answer": 5,
        "budget": 256,
        "page_estimate": 400,
        "dropped": 2,
        "share": 0.105,
    }
    assert value["timings"] == {"detect": 12.35}


def test_answer_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    ask._print(ANSWER)
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0] == "12.50 [MYR]"  # square brackets are text, not markup
    assert lines[1] == "confidence 0.91 · page 2 · boxes [10, 20, 110, 44]"
    assert lines[2] == "  0.83  p2 [5, 20, 110, 44]  TOTAL 12.50 [MYR]"
    assert "evidence 42 of budget 256, in all 90, answer 5; 10% of the page's 400" in lines[3]
    assert "2 relevant regions" in lines[4]
    assert "timings" not in out  # only on a terminal


def test_not_found_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    tokens = TokenCount(0, 0, 0, 0, 256, 0)
    ask._print(Answer(None, False, "not-found", 0.7, None, (), (), (), tokens))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "not found"
    assert "no page · boxes none" in lines[1]


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    image = Image.new("RGB", (700, 500), "white")
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=30)
    for row, line in enumerate(("CORNER SHOP", "Date: 12/03/2019", "Total: 48.20")):
        pen.text((60, 80 + 90 * row), line, fill="black", font=font)
    image.save(tmp_path / "receipt.png")
    return tmp_path / "receipt.png"


@pytest.mark.slow
def test_ask_a_page(pinpoint: Pinpoint, forms_bundle: Path, receipt: Path, tmp_path: Path) -> None:
    picture = tmp_path / "answer.png"
    code, out, err = pinpoint(
        "ask", forms_bundle, receipt, "What is the total?", "--json", "--annotate", picture
    )
    assert (code, err) == (0, "")
    value = json.loads(out)
    assert set(value) == set(ANSWER.to_json())
    assert value["tokens"]["evidence"] <= value["tokens"]["budget"]
    assert Image.open(picture).width == 700
    code, out, _ = pinpoint("ask", forms_bundle, receipt, "What is the total?")
    assert code == 0
    assert out.splitlines()[0] == (value["text"] if value["found"] else "not found")


@pytest.mark.slow
def test_extract_fields(
    pinpoint: Pinpoint, forms_bundle: Path, receipt: Path, tmp_path: Path
) -> None:
    fields, out = tmp_path / "f.json", tmp_path / "result.json"
    fields.write_text('{"total": "What is the total?", "date": "What is the date?"}')
    assert pinpoint("extract", forms_bundle, receipt, "--fields", fields, "--output", out)[0] == 0
    values = json.loads(out.read_text())["fields"]
    assert list(values) == ["total", "date"]
    for value in values.values():
        assert set(value) == {"text", "found", "confidence", "page", "boxes", "value"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "question", "options", "expected"),
    [
        ("none.png", "What?", [], 3),
        ("receipt.png", " ", [], 4),
        ("receipt.png", "x" * 10_000, [], 4),
        ("receipt.png", "What?", ["--token-budget", "10000000"], 2),
        ("receipt.png", "What?", ["--provider", "NoSuchProvider"], 7),
    ],
)
def test_bad_input_of_ask(
    pinpoint: Pinpoint,
    forms_bundle: Path,
    receipt: Path,
    page: str,
    question: str,
    options: list[str],
    expected: int,
) -> None:
    code, out, err = pinpoint("ask", forms_bundle, receipt.parent / page, question, *options)
    assert (code, out) == (expected, "")
    assert re.fullmatch(r"error\[\w+\]: .+\n", err)
