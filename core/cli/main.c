/* The command line: a table of subcommands, one file each. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; // NULL: not for people
} commands[] = {
    { "serve", jd_cli_serve, "run Jackdaw in the foreground" },
    { "account", jd_cli_account, "connect mail: add KIND:PATH, list, edit, rejected, remove" },
    { "user", jd_cli_user, "users: password NAME, link NAME" },
    { "jobs", jd_cli_jobs, "jobs: list, show, retry" },
    { "rules", jd_cli_rules, "rules: test, lint, run, explain, push, activate, roll back" },
    { "learn", jd_cli_learn, "make a model of labelled mails" },
    { "decide", jd_cli_decide, "say what rules and models say of mails" },
    { "digest", jd_cli_digest, "one hash over all decisions, tasks and drafts" },
    { "config", jd_cli_config, "the configuration: check, show, help" },
    { "plugin", jd_cli_plugin, "plugins: list, show, check, index, new" },
    { "sandbox", jd_cli_sandbox, "what a compute child can and cannot do" },
    { "migrate", jd_cli_migrate, "bring the database to this version" },
    { "role", jd_cli_role, NULL },
    { "compute-zygote", jd_cli_compute, NULL },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(FILE *out)
{
    fprintf(out,
            "Jackdaw " JD_VERSION ": reads mail where it lies and says what each is.\n\n"
            "usage: jackdaw COMMAND [ARGUMENT ...]      (jackdaw COMMAND --help tells more)\n\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].help) {
            fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
        }
    }
    return out == stdout ? 0 : 2;
}

int jd_cli_usage(const char *usage)
{
    fputs(usage, stderr);
    return 2;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

bool jd_cli_tell_help(int argc, char **argv, const char *usage)
{
    // The word alone is a verb of some commands.
    bool asked = argc == 2 && is_help(argv[1]) && argv[1][0] == '-';
    if (asked) {
        fputs(usage, stdout);
    }
    return asked;
}

/* argv[0]: the command. */
static int run(int argc, char **argv)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[0], commands[i].name) == 0) {
            return commands[i].run(argc, argv);
        }
    }
    fprintf(stderr, "jackdaw: there is no command '%s'; `jackdaw help` lists them\n", argv[0]);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return help(stderr);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("jackdaw " JD_VERSION);
        return 0;
    }
    if (!is_help(argv[1])) {
        return run(argc - 1, argv + 1);
    }
    char flag[] = "--help", *asked[] = { argv[2], flag, NULL };
    return argc > 2 && !is_help(argv[2]) ? run(2, asked) : help(stdout);
}
