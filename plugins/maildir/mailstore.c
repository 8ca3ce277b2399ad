#include "mailstore.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "file.h"

enum {
    KEY_SHOWN_MAX = 200
};

static int shown(struct jd_span key)
{
    return key.len < KEY_SHOWN_MAX ? (int)key.len : KEY_SHOWN_MAX;
}

enum jd_status jd_mailstore_create(size_t bytes,
        const char *service,
        const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    struct jd_mailstore *store = calloc(1, bytes);
    char *path = strdup(jd_config_text(config, "path"));
    if (!store || !path) {
        free(path);
        free(store);
        return jd_error_set(error, JD_RETRY_LATER, "%s: no memory left", service);
    }
    store->service = service;
    store->host = host;
    store->path = path;
    store->bytes_max = jd_config_number(config, "max_message_bytes");
    enum jd_status status = jd_watch_open(&store->watch, error);
    if (status != JD_OK) {
        jd_mailstore_destroy(store);
        return status;
    }
    *out_self = store;
    return JD_OK;
}

void jd_mailstore_destroy(struct jd_mailstore *store)
{
    jd_watch_close(&store->watch);
    jd_shelf_finish(&store->shelf);
    free(store->path);
    free(store);
}

void jd_mailstore_wait(const struct jd_mailstore *store,
        bool due,
        int64_t again_ms,
        struct jd_wait *out_wait)
{
    *out_wait = (struct jd_wait){
        JD_SIZE(jd_wait),
        .fd = store->watch.fd,
        .events = POLLIN,
        .again_ms =
                due || store->shelf.touched_count > 0 ? jd_mailstore_now_ms(store) : again_ms,
    };
}

enum jd_status jd_mailstore_send(const struct jd_mailstore *store,
        const struct jd_call *call,
        struct jd_span key,
        int fd,
        int64_t at,
        int64_t bytes,
        struct jd_byte_sink *sink,
        struct jd_error *error)
{
    enum jd_status status =
            bytes > store->bytes_max
                    ? jd_error_set(error, JD_BAD_INPUT,
                              "message %.*s has %lld bytes, more than max_message_bytes "
                              "(%lld); raise that option to read it",
                              shown(key), key.data, (long long)bytes,
                              (long long)store->bytes_max)
                    : jd_file_send(fd, at, bytes, store->host, call, sink, error);
    close(fd);
    return status;
}

enum jd_status
jd_mailstore_gone(const struct jd_mailstore *store, struct jd_span key, struct jd_error *error)
{
    return jd_error_set(error, JD_GONE, "%s: message %.*s is no longer in %.200s",
            store->service, shown(key), key.data, store->path);
}
