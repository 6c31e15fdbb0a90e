import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


def test_serve_starts_from_nothing_says_where_and_ends_cleanly(tmp_path: Path) -> None:
    data = tmp_path / "new" / "central"
    command = [sys.executable, "-m", "central", "serve", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    line = process.stdout.readline()
    address = (data / "address").read_text().strip()
    assert address in line
    with httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/v1/health").status_code == 200
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (out, err) == ("", "")
    assert not (data / "address").exists()


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "central", "serve", "--port", port, "--data", str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr == f"Error: cannot listen at 127.0.0.1:{port}: Address already in use\n"


def test_a_host_nobody_knows_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "central", "serve", "--host", "no-such-host.invalid", "--data", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: cannot listen at no-such-host.invalid:8400: ")
    assert done.stderr.count("\n") == 1
