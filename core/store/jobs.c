/* Jobs as rows. The queue only says which ids to try; the UPDATE here decides who has one. */
#include "store/jobs.h"

#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/span.h"
#include "store/statements.h"

#define JOB_COLUMNS                                                                            \
 "id, user_id, account_id, kind, payload, priority, attempts, deaths, suspect, lease_token, "  \
 "run_at_ms, created_ms, state, error"

enum {
    ADD,
    CLAIM,
    EXTEND,
    FINISH,
    RETRY,
    SUSPECT,
    BURY,
    LIST,
    LIST_STATE,
    GET,
    REVIVE,
    EXPIRE,
    DUE,
    RELEASE_OWNER,
    END_LEASES,
    COUNT,
    COUNT_AT,
    MARK,
    ALONE,
    DROP_ACCOUNT,
};

static const struct jd_statement statements[] = {
    [ADD] = { "jobs.add", JD_SCOPE_SYSTEM,
            "INSERT INTO jobs (id, user_id, account_id, kind, state, priority, run_at_ms, payload, "
            "created_ms) VALUES (?1, ?2, ?3, ?4, 'ready', ?5, ?6, ?7, @now)" },
    // The plus signs keep the engine at the ids, which are few.
    [CLAIM] = { "jobs.claim", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET state = 'leased', lease_token = lease_token + 1, lease_owner = ?2, "
            "lease_until_ms = @now + ?3 WHERE id IN @ids(?1)) AND +run_at_ms <= @now AND "
            "(+state = 'ready' OR (+state = 'leased' AND lease_until_ms <= @now)) "
            "RETURNING " JOB_COLUMNS },
    [EXTEND] = { "jobs.extend", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET lease_until_ms = @now + ?3 "
            "WHERE id = ?1 AND lease_token = ?2 AND state = 'leased'" },
    [FINISH] = { "jobs.finish", JD_SCOPE_SYSTEM,
            "DELETE FROM jobs WHERE id = ?1 AND lease_token = ?2 AND state = 'leased'" },
    [RETRY] = { "jobs.retry", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET state = 'ready', run_at_ms = ?3, attempts = attempts + ?4, error = ?5 "
            "WHERE id = ?1 AND lease_token = ?2 AND state = 'leased'" },
    [SUSPECT] = { "jobs.suspect", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET state = 'ready', run_at_ms = @now, suspect = 1, deaths = deaths + ?3, alone = 0 "
            "WHERE id = ?1 AND lease_token = ?2 AND state = 'leased'" },
    [BURY] = { "jobs.bury", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET state = 'dead', error = ?3 "
            "WHERE id = ?1 AND lease_token = ?2 AND state = 'leased'" },
    [LIST] = { "jobs.list", JD_SCOPE_SYSTEM,
            "SELECT " JOB_COLUMNS " FROM jobs ORDER BY id DESC LIMIT ?1" },
    [LIST_STATE] = { "jobs.list_state", JD_SCOPE_SYSTEM,
            "SELECT " JOB_COLUMNS " FROM jobs WHERE state = ?2 ORDER BY id DESC LIMIT ?1" },
    [GET] = { "jobs.get", JD_SCOPE_SYSTEM, "SELECT " JOB_COLUMNS " FROM jobs WHERE id = ?1" },
    [REVIVE] = { "jobs.revive", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET state = 'ready', run_at_ms = @now, attempts = 0, deaths = 0, suspect = 1 "
            "WHERE id = ?1 AND state = 'dead' RETURNING priority" },
    [EXPIRE] = { "jobs.expire", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET state = 'ready', suspect = 1, alone = 0 "
            "WHERE state = 'leased' AND lease_until_ms <= @now" },
    [DUE] = { "jobs.due", JD_SCOPE_SYSTEM,
            "SELECT id, priority, run_at_ms FROM jobs "
            "WHERE state = 'ready' AND run_at_ms <= @now ORDER BY priority, id LIMIT ?1" },
    [RELEASE_OWNER] = { "jobs.release_owner", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET state = 'ready', suspect = 1, run_at_ms = @now, "
            "lease_token = lease_token + 1, "
            "deaths = deaths + alone, alone = 0 "
            "WHERE state = 'leased' AND substr(lease_owner, 1, length(?1)) = ?1 RETURNING id, priority, run_at_ms" },
    [END_LEASES] = { "jobs.end_leases", JD_SCOPE_SYSTEM,
            "UPDATE leases SET until_ms = 0 WHERE substr(owner, 1, length(?1)) = ?1" },
    [MARK] = { "jobs.mark", JD_SCOPE_SYSTEM, "UPDATE jobs SET suspect = 1 WHERE id = ?1" },
    [ALONE] = { "jobs.alone", JD_SCOPE_SYSTEM,
            "UPDATE jobs SET alone = 1 WHERE id = ?1 AND lease_token = ?2 AND state = 'leased'" },
    [COUNT] = { "jobs.count", JD_SCOPE_SYSTEM,
            "SELECT count(*) FROM jobs WHERE account_id = ?1 AND kind = ?2 AND state <> 'dead'" },
    [COUNT_AT] = { "jobs.count_at", JD_SCOPE_SYSTEM,
            "SELECT count(*) FROM jobs WHERE account_id = ?1 AND kind = ?2 AND priority = ?3 "
            "AND state <> 'dead'" },
    [DROP_ACCOUNT] = { "jobs.drop_account", JD_SCOPE_SYSTEM,
            "DELETE FROM jobs WHERE account_id = ?1 AND id <> ?2" },
};
const struct jd_statement_set jd_jobs_set = JD_STATEMENT_SET(statements);

