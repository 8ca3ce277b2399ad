/* What is written of the rules API is what `jackdaw rules api` prints of its source. */
#include <stdlib.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"
#include "jd_test.h"

#define PROGRAM   JD_BUILD_DIR "/jackdaw rules api"
#define BYTES_MAX (8u << 20)

static struct jd_error error;

static void run(const char *command, struct jd_buf *out)
{
    char piece[4096];
    FILE *stream = popen(command, "r"); // NOLINT(cert-env33-c): our own program
    for (size_t len; stream && (len = fread(piece, 1, sizeof(piece), stream)) > 0;) {
        jd_buf_add(out, jd_span_new(piece, len));
    }
    CHECK_INT(stream ? WEXITSTATUS(pclose(stream)) : -1, 0);
}

static void check_same(const char *command, const char *path)
{
    struct jd_buf printed = jd_buf_init(BYTES_MAX), written = jd_buf_init(BYTES_MAX);
    run(command, &printed);
    CHECK_OK(jd_file_read(path, &written, &error), error);
    if (!jd_span_equal(jd_buf_span(&printed), jd_buf_span(&written))) {
        FAIL("%s is not what the program prints: run `jackdaw%s > %s`", path,
                strchr(command, ' '), path + sizeof(JD_SOURCE_DIR));
    }
    jd_buf_finish(&printed);
    jd_buf_finish(&written);
}

TEST(annotations_for_editors_are_up_to_date)
{
    check_same(PROGRAM " --luals", JD_SOURCE_DIR "/rules/jackdaw.d.lua");
}

TEST(the_page_is_up_to_date)
{
    check_same(PROGRAM " --markdown", JD_SOURCE_DIR "/docs/rules-api.md");
}

/* Each function and method says what it is for. */
TEST(the_list_for_editors_has_no_gap)
{
    struct jd_buf printed = jd_buf_init(BYTES_MAX);
    struct jd_json *document = NULL;
    int functions = 0;
    run(PROGRAM, &printed);
    CHECK_OK(jd_json_parse(jd_buf_span(&printed), BYTES_MAX, &document, &error), error);
    const struct jd_json *one = jd_json_first(jd_json_member(document, "names"));
    for (; one; one = jd_json_next(one)) {
        struct jd_span kind = jd_json_text(jd_json_member(one, "kind"), JD_SPAN(""));
        struct jd_span name = jd_json_text(jd_json_member(one, "name"), JD_SPAN(""));
        bool is_function = jd_span_equal(kind, JD_SPAN("function")) ||
                           jd_span_equal(kind, JD_SPAN("method"));
        functions += is_function;
        if (is_function && jd_json_text(jd_json_member(one, "text"), JD_SPAN("")).len == 0) {
            FAIL(JD_SPAN_FMT " says nothing of itself", JD_SPAN_ARG(name));
        }
    }
    CHECK(functions > 70);
    jd_json_destroy(&document);
    jd_buf_finish(&printed);
}

int main(void)
{
    RUN(annotations_for_editors_are_up_to_date);
    RUN(the_page_is_up_to_date);
    RUN(the_list_for_editors_has_no_gap);
    return REPORT();
}
