/* The disk's witness: preloaded into a process, it writes down every change the process makes below one folder, with
 * the syncs between them, and kills or fails the process at an exact step.
 *
 *   POWER_FOLDER   the folder watched; without it nothing is done
 *   POWER_JOURNAL  the file written; may be absent
 *   POWER_STEPS    the kinds of step that count (see enum); absent: all
 *   POWER_AT       the step, from 1, before which it happens; 0: never
 *   POWER_ERROR    0: SIGKILL; else the step fails with this errno (ENOSPC: a write gets half of its bytes through)
 *   POWER_STAYS    1: all later steps of these kinds fail too
 *
 * Syncs are noted and not done: the journal is what would be on the disk. System calls are made directly, since the
 * C library's own functions are the ones replaced: those that CPython and SQLite call. That no other is called shows
 * when the whole journal played back gives the very files. journal.py reads it, disk.py plays it back. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CREATED = 'c', MADE_FOLDER = 'd', WRITTEN = 'w', TRUNCATED = 't', SYNCED = 'f', SYNC_FAILED = 'e', RENAMED = 'r',
    LINKED = 'l', SYMLINKED = 's', UNLINKED = 'u', REMOVED_FOLDER = 'x', MAPPED = 'm', SAID = 'o', NETWORK = 'n'
};

/* As journal.py reads it; `first` and `second` bytes follow. */
struct record {
    uint8_t kind;
    uint8_t unused[3];
    uint32_t first, second;
    uint32_t unused_too;
    uint64_t inode;
    int64_t offset;
};

static struct {
    char folder[PATH_MAX], steps[32];
    size_t length;
    int journal, error, stays;
    long at, count;
} power = {.journal = -1};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static const char *setting(const char *name) { return getenv(name) ? getenv(name) : ""; }

/* Reads the environment anew; also called by forked workers. */
__attribute__((constructor)) void power_arm(void)
{
    const char *journal = setting("POWER_JOURNAL");
    if (power.journal >= 0)
        close(power.journal);
    memset(&power, 0, sizeof power);
    snprintf(power.folder, sizeof power.folder, "%s", setting("POWER_FOLDER"));
    snprintf(power.steps, sizeof power.steps, "%s", setting("POWER_STEPS"));
    power.length = strlen(power.folder);
    power.at = atol(setting("POWER_AT"));
    power.error = atoi(setting("POWER_ERROR"));
    power.stays = atoi(setting("POWER_STAYS"));
    power.journal = *journal ? (int)syscall(SYS_openat, AT_FDCWD, journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
}

/* --- which calls concern the folder ----------------------------------------------------------------------------- */

static int inside(const char *path)
{
    return power.length && !strncmp(path, power.folder, power.length) && (path[power.length] == '/' || !path[power.length]);
}

static int path_of(int fd, char *path)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = power.length ? readlink(link, path, PATH_MAX - 1) : -1;
    path[length < 0 ? 0 : length] = 0;
    return inside(path);
}

static int watched(int fd)
{
    char path[PATH_MAX];
    return path_of(fd, path);
}

/* The absolute path of `name`, whose folders are not resolved further. */
static int absolute(int fd, const char *name, char *path)
{
    char folder[PATH_MAX] = "";
    if (*name == '/')
        return snprintf(path, PATH_MAX, "%s", name), inside(path);
    if (fd == AT_FDCWD ? !getcwd(folder, sizeof folder) : !path_of(fd, folder))
        return 0;
    return snprintf(path, PATH_MAX, "%.2040s/%.2040s", folder, name), inside(path);
}

/* Sockets with an address at the other end: a program's own pairs are none of the network. */
static int on_network(int fd)
{
    struct sockaddr_un peer = {.sun_family = AF_UNSPEC};
    socklen_t size = sizeof peer;
    if (!power.length || getpeername(fd, (struct sockaddr *)&peer, &size))
        return 0;
    return peer.sun_family == AF_INET || peer.sun_family == AF_INET6 || (peer.sun_family == AF_UNIX && *peer.sun_path);
}

/* --- steps ------------------------------------------------------------------------------------------------------ */

/* One step at a time over all threads and processes that write to this journal, so that its order is the true one. */
static void begin(void)
{
    pthread_mutex_lock(&mutex);
    if (power.journal >= 0)
        flock(power.journal, LOCK_EX);
}

static long end(long result)
{
    int error = errno;
    if (power.journal >= 0)
        flock(power.journal, LOCK_UN);
    pthread_mutex_unlock(&mutex);
    errno = error;
    return result;
}

/* Whether the step that comes now is to fail; does not return when the process is to die. */
static int fails(int kind)
{
    if (*power.steps && !strchr(power.steps, kind))
        return 0;
    power.count++;
    if (!power.at || (power.stays && power.error ? power.count < power.at : power.count != power.at))
        return 0;
    if (!power.error)
        kill(getpid(), SIGKILL);
    errno = power.error;
    return 1;
}

static void note(int kind, uint64_t inode, int64_t offset, const void *first, size_t one, const void *second, size_t two)
{
    struct record record = {.kind = kind, .first = one, .second = two, .inode = inode, .offset = offset};
    struct iovec parts[] = {{&record, sizeof record}, {(void *)first, one}, {(void *)second, two}};
    int error = errno;
    if (power.journal >= 0 && syscall(SYS_writev, power.journal, parts, 3) != (long)(sizeof record + one + two))
        abort(); /* a journal with a hole would prove anything */
    errno = error;
}

static uint64_t inode_of(int fd)
{
    struct stat status = {0};
    fstat(fd, &status);
    return status.st_ino;
}