enum jd_status jd_job_add(struct jd_db *db,
        int64_t user,
        int64_t account,
        const char *kind,
        struct jd_span payload,
        int32_t priority,
        int64_t run_at_ms,
        int64_t *out_job,
        struct jd_error *error)
{
    int64_t id = jd_id_next();
    enum jd_status status = jd_db_run(db, &statements[ADD], 0,
            JD_VALUES(JD_INT(id), JD_INT(user), JD_INT(account), JD_TEXT(jd_span_of(kind)),
                    JD_INT(priority), JD_INT(run_at_ms), JD_TEXT(payload)),
            NULL, NULL, NULL, error);
    if (status == JD_OK) {
        jd_tx_offer(db, id, priority, run_at_ms);
        if (out_job) {
            *out_job = id;
        }
    }
    return status;
}

static struct jd_job read_job(const struct jd_value *columns)
{
    return (struct jd_job){
        .id = jd_column_int(&columns[0]),
        .user_id = jd_column_int(&columns[1]),
        .account_id = jd_column_int(&columns[2]),
        .kind = jd_column_bytes(&columns[3]),
        .payload = jd_column_bytes(&columns[4]),
        .priority = (int32_t)jd_column_int(&columns[5]),
        .attempts = (int32_t)jd_column_int(&columns[6]),
        .deaths = (int32_t)jd_column_int(&columns[7]),
        .suspect = jd_column_int(&columns[8]) != 0,
        .lease_token = jd_column_int(&columns[9]),
        .run_at_ms = jd_column_int(&columns[10]),
        .created_ms = jd_column_int(&columns[11]),
        .state = jd_column_bytes(&columns[12]),
        .error = jd_column_bytes(&columns[13]),
    };
}

static bool copy_job(struct jd_arena *arena, struct jd_job *job)
{
    job->kind = jd_arena_copy(arena, job->kind);
    job->payload = jd_arena_copy(arena, job->payload);
    job->state = jd_arena_copy(arena, job->state);
    job->error = jd_arena_copy(arena, job->error);
    return job->kind.data && job->payload.data && job->state.data && job->error.data;
}

