/* The front end's files, read into memory at start. */
#include "gateway/static.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "base/seal.h"
#include "base/span.h"

#define PATH_BYTES_MAX 1024

/* The app may load only from here; styles are set by the component library at run time.
 * Pictures may come from elsewhere because a mail's frame inherits this policy: the frame's own
 * policy keeps them out until the reader asks for them. */
#define APP_POLICY                                                                             \
 "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "                   \
 "img-src 'self' data: blob: https:; font-src 'self' data:; connect-src 'self'; "              \
 "frame-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "            \
 "frame-ancestors 'none'"

static const char not_built[] =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Jackdaw</title>"
        "<p>Jackdaw is running, but its front end is not built: run <code>./dev build</code> "
        "and start it again.</p></html>\n";

struct file {
    struct jd_buf bytes;
    const char *type;
    bool immutable; // its name changes with its content
    char etag[24];
};

struct jd_static {
    struct jd_map *files; // "/assets/app.js" to struct file
    size_t bytes;
};

static const struct {
    const char *ending, *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".json", "application/json" },
    { ".webmanifest", "application/manifest+json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".map", "application/json" },
};

static const char *type_of(struct jd_span path)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (jd_span_ends(path, jd_span_of(types[i].ending))) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

static void add_file(struct jd_static *files, struct jd_span path, struct jd_buf bytes)
{
    struct file *file = jd_xalloc(sizeof(*file));
    file->bytes = bytes;
    file->type = type_of(path);
    file->immutable = jd_span_starts(path, JD_SPAN("/assets/"));
    snprintf(file->etag, sizeof(file->etag), "\"%llx\"",
            (unsigned long long)jd_hash63(jd_buf_span(&bytes)));
    files->bytes += bytes.len;
    // The folder names each file once.
    (void)jd_map_set(files->files, path, file);
}

static enum jd_status load_file(struct jd_static *files,
        const char *disk_path,
        struct jd_span path,
        struct jd_error *error)
{
    struct jd_buf bytes = jd_buf_init(JD_STATIC_BYTES_MAX - files->bytes);
    enum jd_status status = jd_file_read(disk_path, &bytes, error);
    if (status != JD_OK) {
        jd_buf_finish(&bytes);
        return jd_error_wrap(
                error, "the front end (at most %d MiB)", JD_STATIC_BYTES_MAX / 1024 / 1024);
    }
    add_file(files, path, bytes);
    return JD_OK;
}

/* `path` is the folder on disk; what stands behind `root` bytes of it is its place in the app.
 */
static enum jd_status load_folder(struct jd_static *files,
        char path[PATH_BYTES_MAX],
        size_t root,
        int depth,
        struct jd_error *error)
{
    size_t len = strlen(path);
    DIR *folder = depth <= JD_STATIC_DEPTH_MAX ? opendir(path) : NULL;
    enum jd_status status = JD_OK;
    struct dirent *entry;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own
    while (folder && status == JD_OK && (entry = readdir(folder)) != NULL) {
        struct stat info;
        int added = snprintf(path + len, PATH_BYTES_MAX - len, "/%s", entry->d_name);
        bool usable = entry->d_name[0] != '.' && (size_t)added < PATH_BYTES_MAX - len &&
                      lstat(path, &info) == 0;
        if (usable && S_ISDIR(info.st_mode)) {
            status = load_folder(files, path, root, depth + 1, error);
        } else if (usable && S_ISREG(info.st_mode)) {
            status = load_file(files, path, jd_span_of(path + root), error);
        }
        path[len] = '\0';
    }
    if (folder) {
        closedir(folder);
    }
    return status;
}

enum jd_status
jd_static_load(const char *dir, struct jd_static **out_files, struct jd_error *error)
{
    struct jd_static *files = jd_xalloc(sizeof(*files));
    files->files = jd_map_create();
    char path[PATH_BYTES_MAX];
    size_t len = dir ? strlen(dir) : 0;
    enum jd_status status = JD_OK;
    if (len && len < sizeof(path)) {
        memcpy(path, dir, len + 1);
        status = load_folder(files, path, len, 0, error);
    }
    if (status != JD_OK) {
        jd_static_destroy(&files);
        return status;
    }
    if (!jd_map_get(files->files, JD_SPAN("/index.html"))) {
        struct jd_buf page = jd_buf_init(sizeof(not_built));
        jd_buf_text(&page, not_built);
        add_file(files, JD_SPAN("/index.html"), page);
    }
    *out_files = files;
    return JD_OK;
}

void jd_static_destroy(struct jd_static **files)
{
    if (!*files) {
        return;
    }
    size_t cursor = 0;
    struct jd_span path;
    void *value;
    while (jd_map_next((*files)->files, &cursor, &path, &value)) {
        struct file *file = value;
        jd_buf_finish(&file->bytes);
        free(file);
    }
    jd_map_destroy(&(*files)->files);
    free(*files);
    *files = NULL;
}

static bool is_app_path(struct jd_span path)
{
    struct jd_span rest = path, segment = { "", 0 };
    while (jd_span_split(&rest, '/', &segment)) {
    }
    return segment.len == 0 || memchr(segment.data, '.', segment.len) == NULL;
}

static bool accepts_gzip(const struct jd_request *request)
{
    struct jd_span rest = request->headers[JD_HEADER_ACCEPT_ENCODING], part;
    while (jd_span_split(&rest, ',', &part)) {
        struct jd_span coding;
        if (jd_span_split(&part, ';', &coding) &&
                jd_span_equal_nocase(jd_span_trim(coding), JD_SPAN("gzip"))) {
            return part.data == NULL || !jd_span_equal(jd_span_trim(part), JD_SPAN("q=0"));
        }
    }
    return false;
}

/* The packed form of `path`, if it lies beside it and the client takes it. */
static const struct file *
packed_form(const struct jd_static *files, struct jd_request *request, struct jd_span path)
{
    if (!accepts_gzip(request)) {
        return NULL;
    }
    struct jd_span packed =
            jd_arena_format(request->arena, JD_SPAN_FMT ".gz", JD_SPAN_ARG(path));
    return packed.data ? jd_map_get(files->files, packed) : NULL;
}

bool jd_static_answer(const struct jd_static *files, struct jd_request *request)
{
    struct jd_span path = request->path;
    const struct file *file = jd_map_get(files->files, path);
    if (!file && is_app_path(path)) {
        path = JD_SPAN("/index.html");
        file = jd_map_get(files->files, path);
    }
    if (!file) {
        return false;
    }
    const struct file *packed = packed_form(files, request, path);
    const struct file *sent = packed ? packed : file;
    jd_answer_header(request, "ETag", sent->etag);
    jd_answer_header(request, "Vary", "Accept-Encoding");
    jd_answer_header(request, "Cache-Control",
            file->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    jd_answer_header(request, "Content-Security-Policy", APP_POLICY);
    if (jd_span_equal(jd_span_trim(request->headers[JD_HEADER_IF_NONE_MATCH]),
                jd_span_of(sent->etag))) {
        jd_answer_empty(request, 304);
        return true;
    }
    if (packed) {
        jd_answer_header(request, "Content-Encoding", "gzip");
    }
    request->answer.status = 200;
    request->answer.content_type = file->type;
    request->answer.body = jd_buf_span(&sent->bytes);
    return true;
}
