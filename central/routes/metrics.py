"""For Prometheus."""

from typing import Any, Final

from fastapi import APIRouter, Depends, Response

from central.centre import Shared
from central.observe.metrics import MEDIA_TYPE
from central.staff.access import scraper

_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
router = APIRouter()


@router.get("/metrics", dependencies=[Depends(scraper)], response_class=Response, responses=_ANSWER)
def metrics(centre: Shared) -> Response:
    """Of all workers on this machine. Routes are named by their template; nothing personal."""
    return Response(centre.watch.metrics.page(), media_type=MEDIA_TYPE)
