/* A mail source on one page: each .eml file of a folder is a message, its name is the key. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jackdaw/plugin.h>
// With its parameters packed, the page stays one page.
// clang-format off
static enum jd_status folder_open(const struct jd_host *host, const struct jd_config *config,
        void **out_self, struct jd_error *error)
{
    (void)host; // lends a log, a clock and counters
    const char *path = jd_config_text(config, "path");
    *out_self = opendir(path);
    return *out_self ? JD_OK : jd_error_set(error, JD_BAD_INPUT, "%s cannot be opened", path);
}

static bool is_message(struct jd_span name)
{
    return name.len > 4 && name.len < 256 && name.data[0] != '.' &&
           memcmp(name.data + name.len - 4, ".eml", 4) == 0 && !memchr(name.data, '/', name.len);
}

/* Tells `sink` of each message, if there is one, and adds up a digest of the whole folder. */
static enum jd_status read_folder(DIR *dir, const struct jd_call *call,
        struct jd_change_sink *sink, uint64_t *out_digest)
{
    enum jd_status status = JD_OK;
    struct dirent *entry;
    struct stat stat;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
    for (*out_digest = 1, rewinddir(dir); status == JD_OK && (entry = readdir(dir));) {
        struct jd_span name = jd_span_of(entry->d_name);
        if (call->cancelled && __atomic_load_n(call->cancelled, __ATOMIC_RELAXED)) {
            status = JD_CANCELLED;
        } else if (is_message(name) && fstatat(dirfd(dir), name.data, &stat, 0) == 0) {
            *out_digest += stat.st_ino * 0x100000001b3ULL ^ (uint64_t)stat.st_ctim.tv_nsec;
            struct jd_change change = { JD_SIZE(jd_change), JD_CHANGE_PUT, name,
                .mailbox = JD_SPAN("INBOX"), .bytes = stat.st_size,
                .received_ms = stat.st_mtime < time(NULL) ? stat.st_mtime * 1000 : 0 };
            status = sink ? sink->emit(sink, &change) : JD_OK;
        }
    }
    return status;
}

static enum jd_status folder_changes(void *self, const struct jd_call *call,
        struct jd_span cursor, struct jd_change_sink *sink, struct jd_error *error)
{
    (void)error; // only the sink can fail, and it says so itself
    uint64_t digest, unused;
    struct jd_span next = { (const char *)&digest, sizeof(digest) };
    enum jd_status status = read_folder(self, call, NULL, &digest);
    if (status != JD_OK || jd_span_equal(cursor, next)) {
        return status == JD_OK ? JD_NONE : status;
    }
    status = sink->begin_full(sink); // everything: the host finds out what differs
    status = status == JD_OK ? read_folder(self, call, sink, &unused) : status;
    return status == JD_OK ? sink->commit(sink, next) : status;
}

static enum jd_status folder_fetch(void *self, const struct jd_call *call, struct jd_span key,
        struct jd_byte_sink *sink, struct jd_error *error)
{
    (void)call; // one file is short
    char name[256] = "", bytes[65536];
    memcpy(name, key.data, is_message(key) ? key.len : 0);
    int fd = openat(dirfd(self), name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    enum jd_status status = fd < 0 ? jd_error_set(error, JD_GONE, "no message %s", name) : JD_OK;
    for (ssize_t len; status == JD_OK && (len = read(fd, bytes, sizeof(bytes))) > 0;) {
        status = sink->write(sink, (struct jd_span){ bytes, (size_t)len });
    }
    if (fd >= 0) {
        close(fd);
    }
    return status;
}

static void folder_wait(void *self, struct jd_wait *out_wait)
{
    (void)self; // asks every two seconds
    *out_wait = (struct jd_wait){ JD_SIZE(jd_wait), -1, 0, (time(NULL) + 2) * 1000 };
}
static void folder_close(void *self) { closedir(self); }

static const struct jd_source_ops ops = { JD_SIZE(jd_source_ops), folder_open, folder_changes,
    folder_fetch, folder_wait, folder_close, NULL };
static const struct jd_option options[] = {
    { "path", JD_OPTION_PATH, .required = true, .help = "The folder of .eml files." }, { 0 } };
JD_PLUGIN("org.example.folder", "1.0.0", "MIT",
        { JD_SIZE(jd_service), JD_SOURCE_1, "folder", &ops, options });
