/* Names of zones come from people: only letters, digits and + - _ / of the database are taken.
 */
#include "base/timezone.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/span.h"

#define DATABASE       "/usr/share/zoneinfo/"
#define NAME_MAX_BYTES 60

static char host_name[NAME_MAX_BYTES + 1];

static bool path_of(struct jd_span name, char out[sizeof(DATABASE) + NAME_MAX_BYTES])
{
    if (name.len == 0 || name.len > NAME_MAX_BYTES || !isalpha((unsigned char)name.data[0])) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!isalnum((unsigned char)name.data[i]) && !strchr("+-_/", name.data[i])) {
            return false;
        }
    }
    snprintf(out, sizeof(DATABASE) + NAME_MAX_BYTES, DATABASE "%.*s", (int)name.len, name.data);
    return true;
}

bool jd_timezone_exists(struct jd_span name)
{
    struct jd_buf file = jd_buf_init(64 * 1024);
    struct jd_error error;
    bool exists = jd_timezone_file(name, &file, &error) == JD_OK;
    jd_buf_finish(&file);
    return exists;
}

enum jd_status jd_timezone_file(struct jd_span name, struct jd_buf *out, struct jd_error *error)
{
    char path[sizeof(DATABASE) + NAME_MAX_BYTES];
    size_t before = out->len;
    if (!path_of(name, path) || jd_file_read(path, out, error) != JD_OK ||
            !jd_span_starts(jd_span_sub(jd_buf_span(out), before, 4), JD_SPAN("TZif"))) {
        return jd_error_set(error, JD_BAD_INPUT,
                "time zone '%.*s' is unknown; use an IANA name such as Europe/Berlin",
                (int)jd_span_sub(name, 0, NAME_MAX_BYTES).len, name.data);
    }
    return JD_OK;
}

static bool take_host(struct jd_span name)
{
    name = jd_span_trim(name);
    if (!jd_timezone_exists(name)) {
        return false;
    }
    snprintf(host_name, sizeof(host_name), "%.*s", (int)name.len, name.data);
    return true;
}

static bool take_link(void)
{
    char target[256];
    ssize_t len = readlink("/etc/localtime", target, sizeof(target) - 1);
    if (len < 0) {
        return false;
    }
    target[len] = '\0';
    const char *name = strstr(target, "zoneinfo/");
    return name && take_host(jd_span_of(name + strlen("zoneinfo/")));
}

static bool take_file(void)
{
    struct jd_buf text = jd_buf_init(1024);
    struct jd_error error;
    bool taken = jd_file_read("/etc/timezone", &text, &error) == JD_OK &&
                 take_host(jd_buf_span(&text));
    jd_buf_finish(&text);
    return taken;
}

static void find_host(void)
{
    const char *tz =
            getenv("TZ"); // NOLINT(concurrency-mt-unsafe): read once, before threads write it
    if ((tz && take_host(jd_span_of(tz[0] == ':' ? tz + 1 : tz))) || take_file() ||
            take_link()) {
        return;
    }
    snprintf(host_name, sizeof(host_name), "UTC");
}

const char *jd_timezone_host(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_host);
    return host_name;
}