static void note_names(int kind, const char *first, const char *second)
{
    struct stat status = {0};
    lstat(*second ? second : first, &status);
    note(kind, status.st_ino, 0, first, strlen(first), second, strlen(second));
}

/* --- contents --------------------------------------------------------------------------------------------------- */

static ssize_t write_step(int fd, const void *data, size_t size, int64_t offset, int positioned)
{
    int kind = fd == STDOUT_FILENO ? SAID : WRITTEN;
    if (!power.length || (kind == WRITTEN && !watched(fd)))
        return positioned ? syscall(SYS_pwrite64, fd, data, size, offset) : syscall(SYS_write, fd, data, size);
    begin();
    if (fails(kind)) {
        if (kind != WRITTEN || power.error != ENOSPC || power.count != power.at || size < 2)
            return end(-1);
        size /= 2;
    }
    ssize_t done = positioned ? syscall(SYS_pwrite64, fd, data, size, offset) : syscall(SYS_write, fd, data, size);
    if (done > 0)
        note(kind, inode_of(fd), positioned ? offset : lseek(fd, 0, SEEK_CUR) - done, data, done, 0, 0);
    return end(done);
}

ssize_t write(int fd, const void *data, size_t size) { return write_step(fd, data, size, 0, 0); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return write_step(fd, data, size, offset, 1); }

int ftruncate64(int fd, off64_t size)
{
    if (!watched(fd))
        return syscall(SYS_ftruncate, fd, size);
    begin();
    if (fails(TRUNCATED))
        return end(-1);
    int result = syscall(SYS_ftruncate, fd, size);
    if (!result)
        note(TRUNCATED, inode_of(fd), size, 0, 0, 0, 0);
    return end(result);
}

int fdatasync(int fd)
{
    if (!watched(fd))
        return syscall(SYS_fdatasync, fd);
    begin();
    int failed = fails(SYNCED);
    note(failed ? SYNC_FAILED : SYNCED, inode_of(fd), 0, 0, 0, 0, 0);
    return end(failed ? -1 : 0);
}
int fsync(int fd) { return fdatasync(fd); }

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
    if (fd >= 0 && (flags & MAP_SHARED) && (protection & PROT_WRITE) && watched(fd)) {
        begin();
        note(MAPPED, inode_of(fd), 0, 0, 0, 0, 0); /* what is written there cannot be seen */
        end(0);
    }
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

/* --- names ------------------------------------------------------------------------------------------------------ */

int open64(const char *name, int flags, ...)
{
    char path[PATH_MAX];
    struct stat status;
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (!(flags & (O_CREAT | O_TRUNC)) || !absolute(AT_FDCWD, name, path))
        return syscall(SYS_openat, AT_FDCWD, name, flags, mode);
    begin();
    int there = !stat(path, &status);
    if ((!there && (flags & O_CREAT) && fails(CREATED)) || (there && (flags & O_TRUNC) && fails(TRUNCATED)))
        return end(-1);
    int fd = syscall(SYS_openat, AT_FDCWD, name, flags, mode);
    if (fd >= 0 && !there && path_of(fd, path))
        note_names(CREATED, path, "");
    else if (fd >= 0 && (flags & O_TRUNC) && status.st_size)
        note(TRUNCATED, status.st_ino, 0, 0, 0, 0, 0);
    return end(fd);
}

/* `call` has the step's result; `first` and `second` are the paths as noted. */
#define NAME_STEP(kind, concerned, call, first, second) \
    if (!(concerned)) return call; \
    begin(); \
    if (fails(kind)) return end(-1); \
    int result = call; \
    if (!result) note_names(kind, first, second); \
    return end(result);

int unlinkat(int at, const char *name, int flags)
{
    char path[PATH_MAX];
    int kind = flags & AT_REMOVEDIR ? REMOVED_FOLDER : UNLINKED;
    NAME_STEP(kind, absolute(at, name, path), syscall(SYS_unlinkat, at, name, flags), path, "")
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

#define HERE AT_FDCWD
int mkdir(const char *name, mode_t mode)
{
    char path[PATH_MAX];
    NAME_STEP(MADE_FOLDER, absolute(HERE, name, path), syscall(SYS_mkdirat, HERE, name, mode), path, "")
}
int symlink(const char *content, const char *name)
{
    char path[PATH_MAX];
    NAME_STEP(SYMLINKED, absolute(HERE, name, path), syscall(SYS_symlinkat, content, HERE, name), content, path)
}
int rename(const char *name, const char *other)
{
    char path[PATH_MAX], goal[PATH_MAX];
    int concerned = absolute(HERE, name, path) | absolute(HERE, other, goal);
    NAME_STEP(RENAMED, concerned, syscall(SYS_renameat2, HERE, name, HERE, other, 0), path, goal)
}
int link(const char *name, const char *other)
{
    char path[PATH_MAX], goal[PATH_MAX];
    int concerned = absolute(HERE, name, path) | absolute(HERE, other, goal);
    NAME_STEP(LINKED, concerned, syscall(SYS_linkat, HERE, name, HERE, other, 0), path, goal)
}

/* --- network: nothing is noted, and a call that waits must not hold the others up --------------------------------- */

static int before(int fd)
{
    if (on_network(fd)) {
        begin();
        fails(NETWORK);
        end(0);
    }
    return fd;
}

ssize_t send(int fd, const void *data, size_t n, int flags) { return syscall(SYS_sendto, before(fd), data, n, flags, 0, 0); }
ssize_t sendmsg(int fd, const struct msghdr *all, int flags) { return syscall(SYS_sendmsg, before(fd), all, flags); }
ssize_t recv(int fd, void *data, size_t n, int flags) { return syscall(SYS_recvfrom, before(fd), data, n, flags, 0, 0); }
