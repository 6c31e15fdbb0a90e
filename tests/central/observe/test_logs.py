"""What a line of the log says, and what it never says, however the program fails."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from central.observe import request_id
from central.observe.logs import FIELDS, JsonLines, Text, told

ROOT = Path(__file__).parents[3]
CANARY = "金丝雀证件样本"
WAYS = {
    "the program": "raise ValueError(CANARY)",
    "a thread": "thread = threading.Thread(target=fail); thread.start(); thread.join()",
    "a task nobody waits for": "asyncio.run(forget())",
    "a destructor": "Careless()",
    "what is logged with its trace": "try: fail()\nexcept ValueError: logging.getLogger('central').exception('failed')",
}
PROGRAM = """
import asyncio, gc, logging, sys, threading
from central.observe import logs
CANARY = sys.argv[2]
logs.configure(sys.argv[1], "info")

def fail():
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        raise ValueError(f"for {CANARY}") from error

async def fail_later():
    fail()

async def forget():
    logs.listen(asyncio.get_running_loop())
    task = asyncio.create_task(fail_later())
    await asyncio.sleep(0.01)
    del task
    gc.collect()

class Careless:
    def __del__(self):
        fail()
"""


def record(message: str = "done", **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("central.test", logging.INFO, __file__, 1, message, (), None)
    vars(made)[FIELDS] = fields
    return made


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("way", list(WAYS))
def test_whatever_fails_is_told_by_kind_and_place_alone(form: str, way: str) -> None:
    argv = [sys.executable, "-c", PROGRAM + WAYS[way], form, CANARY]
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1 if way == "the program" else 0, "")
    assert "ValueError" in ended.stderr
    assert CANARY not in ended.stderr
    assert json.dumps(CANARY)[1:-1] not in ended.stderr
    if form == "json":
        (line,) = map(json.loads, ended.stderr.splitlines())
        assert line["errors"][0]["error"] == "ValueError"
        assert line["errors"][0]["at"]


def test_a_line_is_one_object_with_its_fields_and_its_request() -> None:
    number = request_id.begin()
    said = json.loads(JsonLines().format(record(route="/v1/matters/{key}", status=404)))
    assert {name: said[name] for name in said if name != "time"} == {
        "level": "INFO",
        "logger": "central.test",
        "message": "done",
        "request": number,
        "route": "/v1/matters/{key}",
        "status": 404,
    }
    assert said["time"].endswith("+00:00")
    assert f"done request={number} status=404" in Text().format(record(status=404))


def test_a_line_feed_in_a_message_makes_no_second_object() -> None:
    assert "\n" not in JsonLines().format(record("one\ntwo"))


def test_what_caused_an_error_is_told_with_it_and_a_ring_ends() -> None:
    first, second = ValueError(CANARY), json.JSONDecodeError(CANARY, CANARY, 0)
    first.__cause__, second.__cause__ = second, first
    assert [one["error"] for one in told(first)] == ["ValueError", "json.decoder.JSONDecodeError"]
