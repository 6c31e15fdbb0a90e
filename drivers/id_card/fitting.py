"""Which reply can be whose: the protocol does not say, but the kinds of success differ. Pure."""

from typing import Final

from drivers.errors import NeedsCitizen
from drivers.id_card.protocol import ADDRESS_BYTES, SAM_ID_BYTES, Command, Reply, Status

_ABOUT_THE_MODULE: Final = frozenset({Command.RESET_SAM, Command.SAM_STATUS, Command.SAM_ID, Command.SET_MAX_RF_BYTES})
_READS: Final = frozenset({Command.READ_CARD, Command.READ_CARD_WITH_FINGERPRINT})


def fits(command: Command, reply: Reply) -> bool:
    """Whether ``reply`` can be the one to ``command``: each kind of success has a status or a length of its own.

    The number of a selected card is 8 bytes in all sources; other short ones are tolerated.
    """
    match reply.status:
        case Status.CARD_FOUND:
            return command is Command.FIND_CARD
        case Status.EMPTY:
            return command in (Command.READ_NEWEST_ADDRESS, Command.READ_MANAGEMENT_NUMBER)
        case Status.SUCCESS:
            return _fits(command, len(reply.data))
        case _:
            return not (command in _ABOUT_THE_MODULE and isinstance(reply.error, NeedsCitizen))


def _fits(command: Command, size: int) -> bool:
    match command:
        case Command.FIND_CARD:
            return False
        case Command.SELECT_CARD:
            return size < SAM_ID_BYTES
        case Command.SAM_ID:
            return size == SAM_ID_BYTES
        case Command.READ_NEWEST_ADDRESS:
            return size == ADDRESS_BYTES
        case Command.READ_MANAGEMENT_NUMBER:
            return 0 < size < ADDRESS_BYTES
        case _:
            return size > ADDRESS_BYTES if command in _READS else size == 0
