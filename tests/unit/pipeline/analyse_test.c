/* The analyse step with a real store, source and compute child: nothing that it was given is
 * lost, however much that is, and it keeps what it has leased. */
#include <sys/stat.h>

#include "../store/rig.h"
#include "jd_test.h"
#include "pipeline/desk.h"
#include "pipeline/release_cache.h"
#include "pipeline/slice.h"

#define SLICE    64
#define LEASE_MS 60000

static const char program[] = JD_BUILD_DIR "/jackdaw";
static _Atomic int32_t stopping;

/* A worker's desk over a store of its own; its mail lies in `mail`, named INBOX/1 and so on. */
struct bench {
    struct rig rig;
    char mail[96];
    struct jd_desk_db shared;
    struct jd_pipeline_options options;
    struct jd_job_desk desk;
};

static void make_maildir(struct bench *bench)
{
    static const char *const parts[] = { "", "/cur", "/new", "/tmp" };
    char path[128];
    snprintf(bench->mail, sizeof(bench->mail), "%s/mail", bench->rig.folder);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s%s", bench->mail, parts[i]);
        RIG_NEED(mkdir(path, 0700) == 0 ? JD_OK : JD_BUG);
    }
}

static struct bench *bench_open(void)
{
    struct bench *bench = jd_xalloc(sizeof(*bench));
    char options[128];
    bench->rig = rig_open();
    make_maildir(bench);
    snprintf(options, sizeof(options), "{\"path\":\"%s\"}", bench->mail);
    struct jd_account_new account = { .name = JD_SPAN("Real"),
        .kind = JD_SPAN("maildir"),
        .options = jd_span_of(options),
        .address = JD_SPAN("robin@home.example") };
    RIG_NEED(jd_account_create(
            bench->rig.db, bench->rig.user, &account, &bench->rig.account, &error));
    struct jd_pool_options pool = jd_pool_options_default();
    pool.program = program;
    pool.children = 1;
    pool.interactive_children = 0;
    pthread_mutex_init(&bench->shared.lock, NULL);
    bench->shared.db = bench->rig.db;
    bench->options.store = bench->rig.store;
    bench->options.registry = bench->rig.registry;
    bench->options.data_dir = bench->rig.folder;
    bench->desk = (struct jd_job_desk){
        .options = &bench->options,
        .shared = &bench->shared,
        .arena = jd_arena_create(JD_JOB_ARENA_BYTES),
        .sources = jd_sources_create(bench->rig.registry, bench->rig.folder),
        .releases = jd_release_cache_create(),
        .stopping = &stopping,
        .keep_ms = JD_LEASE_KEEP_MS,
    };
    RIG_NEED(jd_pool_create(&pool, &bench->desk.pool, &error));
    return bench;
}

static void bench_close(struct bench *bench)
{
    jd_pool_destroy(&bench->desk.pool);
    jd_sources_destroy(&bench->desk.sources);
    jd_release_cache_destroy(&bench->desk.releases);
    jd_arena_destroy(&bench->desk.arena);
    pthread_mutex_destroy(&bench->shared.lock);
    rig_close(&bench->rig);
    free(bench);
}

/* The item waits; `there`: its mail lies in the folder. */
static int64_t add_mail(struct bench *bench, int number, bool there)
{
    char path[160], key[32];
    struct rig *rig = &bench->rig;
    int64_t mailbox = 0, item = 0, changed = 0;
    if (there) {
        snprintf(path, sizeof(path), "%s/cur/%d:2,", bench->mail, number);
        FILE *file = fopen(path, "w");
        fprintf(file,
                "From: kim@home.example\r\nTo: robin@home.example\r\nSubject: %d\r\n"
                "Message-ID: <%d@home.example>\r\n\r\nPage %d.\r\n",
                number, number, number);
        fclose(file);
    }
    snprintf(key, sizeof(key), "INBOX/%d", number);
    RIG_NEED(jd_account_mailbox(
            rig->db, rig->user, rig->account, JD_SPAN("INBOX"), &mailbox, &error));
    struct jd_item_put put = { .key = jd_span_of(key),
        .mailbox_id = mailbox,
        .received_ms = INT64_C(1760000000000) + number };
    RIG_NEED(jd_item_put(rig->db, rig->user, rig->account, &put, &item, &changed, &error));
    return item;
}

/* An urgent job over `count` mails from number `first` on. */
static int64_t add_job(struct bench *bench, int first, uint32_t count, bool there)
{
    struct rig *rig = &bench->rig;
    struct jd_account account = { .id = rig->account, .user_id = rig->user };
    int64_t items[SLICE];
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error));
    for (uint32_t i = 0; i < count; i++) {
        items[i] = add_mail(bench, first + (int)i, there);
    }
    struct jd_slice slice = { items, count, false };
    RIG_NEED(jd_items_mark_queued(rig->db, rig->user, items, count, &error));
    RIG_NEED(jd_slice_add(rig->db, &account, &slice, JD_PRIORITY_NEW, false, &error));
    RIG_NEED(jd_tx_commit(rig->db, &error));
    return RIG_COUNT(rig, "SELECT max(id) FROM jobs");
}

static struct jd_job *claim(struct bench *bench, const int64_t *ids, uint32_t count, int64_t ms)
{
    struct jd_job *jobs = NULL;
    uint32_t claimed = 0;
    RIG_NEED(jd_jobs_claim(bench->rig.db, ids, count, JD_SPAN("worker"), ms, bench->rig.arena,
            &jobs, &claimed, &error));
    CHECK_INT(claimed, count);
    return jobs;
}

