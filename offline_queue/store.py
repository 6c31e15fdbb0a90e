"""The queue on disk: one encrypted SQLite file, one transaction a call, durable on return."""

import json
from pathlib import Path
from typing import Any

from offline_queue import rules
from offline_queue.clock import Stamp, system_stamp
from offline_queue.contract import Answer, Matter, MatterState, NewMatter, UnknownMatter
from offline_queue.database import Database, Row, Transaction
from offline_queue.envelope import Created, Envelope
from offline_queue.retry import LONGEST_RETRY_AFTER


class SqliteQueue(rules.Outcomes):
    """Implements :class:`offline_queue.contract.Queue`. ``key`` is 32 random bytes.

    The constructor does no I/O; every call raises ``QueueUnavailable`` while the file cannot be used and works again
    once it can.
    """

    def __init__(self, path: Path, key: bytes, terminal: str, stamp: Stamp = system_stamp) -> None:
        self._database = Database(path, key)
        self._terminal = terminal
        self._stamp = stamp

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        with self._database.transaction() as transaction:
            if known := transaction.first("get", id=matter.id):
                return _envelope(known)
            seq = transaction.run("next_seq")[0]["seq"]
            envelope = rules.seal(matter, self._terminal, seq, self._stamp(now))
            transaction.run("put", **_columns(envelope))
            return envelope

    def get(self, matter_id: str) -> Matter:
        rows = self._database.read("get", id=matter_id)
        if not rows:
            raise UnknownMatter(matter_id)
        return _matter(rows[0])

    def matters(self, *states: MatterState) -> list[Matter]:
        rows = self._database.read("in_states", states=_json(states)) if states else self._database.read("all")
        return [_matter(row) for row in rows]

    def counts(self) -> dict[MatterState, int]:
        found = {row["state"]: row["count"] for row in self._database.read("counts")}
        return {state: found.get(state, 0) for state in MatterState}

    def claim(self, limit: int, *, now: float) -> list[Matter]:
        with self._database.transaction() as transaction:
            due = transaction.run("due", now=now, longest_wait=LONGEST_RETRY_AFTER, limit=limit)
            for row in due:
                transaction.run("claim", id=row["id"])
        return [_matter(row | {"state": MatterState.IN_FLIGHT, "attempts": row["attempts"] + 1}) for row in due]

    def release_claims(self) -> int:
        with self._database.transaction() as transaction:
            return len(transaction.run("release_claims"))

    def wipe(self, matter_id: str) -> None:
        with self._database.transaction() as transaction:
            rules.check_wipe(_state(transaction, matter_id))
            transaction.run("wipe", id=matter_id)
        self._database.forget_log()

    def save_draft(self, session: str, content: bytes) -> None:
        with self._database.transaction() as transaction:
            transaction.run("save_draft", session=session, content=content)

    def load_draft(self) -> tuple[str, bytes] | None:
        rows = self._database.read("load_draft")
        return (rows[0]["session"], rows[0]["content"]) if rows else None

    def drop_draft(self) -> None:
        with self._database.transaction() as transaction:
            transaction.run("drop_draft")

    def begin_print(self, action_id: str) -> str:
        with self._database.transaction() as transaction:
            if known := transaction.first("print_outcome", action_id=action_id):
                return str(known["outcome"])
            transaction.run("begin_print", action_id=action_id)
            return ""

    def end_print(self, action_id: str, outcome: str) -> None:
        with self._database.transaction() as transaction:
            transaction.run("end_print", action_id=action_id, outcome=outcome)

    def close(self) -> None:
        self._database.close()

    def _settle(self, matter_id: str, state: MatterState, answer: Answer) -> None:
        with self._database.transaction() as transaction:
            rules.check_move(_state(transaction, matter_id), state)
            transaction.run(
                "settle",
                id=matter_id,
                state=state,
                number=answer.number,
                result=_json(dict(answer.result)),
                rule=answer.rule,
                remedy=answer.remedy,
            )

    def _put_back(self, matter_id: str, state: MatterState, not_before: float, error: str) -> None:
        with self._database.transaction() as transaction:
            rules.check_move(_state(transaction, matter_id), state)
            transaction.run("put_back", id=matter_id, state=state, not_before=not_before, error=error)


def _state(transaction: Transaction, matter_id: str) -> MatterState:
    row = transaction.first("state", id=matter_id)
    if row is None:
        raise UnknownMatter(matter_id)
    return MatterState(row["state"])


def _columns(envelope: Envelope) -> Row:
    return {
        "seq": envelope.seq,
        "id": envelope.id,
        "terminal": envelope.terminal,
        "reference": envelope.reference,
        "item": envelope.item,
        "item_version": envelope.item_version,
        "envelope_version": envelope.version,
        "wall": envelope.created.wall,
        "monotonic": envelope.created.monotonic,
        "boot_id": envelope.created.boot_id,
        "trusted": envelope.created.trusted,
        "consents": _json(envelope.consents),
        "payload": _json(envelope.payload),
    }


def _envelope(row: Row) -> Envelope:
    return Envelope(
        id=row["id"],
        terminal=row["terminal"],
        seq=row["seq"],
        reference=row["reference"],
        item=row["item"],
        item_version=row["item_version"],
        created=Created(row["wall"], row["monotonic"], row["boot_id"], bool(row["trusted"])),
        payload=json.loads(row["payload"] or "{}"),
        consents=tuple(json.loads(row["consents"])),
        version=row["envelope_version"],
    )


def _matter(row: Row) -> Matter:
    result = json.loads(row["result"] or "{}")
    answer = Answer(number=row["number"], result=result, rule=row["rule"], remedy=row["remedy"])
    state = MatterState(row["state"])
    return Matter(_envelope(row), state, row["attempts"], row["not_before"], row["error"], answer)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
