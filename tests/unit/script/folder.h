/** Reads a folder of packs into release files, for tests and benches. */
#ifndef JD_SCRIPT_FOLDER_H
#define JD_SCRIPT_FOLDER_H

#include <stdlib.h>

#include <ftw.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/span.h"
#include "script/engine.h"

#define FOLDER_FILES_MAX 1000

static struct {
    struct jd_arena *arena;
    size_t skip; // bytes of the path before the pack's name
    struct jd_release_file files[FOLDER_FILES_MAX];
    size_t count;
} folder;

static int folder_take(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)walk;
    if (type != FTW_F || folder.count == FOLDER_FILES_MAX) {
        return 0;
    }
    struct jd_buf buf = jd_buf_init(16u << 20);
    struct jd_error error;
    if (jd_file_read(path, &buf, &error) == JD_OK) {
        folder.files[folder.count++] = (struct jd_release_file){
            jd_arena_copy(folder.arena, jd_span_of(path + folder.skip)),
            jd_arena_copy(folder.arena, jd_buf_span(&buf))
        };
    }
    jd_buf_finish(&buf);
    return 0;
}

/** "…/rules/standard": paths begin with "standard/". What is read lives in the arena. */
static inline void folder_read(struct jd_arena *arena, const char *path)
{
    folder.arena = arena;
    folder.skip = (size_t)(strrchr(path, '/') - path) + 1;
    nftw(path, folder_take, 16, FTW_PHYS);
}

#endif
