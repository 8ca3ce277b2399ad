/* The step of questions, with a real store and compute child: a check leaves its report on the
 * release; whatever goes wrong is an answer. Replays are tested with a whole Jackdaw. */
#include "pipeline/ask.h"

#include "../store/rig.h"
#include "base/id.h"
#include "jd_test.h"
#include "pipeline/release_cache.h"
#include "store/answers.h"

static const struct jd_release_note note = { JD_SPAN("robin"), JD_SPAN("") };
static const char program[] = JD_BUILD_DIR "/jackdaw";
static _Atomic int32_t stopping;

struct bench {
    struct rig rig;
    struct jd_desk_db shared;
    struct jd_pipeline_options options;
    struct jd_job_desk desk;
};

static void bench_open(struct bench *bench)
{
    *bench = (struct bench){ .rig = rig_open() };
    struct jd_pool_options pool = jd_pool_options_default();
    pool.program = program;
    pool.children = 1;
    pool.interactive_children = 1;
    pthread_mutex_init(&bench->shared.lock, NULL);
    bench->shared.db = bench->rig.db;
    bench->options.store = bench->rig.store;
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
}

static void bench_close(struct bench *bench)
{
    jd_pool_destroy(&bench->desk.pool);
    jd_sources_destroy(&bench->desk.sources);
    jd_release_cache_destroy(&bench->desk.releases);
    jd_arena_destroy(&bench->desk.arena);
    pthread_mutex_destroy(&bench->shared.lock);
    rig_close(&bench->rig);
}

/* Asks, runs the step, reads the answer. */
static struct jd_answer_row ask(struct bench *bench, struct jd_span question)
{
    struct rig *rig = &bench->rig;
    struct jd_error error = { 0 };
    struct jd_answer_row row = { .status = JD_NONE };
    struct jd_job *jobs = NULL;
    uint32_t count = 0;
    int64_t job = 0;
    CHECK_OK(jd_question_ask(rig->db, rig->user, question, &job, &error), error);
    CHECK_OK(jd_jobs_claim(rig->db, &job, 1, JD_SPAN("worker"), 60000, rig->arena, &jobs,
                     &count, &error),
            error);
    bench->desk.held = jobs;
    bench->desk.held_count = count;
    jd_desk_enter(&bench->desk);
    CHECK_OK(jd_step_ask(&bench->desk, jobs, count, &error), error);
    jd_desk_leave(&bench->desk);
    jd_arena_reset(bench->desk.arena);
    CHECK_OK(jd_answer_get(rig->db, rig->user, job, rig->arena, &row, &error), error);
    return row;
}

static struct jd_span check_question(struct bench *bench, int64_t owner, int64_t release)
{
    char owner_id[JD_ID_TEXT_BYTES], id[JD_ID_TEXT_BYTES];
    jd_id_format(owner, owner_id);
    jd_id_format(release, id);
    return jd_arena_format(bench->rig.arena,
            "{\"kind\":\"check\",\"owner\":\"%s\",\"release\":\"%s\"}", owner_id, id);
}

/* A release of the user's layer with one pack of one rule file. */
static int64_t make(struct bench *bench, const char *rule)
{
    struct rig *rig = &bench->rig;
    int64_t release = 0;
    struct jd_release_content files[] = {
        { JD_SPAN("mine/pack.lua"),
                JD_SPAN("return { name = \"mine\", version = 1, api = 1 }\n") },
        { JD_SPAN("mine/rule.lua"), jd_span_of(rule) },
    };
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_INTERACTIVE, INT64_MAX, &error));
    RIG_NEED(jd_release_create(rig->db, rig->user, 0, &note, &release, &error));
    for (size_t i = 0; i < 2; i++) {
        RIG_NEED(jd_release_put(rig->db, rig->user, release, 0, &files[i], &error));
    }
    RIG_NEED(jd_tx_commit(rig->db, &error));
    return release;
}

static struct jd_release_row get(struct bench *bench, int64_t release)
{
    struct jd_release_row row = { 0 };
    RIG_NEED(jd_release_get(
            bench->rig.db, bench->rig.user, release, bench->rig.arena, &row, &error));
    return row;
}

static bool contains(struct jd_span text, struct jd_span part)
{
    return memmem(text.data, text.len, part.data, part.len) != NULL;
}

TEST(a_check_passes_or_says_where_it_fails)
{
    struct bench bench;
    bench_open(&bench);
    int64_t user = bench.rig.user;
    int64_t good = make(&bench, "-- no rule yet\n"), bad = make(&bench, "local x = = 1\n");
    struct jd_answer_row row = ask(&bench, check_question(&bench, user, good));
    CHECK_INT(row.status, JD_OK);
    CHECK(contains(row.body, JD_SPAN("\"passed\":true")));
    CHECK_TEXT(get(&bench, good).state, "tested");
    row = ask(&bench, check_question(&bench, user, bad));
    CHECK_INT(row.status, JD_OK);
    CHECK(contains(row.body, JD_SPAN("\"passed\":false")));
    CHECK(contains(row.body, JD_SPAN("\"path\":\"mine/rule.lua\",\"line\":1")));
    CHECK_TEXT(get(&bench, bad).state, "open");
    bench_close(&bench);
}

TEST(an_edit_is_checked_anew_by_the_same_child)
{
    struct bench bench;
    bench_open(&bench);
    int64_t user = bench.rig.user, release = make(&bench, "-- fine\n");
    ask(&bench, check_question(&bench, user, release));
    CHECK_TEXT(get(&bench, release).state, "tested");
    struct jd_release_content edit = { JD_SPAN("mine/rule.lua"),
        JD_SPAN("nonsense nonsense\n") };
    RIG_NEED(jd_tx_begin(bench.rig.db, JD_TX_INTERACTIVE, INT64_MAX, &error));
    RIG_NEED(jd_release_put(bench.rig.db, user, release, 0, &edit, &error));
    RIG_NEED(jd_tx_commit(bench.rig.db, &error));
    ask(&bench, check_question(&bench, user, release));
    CHECK_TEXT(get(&bench, release).state, "open");
    bench_close(&bench);
}

TEST(what_goes_wrong_is_the_answer)
{
    struct bench bench;
    bench_open(&bench);
    const struct {
        struct jd_span question;
        enum jd_status status;
    } cases[] = {
        { JD_SPAN("{\"kind\":\"dance\"}"), JD_BUG },
        { JD_SPAN("{\"kind\":\"check\"}"), JD_BUG },
        { JD_SPAN("nonsense"), JD_BAD_INPUT },
        { check_question(&bench, bench.rig.user, 12345), JD_GONE },
        { check_question(&bench, bench.rig.user + 1, make(&bench, "")), JD_GONE },
        { JD_SPAN("{\"kind\":\"replay\",\"message\":\"0000000000001\",\"release\":\"0000000000001\"}"),
                JD_GONE },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_answer_row row = ask(&bench, cases[i].question);
        CHECK_INT(row.status, cases[i].status);
        CHECK(row.body.len > 0);
    }
    bench_close(&bench);
}

int main(void)
{
    RUN(a_check_passes_or_says_where_it_fails);
    RUN(an_edit_is_checked_anew_by_the_same_child);
    RUN(what_goes_wrong_is_the_answer);
    return REPORT();
}
