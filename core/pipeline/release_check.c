/* Compiling and testing a release in a child, and what came of it as one report. */
#include "pipeline/release_check.h"

#include "base/json.h"
#include "base/span.h"

#define REPORT_BYTES_MAX (512 * 1024)

struct check {
    const struct jd_release_checked_set *set;
    struct jd_loaded_release loaded;
    struct jd_linted_finding *linted; // what did not compile among them
    uint32_t linted_count;
    struct jd_tested_case *cases;
    uint32_t cases_count;
};

enum jd_status jd_release_check_gather(struct jd_db *db,
        int64_t user,
        int64_t release,
        struct jd_arena *arena,
        struct jd_release_checked_set *out_set,
        struct jd_error *error)
{
    struct jd_rule_set set;
    struct jd_release_content *all = NULL, *own = NULL;
    uint32_t count = 0, own_count = 0;
    enum jd_status status = jd_rule_set_with(db, user, release, &set, error);
    if (status == JD_OK) {
        status = jd_rule_set_files(db, &set, arena, &all, &count, error);
    }
    if (status == JD_OK) {
        status = jd_release_files(db, release, arena, &own, &own_count, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_child_file *files = jd_arena_zalloc(arena, count + 1, sizeof(*files));
    if (!files) {
        return jd_error_set(error, JD_BUG, "no room for the files of a release");
    }
    *out_set = (struct jd_release_checked_set){
        .key = set.key, .files = files, .own = own, .own_count = own_count
    };
    for (uint32_t i = 0; i < count; i++) {
        if (!jd_span_starts(all[i].path, JD_SPAN("prompts/"))) {
            files[out_set->files_count++] =
                    (struct jd_child_file){ all[i].path, all[i].content };
        }
    }
    return JD_OK;
}

static bool is_own(const struct check *check, struct jd_span path)
{
    const struct jd_release_content *own = check->set->own;
    uint32_t low = 0, high = check->set->own_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = jd_span_compare(own[middle].path, path);
        if (order == 0) {
            return true;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return false;
}

static bool blocks(const struct check *check, const struct jd_tested_case *one)
{
    return is_own(check, one->path) && !jd_span_starts(one->path, JD_SPAN("standard/"));
}

/* The findings of one severity; how many. */
static uint32_t write_findings(struct jd_json_writer *w,
        const char *name,
        const struct check *check,
        enum jd_severity severity)
{
    uint32_t count = 0;
    jd_json_open_array(w, name);
    for (uint32_t i = 0; i < check->linted_count; i++) {
        const struct jd_linted_finding *one = &check->linted[i];
        if (one->severity != severity || !is_own(check, one->path)) {
            continue;
        }
        jd_json_open_object(w, NULL);
        jd_json_add_text(w, "path", one->path);
        jd_json_add_int(w, "line", one->line);
        jd_json_add_text(w, "text", one->text);
        jd_json_add_text(w, "code", one->code);
        jd_json_add_text(w, "cure", one->cure);
        jd_json_close_object(w);
        count++;
    }
    jd_json_close_array(w);
    return count;
}

static void
write_failed(struct jd_json_writer *w, const struct jd_tested_case *one, bool is_blocking)
{
    jd_json_open_object(w, NULL);
    jd_json_add_text(w, "path", one->path);
    jd_json_add_int(w, "line", one->line);
    jd_json_add_text(w, "name", one->name);
    jd_json_add_text(w, "text", one->text);
    jd_json_add_bool(w, "blocks", is_blocking);
    jd_json_close_object(w);
}

static void write_cases(struct jd_json_writer *w,
        const struct check *check,
        struct jd_release_findings *findings)
{
    uint32_t passed = 0;
    jd_json_open_object(w, "tests");
    jd_json_open_array(w, "failed");
    for (uint32_t i = 0; i < check->cases_count; i++) {
        const struct jd_tested_case *one = &check->cases[i];
        bool is_blocking = blocks(check, one);
        if (!is_own(check, one->path)) {
            continue;
        }
        findings->cases++;
        passed += one->passed;
        if (!one->passed) {
            write_failed(w, one, is_blocking);
            findings->failed += is_blocking;
        }
    }
    jd_json_close_array(w);
    jd_json_add_int(w, "passed", passed);
    jd_json_close_object(w);
}

static enum jd_status write_report(const struct check *check,
        struct jd_arena *arena,
        struct jd_release_findings *findings,
        struct jd_error *error)
{
    struct jd_buf text = jd_buf_init(REPORT_BYTES_MAX);
    struct jd_json_writer w = jd_json_writer(&text);
    findings->rules = check->loaded.rules_count;
    jd_json_open_object(&w, NULL);
    jd_json_add_int(&w, "rules", findings->rules);
    findings->problems = write_findings(&w, "problems", check, JD_SEVERITY_ERROR);
    findings->warnings = write_findings(&w, "warnings", check, JD_SEVERITY_WARNING);
    write_cases(&w, check, findings);
    findings->passed = findings->problems == 0 && findings->failed == 0;
    jd_json_add_bool(&w, "passed", findings->passed);
    jd_json_close_object(&w);
    if (text.failed) { // too many findings to keep: the release is far from passing
        jd_buf_clear(&text);
        jd_buf_format(&text,
                "{\"rules\":%u,\"problems\":[],\"tests\":{\"failed\":[],\"passed\":0},"
                "\"passed\":false,\"truncated\":true}",
                findings->rules);
        findings->passed = false;
    }
    findings->report = jd_arena_copy(arena, jd_buf_span(&text));
    jd_buf_finish(&text);
    return findings->report.data ? JD_OK
                                 : jd_error_set(error, JD_BUG, "no room for the report");
}

enum jd_status jd_release_check_run(struct jd_child *child,
        const struct jd_release_checked_set *set,
        struct jd_arena *arena,
        struct jd_release_findings *out_findings,
        struct jd_error *error)
{
    struct check check = { .set = set };
    *out_findings = (struct jd_release_findings){ 0 };
    enum jd_status status = jd_child_load(
            child, set->key, set->files, set->files_count, arena, &check.loaded, error);
    if (status == JD_OK) {
        status = jd_child_lint(
                child, set->key, arena, &check.linted, &check.linted_count, error);
    }
    if (status == JD_OK) {
        status = jd_child_test(child, set->key, arena, &check.cases, &check.cases_count, error);
    }
    return status == JD_OK ? write_report(&check, arena, out_findings, error) : status;
}
