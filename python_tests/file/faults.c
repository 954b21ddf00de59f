/* Lets the n-th call that writes to a file fail, or the process die in it. Loaded with LD_PRELOAD.
 *
 * Nothing is really synced: what a process wrote outlives the process anyway. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { DIE = -1, DIE_HALF_WAY = -2 };

static char prefix[4096]; /* of the files that count; empty: none does */
static long wanted;       /* the call that fails; 0: none */
static long calls, syncs; /* since it was armed */
static int fault;         /* an errno, or one of the above */
static int lasting;       /* whether all calls after it fail, too */
static long failed;

/* From the n-th call on files whose names begin with `name`: `error`, once or from then on. */
void faults_arm(const char *name, long n, int error, int last) {
    snprintf(prefix, sizeof prefix, "%s", name);
    fault = error;
    lasting = last;
    calls = syncs = failed = 0;
    wanted = n;
}

void faults_disarm(void) { wanted = 0; }
long faults_calls(void) { return calls; }
long faults_syncs(void) { return syncs; }
long faults_failed(void) { return failed; }

static int ours(int fd) {
    char link[64], name[4096];
    if (!prefix[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Whether this call fails now. A full disk lets files be synced. */
static int fails(int fd, int writes) {
    if (!ours(fd)) return 0;
    long call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (!writes) __atomic_add_fetch(&syncs, 1, __ATOMIC_SEQ_CST);
    if (!wanted || call < wanted || (call > wanted && !lasting)) return 0;
    if (fault == ENOSPC && !writes) return 0;
    if (fault == DIE || (fault == DIE_HALF_WAY && !writes)) kill(getpid(), SIGKILL);
    __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
    errno = fault;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t count) {
    if (fails(fd, 1)) {
        if (fault != DIE_HALF_WAY) return -1;
        REAL(write)(fd, bytes, count / 2);
        kill(getpid(), SIGKILL);
    }
    return REAL(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    if (fails(fd, 1)) {
        if (fault != DIE_HALF_WAY) return -1;
        REAL(pwrite)(fd, bytes, count / 2, at);
        kill(getpid(), SIGKILL);
    }
    return REAL(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    if (fails(fd, 1)) {
        if (fault != DIE_HALF_WAY) return -1;
        REAL(pwrite64)(fd, bytes, count / 2, at);
        kill(getpid(), SIGKILL);
    }
    return REAL(pwrite64)(fd, bytes, count, at);
}

static int refused(void) {
    if (fault == DIE_HALF_WAY) kill(getpid(), SIGKILL);
    return -1;
}

int ftruncate(int fd, off_t length) { return fails(fd, 1) ? refused() : REAL(ftruncate)(fd, length); }
int ftruncate64(int fd, off64_t length) { return fails(fd, 1) ? refused() : REAL(ftruncate64)(fd, length); }
int fsync(int fd) { return fails(fd, 0) ? -1 : 0; }
int fdatasync(int fd) { return fails(fd, 0) ? -1 : 0; }
