/**
 * What rules cost: decides every mail below a folder with a pack and prints microseconds per
 * mail and per 10 kB of raw mail. Parsing is not counted; as in a compute child a batch of
 * mails is parsed, then decided. The last line is a hash of all that was decided: equal hashes,
 * equal decisions.
 *
 *     rules_bench MAIL_FOLDER [PACK_FOLDER] [MAILS_MAX] [EXTRA_RULES]
 *
 * Without a pack folder a made one is used: 40 rules, 150 pieces of evidence, 400 words, 20
 * regular expressions, 4 functions. EXTRA_RULES more are half about lists of 200 domains, half
 * about words. rules_bench_bare is this program over a plain Lua state.
 */
#include <time.h>

#include "base/clock.h"
#include "unit/script/folder.h"

struct sums {
    uint64_t mails, raw_bytes, text_bytes, decide_ns, worst_ns, failures, tasks, evidence, hash;
};

enum {
    BATCH_MAX = 100
};

static struct jd_release *release;
static struct jd_arena *verdicts; // reset for each mail
static struct sums sums;
static uint64_t mails_max = UINT64_MAX;

static void add_words(struct jd_buf *out, unsigned *seed, int count)
{
    static const char *const stems[] = { "invoice", "meeting", "unsubscribe", "order",
        "account", "password", "newsletter", "security", "patch", "release", "version",
        "kernel", "thanks", "delivery", "payment", "reminder", "deadline", "project", "review",
        "ticket" };
    for (int i = 0; i < count; i++) {
        *seed = *seed * 1103515245 + 12345;
        unsigned pick = *seed >> 16;
        jd_buf_format(out, "%s'%s%s %s'", i ? ", " : "", stems[pick % 20], pick & 64 ? "s" : "",
                stems[pick / 20 % 20]);
    }
}

static void add_rule(struct jd_buf *out, unsigned *seed, int number)
{
    static const char *const outcomes[] = { "work", "meeting", "receipt", "newsletter",
        "promotion", "notification", "security", "spam", "priority:high", "needs-reply" };
    jd_buf_format(out, "classify '%s' { name = 'rule-%d',\n", outcomes[number % 10], number);
    jd_buf_text(out, "  evidence(2, 'subject', subject:says { ");
    add_words(out, seed, 4);
    jd_buf_text(out, " }),\n  evidence(1, 'body', body:says { ");
    add_words(out, seed, 6);
    jd_buf_text(out, " }),\n  evidence(-1, 'known', from:is_known()),\n");
    if (number % 2) {
        jd_buf_format(out,
                "  evidence(1, 'regex', body:matches [[(?i)\\b(total|amount|rule%d)\\b.{0,40}[$€]\\s?\\d]]),\n",
                number);
    } else {
        jd_buf_text(out,
                "  evidence(1, 'list', all { list:has_id(), none { from:is_person() } }),\n");
    }
    if (number % 10 == 0) {
        jd_buf_text(out,
                "  evidence(1, 'hour', where(function(mail) return mail.date.hour < 5 end)),\n");
    }
    jd_buf_text(out, "}\n");
}

static void make_pack(struct jd_arena *arena)
{
    struct jd_buf rules = jd_buf_init(1u << 20);
    unsigned seed = 42;
    for (int i = 0; i < 38; i++) {
        add_rule(&rules, &seed, i);
    }
    jd_buf_text(&rules,
            "extract 'task' { name = 'deadline', only_if = from:is_person(),\n"
            "  sentence_says = { 'please', 'could you', 'deadline', 'by' },\n"
            "  each_sentence = function(s, mail) local due = s:due_date()\n"
            "    if due and s:asks_me() then return task { title = s:as_request(),\n"
            "      due = due, quote = s } end end }\n"
            "route(function(mail, verdict, budget)\n"
            "  if verdict.confidence > 0.9 then return keep 'sure' end\n"
            "  return ask { purpose = 'classify', because = 'unsure' } end)\n");
    folder.files[0] = (struct jd_release_file){ JD_SPAN("made/pack.lua"),
        JD_SPAN("return { name = 'made', version = 1, api = 1 }") };
    folder.files[1] = (struct jd_release_file){ JD_SPAN("made/rules.lua"),
        jd_arena_copy(arena, jd_buf_span(&rules)) };
    folder.count = 2;
    jd_buf_finish(&rules);
}

