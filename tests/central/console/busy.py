"""A centre on a working day: staff of every role, a fleet with its faults, matters in several states."""

from typing import Final

from central.centre import Centre
from central.staff.roles import Role
from offline_queue import batch
from tests.central.casework.test_filing import permit
from tests.central.casework.test_routes import with_permits
from tests.central.fleet import synthetic
from tests.central.helpers import own_key, rating
from tests.central.staff_helpers import cheap, hired

DEPARTMENT: Final = "某市公安局"
_TERMINALS: Final = 60
_MATTERS: Final = 14


def staffed(centre: Centre) -> Centre:
    """An account a role, called as the role is, and items that are decided by people."""
    centre = cheap(with_permits(centre))
    for role in Role:
        hired(centre, role.value, role, department=DEPARTMENT if role is Role.CLERK else None)
    return centre


def fill(centre: Centre) -> None:
    synthetic.fill(centre, _TERMINALS)
    matters = [permit(seq) for seq in range(1, _MATTERS)]
    ratings = [rating(_MATTERS + at, one.reference, 1 + at) for at, one in enumerate(matters[:3])]
    told = batch.decode(batch.encode([*matters, *ratings], own_key()))
    centre.intake.receive(matters[0].terminal, told)
