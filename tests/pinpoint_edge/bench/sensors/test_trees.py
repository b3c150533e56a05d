"""Sensors in recorded trees of /sys, and the sensors that a machine lacks."""

from __future__ import annotations

import os

import pytest

from pinpoint_edge.bench.sensors import (
    battery,
    cpufreq,
    ina3221,
    rapl,
    thermal,
    vcgencmd,
)  # fmt: skip
from pinpoint_edge.bench.sensors.find import find_sensors
from pinpoint_edge.bench.sensors.sensor import Machine, SensorStopped
from pinpoint_edge.runtime.board import big_cores, jetson_state

from .recorded import program, rails, tree

RAPL = "/sys/class/powercap"


def test_rails_of_a_known_board(tmp_path):
    machine = Machine(tree(tmp_path, rails({"VDD_IN": 7.5, "VDD_SOC": 2.0, "NC": 0.0})))
    sensor = ina3221.find(machine)
    assert not isinstance(sensor, str)
    assert dict(sensor.sample()) == pytest.approx({"VDD_IN": 7.5, "VDD_SOC": 2.0})
    assert sensor.total.channels == ("VDD_IN",)
    sensor.close()


def test_rails_of_an_older_kernel(tmp_path):
    folder = "/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0"
    files = {f"{folder}/rail_name_0": "POM_5V_IN", f"{folder}/in_power0_input": 2150}
    sensor = ina3221.find(Machine(tree(tmp_path, files)))
    assert dict(sensor.sample()) == {"POM_5V_IN": 2.15}
    assert sensor.total.scope == "the module"


def test_rails_with_unknown_names_have_no_total_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    machine = Machine(tree(tmp_path / "root", rails({"ODD": 1.0, "ODDER": 2.0})))
    found = find_sensors(machine)
    assert found.power is None
    assert "no known board: ODD, ODDER" in found.missing["ina3221 total"]


