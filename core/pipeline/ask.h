/**
 * Questions of people (store/answers.h): the step of job kind "ask", and what its kinds of
 * question share. A question is a JSON object:
 *
 *     {"kind":"check","owner":"ID or 0","release":"ID"}      compile, lint and test a release
 *     {"kind":"replay","message":"ID","release":"ID"}        a stored verdict beside what the
 *                                                            active rules with that release say
 *     {"kind":"why","message":"ID"}                          the stored explanation, with why
 * the other rules did not fire
 *
 * Whether the user may ask it was decided by who wrote it. Whatever goes wrong is an answer
 * too: a person waits, so nothing is tried later by itself, but that a child that was killed
 * from outside is replaced.
 */
#ifndef JD_PIPELINE_ASK_H
#define JD_PIPELINE_ASK_H

#include "base/json.h"
#include "pipeline/desk.h"

/** A question that is being answered. Everything lives in the desk's arena. */
struct jd_ask {
    struct jd_job_desk *desk;
    const struct jd_job *job;
    const struct jd_json *question;
    struct jd_child *child;       // within jd_ask_in_child
    struct jd_json_writer writer; // of the answer
};

enum jd_status jd_step_ask(struct jd_job_desk *desk,
        const struct jd_job *jobs,
        uint32_t count,
        struct jd_error *error);

/* For the kinds of question, one file each. With the connection. */

/** Writes the answer. An error becomes the answer; JD_CANCELLED gives the job back. */
typedef enum jd_status (*jd_ask_fn)(struct jd_ask *ask, struct jd_error *error);

enum jd_status jd_ask_check(struct jd_ask *ask, struct jd_error *error);
enum jd_status jd_ask_replay(struct jd_ask *ask, struct jd_error *error);
enum jd_status jd_ask_why(struct jd_ask *ask, struct jd_error *error);

/** The id in a member of the question. JD_BUG: it is none. */
enum jd_status jd_ask_id(const struct jd_ask *ask,
        const char *member,
        int64_t *out_id,
        struct jd_error *error);
/** Runs `work` with ask->child, the one that is kept for people if no other is free; again with
 * another when it was killed from outside. JD_REJECTED: it ended its process. */
enum jd_status jd_ask_in_child(struct jd_ask *ask,
        enum jd_status (*work)(struct jd_ask *ask, void *context, struct jd_error *error),
        void *context,
        struct jd_error *error);

#endif
