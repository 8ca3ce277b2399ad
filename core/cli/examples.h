/**
 * Mails and texts as JSON lines, for `learn` and `decide`.
 *
 *     {"id": "7", "message": "From: ...", "label": "spam"}      a raw mail, each byte as one
 *                                                               code point U+0000 to U+00FF
 *     {"id": 8, "text": "Could you ...", "sender": "Ann", "subject": "Lunch"}
 *
 * A line that cannot be used is told on stderr with its number and counted; the others go on.
 * Reading is in batches that a compute child takes at once. One thread.
 */
#ifndef JD_CLI_EXAMPLES_H
#define JD_CLI_EXAMPLES_H

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#define JD_EXAMPLES_MAX 500 // of one batch

struct jd_example {
    uint64_t line;        // from 1
    struct jd_span id;    // as JSON: "\"7\"", "8"
    struct jd_span label; // empty: none
    struct jd_span raw;   // the mail; of a text, a plain mail from its sender to the owner
    struct jd_span text;  // data NULL: it is a mail
    bool is_plain;        // a text of which neither subject nor sender is known
};

struct jd_examples {
    FILE *file;
    const char *name; // for messages
    uint64_t line;
    uint64_t bad;           // lines that could not be used
    char piece[65536];      // what was read last
    struct jd_span ahead;   // of it: not yet taken
    struct jd_buf buffer;   // the line at hand
    struct jd_arena *arena; // of the batch
    bool want_label;
    struct jd_example list[JD_EXAMPLES_MAX];
    uint32_t count;
};

/** The owner to whom the mails of texts go. */
#define JD_EXAMPLES_OWNER "owner@jackdaw.example"

/** `path` "-": standard input. JD_GONE and others: it cannot be opened. */
enum jd_status jd_examples_open(struct jd_examples *examples,
        const char *path,
        bool want_label,
        struct jd_error *error);
void jd_examples_close(struct jd_examples *examples);
/** Reads the next batch into list and count; it replaces the one before. JD_NONE: no line is
 * left; RETRY_LATER: the file cannot be read. */
enum jd_status jd_examples_next(struct jd_examples *examples, struct jd_error *error);
/** Tells on stderr what is wrong with a line, and counts it. */
void jd_examples_complain(struct jd_examples *examples, uint64_t line, const char *sentence);

#endif
