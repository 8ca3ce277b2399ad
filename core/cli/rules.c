/* Rule packs from the command line, run in the real sandbox. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/span.h"
#include "cli/bootstrap.h"
#include "cli/cli.h"
#include "pipeline/pool.h"
#include "store/releases.h"

#define FILES_MAX      1000
#define FILE_BYTES_MAX (256 * 1024)
#define DEPTH_MAX      5

static const char usage[] =
        "usage: jackdaw rules test [FOLDER]\n"
        "Compiles the packs below FOLDER (each a folder with a pack.lua; without FOLDER the\n"
        "standard pack of this Jackdaw) and runs their tests in the sandbox.\n";

struct files {
    struct jd_arena *arena;
    struct jd_child_file list[FILES_MAX];
    uint32_t count;
};

static enum jd_status
read_file(struct files *files, const char *path, const char *name, struct jd_error *error)
{
    struct jd_buf buf = jd_buf_init(FILE_BYTES_MAX);
    enum jd_status status = jd_file_read(path, &buf, error);
    if (status == JD_OK && files->count == FILES_MAX) {
        status = jd_error_set(
                error, JD_BAD_INPUT, "%s: packs have at most %d files", path, FILES_MAX);
    }
    if (status == JD_OK) {
        files->list[files->count++] =
                (struct jd_child_file){ jd_arena_copy(files->arena, jd_span_of(name)),
                    jd_arena_copy(files->arena, jd_buf_span(&buf)) };
    }
    jd_buf_finish(&buf);
    return status;
}

static bool is_pack(const char *folder)
{
    char manifest[4096];
    int len = snprintf(manifest, sizeof(manifest), "%s/pack.lua", folder);
    return len < (int)sizeof(manifest) && jd_file_exists(manifest);
}

/* At depth 0 a folder of packs: what else lies there is not ours. */
static enum jd_status read_folder(struct files *files,
        const char *folder,
        const char *prefix,
        int depth,
        struct jd_error *error)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    enum jd_status status = JD_OK;
    if (!dir) {
        return jd_error_errno(error, errno, "rules in %s", folder);
    }
    while (status == JD_OK &&
            (entry = readdir(dir))) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        struct stat info;
        if (entry->d_name[0] == '.') {
            continue;
        }
        char *path = (char *)jd_arena_format(files->arena, "%s/%s", folder, entry->d_name).data;
        char *name = (char *)jd_arena_format(files->arena, "%s%s", prefix, entry->d_name).data;
        if (stat(path, &info) != 0) {
            continue;
        }
        if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX && (depth > 0 || is_pack(path))) {
            char *below = (char *)jd_arena_format(files->arena, "%s/", name).data;
            status = read_folder(files, path, below, depth + 1, error);
        } else if (S_ISREG(info.st_mode) && depth > 0) {
            status = read_file(files, path, name, error);
        }
    }
    closedir(dir);
    return status;
}

/* FOLDER is a folder of packs, or one pack itself. */
static enum jd_status
read_packs(struct files *files, const char *folder, struct jd_error *error)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s", folder);
    while (strlen(path) > 1 && path[strlen(path) - 1] == '/') {
        path[strlen(path) - 1] = '\0';
    }
    if (!is_pack(path)) {
        enum jd_status status = read_folder(files, path, "", 0, error);
        return status == JD_OK && files->count == 0
                       ? jd_error_set(error, JD_GONE,
                                 "there is no pack in %s: a pack is a folder with a pack.lua",
                                 path)
                       : status;
    }
    const char *slash = strrchr(path, '/');
    char *prefix = (char *)jd_arena_format(files->arena, "%s/", slash ? slash + 1 : path).data;
    return read_folder(files, path, prefix, 1, error);
}

static void take_standard(struct files *files)
{
    static struct jd_release_content contents[FILES_MAX];
    size_t count = jd_standard_pack(contents, FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!jd_span_starts(contents[i].path, JD_SPAN("prompts/"))) {
            files->list[files->count++] =
                    (struct jd_child_file){ contents[i].path, contents[i].content };
        }
    }
}

static enum jd_status
test_packs(struct jd_child *child, struct files *files, int *out_failed, struct jd_error *error)
{
    struct jd_loaded_release loaded = { 0 };
    struct jd_tested_case *cases = NULL;
    uint32_t count = 0;
    enum jd_status status =
            jd_child_load(child, 1, files->list, files->count, files->arena, &loaded, error);
    for (uint32_t i = 0; i < loaded.problems_count && status == JD_OK; i++) {
        printf("not ok %s:%d: %s\n", loaded.problems[i].path.data, loaded.problems[i].line,
                loaded.problems[i].text.data);
        (*out_failed)++;
    }
    if (status == JD_OK) {
        status = jd_child_test(child, 1, files->arena, &cases, &count, error);
    }
    int passed = 0;
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        printf("%s %s: %s\n", cases[i].passed ? "ok" : "not ok", cases[i].path.data,
                cases[i].name.data);
        if (!cases[i].passed) {
            printf("# line %d: %s\n", cases[i].line, cases[i].text.data);
            (*out_failed)++;
        }
        passed += cases[i].passed;
    }
    if (status == JD_OK) {
        printf("# %u rules\n%d passed, %d failed\n", loaded.rules_count, passed, *out_failed);
    }
    return status;
}

static enum jd_status run_tests(struct files *files, int *out_failed, struct jd_error *error)
{
    struct jd_pool_options options = jd_pool_options_default();
    struct jd_pool_claim claim = { .interactive = true };
    struct jd_pool *pool = NULL;
    struct jd_child *child = NULL;
    options.children = 1;
    options.interactive_children = 0;
    options.batch_ms_max = 120000;
    enum jd_status status = jd_pool_create(&options, &pool, error);
    if (status == JD_OK) {
        status = jd_pool_borrow(pool, &claim, jd_clock_monotonic_ms() + 20000, &child, error);
    }
    if (status == JD_OK) {
        status = test_packs(child, files, out_failed, error);
        if (status == JD_GONE) {
            jd_error_set(error, status, "the sandbox ended (%s) while it ran the tests",
                    jd_child_end_name(jd_child_death(child).end));
        }
    }
    if (pool) {
        jd_pool_return(pool, &child);
        jd_pool_destroy(&pool);
    }
    return status;
}

int jd_cli_rules(int argc, char **argv)
{
    struct jd_bootstrap boot;
    static struct files files;
    int words = 0, failed = 0;
    if (!jd_bootstrap_options(&boot, argc, argv, usage, &words)) {
        return boot.exit_code;
    }
    if (words < 1 || words > 2 || strcmp(argv[1], "test") != 0) {
        return jd_cli_usage(usage);
    }
    files.arena = jd_arena_create(256u * 1024 * 1024);
    enum jd_status status = JD_OK;
    if (words == 2) {
        status = read_packs(&files, argv[2], &boot.error);
    } else {
        take_standard(&files);
    }
    if (status == JD_OK) {
        status = run_tests(&files, &failed, &boot.error);
    }
    if (status != JD_OK) {
        jd_bootstrap_fail(&boot);
    }
    jd_arena_destroy(&files.arena);
    return status == JD_OK && failed == 0 ? 0 : 1;
}
