import errno

import apsw
import pytest

from offline_queue import faults
from offline_queue.contract import QueueUnavailable
from offline_queue.faults import in_plain_words

SAID: "dict[Exception, type[QueueUnavailable]]" = {
    OSError(errno.ENOSPC, "No space"): faults.DiskFull,
    OSError(errno.EDQUOT, "Quota"): faults.DiskFull,
    OSError(errno.EROFS, "Read-only file system"): faults.ReadOnly,
    OSError(errno.EACCES, "Permission denied"): faults.NotOurs,
    OSError(errno.EIO, "I/O error"): faults.DiskFails,
    OSError(errno.ENOTDIR, "Not a directory"): faults.CannotOpen,
    apsw.FullError("full"): faults.DiskFull,
    apsw.IOError("io"): faults.DiskFails,
    apsw.ReadOnlyError("ro"): faults.ReadOnly,
    apsw.PermissionsError("perm"): faults.NotOurs,
    apsw.CantOpenError("open"): faults.CannotOpen,
    apsw.CorruptError("corrupt"): faults.Damaged,
    apsw.NotADBError("no"): faults.WrongKey,
    apsw.BusyError("busy"): faults.Busy,
    apsw.LockedError("locked"): faults.Busy,
    apsw.ProtocolError("locking protocol"): faults.Busy,
    apsw.NoMemError("memory"): faults.NoMemory,
}


@pytest.mark.parametrize(("error", "fault"), SAID.items(), ids=repr)
def test_each_cause_is_told_apart_in_one_line(error: Exception, fault: type[QueueUnavailable]) -> None:
    with pytest.raises(fault) as caught, in_plain_words():
        raise error
    assert type(caught.value) is fault
    assert len(str(caught.value)) > 30
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("error", [apsw.ConstraintError("UNIQUE"), apsw.SQLError("x"), KeyError("a")])
def test_faults_of_this_program_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, in_plain_words():
        raise error
    assert caught.value is error
