#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "call.h"
#include "date.h"

enum {
    CHUNK_BYTES = 64 * 1024,
    HEAD_BYTES = 16 * 1024,
};

static int open_regular(int dir_fd, const char *name, struct stat *out_stat)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(dir_fd, name, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM) {
        fd = openat(dir_fd, name, flags); // O_NOATIME is for the owner alone
    }
    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, out_stat) != 0 || !S_ISREG(out_stat->st_mode)) {
        close(fd);
        errno = ENOTSUP;
        return -1;
    }
    return fd;
}

int jd_file_open(const char *path, struct stat *out_stat)
{
    return open_regular(AT_FDCWD, path, out_stat);
}

int jd_file_open_below(const char *root, struct jd_span below, struct stat *out_stat)
{
    char path[PATH_MAX];
    if (below.len >= sizeof(path) || memchr(below.data, '\0', below.len)) {
        errno = ENOENT;
        return -1;
    }
    memcpy(path, below.data, below.len);
    path[below.len] = '\0';
    int dir_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *name = path;
    for (char *slash = strchr(name, '/'); dir_fd >= 0 && slash; slash = strchr(name, '/')) {
        *slash = '\0';
        int next_fd = openat(dir_fd, name[0] == '.' ? "" : name,
                O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(dir_fd);
        dir_fd = next_fd;
        name = slash + 1;
    }
    if (dir_fd < 0) {
        return -1;
    }
    int fd = open_regular(dir_fd, name, out_stat);
    int number = errno;
    close(dir_fd);
    errno = number;
    return fd;
}

enum jd_status jd_file_send(int fd,
        int64_t at,
        int64_t len,
        const struct jd_host *host,
        const struct jd_call *call,
        struct jd_byte_sink *sink,
        struct jd_error *error)
{
    char *chunk = malloc(CHUNK_BYTES);
    if (!chunk) {
        return jd_error_set(error, JD_RETRY_LATER, "no memory left to read a message");
    }
    enum jd_status status = JD_OK;
    while (status == JD_OK && len > 0) {
        status = jd_call_check(host, call, error);
        if (status != JD_OK) {
            break;
        }
        ssize_t got = pread(fd, chunk, len < CHUNK_BYTES ? (size_t)len : CHUNK_BYTES, at);
        if (got == 0) {
            break;
        }
        if (got < 0) {
            status = jd_error_set(error, JD_RETRY_LATER, "reading a message failed: %s",
                    strerrordesc_np(errno));
            break;
        }
        status = sink->write(sink, (struct jd_span){ chunk, (size_t)got });
        at += got;
        len -= got;
    }
    free(chunk);
    return status;
}

enum jd_status jd_file_error(struct jd_error *error,
        enum jd_status status,
        const char *service,
        const char *path,
        int number)
{
    switch (number) {
    case EACCES:
    case EPERM:
        return jd_error_set(error, status,
                "%s: %.300s may not be read by user id %u; give that user read access (chmod -R u+rX, or setfacl)",
                service, path, (unsigned)geteuid());
    case ENOENT:
        return jd_error_set(error, status,
                "%s: %.300s does not exist; correct the path, or mount the disk it lies on",
                service, path);
    case ENOTDIR:
        return jd_error_set(error, status, "%s: %.300s is not a folder; give the path of one",
                service, path);
    case ELOOP:
    case ENOTSUP:
        return jd_error_set(error, status,
                "%s: %.300s is not a regular file and is not read; replace the link by the file itself",
                service, path);
    default:
        return jd_error_set(error, status, "%s: reading %.300s failed: %s", service, path,
                strerrordesc_np(number));
    }
}

// The first line after a field name: what a header folded below it may hold the date, too.
static struct jd_span find_field(struct jd_span head, const char *name)
{
    size_t name_len = strlen(name);
    const char *line = head.data, *end = head.data + head.len;
    while (line < end && *line != '\n' && *line != '\r') {
        const char *next = line;
        do {
            next = memchr(next, '\n', (size_t)(end - next));
            next = next ? next + 1 : end;
        } while (next < end && (*next == ' ' || *next == '\t'));
        if ((size_t)(next - line) > name_len && strncasecmp(line, name, name_len) == 0) {
            return (struct jd_span){ line + name_len, (size_t)(next - line) - name_len };
        }
        line = next;
    }
    return (struct jd_span){ NULL, 0 };
}

// RFC 5321 ends a Received field with "; date".
static int64_t read_received(struct jd_span head)
{
    struct jd_span field = find_field(head, "Received:");
    const char *semicolon = field.len ? memrchr(field.data, ';', field.len) : NULL;
    if (!semicolon) {
        return 0;
    }
    const char *date = semicolon + 1;
    return jd_date_parse((struct jd_span){ date, (size_t)(field.data + field.len - date) });
}

int64_t jd_file_received_ms(const char *path, const struct stat *stat, int64_t now_ms)
{
    int64_t time_ms = jd_date_clamp(
            stat->st_mtim.tv_sec * INT64_C(1000) + stat->st_mtim.tv_nsec / 1000000, now_ms);
    if (time_ms != 0) {
        return time_ms;
    }
    struct stat opened;
    int fd = jd_file_open(path, &opened);
    if (fd < 0) {
        return 0;
    }
    char *head = malloc(HEAD_BYTES);
    ssize_t len = head ? pread(fd, head, HEAD_BYTES, 0) : 0;
    if (len > 0) {
        time_ms = jd_date_clamp(read_received((struct jd_span){ head, (size_t)len }), now_ms);
    }
    free(head);
    close(fd);
    return time_ms;
}