#define EXTRA_LISTS 20 // that the rules share, as the rules of a house do

static void add_file(struct jd_arena *arena, struct jd_span path, struct jd_buf *content)
{
    folder.files[folder.count++] =
            (struct jd_release_file){ path, jd_arena_copy(arena, jd_buf_span(content)) };
    jd_buf_clear(content);
}

/* A further pack: the rules of somebody who has many. */
static void make_extra(struct jd_arena *arena, int rules)
{
    struct jd_buf text = jd_buf_init(4u << 20);
    unsigned seed = 7;
    jd_buf_text(&text, "return { name = 'extra', version = 1, api = 1, lists = {\n");
    for (int i = 0; i < EXTRA_LISTS; i++) {
        jd_buf_format(&text, "  list%d = 'lists/list%d.txt',\n", i, i);
    }
    jd_buf_text(&text, "} }\n");
    add_file(arena, JD_SPAN("extra/pack.lua"), &text);
    for (int i = 0; i < EXTRA_LISTS; i++) {
        for (int k = 0; k < 200; k++) {
            jd_buf_format(&text, "shop%d-%d.example\n", i, k);
        }
        add_file(arena, jd_arena_format(arena, "extra/lists/list%d.txt", i), &text);
    }
    for (int i = 0; i < rules; i++) {
        jd_buf_format(&text, "classify 'receipt' { name = 'extra-%d', evidence(1, 'it', ", i);
        if (i % 2) {
            jd_buf_format(&text, "from:on_list 'list%d') }\n", i / 2 % EXTRA_LISTS);
        } else {
            jd_buf_text(&text, i % 4 ? "body:says { " : "subject:says { ");
            add_words(&text, &seed, 5);
            jd_buf_text(&text, " }) }\n");
        }
    }
    add_file(arena, JD_SPAN("extra/rules.lua"), &text);
    jd_buf_finish(&text);
}

/* CPU time of this thread: other work on the machine does not count. */
static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void add_bytes(const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sums.hash = (sums.hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
    }
}

static void add_span(struct jd_span text)
{
    add_bytes(&text.len, sizeof(text.len));
    add_bytes(text.data, text.len);
}

static void add_verdict(const struct jd_verdict *verdict)
{
    add_span(verdict->category);
    add_span(jd_span_of(verdict->priority));
    add_bytes(&verdict->needs_reply, sizeof(verdict->needs_reply));
    add_bytes(&verdict->confidence, sizeof(verdict->confidence));
    for (uint32_t i = 0; i < verdict->evidence_count; i++) {
        add_span(verdict->evidence[i].id);
        add_span(verdict->evidence[i].words);
    }
    for (uint32_t i = 0; i < verdict->tasks_count; i++) {
        add_span(verdict->tasks[i].title);
        add_bytes(&verdict->tasks[i].due_ms, sizeof(verdict->tasks[i].due_ms));
    }
    for (uint32_t i = 0; i < verdict->drafts_count; i++) {
        add_span(verdict->drafts[i].body);
    }
    add_span(verdict->route_reason);
}

static void decide(const struct jd_mail *mail, struct jd_arena *arena)
{
    static const struct jd_span owner[] = { JD_SPAN("me@example.org") };
    struct jd_subject subject = { .mail = mail,
        .date_ms = mail->date_ms == INT64_MIN ? 0 : mail->date_ms,
        .owner_addresses = owner,
        .owner_addresses_count = 1 };
    struct jd_verdict verdict;
    struct jd_error error;
    uint64_t start = cpu_ns();
    if (jd_release_decide(release, &subject, arena, &verdict, &error) != JD_OK) {
        fprintf(stderr, "%s\n", error.text);
        return;
    }
    uint64_t took = cpu_ns() - start;
    sums.decide_ns += took;
    sums.worst_ns = took > sums.worst_ns ? took : sums.worst_ns;
    sums.text_bytes += mail->text.len;
    sums.failures += verdict.failures_count;
    sums.tasks += verdict.tasks_count;
    sums.evidence += verdict.evidence_count;
    add_verdict(&verdict);
}

