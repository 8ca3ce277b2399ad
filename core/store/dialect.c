/* Macros of the two dialects. The domain's SQL is written once; only these words differ. */
#include "store/dialect.h"

#include <ctype.h>

#include "base/span.h"

struct macro {
    const char *name, *text;
};

struct jd_dialect {
    const char *name;
    struct macro macros[7];
};

static const struct jd_dialect dialects[] = {
    { "sqlite",
            {
                    { "now", "jd_now_ms()" },
                    { "id", "INTEGER PRIMARY KEY" },
                    { "blob", "BLOB" },
                    { "keyed", "WITHOUT ROWID" },
                    { "ids", "(SELECT value FROM json_each" },
                    { "rest", "PRAGMA shrink_memory" },
                    { NULL, NULL },
            } },
    { "postgres",
            {
                    { "now", "(extract(epoch from clock_timestamp()) * 1000)::bigint" },
                    { "id", "BIGINT PRIMARY KEY" },
                    { "blob", "BYTEA" },
                    { "keyed", "" },
                    { "ids", "(SELECT value::bigint FROM json_array_elements_text" },
                    { "rest", "SELECT 1" }, // its memory is the server's
                    { NULL, NULL },
            } },
};

const struct jd_dialect *jd_dialect_find(const char *name)
{
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (strcmp(dialects[i].name, name) == 0) {
            return &dialects[i];
        }
    }
    return NULL;
}

const char *jd_dialect_name(const struct jd_dialect *dialect)
{
    return dialect->name;
}

static const struct macro *find_macro(const struct jd_dialect *dialect, struct jd_span name)
{
    for (const struct macro *macro = dialect->macros; macro->name; macro++) {
        if (jd_span_equal(jd_span_of(macro->name), name)) {
            return macro;
        }
    }
    return NULL;
}

enum jd_status jd_dialect_expand(const struct jd_dialect *dialect,
        struct jd_span sql,
        struct jd_buf *out,
        struct jd_error *error)
{
    const char *at = sql.data, *end = sql.data + sql.len;
    while (at < end) {
        const char *mark = memchr(at, '@', (size_t)(end - at));
        if (!mark) {
            jd_buf_add(out, jd_span_new(at, (size_t)(end - at)));
            break;
        }
        jd_buf_add(out, jd_span_new(at, (size_t)(mark - at)));
        const char *name = mark + 1;
        for (at = name; at < end && islower((unsigned char)*at); at++) {
        }
        const struct macro *macro = find_macro(dialect, jd_span_new(name, (size_t)(at - name)));
        if (!macro) {
            return jd_error_set(error, JD_BUG, "SQL macro @%.*s is unknown to dialect %s",
                    (int)(at - name), name, dialect->name);
        }
        jd_buf_text(out, macro->text);
    }
    return out->failed ? jd_error_set(error, JD_BUG, "a statement is longer than its buffer")
                       : JD_OK;
}
