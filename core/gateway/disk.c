/* Whether the disk of the data folder still takes what Jackdaw must write. */
#include "gateway/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"

struct jd_disk {
    const char *dir;
    pthread_mutex_t lock;
    int64_t look_ms; // when to look again, monotonic; guarded by lock
    bool full;       // as it was at the last look; guarded by lock
};

static bool is_want_of_space(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

/* Takes the space in a file that nobody else sees, and gives it back. */
static bool look(const char *dir)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/space-XXXXXX", dir) >= (int)sizeof(path)) {
        return false;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) {
        return is_want_of_space(errno);
    }
    unlink(path); // the space goes with the descriptor
    // Where the file system cannot reserve, this is not the way to find out.
    bool full = fallocate(fd, 0, 0, JD_DISK_SPARE_BYTES) != 0 && is_want_of_space(errno);
    close(fd);
    return full;
}

struct jd_disk *jd_disk_create(const char *dir)
{
    struct jd_disk *disk = jd_xalloc(sizeof(*disk));
    disk->dir = dir;
    disk->look_ms = INT64_MIN;
    pthread_mutex_init(&disk->lock, NULL);
    return disk;
}

void jd_disk_destroy(struct jd_disk **disk)
{
    if (*disk) {
        pthread_mutex_destroy(&(*disk)->lock);
        free(*disk);
        *disk = NULL;
    }
}

static enum jd_status ask(struct jd_disk *disk, bool now, struct jd_error *error)
{
    int64_t now_ms = jd_clock_monotonic_ms();
    pthread_mutex_lock(&disk->lock);
    if (disk->dir && (now || now_ms >= disk->look_ms)) {
        disk->full = look(disk->dir);
        disk->look_ms = now_ms + JD_DISK_LOOK_MS;
    }
    bool full = disk->full;
    pthread_mutex_unlock(&disk->lock);
    return full ? jd_error_set(error, JD_RETRY_LATER,
                          "the server's disk is full: free some space there")
                : JD_OK;
}

enum jd_status jd_disk_check(struct jd_disk *disk, struct jd_error *error)
{
    return ask(disk, false, error);
}

enum jd_status jd_disk_look(struct jd_disk *disk, struct jd_error *error)
{
    return ask(disk, true, error);
}