static struct {
    struct jd_arena *arena;
    const struct jd_mail *mails[BATCH_MAX];
    struct jd_buf raw[BATCH_MAX];
    size_t count;
} batch;

static void decide_batch(void)
{
    for (size_t i = 0; i < batch.count; i++) {
        jd_arena_reset(verdicts);
        decide(batch.mails[i], verdicts);
        jd_buf_finish(&batch.raw[i]);
    }
    batch.count = 0;
    jd_arena_reset(batch.arena);
}

static int take_mail(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)walk;
    if (type != FTW_F || sums.mails >= mails_max) {
        return 0;
    }
    struct jd_buf *raw = &batch.raw[batch.count];
    struct jd_mail_limits limits = jd_mail_limits_default();
    struct jd_mail *mail;
    struct jd_error error;
    *raw = jd_buf_init(64u << 20);
    limits.want_html = false;
    if (jd_file_read(path, raw, &error) != JD_OK ||
            jd_mail_parse(batch.arena, jd_buf_span(raw), &limits, &mail, &error) != JD_OK) {
        jd_buf_finish(raw);
        return 0;
    }
    sums.mails++;
    sums.raw_bytes += raw->len;
    batch.mails[batch.count++] = mail;
    if (batch.count == BATCH_MAX) {
        decide_batch();
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct jd_arena *arena = jd_arena_create(256u << 20);
    struct jd_release_report report;
    struct jd_error error;
    if (argc < 2 || jd_mail_init(&error) != JD_OK) {
        fprintf(stderr, "rules_bench MAIL_FOLDER [PACK_FOLDER] [MAILS_MAX]\n");
        return 2;
    }
    if (argc > 2 && argv[2][0]) {
        folder_read(arena, argv[2]);
    } else {
        make_pack(arena);
    }
    mails_max = argc > 3 && argv[3][0] ? strtoull(argv[3], NULL, 10) : mails_max;
    if (argc > 4) {
        make_extra(arena, atoi(argv[4]));
    }
    int64_t start = jd_clock_monotonic_us();
    if (jd_release_compile(folder.files, folder.count, arena, &release, &report, &error) !=
            JD_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    printf("compile: %.1f ms, %u rules, %u findings\n",
            (double)(jd_clock_monotonic_us() - start) / 1000, report.rules_count,
            report.problems_count);
    batch.arena = jd_arena_create(1u << 30);
    verdicts = jd_arena_create(16u << 20);
    nftw(argv[1], take_mail, 16, FTW_PHYS);
    decide_batch();
    if (sums.mails == 0) {
        fprintf(stderr, "%s: no mail\n", argv[1]);
        return 1;
    }
    double mails = (double)sums.mails;
    printf("%llu mails, %.0f raw bytes, %.0f text bytes each\n", (unsigned long long)sums.mails,
            (double)sums.raw_bytes / mails, (double)sums.text_bytes / mails);
    printf("decide: %.1f us per mail, %.1f us per 10 kB, worst %llu us\n",
            (double)sums.decide_ns / 1000 / mails,
            (double)sums.decide_ns / 1000 / ((double)sums.raw_bytes / 10000),
            (unsigned long long)sums.worst_ns / 1000);
    printf("per mail: %.2f evidence, %.3f tasks, %.4f failures\n",
            (double)sums.evidence / mails, (double)sums.tasks / mails,
            (double)sums.failures / mails);
    printf("hash: %016llx\n", (unsigned long long)sums.hash);
    jd_release_destroy(&release);
    jd_arena_destroy(&batch.arena);
    jd_arena_destroy(&verdicts);
    jd_arena_destroy(&arena);
    return 0;
}