struct claimed {
    struct jd_arena *arena;
    struct jd_job *jobs;
    uint32_t count, capacity;
};

static enum jd_status
take_claimed(void *context, const struct jd_value *columns, uint32_t count)
{
    struct claimed *claimed = context;
    if (count != 14 || claimed->count == claimed->capacity) {
        return JD_BUG;
    }
    struct jd_job *job = &claimed->jobs[claimed->count];
    *job = read_job(columns);
    if (!copy_job(claimed->arena, job)) {
        return JD_BUG;
    }
    claimed->count++;
    return JD_OK;
}

enum jd_status jd_jobs_claim(struct jd_db *db,
        const int64_t *ids,
        uint32_t count,
        struct jd_span owner,
        int64_t lease_ms,
        struct jd_arena *arena,
        struct jd_job **out_jobs,
        uint32_t *out_count,
        struct jd_error *error)
{
    struct claimed claimed = { .arena = arena, .capacity = count };
    claimed.jobs = jd_arena_zalloc(arena, count ? count : 1, sizeof(*claimed.jobs));
    struct jd_buf list = jd_buf_init(64 * 1024);
    struct jd_json_writer writer = jd_json_writer(&list);
    jd_json_open_array(&writer, NULL);
    for (uint32_t i = 0; i < count; i++) {
        jd_json_add_int(&writer, NULL, ids[i]);
    }
    jd_json_close_array(&writer);
    enum jd_status status = !claimed.jobs || list.failed
                                    ? jd_error_set(error, JD_BUG, "too many jobs in one claim")
                                    : jd_db_run(db, &statements[CLAIM], 0,
                                              JD_VALUES(JD_TEXT(jd_buf_span(&list)),
                                                      JD_TEXT(owner), JD_INT(lease_ms)),
                                              take_claimed, &claimed, NULL, error);
    jd_buf_finish(&list);
    if (status == JD_OK) {
        *out_jobs = claimed.jobs;
        *out_count = claimed.count;
    }
    return status;
}

/* One write under the job's lease: no row changed means that the lease went elsewhere. */
static enum jd_status write_leased(struct jd_db *db,
        int which,
        const struct jd_job *job,
        struct jd_values values,
        struct jd_error *error)
{
    int64_t changes = 0;
    enum jd_status status =
            jd_db_run(db, &statements[which], 0, values, NULL, NULL, &changes, error);
    if (status == JD_OK && changes != 1) {
        return jd_error_set(
                error, JD_REJECTED, "job %lld went to another worker", (long long)job->id);
    }
    return status;
}

enum jd_status jd_job_extend(struct jd_db *db,
        const struct jd_job *job,
        int64_t lease_ms,
        struct jd_error *error)
{
    return write_leased(db, EXTEND, job,
            JD_VALUES(JD_INT(job->id), JD_INT(job->lease_token), JD_INT(lease_ms)), error);
}

enum jd_status jd_job_finish(struct jd_db *db, const struct jd_job *job, struct jd_error *error)
{
    return write_leased(
            db, FINISH, job, JD_VALUES(JD_INT(job->id), JD_INT(job->lease_token)), error);
}

enum jd_status jd_job_bury(struct jd_db *db,
        const struct jd_job *job,
        struct jd_span reason,
        struct jd_error *error)
{
    return write_leased(db, BURY, job,
            JD_VALUES(JD_INT(job->id), JD_INT(job->lease_token), JD_TEXT(reason)), error);
}

static void ack_offered(struct jd_db *db, const int64_t *ids, uint32_t count)
{
    const struct jd_queue_instance *queue = &jd_store_services(jd_db_store(db))->queue;
    struct jd_error error;
    if (queue->ops && count && queue->ops->ack(queue->self, ids, count, &error) != JD_OK) {
        jd_log_error(JD_LOG_WARNING,
                "the queue did not forget jobs; they wait for their time-out", &error, NULL);
    }
}

