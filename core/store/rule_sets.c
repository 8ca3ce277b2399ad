/* What decides a user's mail: the organisation's release and the user's own on top of it. */
#include "base/seal.h"
#include "base/span.h"
#include "store/releases.h"

static int64_t key_of(int64_t organisation, int64_t user)
{
    int64_t both[2] = { organisation, user };
    return user ? jd_hash63(jd_span_new((const char *)both, sizeof(both))) : organisation;
}

struct jd_rule_set jd_rule_set_of(int64_t organisation, int64_t user)
{
    return (struct jd_rule_set){ organisation, user, key_of(organisation, user) };
}

/* A release that may still be edited is another one in each of its versions for whoever keeps
 * what was compiled of it; so none of them is taken for the one that becomes active. */
static void key_draft(struct jd_rule_set *set, const struct jd_release_row *row)
{
    bool frozen = jd_span_equal(row->state, JD_SPAN("active")) ||
                  jd_span_equal(row->state, JD_SPAN("retired"));
    int64_t both[2] = { set->key, row->version };
    if (!frozen) {
        set->key = jd_hash63(jd_span_new((const char *)both, sizeof(both)));
    }
}

enum jd_status jd_rule_set_active(struct jd_db *db,
        int64_t user,
        struct jd_rule_set *out_set,
        struct jd_error *error)
{
    int64_t organisation = 0, own = 0;
    enum jd_status status = jd_release_active(db, JD_ORGANISATION, &organisation, error);
    if (status == JD_NONE) {
        return jd_error_set(error, JD_BUG, "no release is active; run `jackdaw migrate`");
    }
    if (status == JD_OK) {
        status = jd_release_active(db, user, &own, error);
    }
    if (status == JD_OK || status == JD_NONE) {
        *out_set = jd_rule_set_of(organisation, own);
        return JD_OK;
    }
    return status;
}

enum jd_status jd_rule_set_with(struct jd_db *db,
        int64_t user,
        int64_t release,
        struct jd_rule_set *out_set,
        struct jd_error *error)
{
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    struct jd_release_row row;
    struct jd_rule_set set;
    enum jd_status status = jd_rule_set_active(db, user, &set, error);
    if (status == JD_OK) {
        status = jd_release_get(db, JD_ORGANISATION, release, arena, &row, error);
        if (status == JD_OK) {
            *out_set = jd_rule_set_of(release, set.user);
        } else if (status == JD_GONE) {
            status = jd_release_get(db, user, release, arena, &row, error);
            *out_set = jd_rule_set_of(set.organisation, release);
        }
    }
    if (status == JD_OK) {
        key_draft(out_set, &row);
    }
    jd_arena_destroy(&arena);
    return status;
}

enum jd_status jd_rule_set_candidate(struct jd_db *db,
        int64_t user,
        struct jd_rule_set *out_set,
        struct jd_error *error)
{
    struct jd_rule_set set;
    int64_t candidate = 0;
    enum jd_status status = jd_release_candidate(db, user, &candidate, error);
    bool own = status == JD_OK;
    if (status == JD_NONE) {
        status = jd_release_candidate(db, JD_ORGANISATION, &candidate, error);
    }
    if (status == JD_OK) {
        status = jd_rule_set_active(db, user, &set, error);
    }
    struct jd_arena *arena = jd_arena_create(1024 * 1024);
    struct jd_release_row row;
    if (status == JD_OK) {
        status =
                jd_release_get(db, own ? user : JD_ORGANISATION, candidate, arena, &row, error);
    }
    if (status == JD_OK) {
        *out_set = own ? jd_rule_set_of(set.organisation, candidate)
                       : jd_rule_set_of(candidate, set.user);
        key_draft(out_set, &row);
    }
    jd_arena_destroy(&arena);
    return status;
}

enum jd_status jd_rule_set_check(struct jd_db *db,
        int64_t user,
        const struct jd_rule_set *set,
        struct jd_error *error)
{
    struct jd_rule_set now;
    enum jd_status status = jd_rule_set_active(db, user, &now, error);
    if (status == JD_OK && (now.organisation != set->organisation || now.user != set->user)) {
        return jd_error_set(error, JD_REJECTED, "another release was activated meanwhile");
    }
    return status;
}

/* Both lists are sorted; where a path stands in both, the organisation's file is it. */
static uint32_t merge(struct jd_release_content *out,
        const struct jd_release_content *a,
        uint32_t a_count,
        const struct jd_release_content *b,
        uint32_t b_count)
{
    uint32_t i = 0, k = 0, count = 0;
    while (i < a_count || k < b_count) {
        int order = i == a_count   ? 1
                    : k == b_count ? -1
                                   : jd_span_compare(a[i].path, b[k].path);
        out[count++] = order <= 0 ? a[i] : b[k];
        i += order <= 0;
        k += order >= 0;
    }
    return count;
}

enum jd_status jd_rule_set_files(struct jd_db *db,
        const struct jd_rule_set *set,
        struct jd_arena *arena,
        struct jd_release_content **out_files,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct jd_release_content *common = NULL, *own = NULL;
    uint32_t common_count = 0, own_count = 0;
    enum jd_status status =
            jd_release_files(db, set->organisation, arena, &common, &common_count, error);
    if (status == JD_OK && set->user) {
        status = jd_release_files(db, set->user, arena, &own, &own_count, error);
    }
    if (status != JD_OK) {
        return status;
    }
    struct jd_release_content *all =
            jd_arena_zalloc(arena, common_count + own_count + 1, sizeof(*all));
    if (!all) {
        return jd_error_set(error, JD_BUG, "no room for the files of a rule set");
    }
    *out_count = merge(all, common, common_count, own, own_count);
    *out_files = all;
    return JD_OK;
}
