"""The description of the machine in a run."""

from pathlib import Path

import pytest

from nexus.engines.experiment.measuring.machine import describe_machine, read_pressure, steal_share


def test_pressure_is_the_share_of_the_last_ten_seconds(tmp_path: Path) -> None:
    file = tmp_path / "cpu"
    file.write_text(
        "some avg10=84.50 avg60=1.00 avg300=0.10 total=123\n"
        "full avg10=1.00 avg60=0.00 avg300=0.00 total=0\n"
    )

    assert read_pressure(file) == pytest.approx(0.845)


def test_pressure_is_unknown_without_the_file(tmp_path: Path) -> None:
    assert read_pressure(tmp_path / "missing") is None


def test_steal_is_a_share_of_all_time() -> None:
    assert steal_share((1.0, 100.0), (3.0, 110.0)) == pytest.approx(0.2)
    assert steal_share((1.0, 100.0), (1.0, 100.0)) == 0


def test_machine_is_described_with_the_versions_given() -> None:
    described = describe_machine({"django": "5.2"})

    assert described["django"] == "5.2"
    assert {"cpu", "cores", "memory_mb", "os", "kernel", "python", "numpy"} <= set(described)
    assert all(described.values())