/* Runs one write in a transaction of its own and offers the job again. */
static enum jd_status give_back(struct jd_db *db,
        int which,
        const struct jd_job *job,
        int64_t run_at_ms,
        struct jd_values values,
        struct jd_error *error)
{
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    if (status == JD_OK) {
        status = write_leased(db, which, job, values, error);
    }
    if (status == JD_OK) {
        ack_offered(db, &job->id, 1);
        jd_tx_offer(db, job->id, job->priority, run_at_ms);
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status;
}

enum jd_status jd_job_retry(struct jd_db *db,
        const struct jd_job *job,
        int64_t run_at_ms,
        bool blamed,
        struct jd_span reason,
        struct jd_error *error)
{
    return give_back(db, RETRY, job, run_at_ms,
            JD_VALUES(JD_INT(job->id), JD_INT(job->lease_token), JD_INT(run_at_ms),
                    JD_INT(blamed), JD_TEXT(reason)),
            error);
}

enum jd_status jd_job_suspect(struct jd_db *db,
        const struct jd_job *job,
        bool was_alone,
        struct jd_error *error)
{
    return give_back(db, SUSPECT, job, 0,
            JD_VALUES(JD_INT(job->id), JD_INT(job->lease_token), JD_INT(was_alone)), error);
}

struct listing {
    jd_job_fn row;
    void *context;
};

static enum jd_status pass_job(void *context, const struct jd_value *columns, uint32_t count)
{
    const struct listing *listing = context;
    if (count != 14) {
        return JD_BUG;
    }
    struct jd_job job = read_job(columns);
    return listing->row(listing->context, &job);
}

enum jd_status jd_jobs_list(struct jd_db *db,
        struct jd_span state,
        int limit,
        jd_job_fn row,
        void *context,
        struct jd_error *error)
{
    struct listing listing = { row, context };
    return state.len ? jd_db_run(db, &statements[LIST_STATE], 0,
                               JD_VALUES(JD_INT(limit), JD_TEXT(state)), pass_job, &listing,
                               NULL, error)
                     : jd_db_run(db, &statements[LIST], 0, JD_VALUES(JD_INT(limit)), pass_job,
                               &listing, NULL, error);
}

enum jd_status jd_job_get(struct jd_db *db,
        int64_t job,
        struct jd_arena *arena,
        struct jd_job *out_job,
        struct jd_error *error)
{
    struct claimed claimed = { .arena = arena, .capacity = 1 };
    claimed.jobs = jd_arena_zalloc(arena, 1, sizeof(*claimed.jobs));
    enum jd_status status = jd_db_run(db, &statements[GET], 0, JD_VALUES(JD_INT(job)),
            take_claimed, &claimed, NULL, error);
    if (status == JD_OK && claimed.count == 0) {
        return jd_error_set(error, JD_GONE,
                "there is no such job; `jackdaw jobs list` shows what there is");
    }
    if (status == JD_OK) {
        *out_job = claimed.jobs[0];
    }
    return status;
}

enum jd_status jd_job_revive(struct jd_db *db, int64_t job, struct jd_error *error)
{
    int64_t priority = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status == JD_OK) {
        status =
                jd_db_int(db, &statements[REVIVE], 0, JD_VALUES(JD_INT(job)), &priority, error);
    }
    if (status == JD_OK) {
        ack_offered(db, &job, 1); // what the queue may still hide of its last try
        jd_tx_offer(db, job, (int32_t)priority, 0);
        return jd_tx_commit(db, error);
    }
    jd_tx_rollback(db);
    return status == JD_NONE
                   ? jd_error_set(error, JD_REJECTED, "this job is not dead, or is gone")
                   : status;
}

struct offering {
    struct jd_db *db;
    int64_t count;
};

static enum jd_status take_due(void *context, const struct jd_value *columns, uint32_t count)
{
    struct offering *offering = context;
    if (count == 3) {
        jd_tx_offer(offering->db, jd_column_int(&columns[0]),
                (int32_t)jd_column_int(&columns[1]), jd_column_int(&columns[2]));
        offering->count++;
    }
    return JD_OK;
}

