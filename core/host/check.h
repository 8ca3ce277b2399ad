/**
 * The conformance suites behind `jackdaw plugin check`: one for each kind of service, TAP out.
 *
 * Each case runs in a child process of its own with a state folder of its own, so that a crash
 * or a hang is a failed test with a name and not the end of the checker. There is no second,
 * private standard: bundled plugins pass the same suite.
 */
#ifndef JD_HOST_CHECK_H
#define JD_HOST_CHECK_H

#include <stdio.h>

#include <jackdaw/plugin.h>

#include "host/options.h"

struct jd_check_request {
    const char *file;                     // absolute path of the plugin
    const char *service;                  // only services of this name; NULL: all
    const struct jd_option_text *options; // given to each service that declares them
    size_t options_count;
    const char *fixture; // "maildir", "mbox", "eml": mail made for the option `path` of a
                         // source; NULL: as its own name says, else none
    unsigned case_s;     // a case that takes longer is failed; 0: 60
};

/**
 * Runs the suites and writes TAP 13 to `out`. out_failed counts failed tests.
 * Errors: the plugin cannot be opened; options are wrong; no service of that name.
 */
enum jd_status jd_check_run(const struct jd_check_request *request,
        FILE *out,
        unsigned *out_failed,
        struct jd_error *error);

#endif
