/* Records what is written to the files of a folder, synced, and named there. Loaded with LD_PRELOAD.
 *
 * An event is its kind, the number of the file, a position, a length and as many bytes. Nothing is really synced. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char prefix[4096]; /* of the files that count; empty: none does */
static int output = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* an event is told in the order in which it happened */

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void put(const void *bytes, size_t count) {
    while (count) {
        ssize_t done = syscall(SYS_write, output, bytes, count);
        if (done <= 0) _exit(99);
        bytes = (const char *)bytes + done;
        count -= done;
    }
}

static void tell(char kind, uint64_t file, uint64_t at, const void *bytes, uint64_t count) {
    struct {
        uint64_t kind, file, at, count;
    } head = {kind, file, at, count};
    put(&head, sizeof head);
    put(bytes, count);
}

void record_begin(const char *folder, const char *log) {
    output = open(log, O_WRONLY | O_CREAT | O_EXCL, 0600);
    snprintf(prefix, sizeof prefix, "%s/", folder);
}

/* What the process that is recorded says it has done. */
void record_mark(const char *text) {
    pthread_mutex_lock(&turn);
    tell('M', 0, 0, text, strlen(text));
    pthread_mutex_unlock(&turn);
}

static int is_ours(const char *path) { return prefix[0] && strncmp(path, prefix, strlen(prefix)) == 0; }

/* Whether a file is in the folder, or is the folder; its number. */
static int ours(int fd, uint64_t *file) {
    char link[64], name[4096];
    struct stat found;
    if (!prefix[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 2);
    if (length < 0 || fstat(fd, &found)) return 0;
    name[length] = '/';
    name[length + 1] = 0;
    *file = found.st_ino;
    return is_ours(name);
}

static uint64_t number(const char *path) {
    struct stat found;
    return lstat(path, &found) ? 0 : found.st_ino;
}

static ssize_t written(int fd, const void *bytes, ssize_t done, off_t at) {
    uint64_t file;
    int error = errno;
    if (done > 0 && ours(fd, &file)) tell('W', file, at, bytes, done);
    errno = error;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    pthread_mutex_lock(&turn);
    ssize_t done = REAL(write)(fd, bytes, count);
    if (prefix[0] && done > 0) written(fd, bytes, done, lseek(fd, 0, SEEK_CUR) - done);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    ssize_t sum = 0;
    for (int part = 0; part < count; part++) {
        ssize_t done = write(fd, parts[part].iov_base, parts[part].iov_len);
        if (done < 0) return sum ? sum : -1;
        sum += done;
        if ((size_t)done < parts[part].iov_len) break;
    }
    return sum;
}

#define PWRITE(name, offset)                                                                                           \
    ssize_t name(int fd, const void *bytes, size_t count, offset at) {                                                 \
        pthread_mutex_lock(&turn);                                                                                     \
        ssize_t done = written(fd, bytes, REAL(name)(fd, bytes, count, at), at);                                       \
        pthread_mutex_unlock(&turn);                                                                                   \
        return done;                                                                                                   \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(name, offset)                                                                                         \
    int name(int fd, offset length) {                                                                                  \
        uint64_t file;                                                                                                 \
        pthread_mutex_lock(&turn);                                                                                     \
        int failed = REAL(name)(fd, length);                                                                           \
        if (!failed && ours(fd, &file)) tell('T', file, length, "", 0);                                                \
        pthread_mutex_unlock(&turn);                                                                                   \
        return failed;                                                                                                 \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

static int sync_of(int fd) {
    uint64_t file;
    struct stat found;
    pthread_mutex_lock(&turn);
    if (ours(fd, &file) && !fstat(fd, &found)) tell(S_ISDIR(found.st_mode) ? 'F' : 'S', file, 0, "", 0);
    pthread_mutex_unlock(&turn);
    return 0;
}
int fsync(int fd) { return sync_of(fd); }
int fdatasync(int fd) { return sync_of(fd); }

/* 'I': a file that is new; 'N': it is called so. */
#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                                  \
        if (!prefix[0] || !(flags & (O_CREAT | O_TRUNC | __O_TMPFILE))) return REAL(name)(path, flags, mode);          \
        pthread_mutex_lock(&turn);                                                                                     \
        int without_name = (flags & O_TMPFILE) == O_TMPFILE, there = number(path) != 0, error;                         \
        int fd = REAL(name)(path, flags, mode);                                                                        \
        uint64_t file;                                                                                                 \
        error = errno;                                                                                                 \
        if (fd >= 0 && ours(fd, &file)) {                                                                              \
            if (without_name || !there) tell('I', file, 0, "", 0);                                                     \
            if (!without_name && !there) tell('N', file, 0, path, strlen(path));                                       \
            if (there && flags & O_TRUNC) tell('T', file, 0, "", 0);                                                   \
        }                                                                                                              \
        errno = error;                                                                                                 \
        pthread_mutex_unlock(&turn);                                                                                   \
        return fd;                                                                                                     \
    }
OPEN(open)
OPEN(open64)

int unlink(const char *path) {
    pthread_mutex_lock(&turn);
    int failed = REAL(unlink)(path);
    if (!failed && is_ours(path)) tell('U', 0, 0, path, strlen(path));
    pthread_mutex_unlock(&turn);
    return failed;
}

int linkat(int from, const char *old, int to, const char *path, int flags) {
    pthread_mutex_lock(&turn);
    int failed = REAL(linkat)(from, old, to, path, flags);
    if (!failed && is_ours(path)) tell('N', number(path), 0, path, strlen(path));
    pthread_mutex_unlock(&turn);
    return failed;
}

int rename(const char *old, const char *path) {
    pthread_mutex_lock(&turn);
    int failed = REAL(rename)(old, path);
    if (!failed && is_ours(path)) {
        tell('N', number(path), 0, path, strlen(path));
        tell('U', 0, 0, old, strlen(old));
    }
    pthread_mutex_unlock(&turn);
    return failed;
}
