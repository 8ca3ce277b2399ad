/* Rule packs as folders, and the sandbox that looks at them. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/span.h"
#include "cli/rules.h"

#define DEPTH_MAX 5

static enum jd_status read_file(struct jd_rules_files *files,
        const char *path,
        const char *name,
        struct jd_error *error)
{
    struct jd_buf buf = jd_buf_init(JD_RELEASE_MODEL_BYTES_MAX);
    enum jd_status status = jd_file_read(path, &buf, error);
    if (status == JD_OK && files->count == JD_RELEASE_FILES_MAX) {
        status = jd_error_set(error, JD_BAD_INPUT,
                "there are more than %d files; a release has no more", JD_RELEASE_FILES_MAX);
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

/* Beside packs a release has prompts and learned models; what else lies there is not ours. */
static bool is_ours(const char *path, const char *name)
{
    return is_pack(path) || strcmp(name, "prompts") == 0 || strcmp(name, "learned") == 0;
}

static enum jd_status read_folder(struct jd_rules_files *files,
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
        const char *path = jd_arena_format(files->arena, "%s/%s", folder, entry->d_name).data;
        const char *name = jd_arena_format(files->arena, "%s%s", prefix, entry->d_name).data;
        if (stat(path, &info) != 0) {
            continue; // removed meanwhile
        }
        if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX && (depth > 0 || is_ours(path, name))) {
            const char *below = jd_arena_format(files->arena, "%s/", name).data;
            status = read_folder(files, path, below, depth + 1, error);
        } else if (S_ISREG(info.st_mode) && depth > 0) {
            status = read_file(files, path, name, error);
        }
    }
    closedir(dir);
    return status;
}

enum jd_status
jd_rules_read(struct jd_rules_files *files, const char *folder, struct jd_error *error)
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
    const char *prefix = jd_arena_format(files->arena, "%s/", slash ? slash + 1 : path).data;
    return read_folder(files, path, prefix, 1, error);
}

bool jd_rules_is_own(const struct jd_rules_files *files, struct jd_span path)
{
    for (uint32_t i = 0; i < files->own_count; i++) {
        if (jd_span_equal(files->list[i].path, path)) {
            return true;
        }
    }
    return false;
}

void jd_rules_take_standard(struct jd_rules_files *files)
{
    static struct jd_release_content contents[JD_RELEASE_FILES_MAX];
    size_t count = jd_standard_pack(contents, JD_RELEASE_FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!jd_span_starts(contents[i].path, JD_SPAN("prompts/"))) {
            files->list[files->count++] =
                    (struct jd_child_file){ contents[i].path, contents[i].content };
        }
    }
}

/* Seen by the manifest's text: what it means, the sandbox finds out. */
void jd_rules_add_standard(struct jd_rules_files *files)
{
    const struct jd_span manifest = JD_SPAN("/pack.lua");
    bool extends = false, has_it = false;
    files->own_count = files->count;
    for (uint32_t i = 0; i < files->count; i++) {
        const struct jd_child_file *file = &files->list[i];
        has_it = has_it || jd_span_equal(file->path, JD_SPAN("standard/pack.lua"));
        extends = extends ||
                  (jd_span_ends(file->path, manifest) &&
                          memmem(file->content.data, file->content.len, "standard", 8));
    }
    if (extends && !has_it) {
        jd_rules_take_standard(files);
    }
}

bool jd_rules_print(struct jd_span text)
{
    if (fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout) != 0) {
        perror("jackdaw: standard output");
        return false;
    }
    return true;
}

enum jd_status jd_rules_in_child(jd_rules_work work, void *context, struct jd_error *error)
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
        status = work(context, child, error);
        if (status == JD_GONE && jd_child_death(child).end != JD_CHILD_ALIVE) {
            jd_error_set(error, status, "the sandbox ended (%s) at its work",
                    jd_child_end_name(jd_child_death(child).end));
        }
    }
    if (pool) {
        jd_pool_return(pool, &child);
        jd_pool_destroy(&pool);
    }
    return status;
}
