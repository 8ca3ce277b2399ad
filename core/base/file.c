#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES (64 * 1024)

static enum jd_status
read_all(int fd, const char *path, struct jd_buf *out, struct jd_error *error)
{
    char chunk[READ_BYTES];
    for (;;) {
        ssize_t len = read(fd, chunk, sizeof(chunk));
        if (len == 0) {
            return JD_OK;
        }
        if (len < 0 && errno != EINTR) {
            return jd_error_errno(error, errno, "cannot read %s", path);
        }
        jd_buf_add(out, (struct jd_span){ chunk, len > 0 ? (size_t)len : 0 });
        if (out->failed) {
            return jd_error_set(
                    error, JD_BAD_INPUT, "%s is larger than %zu bytes", path, out->max_bytes);
        }
    }
}

enum jd_status jd_file_read(const char *path, struct jd_buf *out, struct jd_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return jd_error_errno(error, errno, "cannot open %s", path);
    }
    enum jd_status status = read_all(fd, path, out, error);
    close(fd);
    return status;
}

static enum jd_status
write_all(int fd, const char *path, struct jd_span bytes, unsigned mode, struct jd_error *error)
{
    while (bytes.len) {
        ssize_t len = write(fd, bytes.data, bytes.len);
        if (len < 0 && errno != EINTR) {
            return jd_error_errno(error, errno, "cannot write %s", path);
        }
        if (len > 0) {
            bytes.data += len;
            bytes.len -= (size_t)len;
        }
    }
    if (fchmod(fd, (mode_t)mode) < 0 || fsync(fd) < 0) {
        return jd_error_errno(error, errno, "cannot write %s", path);
    }
    return JD_OK;
}

/** A rename is safe on disk only once its folder is. */
static enum jd_status sync_folder_of(const char *path, struct jd_error *error)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    snprintf(folder, sizeof(folder), "%.*s", (int)len, path);
    int fd = open(slash == NULL ? "." : len ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return jd_error_errno(error, errno, "cannot open the folder of %s", path);
    }
    int synced = fsync(fd);
    int number = errno;
    close(fd);
    if (synced < 0) {
        return jd_error_errno(error, number, "cannot sync the folder of %s", path);
    }
    return JD_OK;
}

/** Gives the finished file its name. */
static enum jd_status
name_file(const char *temporary, const char *path, bool replace, struct jd_error *error)
{
    if (replace ? rename(temporary, path) == 0 : link(temporary, path) == 0) {
        return JD_OK;
    }
    if (errno == EEXIST) {
        return jd_error_set(error, JD_REJECTED, "%s is there already", path);
    }
    return jd_error_errno(error, errno, "cannot put %s in place", path);
}

static enum jd_status put_file(const char *path,
        struct jd_span bytes,
        unsigned mode,
        bool replace,
        struct jd_error *error)
{
    char temporary[PATH_MAX];
    int len = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
    if (len < 0 || (size_t)len >= sizeof(temporary)) {
        return jd_error_errno(error, ENAMETOOLONG, "cannot write %s", path);
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return jd_error_errno(error, errno, "cannot make a file beside %s", path);
    }
    enum jd_status status = write_all(fd, path, bytes, mode, error);
    if (close(fd) < 0 && status == JD_OK) {
        status = jd_error_errno(error, errno, "cannot write %s", path);
    }
    if (status == JD_OK) {
        status = name_file(temporary, path, replace, error);
    }
    if (status != JD_OK || !replace) {
        unlink(temporary);
    }
    return status == JD_OK ? sync_folder_of(path, error) : status;
}

enum jd_status
jd_file_write(const char *path, struct jd_span bytes, unsigned mode, struct jd_error *error)
{
    return put_file(path, bytes, mode, true, error);
}

enum jd_status
jd_file_create(const char *path, struct jd_span bytes, unsigned mode, struct jd_error *error)
{
    return put_file(path, bytes, mode, false, error);
}

static enum jd_status make_folder(const char *path, unsigned mode, struct jd_error *error)
{
    if (mkdir(path, (mode_t)mode) == 0) {
        return JD_OK;
    }
    int number = errno;
    struct stat found;
    if (number == EEXIST && stat(path, &found) == 0 && !S_ISDIR(found.st_mode)) {
        return jd_error_set(error, JD_BAD_INPUT, "%s is there and is not a folder", path);
    }
    // A folder that is there may answer other than EEXIST: EROFS, EACCES on an automount.
    if (number == EEXIST || (stat(path, &found) == 0 && S_ISDIR(found.st_mode))) {
        return JD_OK;
    }
    return jd_error_errno(error, number, "cannot make the folder %s", path);
}

enum jd_status jd_file_mkdirs(const char *path, unsigned mode, struct jd_error *error)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(part)) {
        return jd_error_set(error, JD_BAD_INPUT, "\"%s\" is no path of a folder", path);
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i < len; i++) {
        if (part[i] != '/' || part[i - 1] == '/') {
            continue;
        }
        part[i] = '\0';
        enum jd_status status = make_folder(part, mode, error);
        if (status != JD_OK) {
            return status;
        }
        part[i] = '/';
    }
    return make_folder(part, mode, error);
}

/* Not access(): it asks with the real user alone and forgets a right to read that was kept. */
bool jd_file_exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}
