"""The camera for the suite of all device classes."""

from collections.abc import Iterable, Mapping

from drivers.camera.capture import capture
from drivers.camera.device import OpenCvCamera
from drivers.camera.simulated import SimulatedCamera
from drivers.contract import Cancel, Device
from drivers.simulation.contract import SimulatedDevice
from drivers.video.capture import Limits
from tests.drivers.rigs import RigMaker, running

_LIMITS = Limits(open=1.0, read=1.0, look=0.5)


class CameraRig:
    def __init__(self, *, infrared: bool) -> None:
        self._camera = SimulatedCamera({})
        self.simulated: SimulatedDevice = self._camera
        self._infrared = infrared

    def device(self) -> OpenCvCamera:
        infrared = self._camera.infrared_endpoint if self._infrared else ""
        return OpenCvCamera(self.simulated.endpoint, infrared=infrared, limits=_LIMITS)

    def prepare(self) -> None:
        self._camera.simulate_show("holder")

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        assert isinstance(device, OpenCvCamera)
        return bool(capture(device, timeout=timeout, cancel=cancel).image.any())

    def offsets(self) -> Iterable[int]:
        """The request, the answer's head, the first picture; a capture needs two pictures of 20 kB."""
        return (*range(0, 320, 20), 1000, 10_000, 30_000)


RIGS: Mapping[str, RigMaker] = {
    "camera": lambda _: running(CameraRig(infrared=False)),
    "camera_with_infrared": lambda _: running(CameraRig(infrared=True)),
}
