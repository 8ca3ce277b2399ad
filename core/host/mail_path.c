/* Which places of this machine may be connected as mail. */
#include "host/mail_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/span.h"

static const char *const kernel_folders[] = { "/proc", "/sys", "/dev" };

/* Whether `path` is `folder` or lies below it; both are real paths. */
static bool is_within(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* Without following links the way of a path is known only if it never goes back. */
static bool goes_back(const char *path)
{
    struct jd_span rest = jd_span_of(path), part;
    while (jd_span_split(&rest, '/', &part)) {
        if (jd_span_equal(part, JD_SPAN("..")) || jd_span_equal(part, JD_SPAN("."))) {
            return true;
        }
    }
    return false;
}

static enum jd_status check_kernel(const char *given, const char *path, struct jd_error *error)
{
    for (size_t i = 0; i < sizeof(kernel_folders) / sizeof(kernel_folders[0]); i++) {
        if (is_within(path, kernel_folders[i])) {
            return jd_error_set(error, JD_BAD_INPUT,
                    "%s is no place for mail: nothing below %s may be connected", given,
                    kernel_folders[i]);
        }
    }
    return JD_OK;
}

static enum jd_status check_data_dir(const char *given,
        const char *path,
        const char *data_dir,
        struct jd_error *error)
{
    char data[PATH_MAX], demo[PATH_MAX + sizeof("/" JD_DEMO_MAIL)];
    if (!realpath(data_dir, data)) {
        return jd_error_errno(error, errno, "the data folder %s cannot be looked at", data_dir);
    }
    snprintf(demo, sizeof(demo), "%s/" JD_DEMO_MAIL, data);
    if (is_within(path, data) && !is_within(path, demo)) {
        return jd_error_set(error, JD_BAD_INPUT,
                "%s lies in Jackdaw's own data folder: connect mail that lies elsewhere",
                given);
    }
    return JD_OK;
}

/* A folder where a file is meant would be waited for in vain. */
static enum jd_status
check_form(const char *given, const char *path, const char *form, struct jd_error *error)
{
    struct stat info;
    if (!form || stat(path, &info) != 0) {
        return JD_OK;
    }
    bool folder = strcmp(form, "folder") == 0;
    if (folder ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode)) {
        return JD_OK;
    }
    return jd_error_set(error, JD_BAD_INPUT,
            "%s is no %s, which this kind of mail is read from", given,
            folder ? "folder" : "file");
}

enum jd_status jd_mail_path_resolve(const char *path,
        const char *form,
        const char *data_dir,
        char out_path[PATH_MAX],
        struct jd_error *error)
{
    char real[PATH_MAX];
    if (!realpath(path, real)) {
        int number = errno;
        if (number != EACCES) {
            return jd_error_errno(error, number, "%s cannot be read", path);
        }
        if (goes_back(path) || snprintf(real, sizeof(real), "%s", path) >= PATH_MAX) {
            return jd_error_set(error, JD_BAD_INPUT,
                    "%s cannot be followed from here: write it without '.' and '..'", path);
        }
    }
    enum jd_status status = check_kernel(path, real, error);
    if (status == JD_OK) {
        status = check_data_dir(path, real, data_dir, error);
    }
    if (status == JD_OK) {
        status = check_form(path, real, form, error);
    }
    if (status == JD_OK) {
        memcpy(out_path, real, strlen(real) + 1);
    }
    return status;
}