/* One step, as a job thread runs it; `behind` more jobs are held that wait their turn. */
static enum jd_status
step(struct bench *bench, const struct jd_job *jobs, uint32_t count, uint32_t behind)
{
    struct jd_error error = { 0 };
    bench->desk.held = jobs;
    bench->desk.held_count = count + behind;
    jd_desk_enter(&bench->desk);
    enum jd_status status = jd_step_analyse(&bench->desk, jobs, count, &error);
    jd_desk_leave(&bench->desk);
    jd_arena_reset(bench->desk.arena);
    return status;
}

static int64_t count_decided(struct bench *bench)
{
    return RIG_COUNT(&bench->rig, "SELECT count(*) FROM items WHERE state = 3");
}

TEST(merged_jobs_lose_nothing_that_does_not_fit)
{
    struct bench *bench = bench_open();
    int64_t ids[JD_MERGE_MAX];
    for (int i = 0; i < JD_MERGE_MAX; i++) {
        ids[i] = add_job(bench, i * SLICE, SLICE, true);
    }
    struct jd_job *jobs = claim(bench, ids, JD_MERGE_MAX, LEASE_MS);
    CHECK_INT(step(bench, jobs, JD_MERGE_MAX, 0), JD_OK);
    CHECK_INT(count_decided(bench), JD_CHILD_BATCH_MAX);
    for (int rounds = 0; rounds < 4; rounds++) {
        int64_t left =
                RIG_COUNT(&bench->rig, "SELECT min(id) FROM jobs WHERE kind = 'analyse'");
        if (left <= 0) {
            break;
        }
        CHECK_INT(step(bench, claim(bench, &left, 1, LEASE_MS), 1, 0), JD_OK);
    }
    CHECK_INT(count_decided(bench), JD_MERGE_MAX * SLICE);
    CHECK_INT(RIG_COUNT(&bench->rig, "SELECT count(*) FROM messages"), JD_MERGE_MAX * SLICE);
    CHECK_INT(RIG_COUNT(&bench->rig, "SELECT count(*) FROM jobs WHERE kind = 'analyse'"), 0);
    bench_close(bench);
}

TEST(mail_that_is_away_waits_in_a_job_of_its_own)
{
    struct bench *bench = bench_open();
    int64_t ids[2] = { add_job(bench, 0, 3, true), add_job(bench, 3, 2, false) };
    struct jd_job *jobs = claim(bench, ids, 2, LEASE_MS);
    CHECK_INT(step(bench, jobs, 2, 0), JD_OK);
    CHECK_INT(count_decided(bench), 3);
    CHECK_INT(RIG_COUNT(&bench->rig, "SELECT count(*) FROM items WHERE state = 2"), 2);
    int64_t left = RIG_COUNT(&bench->rig, "SELECT id FROM jobs WHERE kind = 'analyse'");
    jobs = claim(bench, &left, 1, LEASE_MS);
    CHECK_INT(step(bench, jobs, 1, 0), JD_RETRY_LATER);
    bench_close(bench);
}

TEST(one_item_in_two_jobs_becomes_one_message)
{
    struct bench *bench = bench_open();
    struct rig *rig = &bench->rig;
    struct jd_account account = { .id = rig->account, .user_id = rig->user };
    int64_t ids[2] = { add_job(bench, 0, 1, true), 0 };
    int64_t item = RIG_COUNT(rig, "SELECT id FROM items");
    struct jd_slice again = { &item, 1, false };
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error));
    RIG_NEED(jd_slice_add(rig->db, &account, &again, JD_PRIORITY_NEW, false, &error));
    RIG_NEED(jd_tx_commit(rig->db, &error));
    ids[1] = RIG_COUNT(rig, "SELECT max(id) FROM jobs");
    CHECK_INT(step(bench, claim(bench, ids, 2, LEASE_MS), 2, 0), JD_OK);
    CHECK_INT(RIG_COUNT(rig, "SELECT count(*) FROM messages"), 1);
    CHECK_INT(count_decided(bench), 1);
    bench_close(bench);
}

/* However long the source takes: here the leases are due at every mail, and the source has
 * none, so that the step ends before it could write anything. */
TEST(leases_are_kept_while_mail_is_fetched)
{
    struct bench *bench = bench_open();
    int64_t ids[2] = { add_job(bench, 0, 2, false), add_job(bench, 2, 1, false) };
    struct jd_job *jobs = claim(bench, ids, 2, 1000);
    bench->desk.keep_ms = 0;
    CHECK_INT(step(bench, jobs, 1, 1), JD_RETRY_LATER);
    CHECK_INT(RIG_COUNT(&bench->rig,
                      "SELECT count(*) FROM jobs WHERE lease_until_ms > @now + 30000"),
            2); // the one behind it, too
    bench_close(bench);
}

TEST(a_lease_that_went_elsewhere_stops_the_step)
{
    struct bench *bench = bench_open();
    int64_t id = add_job(bench, 0, 2, true);
    struct jd_job *jobs = claim(bench, &id, 1, 0);
    claim(bench, &id, 1, LEASE_MS); // another worker believes that this one is dead
    bench->desk.keep_ms = 0;
    CHECK_INT(step(bench, jobs, 1, 0), JD_REJECTED);
    CHECK_INT(count_decided(bench), 0);
    bench_close(bench);
}

int main(void)
{
    RUN(merged_jobs_lose_nothing_that_does_not_fit);
    RUN(mail_that_is_away_waits_in_a_job_of_its_own);
    RUN(one_item_in_two_jobs_becomes_one_message);
    RUN(leases_are_kept_while_mail_is_fetched);
    RUN(a_lease_that_went_elsewhere_stops_the_step);
    return REPORT();
}
