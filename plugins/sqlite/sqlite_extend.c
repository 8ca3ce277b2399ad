/** What the dialect adds to SQLite: the function jd_now_ms() and the tokenizer "jackdaw". */
#include <time.h>

#include "sqlite.h"

static void now_ms(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count, (void)values; // it takes none
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    sqlite3_result_int64(context, (sqlite3_int64)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

// The tokenizer has no state, but FTS5 wants a handle that is not NULL.
static int create_tokenizer(void *context, const char **args, int count, Fts5Tokenizer **out)
{
    (void)context, (void)args, (void)count; // it has no options
    static char nothing;
    *out = (Fts5Tokenizer *)&nothing;
    return SQLITE_OK;
}

static void delete_tokenizer(Fts5Tokenizer *tokenizer)
{
    (void)tokenizer; // nothing was allocated
}

/** Splits at spaces alone: text and queries arrive tokenised, folded and cut. */
static int tokenize(Fts5Tokenizer *tokenizer,
        void *context,
        int flags,
        const char *text,
        int length,
        int (*token)(void *, int, const char *, int, int, int))
{
    (void)tokenizer, (void)flags; // queries and documents are cut the same
    const char *end = text + length;
    const char *start = text;
    while (start < end) {
        const char *stop = memchr(start, ' ', (size_t)(end - start));
        stop = stop ? stop : end;
        if (stop > start) {
            int code = token(context, 0, start, (int)(stop - start), (int)(start - text),
                    (int)(stop - text));
            if (code != SQLITE_OK) {
                return code;
            }
        }
        start = stop + 1;
    }
    return SQLITE_OK;
}

static int find_fts5(sqlite3 *db, fts5_api **out_api)
{
    sqlite3_stmt *statement = NULL;
    *out_api = NULL;
    int code = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, NULL);
    if (code == SQLITE_OK) {
        sqlite3_bind_pointer(statement, 1, out_api, "fts5_api_ptr", NULL);
        sqlite3_step(statement);
        code = sqlite3_finalize(statement);
    }
    return code == SQLITE_OK && !*out_api ? SQLITE_ERROR : code;
}

int jd_sqlite_extend(sqlite3 *db)
{
    int code = sqlite3_create_function(
            db, "jd_now_ms", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, now_ms, NULL, NULL);
    fts5_api *api = NULL;
    if (code == SQLITE_OK) {
        code = find_fts5(db, &api);
    }
    if (code != SQLITE_OK) {
        return code;
    }
    fts5_tokenizer tokenizer = { create_tokenizer, delete_tokenizer, tokenize };
    return api->xCreateTokenizer(api, "jackdaw", NULL, &tokenizer, NULL);
}
