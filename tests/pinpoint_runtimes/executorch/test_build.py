import os
import shutil

import pytest

from pinpoint_runtimes.executorch.build import main

COMPILER = os.environ.get("CXX", "g++")

pytest.importorskip("executorch")


@pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"no C++ compiler {COMPILER}")
def test_building_says_what_is_missing(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--compiler", "no-such-compiler"]) == 1
    assert "no C++ compiler no-such-compiler; run `apt-get install g++`" in capsys.readouterr().err
    assert main(["--out", str(tmp_path), "--wheel", str(tmp_path)]) == 1
    assert "pip install --no-deps executorch" in capsys.readouterr().err
    assert main(["--out", str(tmp_path), "--flag=-no-such-flag"]) == 1
    assert "no-such-flag" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
