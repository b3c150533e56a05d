"""Lines of tegrastats and of other programs, in every shape that boards print."""

from __future__ import annotations

import pytest

from pinpoint_edge.bench.sensors import battery, jetson, powermetrics, tegrastats, vcgencmd

from . import recorded


@pytest.mark.parametrize(("text", "watts", "scope"), [
    (recorded.ORIN_NANO, 12.479, "the module"),
    (recorded.AGX_ORIN, 2.412 + 0.804 + 3.826, "the sum of VDD_GPU_SOC, VDD_CPU_CV, VIN_SYS_5V0"),
    (recorded.AGX_XAVIER, 0.310 + 0.930 + 0.155 + 1.358, "the sum of GPU, CPU, SOC"),
    (recorded.XAVIER_NX, 2.5, "the module"),
    (recorded.TX1, 2.3, "the module"),
    (recorded.NEWEST, 4.548, "the module"),
    (recorded.NOT_ROOT, 4.0, "the module"),
])  # fmt: skip
def test_the_total_of_every_board(text, watts, scope):
    line = tegrastats.parse(text)
    total = jetson.total(line.rails)
    assert total is not None
    assert scope in total.scope
    assert sum(line.rails[name] for name in total.channels) == pytest.approx(watts)


def test_what_is_off_or_unknown_is_left_out():
    orin = tegrastats.parse(recorded.ORIN_NANO)
    assert orin.heat == {"cpu": 53.968, "soc2": 52.9, "tj": 53.968}
    assert orin.clocks == {"cpu": 1510.0, "gpu": 621.0}
    assert set(orin.rails) == {"VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"}
    agx = tegrastats.parse(recorded.AGX_ORIN)
    assert "NC" not in agx.rails
    assert "CV0" not in agx.heat
    assert tegrastats.parse(recorded.TX1).clocks == {"cpu": 408.0, "gpu": 76.0}
    assert tegrastats.parse(recorded.NOT_ROOT).clocks == {"cpu": 729.0}
    assert tegrastats.parse(recorded.NEWEST).heat == {"cpu": 49.8}
    assert tegrastats.parse("tegrastats: command failed").values == {}
    assert jetson.total({"VDD_ODD": 1.0}) is None


def test_the_other_programs():
    text = "  AC powered: false\n  level: 80\n  voltage: 3900\n  temperature: 287\n"
    assert battery.parse(text)["temperature"] == 287
    assert powermetrics.parse("Combined Power (CPU + GPU + ANE): 1234 mW\n") == 1.234
    assert powermetrics.parse("CPU Power: 900 mW\n") is None
    adc = "   VDD_CORE_A current(7)=2.5A\n   VDD_CORE_V volt(15)=0.8V\n   EXT5V_V volt(24)=5.1V\n"
    assert vcgencmd.rails(adc) == {"VDD_CORE": 2.0}
