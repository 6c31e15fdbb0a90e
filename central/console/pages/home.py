"""What needs me today."""

from typing import Annotated

from fastapi import Depends, Request, Response

from central.centre import Shared
from central.console import frame
from central.console.frame import HOME, page
from central.console.home import counts_for
from central.staff.access import Employee, Role, staff

router = frame.pages("")


@router.get(HOME)
def today(request: Request, employee: Annotated[Employee, Depends(staff(*Role))], centre: Shared) -> Response:
    with centre.storage.reading() as transaction:
        counts = counts_for(transaction, employee, centre)
    return page(request, "home.html", counts=counts)
