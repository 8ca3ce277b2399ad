/** What differs between the SQL dialects: macros that statements and migrations may use. */
#ifndef JD_STORE_DIALECT_H
#define JD_STORE_DIALECT_H

#include "base/buf.h"
#include "base/error.h"

struct jd_dialect;

/** NULL: a dialect that the core does not speak. */
const struct jd_dialect *jd_dialect_find(const char *name);
/** Appends `sql` with each @macro replaced. JD_BUG: an unknown macro. */
enum jd_status jd_dialect_expand(const struct jd_dialect *dialect,
        struct jd_span sql,
        struct jd_buf *out,
        struct jd_error *error);
const char *jd_dialect_name(const struct jd_dialect *dialect);

#endif
