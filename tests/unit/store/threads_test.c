/* Threads do not depend on the order in which messages arrive. */
#include "store/threads.h"

#include "jd_test.h"
#include "rig.h"

#define MAILS        40
#define PERMUTATIONS 30
#define REFERENCES   3

static unsigned state = 1;

static unsigned roll(unsigned limit)
{
    state = state * 1103515245u + 12345u;
    return (state >> 16) % limit;
}

struct mail {
    char id[24], references[REFERENCES][24];
    struct jd_span spans[REFERENCES];
    struct jd_thread_names names;
};

/* Chains, forks, references to mail that never comes, and mail joined by its subject alone. */
static void make_mail(struct mail *mails, int number)
{
    struct mail *mail = &mails[number];
    *mail = (struct mail){ 0 };
    snprintf(mail->id, sizeof(mail->id), "mail-%d", number);
    uint32_t references = number % 5 == 0 ? 0 : 1 + roll(REFERENCES);
    for (uint32_t i = 0; i < references; i++) {
        // Forwards too: an answer may be older than what it answers.
        snprintf(mail->references[i], sizeof(mail->references[i]), "mail-%u", roll(MAILS * 4));
        mail->spans[i] = jd_span_of(mail->references[i]);
    }
    bool by_subject = references == 0 && roll(2);
    mail->names = (struct jd_thread_names){ .message_id = jd_span_of(mail->id),
        .references = mail->spans,
        .references_count = references,
        .base_subject = by_subject ? JD_SPAN("holiday plans") : JD_SPAN(""),
        .from = number % 2 ? JD_SPAN("kim@home.example") : JD_SPAN("robin@home.example"),
        .first_to = number % 2 ? JD_SPAN("robin@home.example") : JD_SPAN("kim@home.example"),
        .content_key = jd_span_of(mail->id) };
}

static const struct jd_statement find_thread = { "test.find", JD_SCOPE_SYSTEM,
    "SELECT thread_id FROM thread_ids WHERE user_id = ?1 AND hash = ?2" };

/* Joins in the order given, as user `user`; out_threads: by mail, when all are there. */
static void join_all(struct rig *rig,
        int64_t user,
        struct mail *mails,
        const int *order,
        int64_t *out_threads)
{
    int64_t hashes[JD_THREAD_IDS_MAX], thread;
    bool merged;
    for (int i = 0; i < MAILS; i++) {
        uint32_t count = jd_thread_hashes(&mails[order[i]].names, hashes);
        RIG_NEED(jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error));
        RIG_NEED(jd_thread_join(rig->db, user, hashes, count, &thread, &merged, &error));
        RIG_NEED(jd_tx_commit(rig->db, &error));
    }
    for (int i = 0; i < MAILS; i++) {
        jd_thread_hashes(&mails[i].names, hashes);
        RIG_NEED(jd_db_int(rig->db, &find_thread, 0, JD_VALUES(JD_INT(user), JD_INT(hashes[0])),
                &out_threads[i], &error));
    }
}

/* By mail: the first mail of its thread. Equal for equal partitions. */
static void name_parts(const int64_t *threads, int *out_parts)
{
    for (int i = 0; i < MAILS; i++) {
        out_parts[i] = i;
        for (int k = i; k >= 0; k--) {
            out_parts[i] = threads[k] == threads[i] ? k : out_parts[i];
        }
    }
}

TEST(every_order_gives_the_same_threads)
{
    struct rig rig = rig_open();
    struct mail mails[MAILS];
    int order[MAILS], parts[MAILS], wanted[MAILS], several = 0;
    int64_t threads[MAILS];
    for (int i = 0; i < MAILS; i++) {
        make_mail(mails, i);
        order[i] = i;
    }
    join_all(&rig, 1000, mails, order, threads);
    name_parts(threads, wanted);
    for (int i = 0; i < MAILS; i++) {
        several += wanted[i] != i;
    }
    CHECK(several > 5 && several < MAILS - 2); // the set is worth the test
    for (int run = 1; run <= PERMUTATIONS; run++) {
        for (int i = MAILS - 1; i > 0; i--) {
            int k = (int)roll((unsigned)i + 1), kept = order[i];
            order[i] = order[k];
            order[k] = kept;
        }
        join_all(&rig, 1000 + run, mails, order, threads);
        name_parts(threads, parts);
        if (memcmp(parts, wanted, sizeof(parts)) != 0) {
            FAIL("permutation %d gives other threads", run);
        }
    }
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM threads WHERE id NOT IN "
                              "(SELECT thread_id FROM thread_ids)"),
            0);
    rig_close(&rig);
}

TEST(the_older_thread_survives_a_merge)
{
    struct rig rig = rig_open();
    struct jd_error error = { 0 };
    int64_t old = 0, young = 0, joined = 0;
    const int64_t first = 11, second = 22, both[] = { 22, 11 };
    bool merged = false;
    CHECK_OK(jd_tx_begin(rig.db, JD_TX_BULK, INT64_MAX, &error), error);
    CHECK_OK(jd_thread_join(rig.db, rig.user, &first, 1, &old, &merged, &error), error);
    CHECK(!merged);
    CHECK_OK(jd_thread_join(rig.db, rig.user, &second, 1, &young, &merged, &error), error);
    CHECK_OK(jd_thread_join(rig.db, rig.user, both, 2, &joined, &merged, &error), error);
    CHECK(merged);
    CHECK_INT(joined, old);
    CHECK_OK(jd_thread_join(rig.db, rig.user, &second, 1, &joined, &merged, &error), error);
    CHECK(!merged);
    CHECK_INT(joined, old);
    CHECK_OK(jd_thread_join(rig.db, rig.user + 1, &first, 1, &joined, &merged, &error), error);
    CHECK(joined != old); // another user's mail is another thread
    CHECK_OK(jd_tx_commit(rig.db, &error), error);
    CHECK_INT(RIG_COUNT(&rig, "SELECT count(*) FROM threads"), 2);
    rig_close(&rig);
}

int main(void)
{
    RUN(every_order_gives_the_same_threads);
    RUN(the_older_thread_survives_a_merge);
    return REPORT();
}
