/**
 * The subcommands: each takes the arguments behind `jackdaw` (argv[0] is its own name), prints
 * for people, and returns the exit code: 0 done, 1 it failed and said why, 2 wrongly called.
 */
#ifndef JD_CLI_CLI_H
#define JD_CLI_CLI_H

/** jackdaw plugin list | show NAME|FILE | check FILE | index | new KIND NAME */
int jd_cli_plugin(int argc, char **argv);
/** jackdaw config check | show | help [--config FILE] */
int jd_cli_config(int argc, char **argv);
/** jackdaw sandbox: what a compute child can do, as JSON; 1 when it can do what it must not */
int jd_cli_sandbox(int argc, char **argv);
/** jackdaw compute-zygote: started by a worker's pool (wire/zygote.h), not by people */
int jd_cli_compute(int argc, char **argv);

#endif
