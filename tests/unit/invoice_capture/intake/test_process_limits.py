"""What the reading process is told of its own size."""

import subprocess
import sys

import pytest

from invoice_capture.intake.process_limits import peak_bytes

_FAT_PARENT = """
import subprocess, sys
held = bytearray(300 * 1024 * 1024)
child = "from invoice_capture.intake.process_limits import peak_bytes; print(peak_bytes())"
print(subprocess.run([sys.executable, "-c", child], capture_output=True, check=True, text=True).stdout)
"""


def test_peak_when_memory_was_held_then_it_is_counted_although_given_back() -> None:
    before = peak_bytes()
    held = bytearray(before + 50 * 1024 * 1024)
    del held

    assert peak_bytes() >= before + 50 * 1024 * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the size of a program apart from its starter's")
def test_peak_when_a_large_process_started_it_then_only_its_own_is_counted() -> None:
    told = subprocess.run([sys.executable, "-c", _FAT_PARENT], capture_output=True, check=True, text=True).stdout

    assert 0 < int(told) < 150 * 1024 * 1024
