"""The cable of simulated cameras."""

import threading

from drivers.video.server import SimulatedVideo


def test_two_who_pull_the_cable_at_once_leave_the_port_free_for_whoever_puts_it_back() -> None:
    camera = SimulatedVideo({"/stream": lambda: b""}, "127.0.0.1", 0)
    for _ in range(5):
        camera.start()
        other = threading.Thread(target=camera.simulate_unplug)
        other.start()
        camera.simulate_unplug()
        camera.simulate_plug()
        other.join()
        camera.close()
