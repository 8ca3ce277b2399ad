/* Rule packs and releases from the command line; whatever runs, runs in the real sandbox. */
#include "cli/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "cli/cli.h"

static const char usage[] =
        "usage: jackdaw rules test [FOLDER]         compile the packs of FOLDER and run their tests\n"
        "       jackdaw rules lint [FOLDER]         what is wrong or doubtful in the packs of FOLDER\n"
        "       jackdaw rules run --rule FILE --mail FILE   just these rule files over one mail\n"
        "       jackdaw rules explain --mail FILE   what fired over one mail, and why the others did not\n"
        "       jackdaw rules api                   every name that rules may use\n"
        "       jackdaw rules list                  the releases, newest first\n"
        "       jackdaw rules log                   what was activated when, and by whom\n"
        "       jackdaw rules push FOLDER           a new release with these packs, checked\n"
        "       jackdaw rules check NUMBER          check a release again\n"
        "       jackdaw rules activate NUMBER       decide new mail with a checked release\n"
        "       jackdaw rules rollback              back to the one that was active before\n"
        "       jackdaw rules apply                 decide past mail again with the active release\n"
        "       jackdaw rules pull FOLDER           write the files of the active release there\n"
        "       jackdaw rules diff NUMBER [NUMBER]  what differs from another, or from its base\n"
        "       jackdaw rules backtest NUMBER       what a release would say of past mail\n"
        "       jackdaw rules candidate NUMBER|none let it look at new mail and decide nothing\n"
        "       jackdaw rules shadow                what the candidate says of new mail\n"
        "       jackdaw rules figures               how often each rule fired and failed, what it takes\n"
        "       jackdaw rules resume PACK/RULE      a rule that failed too often takes part again\n\n"
        "  --layer organisation|mine   whose releases (default: organisation)\n"
        "  --release NUMBER            for pull and figures: another than the active one\n"
        "  --comment TEXT              why; kept with the release and in the log\n"
        "  --last N, --category NAME   for backtest: the newest N, those shown as NAME\n\n"
        "FOLDER is a pack (a folder with a pack.lua) or holds packs; one that extends the standard\n"
        "pack is looked at together with it. Without FOLDER, test and lint take the standard pack.\n"
        "docs/rules.md tells from nothing how a rule is written, tested and activated.\n";

struct testing {
    const struct jd_rules_files *files;
    int failed;
};

static void print_case(const struct jd_tested_case *one)
{
    printf("%s %s: %s\n", one->passed ? "ok" : "not ok", one->path.data, one->name.data);
    if (!one->passed) {
        printf("# line %d: %s\n", one->line, one->text.data);
    }
}

static enum jd_status test_packs(void *context, struct jd_child *child, struct jd_error *error)
{
    struct testing *testing = context;
    const struct jd_rules_files *files = testing->files;
    struct jd_loaded_release loaded = { 0 };
    struct jd_tested_case *cases = NULL;
    uint32_t count = 0;
    int passed = 0;
    enum jd_status status =
            jd_child_load(child, 1, files->list, files->count, files->arena, &loaded, error);
    for (uint32_t i = 0; i < loaded.problems_count && status == JD_OK; i++) {
        if (!jd_rules_is_own(files, loaded.problems[i].path)) {
            continue;
        }
        printf("not ok %s:%d: %s\n", loaded.problems[i].path.data, loaded.problems[i].line,
                loaded.problems[i].text.data);
        testing->failed++;
    }
    if (status == JD_OK) {
        status = jd_child_test(child, 1, files->arena, &cases, &count, error);
    }
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        if (!jd_rules_is_own(files, cases[i].path)) {
            continue;
        }
        print_case(&cases[i]);
        testing->failed += !cases[i].passed;
        passed += cases[i].passed;
    }
    if (status == JD_OK) {
        printf("# %u rules\n%d passed, %d failed\n", loaded.rules_count, passed,
                testing->failed);
    }
    return status;
}

static int test(const struct jd_rules_call *call)
{
    static struct jd_rules_files files;
    struct testing testing = { .files = &files };
    enum jd_status status = JD_OK;
    files.arena = jd_arena_create(JD_RULES_ARENA_BYTES);
    if (call->word) {
        status = jd_rules_read(&files, call->word, &call->boot->error);
        jd_rules_add_standard(&files);
    } else {
        jd_rules_take_standard(&files);
        files.own_count = files.count;
    }
    if (status == JD_OK) {
        status = jd_rules_in_child(test_packs, &testing, &call->boot->error);
    }
    if (status != JD_OK) {
        jd_bootstrap_fail(call->boot);
    }
    jd_arena_destroy(&files.arena);
    return status == JD_OK && testing.failed == 0 ? 0 : 1;
}

static const struct verb {
    const char *name;
    int least, most; // words behind it
    int (*run)(const struct jd_rules_call *call);
} verbs[] = {
    { "test", 0, 1, test },
    { "list", 0, 0, jd_rules_list },
    { "log", 0, 0, jd_rules_log },
    { "push", 1, 1, jd_rules_push },
    { "check", 1, 1, jd_rules_check },
    { "activate", 1, 1, jd_rules_activate },
    { "rollback", 0, 0, jd_rules_rollback },
    { "pull", 1, 1, jd_rules_pull },
    { "diff", 1, 2, jd_rules_diff },
    { "backtest", 1, 1, jd_rules_backtest },
    { "candidate", 1, 1, jd_rules_candidate },
    { "shadow", 0, 0, jd_rules_shadow },
    { "figures", 0, 0, jd_rules_figures },
    { "resume", 1, 1, jd_rules_resume },
    { "apply", 0, 0, jd_rules_apply },
};

/* Need no storage. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} offline[] = {
    { "run", jd_rules_run },
    { "api", jd_rules_api },
    { "explain", jd_rules_explain },
    { "lint", jd_rules_lint },
};

int jd_cli_rules(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(offline) / sizeof(offline[0]); i++) {
        if (strcmp(argv[1], offline[i].name) == 0) {
            return offline[i].run(argc - 1, argv + 1);
        }
    }
    struct jd_bootstrap boot;
    struct jd_rules_call call = { .boot = &boot, .layer = "organisation", .comment = "" };
    const struct jd_cli_option own[] = { { "--layer", &call.layer, NULL },
        { "--release", &call.release, NULL }, { "--comment", &call.comment, NULL },
        { "--last", &call.last, NULL }, { "--category", &call.category, NULL }, { 0 } };
    int words = 0;
    if (!jd_bootstrap_options_with(&boot, argc, argv, usage, own, &words)) {
        return boot.exit_code;
    }
    if (words == 0) {
        return jd_cli_usage(usage);
    }
    call.word = words > 1 ? argv[2] : NULL;
    call.second = words > 2 ? argv[3] : NULL;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        const struct verb *verb = &verbs[i];
        if (strcmp(argv[1], verb->name) == 0 && words - 1 >= verb->least &&
                words - 1 <= verb->most) {
            return verb->run(&call);
        }
    }
    return jd_cli_usage(usage);
}
