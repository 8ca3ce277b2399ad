/**
 * Questions that a person waits for, and their answers.
 *
 * A question is a job of kind "ask", the most urgent there is; a worker runs it and keeps the
 * answer as a row, in the transaction that ends the job. Who waits is woken by the bus topic
 * JD_ANSWERS_TOPIC and reads the row; it stays for an hour, so an answer that came late is not
 * lost. Spans of results live in `arena`.
 */
#ifndef JD_STORE_ANSWERS_H
#define JD_STORE_ANSWERS_H

#include "store/jobs.h"

#define JD_ANSWERS_TOPIC         "answers"
#define JD_ANSWERS_KEPT_MS       (60LL * 60 * 1000)
#define JD_QUESTIONS_WAITING_MAX 8 // of one user
#define JD_QUESTION_BYTES_MAX    (64 * 1024)
#define JD_ANSWER_BYTES_MAX      (4 * 1024 * 1024)

/** question: a JSON object with "kind", see pipeline/ask.h. In a transaction of its own.
 * JD_RATE_LIMITED: JD_QUESTIONS_WAITING_MAX of this user wait already. */
enum jd_status jd_question_ask(struct jd_db *db,
        int64_t user,
        struct jd_span question,
        int64_t *out_job,
        struct jd_error *error);

struct jd_answer_row {
    enum jd_status status; // JD_OK, or the class of why there is none
    struct jd_span body;   // JSON when JD_OK, else a sentence
};

/** JD_NONE: it is not answered yet; JD_GONE: this user asked no such question, or its answer is
 * forgotten. */
enum jd_status jd_answer_get(struct jd_db *db,
        int64_t user,
        int64_t job,
        struct jd_arena *arena,
        struct jd_answer_row *out_answer,
        struct jd_error *error);

/** Keeps the answer and ends its job, in a transaction of its own, then wakes who waits.
 * JD_REJECTED: the job is another worker's by now. */
enum jd_status jd_answer_keep(struct jd_db *db,
        const struct jd_job *job,
        const struct jd_answer_row *answer,
        struct jd_error *error);

/** Forgets at most `limit` answers older than JD_ANSWERS_KEPT_MS. Scheduler. */
enum jd_status
jd_answers_trim(struct jd_db *db, int limit, int64_t *out_count, struct jd_error *error);

#endif
