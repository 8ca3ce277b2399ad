/**
 * The rules API as data: each name that rules may use, with its signature and a sentence. The
 * tables stand where the names are bound (bind_*.c, pack.c, case_read.c); everything that tells
 * people or editors of the API is made from them: rules/jackdaw.d.lua, docs/rules-api.md, the
 * list for editors, and the near misses of lint.
 *
 * Entries come in the order in which a reader wants them. Constant data; any thread.
 */
#ifndef JD_SCRIPT_API_H
#define JD_SCRIPT_API_H

#include <stddef.h>

#include "wire/analysis.h"

/* Kinds: wire/analysis.h. */
#define JD_API_NOTE     JD_WIRE_API_NOTE    // text: what a reader must know first
#define JD_API_SECTION  JD_WIRE_API_SECTION // name
#define JD_API_ALIAS    JD_WIRE_API_ALIAS   // name, gives: what it stands for
#define JD_API_CLASS    JD_WIRE_API_CLASS // name; owner: its global objects ("to, cc"), or NULL
#define JD_API_FIELD    JD_WIRE_API_FIELD // owner: the class; gives: its type
#define JD_API_METHOD   JD_WIRE_API_METHOD   // owner: the class; called with a colon
#define JD_API_FUNCTION JD_WIRE_API_FUNCTION // a global function

struct jd_api_entry {
    enum jd_wire_api_kind kind;
    const char *owner, *name;
    const char *params; // "label: string -- one of the model's; at_least?: number"; NULL: none
    const char *gives;  // a type; NULL: nothing
    const char *text;   // sentences, maybe in several lines; NULL: the name says it
};

typedef void jd_api_visit(void *context, const struct jd_api_entry *entry);
/** Visits all entries. */
void jd_api_each(jd_api_visit *visit, void *context);

/* The parts, each by the file that binds it. */
void jd_api_note(jd_api_visit *visit, void *context);
void jd_api_conditions(jd_api_visit *visit, void *context);
void jd_api_learned(jd_api_visit *visit, void *context);
void jd_api_combinators(jd_api_visit *visit, void *context);
void jd_api_rules(jd_api_visit *visit, void *context);
void jd_api_mail(jd_api_visit *visit, void *context);
void jd_api_sentence(jd_api_visit *visit, void *context);
void jd_api_verdict(jd_api_visit *visit, void *context);
void jd_api_pack(jd_api_visit *visit, void *context);
void jd_api_require(jd_api_visit *visit, void *context);
void jd_api_cases(jd_api_visit *visit, void *context);

/** Visits a table that ends with a kind of 0. */
static inline void
jd_api_visit_table(const struct jd_api_entry *table, jd_api_visit *visit, void *context)
{
    for (; table->kind; table++) {
        visit(context, table);
    }
}

#endif
