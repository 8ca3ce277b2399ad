/* The front end's files: what is found, what can never be, and how it is sent. */
#include "gateway/static.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "jd_test.h"

static char folder[64] = "/tmp/jackdaw-static-XXXXXX";
static struct jd_static *files;
static struct jd_request request;

static void put(const char *name, const char *text)
{
    char path[160];
    struct jd_error error = { 0 };
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (jd_file_write(path, jd_span_of(text), 0644, &error) != JD_OK) {
        printf("# %s\n", error.text);
    }
}

static bool ask(const char *path, const char *encoding, const char *etag)
{
    if (request.arena) {
        jd_arena_destroy(&request.arena);
    }
    request = (struct jd_request){ .arena = jd_arena_create(64 * 1024),
        .path = jd_span_of(path) };
    request.headers[JD_HEADER_ACCEPT_ENCODING] = jd_span_of(encoding);
    request.headers[JD_HEADER_IF_NONE_MATCH] = jd_span_of(etag);
    return jd_static_answer(files, &request);
}

static const char *header(const char *name)
{
    for (unsigned i = 0; i < request.answer.headers_count; i++) {
        if (strcmp(request.answer.headers[i].name, name) == 0) {
            return request.answer.headers[i].value;
        }
    }
    return "";
}

TEST(files_and_pages_of_the_app)
{
    const struct {
        const char *path, *body;
    } cases[] = {
        { "/", "<p>app" },
        { "/index.html", "<p>app" },
        { "/inbox", "<p>app" },
        { "/inbox/01K3N8Q5RW4EA", "<p>app" },
        { "/assets/app-1a2b.js", "js" },
        { "/assets/none.js", NULL },
        { "/favicon.ico", NULL },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool found = ask(cases[i].path, "", "");
        if (found != (cases[i].body != NULL)) {
            FAIL("%s", cases[i].path);
        }
        if (found && cases[i].body) {
            CHECK_TEXT(request.answer.body, cases[i].body);
        }
    }
}

TEST(nothing_outside_can_be_named)
{
    const char *const cases[] = { "/../secret.txt", "/assets/../../secret.txt", "/.hidden.txt",
        "/link.txt", "/assets/../index.html.", "//secret.txt", "/assets//app-1a2b.js",
        "secret.txt", "/outside/secret.txt", "/\\..\\secret.txt" };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (ask(cases[i], "", "")) {
            FAIL("%s is answered", cases[i]);
        }
    }
}

TEST(headers)
{
    CHECK(ask("/assets/app-1a2b.js", "", ""));
    CHECK(strstr(header("Cache-Control"), "immutable") != NULL);
    CHECK(ask("/", "", ""));
    CHECK_TEXT(jd_span_of(header("Cache-Control")), "no-cache");
    CHECK(strstr(header("Content-Security-Policy"), "default-src 'self'") != NULL);
    CHECK(strstr(header("Content-Security-Policy"), "frame-ancestors 'none'") != NULL);
    CHECK_TEXT(jd_span_of(request.answer.content_type), "text/html; charset=utf-8");
}

TEST(packed_where_the_client_takes_it)
{
    const struct {
        const char *accept, *body;
    } cases[] = {
        { "gzip, deflate, br", "packed" },
        { "GZIP;q=1", "packed" },
        { "", "js" },
        { "br", "js" },
        { "gzip;q=0", "js" },
        { "xgzip", "js" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK(ask("/assets/app-1a2b.js", cases[i].accept, ""));
        CHECK_TEXT(request.answer.body, cases[i].body);
        bool packed = strcmp(cases[i].body, "packed") == 0;
        CHECK_TEXT(jd_span_of(header("Content-Encoding")), packed ? "gzip" : "");
        CHECK_TEXT(jd_span_of(request.answer.content_type), "text/javascript; charset=utf-8");
    }
}

TEST(not_sent_twice)
{
    CHECK(ask("/", "", ""));
    char etag[40];
    snprintf(etag, sizeof(etag), "%s", header("ETag"));
    CHECK(ask("/", "", etag));
    CHECK_INT(request.answer.status, 304);
    CHECK_INT(request.answer.body.len, 0);
}

TEST(a_front_end_that_is_not_built)
{
    struct jd_error error;
    struct jd_static *built = files;
    CHECK_INT(jd_static_load("/nowhere/at/all", &files, &error), JD_OK);
    CHECK(ask("/", "", ""));
    CHECK(strstr(request.answer.body.data, "not built") != NULL);
    jd_static_destroy(&files);
    files = built;
}

int main(void)
{
    char path[160];
    struct jd_error error = { 0 };
    if (!mkdtemp(folder)) {
        return 1;
    }
    snprintf(path, sizeof(path), "%s/app/assets", folder);
    jd_file_mkdirs(path, 0755, &error);
    put("secret.txt", "secret");
    put("app/index.html", "<p>app");
    put("app/assets/app-1a2b.js", "js");
    put("app/assets/app-1a2b.js.gz", "packed");
    put("app/.hidden.txt", "hidden");
    snprintf(path, sizeof(path), "%s/app/link.txt", folder);
    if (symlink("../secret.txt", path) != 0) {
        return 1;
    }
    snprintf(path, sizeof(path), "%s/app/outside", folder);
    if (symlink("..", path) != 0) {
        return 1;
    }
    snprintf(path, sizeof(path), "%s/app", folder);
    if (jd_static_load(path, &files, &error) != JD_OK) {
        printf("# %s\n", error.text);
        return 1;
    }
    RUN(files_and_pages_of_the_app);
    RUN(nothing_outside_can_be_named);
    RUN(headers);
    RUN(packed_where_the_client_takes_it);
    RUN(not_sent_twice);
    RUN(a_front_end_that_is_not_built);
    jd_static_destroy(&files);
    jd_arena_destroy(&request.arena);
    snprintf(path, sizeof(path), "rm -r %s", folder);
    return REPORT() + (system(path) != 0);
}
