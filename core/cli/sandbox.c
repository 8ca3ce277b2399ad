/*
 * jackdaw sandbox: starts a compute child as a worker does, lets it try what it must not be
 * able to do, and prints what the kernel says of it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"
#include "cli/cli.h"
#include "pipeline/pool.h"

#define OUTPUT_BYTES_MAX (256 * 1024)
#define ARENA_BYTES_MAX  (1024 * 1024)
#define PROC_BYTES_MAX   (64 * 1024)
#define BORROW_MS_MAX    10000

struct report {
    struct jd_json_writer json;
    bool sound; // everything found is as it must be
};

/** Reads /proc/PID/`name`; empty when it cannot be read. */
static void read_proc(int32_t pid, const char *name, struct jd_buf *out)
{
    char path[64];
    struct jd_error error; // an empty file reads as unsound, which is the right answer
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    (void)jd_file_read(path, out, &error);
}

/** The value of the line "name:\tvalue". */
static struct jd_span find_line(struct jd_span text, const char *name)
{
    struct jd_span line, key;
    while (jd_span_split(&text, '\n', &line)) {
        struct jd_span value = line;
        if (jd_span_split(&value, ':', &key) && jd_span_equal(key, jd_span_of(name))) {
            return jd_span_trim(value);
        }
    }
    return jd_span_new("", 0);
}

static void report_status(struct report *report, int32_t pid)
{
    static const struct {
        const char *line, *wanted;
    } facts[] = {
        { "Seccomp", "2" }, // a filter
        { "NoNewPrivs", "1" },
        { "CapInh", "0000000000000000" },
        { "CapPrm", "0000000000000000" },
        { "CapEff", "0000000000000000" },
        { "CapAmb", "0000000000000000" },
        { "Threads", "1" },
    };
    struct jd_buf status = jd_buf_init(PROC_BYTES_MAX);
    read_proc(pid, "status", &status);
    jd_json_open_object(&report->json, "status");
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        struct jd_span value = find_line(jd_buf_span(&status), facts[i].line);
        jd_json_add_text(&report->json, facts[i].line, value);
        report->sound &= jd_span_equal(value, jd_span_of(facts[i].wanted));
    }
    jd_json_close_object(&report->json);
    jd_buf_finish(&status);
}

static void report_limits(struct report *report, int32_t pid)
{
    static const struct {
        const char *name;
        __rlimit_resource_t resource;
        rlim_t most;
    } limits[] = {
        { "open_files", RLIMIT_NOFILE, 4 },
        { "processes", RLIMIT_NPROC, 0 },
        { "file_size", RLIMIT_FSIZE, 0 },
        { "core_size", RLIMIT_CORE, 0 },
        { "locked_memory", RLIMIT_MEMLOCK, 0 },
#ifndef __SANITIZE_ADDRESS__ // needs more than any limit
        { "data", RLIMIT_DATA, (rlim_t)1 << 30 },
        { "address_space", RLIMIT_AS, (rlim_t)2 << 30 },
#endif
    };
    jd_json_open_object(&report->json, "limits");
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
        bool known = prlimit(pid, limits[i].resource, NULL, &limit) == 0;
        report->sound &= known && limit.rlim_max <= limits[i].most;
        if (limit.rlim_max == RLIM_INFINITY) {
            jd_json_add_null(&report->json, limits[i].name);
        } else {
            jd_json_add_int(&report->json, limits[i].name, (int64_t)limit.rlim_max);
        }
    }
    jd_json_close_object(&report->json);
}

/** The access mode of a descriptor of another process, as in fcntl(2). */
static int access_mode(int32_t pid, const char *number)
{
    char name[64];
    struct jd_buf info = jd_buf_init(PROC_BYTES_MAX);
    snprintf(name, sizeof(name), "fdinfo/%s", number);
    read_proc(pid, name, &info);
    struct jd_span flags = find_line(jd_buf_span(&info), "flags");
    int mode = flags.len > 0 ? (int)(strtol(flags.data, NULL, 8) & O_ACCMODE) : -1;
    jd_buf_finish(&info);
    return mode;
}

