"""The home screen: what can be done here and now."""

from drivers.contract import State as DeviceState
from kiosk.catalogue.availability import NETWORK, QUEUE, Availability, availability
from kiosk.catalogue.items import ServiceItem
from kiosk.journey.events import ChooseService
from kiosk.journey.state import State
from kiosk.presenters.scene import Page, Scene, help_button
from kiosk.presenters.views import Action, Banner, HomeBody, Tile


def present(state: State, scene: Scene) -> Page:
    text = scene.text
    items = state.around.catalogue.items if state.around.catalogue else ()
    tiles = tuple(_tile(state, item, scene) for item in items)
    return Page(
        title=text("screens.home.title") if items else "",
        subtitle=text("screens.home.subtitle"),
        body=HomeBody(text("screens.home.greeting"), tiles),
        banner=_banner(state, scene),
        actions=(help_button(scene),),
    )


def _tile(state: State, item: ServiceItem, scene: Scene) -> Tile:
    around = state.around
    offer = availability(item, around.devices, around.online, around.queue)
    action = Action(
        f"service.{item.code}",
        scene.item(item.title),
        ChooseService(item.code),
        "primary",
        "document",
        enabled=offer.level != "unavailable",
    )
    limits = "" if offer.level == "limited" and around.online is None else _limits(offer, scene)
    return Tile(action, scene.item(item.summary), limits)


def _limits(offer: Availability, scene: Scene) -> str:
    """Why it cannot be done here now, or not wholly."""
    text = scene.text
    if offer.level == "available":
        return ""
    devices = [reason for reason in offer.reasons if reason.subject not in (NETWORK, QUEUE)]
    if any(reason.fault == DeviceState.STARTING for reason in devices):
        return text("screens.home.starting")
    if devices:
        names = (text(f"screens.devices.{reason.subject}") for reason in devices)
        return text("screens.home.device_missing", devices=text("screens.list_comma").join(names))
    if any(reason.subject == QUEUE for reason in offer.reasons):
        return text("screens.home.not_taken")
    return text(f"screens.home.{offer.level}_offline")


def _banner(state: State, scene: Scene) -> Banner | None:
    text = scene.text
    if state.around.card_left:
        return Banner("problem", text("screens.home.card_left"), text("screens.home.card_left_who"))
    if state.home_notice:
        return Banner("info", text(f"screens.home.{state.home_notice}"))
    if state.around.catalogue is None:
        return Banner("wait", text("screens.home.no_catalogue"), text("screens.home.no_catalogue_who"))
    match state.around.queue:
        case "unavailable":
            return Banner("problem", text("screens.home.queue_unavailable"), text("screens.home.queue_unavailable_who"))
        case "full":
            return Banner("wait", text("screens.home.queue_full"), text("screens.home.queue_full_who"))
        case "accepting":
            pass
    if state.around.online is False:
        return Banner("wait", text("screens.home.offline"), text("screens.home.offline_who"))
    return None
