"""What goes on beside the requests: begun again after an error nobody expected."""

import asyncio
import logging

import pytest

from central.app import kept_up


def test_an_error_nobody_expected_ends_it_for_a_moment_and_its_text_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun = list[int]()

    async def attend() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            raise ValueError("somebody's name")
        raise asyncio.CancelledError

    with caplog.at_level(logging.ERROR), pytest.raises(asyncio.CancelledError):
        asyncio.run(kept_up(attend, pause=0))
    assert len(begun) == 3
    assert "ValueError" in caplog.text
    assert "somebody" not in caplog.text