enum jd_status
jd_jobs_reoffer(struct jd_db *db, int limit, int64_t *out_count, struct jd_error *error)
{
    struct offering offering = { db, 0 };
    enum jd_status status = jd_tx_begin(db, JD_TX_BULK, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[EXPIRE], 0, JD_NO_VALUES, NULL, NULL, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[DUE], 0, JD_VALUES(JD_INT(limit)), take_due,
                &offering, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_tx_commit(db, error);
    } else {
        jd_tx_rollback(db);
    }
    if (status == JD_OK) {
        *out_count = offering.count;
    }
    return status;
}

#define RELEASED_MAX 512
#define DUE_MAX      256

struct released {
    struct jd_db *db;
    int64_t ids[RELEASED_MAX];
    uint32_t count;
};

static enum jd_status
take_released(void *context, const struct jd_value *columns, uint32_t count)
{
    struct released *released = context;
    if (count == 3 && released->count < RELEASED_MAX) {
        released->ids[released->count++] = jd_column_int(&columns[0]);
        jd_tx_offer(released->db, jd_column_int(&columns[0]),
                (int32_t)jd_column_int(&columns[1]), 0);
    }
    return JD_OK;
}

/* The dead owner may have taken ids from the queue without leasing their jobs: the queue would
 * hide them until its time-out, so what is due is offered anew with what was leased. */
enum jd_status
jd_jobs_release_owner(struct jd_db *db, struct jd_span owner, struct jd_error *error)
{
    struct released released = { .db = db };
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error);
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[RELEASE_OWNER], 0, JD_VALUES(JD_TEXT(owner)),
                take_released, &released, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[DUE], 0, JD_VALUES(JD_INT(DUE_MAX)), take_released,
                &released, NULL, error);
    }
    if (status == JD_OK) {
        status = jd_db_run(db, &statements[END_LEASES], 0, JD_VALUES(JD_TEXT(owner)), NULL,
                NULL, NULL, error);
    }
    if (status != JD_OK) {
        jd_tx_rollback(db);
        return status;
    }
    ack_offered(db, released.ids, released.count); // before the commit offers them anew
    return jd_tx_commit(db, error);
}

enum jd_status jd_jobs_count(struct jd_db *db,
        int64_t account,
        const char *kind,
        int64_t *out_count,
        struct jd_error *error)
{
    return jd_db_int(db, &statements[COUNT], 0,
            JD_VALUES(JD_INT(account), JD_TEXT(jd_span_of(kind))), out_count, error);
}

enum jd_status jd_jobs_count_at(struct jd_db *db,
        int64_t account,
        const char *kind,
        int32_t priority,
        int64_t *out_count,
        struct jd_error *error)
{
    return jd_db_int(db, &statements[COUNT_AT], 0,
            JD_VALUES(JD_INT(account), JD_TEXT(jd_span_of(kind)), JD_INT(priority)), out_count,
            error);
}

enum jd_status
jd_jobs_drop_account(struct jd_db *db, int64_t account, int64_t keep, struct jd_error *error)
{
    return jd_db_run(db, &statements[DROP_ACCOUNT], 0, JD_VALUES(JD_INT(account), JD_INT(keep)),
            NULL, NULL, NULL, error);
}

enum jd_status jd_job_mark_suspect(struct jd_db *db, int64_t job, struct jd_error *error)
{
    return jd_db_run(db, &statements[MARK], 0, JD_VALUES(JD_INT(job)), NULL, NULL, NULL, error);
}

enum jd_status jd_job_alone(struct jd_db *db, const struct jd_job *job, struct jd_error *error)
{
    return write_leased(
            db, ALONE, job, JD_VALUES(JD_INT(job->id), JD_INT(job->lease_token)), error);
}
