/* Threads as connected components over ids: independent of arrival order by construction. */
#include "store/threads.h"

#include "base/id.h"
#include "base/seal.h"
#include "base/span.h"
#include "store/statements.h"

enum {
    FIND,
    ADD,
    CREATE,
    MERGE_IDS,
    MERGE_MESSAGES,
    DROP
};

static const struct jd_statement statements[] = {
    [FIND] = { "threads.find", JD_SCOPE_USER,
            "SELECT thread_id FROM thread_ids WHERE user_id = ?1 AND hash = ?2" },
    [ADD] = { "threads.add", JD_SCOPE_USER,
            "INSERT INTO thread_ids (user_id, hash, thread_id) VALUES (?1, ?2, ?3)" },
    [CREATE] = { "threads.create", JD_SCOPE_USER,
            "INSERT INTO threads (id, user_id) VALUES (?2, ?1)" },
    [MERGE_IDS] = { "threads.merge_ids", JD_SCOPE_USER,
            "UPDATE thread_ids SET thread_id = ?2 WHERE user_id = ?1 AND thread_id = ?3" },
    [MERGE_MESSAGES] = { "threads.merge_messages", JD_SCOPE_USER,
            "UPDATE messages SET thread_id = ?2 WHERE user_id = ?1 AND thread_id = ?3" },
    [DROP] = { "threads.drop", JD_SCOPE_USER,
            "DELETE FROM threads WHERE user_id = ?1 AND id = ?2" },
};
const struct jd_statement_set jd_threads_set = JD_STATEMENT_SET(statements);

static void add_hash(int64_t *hashes, uint32_t *count, int64_t hash)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (hashes[i] == hash) {
            return;
        }
    }
    if (*count < JD_THREAD_IDS_MAX) {
        hashes[(*count)++] = hash;
    }
}

/* "subject NUL person NUL person", the two people in byte order. */
static int64_t hash_subject(const struct jd_thread_names *names)
{
    char key[2100];
    struct jd_span a = names->from, b = names->first_to;
    if (jd_span_compare(a, b) > 0) {
        struct jd_span swap = a;
        a = b;
        b = swap;
    }
    int len = snprintf(key, sizeof(key), "%.*s%c%.*s%c%.*s",
            (int)jd_span_sub(names->base_subject, 0, 1000).len, names->base_subject.data, 0,
            (int)jd_span_sub(a, 0, 500).len, a.data, 0, (int)jd_span_sub(b, 0, 500).len,
            b.data);
    return jd_hash63(jd_span_new(key, (size_t)len));
}

uint32_t jd_thread_hashes(const struct jd_thread_names *names,
        int64_t out_hashes[JD_THREAD_IDS_MAX])
{
    uint32_t count = 0;
    struct jd_span own = names->message_id.len ? names->message_id : names->content_key;
    add_hash(out_hashes, &count, jd_hash63(own));
    for (uint32_t i = 0; i < names->references_count; i++) {
        if (names->references[i].len) {
            add_hash(out_hashes, &count, jd_hash63(names->references[i]));
        }
    }
    bool by_subject = names->references_count == 0 && !names->is_bulk &&
                      names->base_subject.len > 3 && names->from.len && names->first_to.len &&
                      !jd_span_equal(names->from, names->first_to);
    if (by_subject) {
        add_hash(out_hashes, &count, hash_subject(names));
    }
    return count;
}

static enum jd_status
merge(struct jd_db *db, int64_t user, int64_t into, int64_t from, struct jd_error *error)
{
    static const int steps[] = { MERGE_IDS, MERGE_MESSAGES };
    for (size_t i = 0; i < 2; i++) {
        enum jd_status status = jd_db_run(db, &statements[steps[i]], user,
                JD_VALUES(JD_INT(into), JD_INT(from)), NULL, NULL, NULL, error);
        if (status != JD_OK) {
            return status;
        }
    }
    return jd_db_run(
            db, &statements[DROP], user, JD_VALUES(JD_INT(from)), NULL, NULL, NULL, error);
}

enum jd_status jd_thread_join(struct jd_db *db,
        int64_t user,
        const int64_t *hashes,
        uint32_t count,
        int64_t *out_thread,
        bool *out_merged,
        struct jd_error *error)
{
    int64_t found[JD_THREAD_IDS_MAX], thread = 0;
    enum jd_status status = JD_OK;
    bool merged = false;
    for (uint32_t i = 0; i < count; i++) {
        found[i] = 0;
        status = jd_db_int(
                db, &statements[FIND], user, JD_VALUES(JD_INT(hashes[i])), &found[i], error);
        if (status != JD_OK && status != JD_NONE) {
            return status;
        }
        if (found[i] && (thread == 0 || found[i] < thread)) {
            thread = found[i];
        }
    }
    status = JD_OK;
    if (thread == 0) {
        thread = jd_id_next();
        status = jd_db_run(db, &statements[CREATE], user, JD_VALUES(JD_INT(thread)), NULL, NULL,
                NULL, error);
    }
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        if (found[i] == 0) {
            status = jd_db_run(db, &statements[ADD], user,
                    JD_VALUES(JD_INT(hashes[i]), JD_INT(thread)), NULL, NULL, NULL, error);
        } else if (found[i] != thread) {
            status = merge(db, user, thread, found[i], error);
            merged = true;
        }
    }
    if (status == JD_OK) {
        *out_thread = thread;
        *out_merged = merged;
    }
    return status;
}
