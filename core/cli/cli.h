/**
 * The subcommands: each takes the arguments behind `jackdaw` (argv[0] is its own name), prints
 * for people, and returns the exit code: 0 done, 1 it failed and said why, 2 wrongly called.
 */
#ifndef JD_CLI_CLI_H
#define JD_CLI_CLI_H

#include <stdbool.h>

#include "base/error.h"

/** Wrongly called: tells how on stderr; 2. */
int jd_cli_usage(const char *usage);
/** Called with --help alone: tells how on stdout. */
bool jd_cli_tell_help(int argc, char **argv, const char *usage);
/** Whether this may be somebody's password; JD_BAD_INPUT says why not. */
enum jd_status jd_cli_password_check(const char *password, struct jd_error *error);

/** jackdaw plugin list | show | check | index | new */
int jd_cli_plugin(int argc, char **argv);
/** jackdaw config check | show | help [--config FILE] */
int jd_cli_config(int argc, char **argv);
/** jackdaw sandbox: what a compute child can do, as JSON; 1 when it can do what it must not */
int jd_cli_sandbox(int argc, char **argv);
/** jackdaw compute-zygote: started by a worker's pool (wire/zygote.h), not by people */
int jd_cli_compute(int argc, char **argv);
/** jackdaw serve [--config FILE] [--data DIR] [--port N] [--mail KIND:PATH ...] */
int jd_cli_serve(int argc, char **argv);
/** jackdaw role NAME ...: one role of a running Jackdaw, started by its supervisor */
int jd_cli_role(int argc, char **argv);
/** jackdaw migrate */
int jd_cli_migrate(int argc, char **argv);
/** jackdaw account add KIND:PATH | list | edit | rejected | remove */
int jd_cli_account(int argc, char **argv);
/** jackdaw user password NAME | link NAME */
int jd_cli_user(int argc, char **argv);
/** jackdaw jobs list | show ID | retry ID|all */
int jd_cli_jobs(int argc, char **argv);
/** jackdaw digest: a canonical hash, for comparing two runs over the same mail */
int jd_cli_digest(int argc, char **argv);
/** jackdaw rules test [FOLDER] */
int jd_cli_rules(int argc, char **argv);
/** jackdaw learn NAME --jsonl [FILE|-] --out FILE */
int jd_cli_learn(int argc, char **argv);
/** jackdaw decide --jsonl [FILE|-] [--rules FOLDER] [--learned NAME=FILE ...] */
int jd_cli_decide(int argc, char **argv);

#endif