def test_a_machine_without_sensors_says_why_of_each(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_sensors(Machine(tmp_path))
    assert found.sensors == ()
    assert set(found.missing) == {
        *("ina3221", "tegrastats", "vcgencmd", "powermetrics"),
        *("battery", "rapl", "thermal", "cpufreq"),
    }
    assert all(len(reason) > 10 for reason in found.missing.values())


def test_counters_of_packages(tmp_path):
    files = {
        f"{RAPL}/intel-rapl:0/name": "package-0", f"{RAPL}/intel-rapl:0/energy_uj": 5_000_000,
        f"{RAPL}/intel-rapl:0/max_energy_range_uj": 262_143_000_000,
        f"{RAPL}/intel-rapl:0:0/name": "core", f"{RAPL}/intel-rapl:0:0/energy_uj": 2_000_000,
        f"{RAPL}/intel-rapl:0:1/name": "dram", f"{RAPL}/intel-rapl:0:1/energy_uj": 1_000_000,
    }  # fmt: skip
    sensor = rapl.find(Machine(tree(tmp_path, files)))
    assert sensor.total.channels == ("package-0", "dram-0")
    assert sensor.channels[0].wraps_at == pytest.approx(262143)
    assert sensor.sample()["package-0"] == 5.0
    tree(tmp_path, {f"{RAPL}/intel-rapl:1/name": "psys", f"{RAPL}/intel-rapl:1/energy_uj": 9})
    assert rapl.find(Machine(tmp_path)).total.channels == ("psys",)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_counter_for_root_alone(tmp_path):
    tree(tmp_path, {f"{RAPL}/intel-rapl:0/name": "package-0"})
    (tmp_path / f"{RAPL}/intel-rapl:0/energy_uj".lstrip("/")).touch(mode=0)
    assert "for root alone" in rapl.find(Machine(tmp_path))


def test_zones_and_their_limits(tmp_path):
    zone = "/sys/class/thermal/thermal_zone"
    files = {
        f"{zone}0/type": "cpu-thermal", f"{zone}0/temp": 51500,
        f"{zone}0/trip_point_0_type": "active", f"{zone}0/trip_point_0_temp": 50000,
        f"{zone}0/trip_point_1_type": "passive", f"{zone}0/trip_point_1_temp": 85000,
        f"{zone}0/trip_point_2_type": "critical", f"{zone}0/trip_point_2_temp": 104000,
        f"{zone}1/type": "cv0-thermal", f"{zone}1/temp": -256000,
    }  # fmt: skip
    machine = Machine(tree(tmp_path, files))
    assert dict(thermal.find(machine).sample()) == {"cpu-thermal": 51.5}
    assert thermal.limits(machine) == {"cpu-thermal": 85.0}
    assert thermal.throttle_count(machine) is None
    count = "/sys/devices/system/cpu/cpu{}/thermal_throttle/core_throttle_count"
    tree(tmp_path, {count.format(0): 3, count.format(1): 4})
    assert thermal.throttle_count(machine) == 7


def test_clocks_and_big_cores(tmp_path):
    policy, cpu = "/sys/devices/system/cpu/cpufreq/policy", "/sys/devices/system/cpu/cpu"
    files: dict[str, object] = {
        f"{policy}0/scaling_cur_freq": 1_400_000, f"{policy}0/related_cpus": "0 1",
        f"{policy}2/scaling_cur_freq": 2_200_000, f"{policy}2/related_cpus": "2 3",
    }  # fmt: skip
    machine = Machine(tree(tmp_path, files))
    assert dict(cpufreq.find(machine).sample()) == {"cpu 0 1": 1400.0, "cpu 2 3": 2200.0}
    assert big_cores(machine) is None
    tree(tmp_path, {f"{cpu}{n}/cpu_capacity": c for n, c in enumerate((250, 250, 871, 1024))})
    assert big_cores(machine) == (2, 3)
    tree(tmp_path, {f"{cpu}{n}/cpu_capacity": 1024 for n in range(4)})
    assert big_cores(machine) is None


def test_a_battery_counts_only_while_it_is_drawn_from(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = "/sys/class/power_supply/BAT0"
    files = {
        f"{folder}/type": "Battery", f"{folder}/status": "Charging",
        f"{folder}/voltage_now": 12_000_000, f"{folder}/current_now": 500_000,
    }  # fmt: skip
    machine = Machine(tree(tmp_path, files))
    assert "unplug" in str(battery.find(machine))
    tree(tmp_path, {f"{folder}/status": "Discharging"})
    sensor = battery.find(machine)
    assert sensor.sample()["battery BAT0"] == pytest.approx(6.0)
    assert sensor.total.scope == "the device, by its battery"


PI = """
said = {"get_throttled": "throttled=0x50005", "measure_temp": "temp=61.2'C",
        "measure_clock": "frequency(0)=1500398464",
        "pmic_read_adc": "VDD_CORE_A current(7)=2.0A\\nVDD_CORE_V volt(15)=0.9V"}
print(said[sys.argv[1]])
"""


def test_a_raspberry_pi(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(program(tmp_path, "vcgencmd", PI).parent))
    sensor = vcgencmd.find(Machine(tmp_path))
    assert not isinstance(sensor, str)
    values = sensor.sample()
    assert values["soc"] == 61.2
    assert values["arm"] == pytest.approx(1500.4, abs=0.1)
    assert values["pmic"] == pytest.approx(1.8)
    assert {n for n, v in values.items() if v == 1.0} == {"under-voltage", "throttled"}
    program(tmp_path, "vcgencmd", "sys.exit('VCHI initialization failed')")
    with pytest.raises(SensorStopped, match="VCHI"):
        sensor.sample()


def test_the_mode_of_a_board(tmp_path, monkeypatch):
    program(tmp_path, "nvpmodel", "print('NV Power Mode: 15W\\n0')")
    shown = "cpu0: Online=1 Governor=schedutil MinFreq=729600 MaxFreq=1510400 CurrentFreq=729600"
    program(tmp_path, "jetson_clocks", f"print({shown!r})")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert jetson_state(Machine()) == {"nvpmodel": "15W 0", "jetson_clocks": "off"}
    monkeypatch.setenv("PATH", "")
    assert jetson_state(Machine()) == {}
