/*
 * The compute zygote: this program with the library that reads hostile mail. The library lies
 * beside the program, so that nothing else can be loaded in its stead.
 */
#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "wire/zygote.h"

/** Where it lies beside a build, and where a package installs it, seen from the program. */
static const char *const places[] = { "", "../lib/jackdaw/" };

/** Opens the first that is there; NULL: dlerror says why. */
static void *open_library(const char *folder)
{
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int len = snprintf(path, sizeof(path), "%s%s%s", folder, places[i], JD_COMPUTE_LIBRARY);
        if (len > 0 && (size_t)len < sizeof(path) && jd_file_exists(path)) {
            break;
        }
    }
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

int jd_cli_compute(int argc, char **argv)
{
    char folder[PATH_MAX];
    if (argc != 1) {
        fprintf(stderr, "jackdaw %s is started by a worker and takes no arguments\n", argv[0]);
        return 2;
    }
    ssize_t len = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
    if (len <= 0) {
        perror("jackdaw: cannot tell where the program lies");
        return 1;
    }
    folder[len] = '\0';
    strrchr(folder, '/')[1] = '\0'; // an absolute path, so there is one
    void *library = open_library(folder);
    int (*run)(void) = library ? (int (*)(void))dlsym(library, JD_COMPUTE_ENTRY) : NULL;
    if (!run) {
        const char *reason = dlerror(); // NOLINT(concurrency-mt-unsafe): there is one thread
        fprintf(stderr, "jackdaw: %s is not to be had: %s\n", JD_COMPUTE_LIBRARY, reason);
        return 1;
    }
    return run();
}
