"""This terminal as part of a fleet, put together."""

import threading
from importlib.metadata import version

from kiosk.bootstrap.remote import CentreSettings
from kiosk.bootstrap.sending import Connected, Way
from kiosk.catalogue.cache import CatalogueCache
from kiosk.settings import Settings
from kiosk.sync.acts import RestartApp, restarted
from kiosk.sync.commands import Desk
from kiosk.sync.condition import Condition
from kiosk.sync.fleet_client import HttpFleetClient
from kiosk.sync.ledger import Ledger
from kiosk.sync.prompt import LONGEST_WAIT
from kiosk.sync.reporting import Reporting
from offline_queue.http_client import ANSWER_SECONDS, Signature, open_client


def reporting(
    settings: Settings,
    there: Connected,
    way: Way,
    cache: CatalogueCache,
    configuring: CentreSettings,
    stop: threading.Event,
) -> Reporting:
    run_dir, state_dir = settings.terminal.run_dir, settings.terminal.state_dir
    seconds = LONGEST_WAIT + ANSWER_SECONDS
    signature = Signature(there.membership.identity)
    patient = open_client(way.url, signature, way.trust(), seconds=seconds, whole=seconds)

    def begin_anew() -> None:
        restarted(run_dir)
        stop.set()

    def catalogue() -> int:
        return found.version if (found := cache.load()) else 0

    condition = Condition(run_dir, state_dir, version("gov-service-terminal"), catalogue)
    desk = Desk(Ledger(state_dir / "commands.json"), {"restart": RestartApp(run_dir)})
    return Reporting(condition, HttpFleetClient(there.client, patient), desk, configuring, begin_anew, stop)