static void report_descriptor(struct report *report, int32_t pid, const char *number)
{
    static const char *const modes[] = { "read", "write", "both" };
    char path[300], target[64];
    snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid, number);
    ssize_t len = readlink(path, target, sizeof(target) - 1);
    target[len > 0 ? len : 0] = '\0';
    target[strcspn(target, ":")] = '\0'; // "pipe:[1234]"
    int mode = access_mode(pid, number);
    bool log = strcmp(number, "2") == 0 && strcmp(target, "pipe") == 0 && mode == O_WRONLY;
    bool worker = strcmp(number, "3") == 0 && strcmp(target, "socket") == 0;
    report->sound &= log || worker;
    jd_json_open_object(&report->json, NULL);
    jd_json_add_text(&report->json, "number", jd_span_of(number));
    jd_json_add_text(&report->json, "kind", jd_span_of(target));
    jd_json_add_text(&report->json, "mode",
            jd_span_of(mode >= 0 && mode <= O_RDWR ? modes[mode] : "unknown"));
    jd_json_close_object(&report->json);
}

static void report_descriptors(struct report *report, int32_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    report->sound &= folder != NULL;
    jd_json_open_array(&report->json, "descriptors");
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] != '.') {
            report_descriptor(report, pid, entry->d_name);
        }
    }
    jd_json_close_array(&report->json);
    if (folder) {
        closedir(folder);
    }
}

static void
report_attempts(struct report *report, const struct jd_probed_attempt *attempts, uint32_t count)
{
    report->sound &= count > 0;
    jd_json_open_array(&report->json, "attempts");
    for (uint32_t i = 0; i < count; i++) {
        // EBADF: the log pipe is write-only.
        bool refused = attempts[i].number == EPERM || attempts[i].number == EBADF;
        report->sound &= refused;
        jd_json_open_object(&report->json, NULL);
        jd_json_add_text(&report->json, "name", attempts[i].name);
        jd_json_add_bool(&report->json, "refused", refused);
        jd_json_add_text(&report->json, "answer",
                jd_span_of(attempts[i].number ? strerrordesc_np(attempts[i].number)
                                              : "it worked"));
        jd_json_close_object(&report->json);
    }
    jd_json_close_array(&report->json);
}

static enum jd_status
report_child(struct report *report, struct jd_pool *pool, struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(ARENA_BYTES_MAX);
    struct jd_child *child = NULL;
    struct jd_probed_attempt *attempts;
    uint32_t count;
    enum jd_status status = jd_pool_borrow(pool, &(struct jd_pool_claim){ .interactive = true },
            jd_clock_monotonic_ms() + BORROW_MS_MAX, &child, error);
    if (status == JD_OK) {
        status = jd_child_probe(child, arena, &attempts, &count, error);
    }
    if (status == JD_OK) {
        int32_t pid = jd_child_pid(child);
        jd_json_open_object(&report->json, NULL);
        jd_json_add_int(&report->json, "pid", pid);
        report_status(report, pid);
        report_descriptors(report, pid);
        report_limits(report, pid);
        report_attempts(report, attempts, count);
        jd_json_add_bool(&report->json, "sound", report->sound);
        jd_json_close_object(&report->json);
    }
    jd_pool_return(pool, &child);
    jd_arena_destroy(&arena);
    return status;
}

int jd_cli_sandbox(int argc, char **argv)
{
    static const char usage[] =
            "usage: jackdaw sandbox\n"
            "Starts a compute child that tries all it must not do, and prints as JSON what it could.\n";
    if (jd_cli_tell_help(argc, argv, usage)) {
        return 0;
    }
    if (argc != 1) {
        return jd_cli_usage(usage);
    }
    struct jd_buf output = jd_buf_init(OUTPUT_BYTES_MAX);
    struct report report = { .json = jd_json_writer(&output), .sound = true };
    struct jd_pool_options options = jd_pool_options_default();
    struct jd_pool *pool = NULL;
    struct jd_error error;
    options.children = 1;
    options.interactive_children = 1;
    enum jd_status status = jd_pool_create(&options, &pool, &error);
    if (status == JD_OK) {
        status = report_child(&report, pool, &error);
    }
    jd_pool_destroy(&pool);
    if (status == JD_OK) {
        printf("%s\n", output.data);
    } else {
        fprintf(stderr, "jackdaw: %s\n", error.text);
    }
    jd_buf_finish(&output);
    return status == JD_OK && report.sound ? 0 : 1;
}
