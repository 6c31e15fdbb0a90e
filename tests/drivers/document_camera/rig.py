"""The document camera for the suite of all device classes."""

from collections.abc import Iterable, Mapping

from drivers.contract import Cancel, Device
from drivers.document_camera.device import OpenCvDocumentCamera
from drivers.document_camera.simulated import SimulatedDocumentCamera
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.document_camera.helpers import QUICK
from tests.drivers.rigs import RigMaker, running


class DocumentCameraRig:
    def __init__(self) -> None:
        self._camera = SimulatedDocumentCamera()
        self.simulated: SimulatedDevice = self._camera
        self.fault = ""

    def device(self) -> OpenCvDocumentCamera:
        return OpenCvDocumentCamera(self.simulated.endpoint, limits=QUICK)

    def prepare(self) -> None:
        # The small sheet: least work for a machine that runs many tests.
        self._camera.simulate_put("card")

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        assert isinstance(device, OpenCvDocumentCamera)
        page = device.scan(timeout=timeout, cancel=cancel)
        self.fault = "" if page.good else f"{self.simulated.kind}.{page.warnings[0]}"
        return page.good

    def offsets(self) -> Iterable[int]:
        """The request, the answer's head, the first pictures of 70 kB; a scan needs three of them."""
        return (*range(0, 320, 40), 1000, 50_000, 100_000)


RIGS: Mapping[str, RigMaker] = {"document_camera": lambda _: running(DocumentCameraRig())}
