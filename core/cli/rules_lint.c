/* jackdaw rules lint: what is wrong or doubtful in packs, line by line. */
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "cli/cli.h"
#include "cli/rules.h"

#define RELEASE 1

static const char usage[] =
        "usage: jackdaw rules lint [FOLDER]\n"
        "Prints FILE:LINE: error|warning: what is wrong, and its cure [code]. FOLDER is a pack or\n"
        "holds packs; without it the standard pack is looked at. A pack that extends the standard\n"
        "one is looked at together with it. The exit code is 1 when there is an error.\n";

struct linting {
    struct jd_rules_files files;
    uint32_t errors, warnings;
};

static void print_finding(struct linting *self, const struct jd_linted_finding *finding)
{
    bool is_error = finding->severity == JD_SEVERITY_ERROR;
    printf(JD_SPAN_FMT ":%d: %s: " JD_SPAN_FMT "%s" JD_SPAN_FMT " [" JD_SPAN_FMT "]\n",
            JD_SPAN_ARG(finding->path), finding->line, is_error ? "error" : "warning",
            JD_SPAN_ARG(finding->text), finding->cure.len ? "; " : "",
            JD_SPAN_ARG(finding->cure), JD_SPAN_ARG(finding->code));
    self->errors += is_error;
    self->warnings += !is_error;
}

static enum jd_status lint(void *context, struct jd_child *child, struct jd_error *error)
{
    struct linting *self = context;
    struct jd_linted_finding *findings = NULL;
    uint32_t count = 0;
    enum jd_status status = jd_child_load(child, RELEASE, self->files.list, self->files.count,
            self->files.arena, NULL, error);
    if (status == JD_OK) {
        status = jd_child_lint(child, RELEASE, self->files.arena, &findings, &count, error);
    }
    for (uint32_t i = 0; status == JD_OK && i < count; i++) {
        if (jd_rules_is_own(&self->files, findings[i].path)) {
            print_finding(self, &findings[i]);
        }
    }
    return status;
}

static enum jd_status gather(struct linting *self, const char *folder, struct jd_error *error)
{
    if (folder == NULL) {
        jd_rules_take_standard(&self->files);
        self->files.own_count = self->files.count;
        return JD_OK;
    }
    enum jd_status status = jd_rules_read(&self->files, folder, error);
    if (status == JD_OK) {
        jd_rules_add_standard(&self->files);
    }
    return status;
}

int jd_rules_lint(int argc, char **argv)
{
    static struct linting self;
    struct jd_error error = { 0 };
    if (jd_cli_tell_help(argc, argv, usage)) {
        return 0;
    }
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        return jd_cli_usage(usage);
    }
    self.files.arena = jd_arena_create(JD_RULES_ARENA_BYTES);
    enum jd_status status = gather(&self, argc == 2 ? argv[1] : NULL, &error);
    if (status == JD_OK) {
        status = jd_rules_in_child(lint, &self, &error);
    }
    if (status == JD_OK) {
        printf("%u errors, %u warnings\n", self.errors, self.warnings);
    } else {
        fprintf(stderr, "jackdaw: %s\n", error.text);
    }
    jd_arena_destroy(&self.files.arena);
    return status == JD_OK && self.errors == 0 ? 0 : 1;
}
