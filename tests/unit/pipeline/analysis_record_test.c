/* What the pipeline believes of a compute child's answer, and what it mends or refuses. */
#include "pipeline/analysis_record.h"

#include <float.h>
#include <math.h>

#include "base/record.h"
#include "base/span.h"
#include "jd_test.h"

#define ARENA_BYTES (64 * 1024 * 1024)
#define KEY         JD_SPAN("0123456789abcdef0123456789abcdef")

static struct jd_arena *arena;
static struct jd_buf body;
static struct jd_error error;

static void begin(void)
{
    arena = jd_arena_create(ARENA_BYTES);
    body = jd_buf_init(ARENA_BYTES);
    error = (struct jd_error){ 0 };
}

static void end(void)
{
    jd_buf_finish(&body);
    jd_arena_destroy(&arena);
}

static size_t begin_message(int64_t index)
{
    size_t group = jd_record_group(&body, JD_TAG_MESSAGE);
    jd_record_int(&body, JD_TAG_INDEX, index);
    jd_record_bytes(&body, JD_TAG_CONTENT_KEY, KEY);
    return group;
}

static size_t begin_verdict(int64_t index)
{
    size_t group = jd_record_group(&body, JD_TAG_VERDICT);
    jd_record_int(&body, JD_TAG_INDEX, index);
    jd_record_bytes(&body, JD_TAG_CATEGORY, JD_SPAN("receipt"));
    jd_record_bytes(&body, JD_TAG_PRIORITY, JD_SPAN("normal"));
    return group;
}

static struct jd_analysed_message *decode_one(void)
{
    struct jd_analysed_message *messages = NULL;
    CHECK_OK(jd_parsed_decode(jd_buf_span(&body), 1, arena, &messages, &error), error);
    return messages;
}

static struct jd_decided_message *decide_one(void)
{
    static const uint32_t first = 0;
    struct jd_decided_message *messages = NULL;
    CHECK_OK(jd_decided_decode(jd_buf_span(&body), &first, 1, arena, &messages, &error), error);
    return messages;
}

TEST(a_whole_message_comes_through)
{
    begin();
    size_t group = begin_message(0);
    jd_record_int(&body, JD_TAG_BYTES, 1234);
    jd_record_bytes(&body, JD_TAG_SUBJECT, JD_SPAN("Grüße"));
    size_t person = jd_record_group(&body, JD_TAG_FROM);
    jd_record_bytes(&body, JD_TAG_ADDRESS, JD_SPAN("a@example.org"));
    jd_record_bytes(&body, JD_TAG_NAME, JD_SPAN("Ada"));
    jd_record_group_end(&body, person);
    jd_record_int(&body, JD_TAG_DATE_MS, 1700000000000);
    jd_record_bytes(&body, JD_TAG_REFERENCE, JD_SPAN("one@x"));
    jd_record_bytes(&body, JD_TAG_REFERENCE, JD_SPAN("two@x"));
    jd_record_bytes(&body, JD_TAG_LANGUAGE, JD_SPAN("de"));
    jd_record_int(&body, JD_TAG_IS_REPLY, 1);
    jd_record_group_end(&body, group);
    struct jd_analysed_message *message = decode_one();
    if (message) {
        CHECK(!message->unreadable);
        CHECK_INT(message->bytes, 1234);
        CHECK_TEXT(message->subject, "Grüße");
        CHECK_TEXT(message->from.address, "a@example.org");
        CHECK_TEXT(message->from.name, "Ada");
        CHECK_INT(message->date_ms, 1700000000000);
        CHECK_INT(message->references_count, 2);
        CHECK_TEXT(message->references[1], "two@x");
        CHECK_TEXT(message->language, "de");
        CHECK(message->is_reply);
    }
    end();
}

TEST(text_is_mended)
{
    static const struct {
        const char *sent;
        const char *kept;
    } cases[] = {
        { "plain", "plain" },
        { "caf\xC3\xA9", "caf\xC3\xA9" },
        { "bad \xFF byte", "bad \xEF\xBF\xBD byte" },
        { "cut \xC3", "cut \xEF\xBF\xBD" },
        { "over\xC0\xAFlong", "over\xEF\xBF\xBD\xEF\xBF\xBDlong" },
        { "half \xED\xA0\x80", "half \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "two\r\nlines", "two  lines" },
        { "bell\x07", "bell " },
        { "\xE2\x80\xA8separator", " separator" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        size_t group = begin_message(0);
        jd_record_bytes(&body, JD_TAG_SUBJECT, jd_span_of(cases[i].sent));
        jd_record_group_end(&body, group);
        struct jd_analysed_message *message = decode_one();
        if (message) {
            CHECK_TEXT(message->subject, cases[i].kept);
        }
        end();
    }
}

TEST(long_text_is_cut_at_a_character)
{
    for (size_t lead = 0; lead < 6; lead++) {
        for (int bad = 0; bad < 2; bad++) {
            begin();
            struct jd_buf text = jd_buf_init(8192);
            for (size_t i = 0; i < lead; i++) {
                jd_buf_char(&text, bad ? '\xFF' : 'x');
            }
            while (text.len < 4096) {
                jd_buf_text(&text, "\xF0\x9F\x99\x82");
            }
            size_t group = begin_message(0);
            jd_record_bytes(&body, JD_TAG_SUBJECT, jd_buf_span(&text));
            jd_record_group_end(&body, group);
            struct jd_analysed_message *message = decode_one();
            if (message) {
                CHECK(message->subject.len <= JD_ANALYSED_LINE_BYTES_MAX);
                CHECK(message->subject.len > JD_ANALYSED_LINE_BYTES_MAX - 4);
                size_t lead_bytes = bad ? lead * 3 : lead;
                CHECK_INT((message->subject.len - lead_bytes) % 4, 0);
            }
            jd_buf_finish(&text);
            end();
        }
    }
}

TEST(numbers_are_kept_in_range)
{
    begin();
    size_t group = begin_message(0);
    jd_record_int(&body, JD_TAG_BYTES, -5);
    jd_record_int(&body, JD_TAG_DATE_MS, INT64_MAX);
    jd_record_int(&body, JD_TAG_TRUNCATED, INT64_MAX);
    jd_record_int(&body, JD_TAG_HIDDEN_TEXT, 77);
    jd_record_bytes(&body, JD_TAG_IS_REPLY, JD_SPAN("yes"));
    jd_record_group_end(&body, group);
    struct jd_analysed_message *message = decode_one();
    if (message) {
        CHECK_INT(message->bytes, 0);
        CHECK_INT(message->date_ms, INT64_MIN);
        CHECK_INT(message->limits_hit, JD_LIMIT_TOKENS * 2 - 1);
        CHECK(message->hidden_text);
        CHECK(!message->is_reply);
    }
    end();
}

TEST(lists_are_bounded)
{
    begin();
    size_t group = begin_message(0);
    for (int i = 0; i < 5000; i++) {
        size_t person = jd_record_group(&body, JD_TAG_TO);
        jd_record_group_end(&body, person);
        jd_record_bytes(&body, JD_TAG_REFERENCE, JD_SPAN("r"));
        size_t attachment = jd_record_group(&body, JD_TAG_ATTACHMENT);
        jd_record_group_end(&body, attachment);
        size_t zone = jd_record_group(&body, JD_TAG_ZONE);
        jd_record_int(&body, JD_TAG_ZONE_KIND, JD_ZONE_QUOTE);
        jd_record_int(&body, JD_TAG_START, i * 2);
        jd_record_int(&body, JD_TAG_END, i * 2 + 1);
        jd_record_group_end(&body, zone);
    }
    jd_record_group_end(&body, group);
    struct jd_analysed_message *message = decode_one();
    if (message) {
        CHECK_INT(message->to_count, JD_ANALYSED_PEOPLE_MAX);
        CHECK_INT(message->references_count, JD_ANALYSED_REFERENCES_MAX);
        CHECK_INT(message->attachments_count, JD_ANALYSED_ATTACHMENTS_MAX);
        CHECK_INT(message->zones_count, JD_ANALYSED_ZONES_MAX);
        CHECK_INT(message->zones[999].start, 1998);
    }
    end();
}

TEST(zones_that_overlap_are_left_out)
{
    static const struct {
        int64_t kind, start, end;
    } sent[] = { { 1, 0, 10 }, { 1, 5, 15 }, { 2, 10, 10 }, { 9, 10, 20 }, { 0, 30, 40 },
        { 2, 10, 20 }, { 2, -5, 30 } };
    begin();
    size_t group = begin_message(0);
    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        size_t zone = jd_record_group(&body, JD_TAG_ZONE);
        jd_record_int(&body, JD_TAG_ZONE_KIND, sent[i].kind);
        jd_record_int(&body, JD_TAG_START, sent[i].start);
        jd_record_int(&body, JD_TAG_END, sent[i].end);
        jd_record_group_end(&body, zone);
    }
    jd_record_group_end(&body, group);
    struct jd_analysed_message *message = decode_one();
    if (message) {
        CHECK_INT(message->zones_count, 2);
        CHECK_INT(message->zones[1].start, 10);
    }
    end();
}

TEST(attachments_are_no_paths_and_no_markup)
{
    begin();
    size_t group = begin_message(0);
    size_t attachment = jd_record_group(&body, JD_TAG_ATTACHMENT);
    jd_record_bytes(&body, JD_TAG_NAME, JD_SPAN("../..\\etc/passwd"));
    jd_record_bytes(&body, JD_TAG_MIME_TYPE, JD_SPAN("text/html\"><script>"));
    jd_record_bytes(&body, JD_TAG_PART_ID, JD_SPAN("1.2; DROP"));
    jd_record_int(&body, JD_TAG_BYTES, 9);
    jd_record_group_end(&body, attachment);
    attachment = jd_record_group(&body, JD_TAG_ATTACHMENT);
    jd_record_bytes(&body, JD_TAG_MIME_TYPE, JD_SPAN("application/vnd.ms-excel"));
    jd_record_bytes(&body, JD_TAG_PART_ID, JD_SPAN("2.1"));
    jd_record_group_end(&body, attachment);
    jd_record_group_end(&body, group);
    struct jd_analysed_message *message = decode_one();
    if (message) {
        CHECK_TEXT(message->attachments[0].name, ".._.._etc_passwd");
        CHECK_TEXT(message->attachments[0].mime_type, "application/octet-stream");
        CHECK_TEXT(message->attachments[0].part_id, "");
        CHECK_TEXT(message->attachments[1].mime_type, "application/vnd.ms-excel");
        CHECK_TEXT(message->attachments[1].part_id, "2.1");
    }
    end();
}

TEST(an_answer_about_other_messages_is_refused)
{
    static const struct {
        int64_t indices[3];
        int count;
    } cases[] = { { { 0 }, 0 }, { { 0 }, 1 }, { { 1, 0 }, 2 }, { { 0, 0 }, 2 },
        { { 0, 1, 2 }, 3 }, { { 0, -1 }, 2 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_analysed_message *messages;
        begin();
        for (int j = 0; j < cases[i].count; j++) {
            jd_record_group_end(&body, begin_message(cases[i].indices[j]));
        }
        CHECK_INT(jd_parsed_decode(jd_buf_span(&body), 2, arena, &messages, &error),
                JD_BAD_INPUT);
        end();
    }
}

TEST(a_message_without_key_is_refused)
{
    struct jd_analysed_message *messages;
    begin();
    size_t group = jd_record_group(&body, JD_TAG_MESSAGE);
    jd_record_int(&body, JD_TAG_INDEX, 0);
    jd_record_bytes(&body, JD_TAG_CONTENT_KEY, JD_SPAN("short"));
    jd_record_group_end(&body, group);
    CHECK_INT(jd_parsed_decode(jd_buf_span(&body), 1, arena, &messages, &error), JD_BAD_INPUT);
    end();
}

TEST(an_arena_that_is_too_small_is_no_lie)
{
    struct jd_analysed_message *messages;
    begin();
    struct jd_arena *small = jd_arena_create(4096);
    struct jd_buf text = jd_buf_init(65536);
    while (text.len < 60000) {
        jd_buf_text(&text, "token ");
    }
    size_t group = begin_message(0);
    jd_record_bytes(&body, JD_TAG_TOKENS, jd_buf_span(&text));
    jd_record_group_end(&body, group);
    CHECK_INT(jd_parsed_decode(jd_buf_span(&body), 1, small, &messages, &error), JD_REJECTED);
    jd_buf_finish(&text);
    jd_arena_destroy(&small);
    end();
}

TEST(a_whole_verdict_comes_through)
{
    begin();
    size_t group = begin_verdict(0);
    jd_record_int(&body, JD_TAG_NEEDS_REPLY, 1);
    jd_record_real(&body, JD_TAG_CONFIDENCE, 0.75);
    size_t evidence = jd_record_group(&body, JD_TAG_EVIDENCE);
    jd_record_bytes(&body, JD_TAG_EVIDENCE_ID, JD_SPAN("standard/receipt/amount"));
    jd_record_bytes(&body, JD_TAG_SCALE, JD_SPAN("receipt"));
    jd_record_real(&body, JD_TAG_WEIGHT, 2.5);
    jd_record_group_end(&body, evidence);
    size_t task = jd_record_group(&body, JD_TAG_TASK);
    jd_record_bytes(&body, JD_TAG_TITLE, JD_SPAN("Pay"));
    jd_record_bytes(&body, JD_TAG_QUOTE, JD_SPAN("Please pay\nby Friday."));
    jd_record_bytes(&body, JD_TAG_DUE_DATE, JD_SPAN("2025-03-07"));
    jd_record_group_end(&body, task);
    jd_record_bytes(&body, JD_TAG_ROUTE, JD_SPAN("ask"));
    jd_record_group_end(&body, group);
    struct jd_decided_message *message = decide_one();
    if (message) {
        CHECK_TEXT(message->category, "receipt");
        CHECK_TEXT(jd_span_of(message->priority), "normal");
        CHECK(message->needs_reply && message->route_ask);
        CHECK(message->confidence == 0.75);
        CHECK_INT(message->evidence_count, 1);
        CHECK(message->evidence[0].weight == 2.5);
        CHECK_INT(message->tasks_count, 1);
        CHECK_TEXT(message->tasks[0].quote, "Please pay\nby Friday.");
        CHECK_TEXT(jd_span_of(message->tasks[0].due_date), "2025-03-07");
        CHECK_INT(message->tasks[0].due_ms, INT64_MIN);
    }
    end();
}

TEST(reals_are_finite_and_in_range)
{
    static const struct {
        double sent, confidence, weight;
    } cases[] = { { NAN, 0, 0 }, { INFINITY, 0, 0 }, { -INFINITY, 0, 0 }, { 1e300, 1, 1000 },
        { -7, 0, -7 }, { 0.5, 0.5, 0.5 }, { DBL_MIN, DBL_MIN, DBL_MIN } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        size_t group = begin_verdict(0);
        jd_record_real(&body, JD_TAG_CONFIDENCE, cases[i].sent);
        size_t evidence = jd_record_group(&body, JD_TAG_EVIDENCE);
        jd_record_real(&body, JD_TAG_WEIGHT, cases[i].sent);
        jd_record_group_end(&body, evidence);
        jd_record_group_end(&body, group);
        struct jd_decided_message *message = decide_one();
        if (message) {
            CHECK(message->confidence == cases[i].confidence);
            CHECK(message->evidence[0].weight == cases[i].weight);
        }
        end();
    }
}

TEST(words_of_a_verdict_are_of_their_set)
{
    static const struct {
        const char *category, *priority;
        enum jd_status status;
    } cases[] = {
        { "receipt", "urgent", JD_OK },
        { "my-own-2", "low", JD_OK },
        { "", "low", JD_BAD_INPUT },
        { "Receipt", "low", JD_BAD_INPUT },
        { "-receipt", "low", JD_BAD_INPUT },
        { "rec eipt", "low", JD_BAD_INPUT },
        { "a23456789a123456789a123456789a123456789a1", "low", JD_BAD_INPUT },
        { "receipt", "", JD_BAD_INPUT },
        { "receipt", "URGENT", JD_BAD_INPUT },
    };
    static const uint32_t first = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_decided_message *messages;
        begin();
        size_t group = jd_record_group(&body, JD_TAG_VERDICT);
        jd_record_int(&body, JD_TAG_INDEX, 0);
        jd_record_bytes(&body, JD_TAG_CATEGORY, jd_span_of(cases[i].category));
        jd_record_bytes(&body, JD_TAG_PRIORITY, jd_span_of(cases[i].priority));
        jd_record_group_end(&body, group);
        CHECK_INT(jd_decided_decode(jd_buf_span(&body), &first, 1, arena, &messages, &error),
                cases[i].status);
        end();
    }
}

TEST(a_due_date_is_a_date)
{
    static const struct {
        const char *sent, *kept;
    } cases[] = {
        { "2025-03-07", "2025-03-07" },
        { "2025-13-07", "" },
        { "2025-03-00", "" },
        { "2025-03-07T", "" },
        { "2025/03/07", "" },
        { "20250-3-07", "" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        size_t group = begin_verdict(0);
        size_t task = jd_record_group(&body, JD_TAG_TASK);
        jd_record_bytes(&body, JD_TAG_DUE_DATE, jd_span_of(cases[i].sent));
        jd_record_group_end(&body, task);
        jd_record_group_end(&body, group);
        struct jd_decided_message *message = decide_one();
        if (message) {
            CHECK_TEXT(jd_span_of(message->tasks[0].due_date), cases[i].kept);
        }
        end();
    }
}

TEST(what_models_say_comes_through)
{
    begin();
    size_t group = begin_verdict(0);
    jd_record_int(&body, JD_TAG_IS_TASK, 7);
    for (int i = 0; i < 2 * JD_ANALYSED_MODELS_MAX; i++) {
        size_t learned = jd_record_group(&body, JD_TAG_LEARNED);
        jd_record_bytes(&body, JD_TAG_NAME, i ? JD_SPAN("bad \xFF") : JD_SPAN("spam"));
        jd_record_bytes(&body, JD_TAG_LABEL,
                i ? JD_SPAN("a label of more than forty bytes, all of them said")
                  : JD_SPAN("ham"));
        jd_record_real(&body, JD_TAG_SCORE, i ? NAN : 0.75);
        jd_record_group_end(&body, learned);
    }
    jd_record_group_end(&body, group);
    struct jd_decided_message *message = decide_one();
    if (message) {
        CHECK(message->is_task);
        CHECK_INT(message->learned_count, JD_ANALYSED_MODELS_MAX);
        CHECK_TEXT(message->learned[0].name, "spam");
        CHECK_TEXT(message->learned[0].label, "ham");
        CHECK(message->learned[0].score == 0.75);
        CHECK_TEXT(message->learned[1].name, "bad \xEF\xBF\xBD");
        CHECK_INT(message->learned[1].label.len, JD_ANALYSED_LABEL_BYTES_MAX);
        CHECK(message->learned[1].score == 0);
    }
    end();
}

static void add_lesson(int64_t index, struct jd_span features)
{
    size_t group = jd_record_group(&body, JD_TAG_LESSON);
    jd_record_int(&body, JD_TAG_INDEX, index);
    jd_record_bytes(&body, JD_TAG_FEATURES, features);
    jd_record_group_end(&body, group);
}

TEST(lessons_are_of_the_mails_that_were_sent)
{
    static char long_features[JD_WIRE_FEATURES_BYTES_MAX + 1];
    static const struct {
        int64_t first, second; // -1: left out
        size_t len;
        enum jd_status status;
    } cases[] = {
        { 0, 1, 5, JD_OK },
        { 0, 1, JD_WIRE_FEATURES_BYTES_MAX, JD_OK },
        { 0, 1, JD_WIRE_FEATURES_BYTES_MAX + 1, JD_BAD_INPUT },
        { 1, 0, 5, JD_BAD_INPUT },
        { 0, -1, 5, JD_BAD_INPUT },
        { 0, 0, 5, JD_BAD_INPUT },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_taught_lesson *lessons;
        begin();
        add_lesson(cases[i].first, jd_span_new(long_features, cases[i].len));
        if (cases[i].second >= 0) {
            add_lesson(cases[i].second, JD_SPAN("xyz"));
        }
        CHECK_INT(jd_taught_decode(jd_buf_span(&body), 2, arena, &lessons, &error),
                cases[i].status);
        if (cases[i].status == JD_OK) {
            CHECK_INT(lessons[0].features.len, cases[i].len);
            CHECK_TEXT(lessons[1].features, "xyz");
        }
        end();
    }
}

TEST(a_model_comes_through_or_is_refused)
{
    struct jd_trained_model model;
    begin();
    jd_record_int(&body, JD_TAG_LESSONS_COUNT, -3);
    CHECK_INT(jd_trained_decode(jd_buf_span(&body), arena, &model, &error), JD_BAD_INPUT);
    jd_record_bytes(&body, JD_TAG_MODEL, JD_SPAN("jackdaw-model 1\n"));
    jd_record_real(&body, JD_TAG_ACCURACY, 2);
    jd_record_real(&body, JD_TAG_MACRO_F1, NAN);
    for (int i = 0; i < 2 * JD_ANALYSED_LABELS_MAX; i++) {
        size_t label = jd_record_group(&body, JD_TAG_LABEL_REPORT);
        jd_record_bytes(&body, JD_TAG_LABEL, JD_SPAN("two\nlines"));
        jd_record_real(&body, JD_TAG_F1, -1);
        jd_record_group_end(&body, label);
    }
    CHECK_OK(jd_trained_decode(jd_buf_span(&body), arena, &model, &error), error);
    CHECK_TEXT(model.text, "jackdaw-model 1\n");
    CHECK_INT(model.lessons, 0);
    CHECK(model.accuracy == 1 && model.macro_f1 == 0);
    CHECK_INT(model.labels_count, JD_ANALYSED_LABELS_MAX);
    CHECK_TEXT(model.labels[0].name, "two lines");
    CHECK(model.labels[0].f1 == 0);
    char *large = jd_arena_zalloc(arena, 1, JD_WIRE_MODEL_BYTES_MAX + 1);
    jd_buf_clear(&body);
    jd_record_bytes(&body, JD_TAG_MODEL, jd_span_new(large, JD_WIRE_MODEL_BYTES_MAX + 1));
    CHECK_INT(jd_trained_decode(jd_buf_span(&body), arena, &model, &error), JD_BAD_INPUT);
    end();
}

TEST(what_rules_did_comes_through_in_range)
{
    begin();
    size_t group = begin_verdict(0);
    size_t run = jd_record_group(&body, JD_TAG_RULE_RUN);
    jd_record_bytes(&body, JD_TAG_RULE, JD_SPAN("p/loop"));
    jd_record_bytes(&body, JD_TAG_PATH, JD_SPAN("p/loop.lua"));
    jd_record_int(&body, JD_TAG_LINE, -3);
    jd_record_int(&body, JD_TAG_MATCHED, 7);
    jd_record_int(&body, JD_TAG_INSTRUCTIONS, -1);
    jd_record_int(&body, JD_TAG_TIME_NS, INT64_MAX);
    jd_record_int(&body, JD_TAG_PEAK_BYTES, 4096);
    size_t failure = jd_record_group(&body, JD_TAG_FAILURE);
    jd_record_bytes(&body, JD_TAG_FAILURE_KIND, JD_SPAN("rm -rf"));
    jd_record_bytes(&body, JD_TAG_ERROR_TEXT, JD_SPAN("a\x1b[31mb\xff"));
    jd_record_group_end(&body, failure);
    jd_record_group_end(&body, run);
    size_t why = jd_record_group(&body, JD_TAG_WHY_NOT);
    jd_record_bytes(&body, JD_TAG_RULE, JD_SPAN("p/other"));
    jd_record_bytes(&body, JD_TAG_NAME, JD_SPAN("subject:says {\"order\"}"));
    jd_record_bytes(&body, JD_TAG_WORDS, JD_SPAN("subject: \"Min\nutes\""));
    jd_record_group_end(&body, why);
    jd_record_group_end(&body, group);
    struct jd_decided_message *message = decide_one();
    if (message && message->runs_count == 1 && message->whys_count == 1) {
        const struct jd_decided_run *one = &message->runs[0];
        CHECK_TEXT(one->rule, "p/loop");
        CHECK_INT(one->line, 0);
        CHECK(one->matched && one->failed);
        CHECK_INT(one->instructions, 0);
        CHECK(one->time_ns > 0 && one->time_ns < INT64_MAX);
        CHECK_INT(one->peak_bytes, 4096);
        CHECK_TEXT(jd_span_of(one->failure.kind), "runtime");
        CHECK_TEXT(one->failure.text, "a [31mb\xEF\xBF\xBD");
        CHECK_TEXT(message->whys[0].condition, "subject:says {\"order\"}");
        CHECK_TEXT(message->whys[0].value, "subject: \"Min utes\"");
        CHECK_INT(message->whys[0].evidence.len, 0);
    } else {
        FAIL("no run, or no reason");
    }
    end();
}

TEST(findings_and_names_come_through_in_range)
{
    struct jd_linted_finding *findings = NULL;
    struct jd_api_name *names = NULL;
    uint32_t count = 0;
    begin();
    size_t group = jd_record_group(&body, JD_TAG_FINDING);
    jd_record_int(&body, JD_TAG_SEVERITY, 99);
    jd_record_bytes(&body, JD_TAG_CODE, JD_SPAN("unknown-name"));
    jd_record_int(&body, JD_TAG_LINE, 12);
    jd_record_group_end(&body, group);
    jd_record_group_end(&body, jd_record_group(&body, JD_TAG_FINDING));
    CHECK_OK(jd_linted_decode(jd_buf_span(&body), arena, &findings, &count, &error), error);
    CHECK_INT(count, 2);
    if (count == 2) {
        CHECK_INT(findings[0].severity, JD_SEVERITY_WARNING);
        CHECK_TEXT(findings[0].code, "unknown-name");
        CHECK_INT(findings[1].severity, JD_SEVERITY_ERROR);
    }
    jd_buf_clear(&body);
    group = jd_record_group(&body, JD_TAG_API_ENTRY);
    jd_record_int(&body, JD_TAG_API_KIND, 1000);
    jd_record_bytes(&body, JD_TAG_NAME, JD_SPAN("says"));
    jd_record_bytes(&body, JD_TAG_CONTENT, JD_SPAN("two\nlines"));
    jd_record_group_end(&body, group);
    CHECK_OK(jd_api_decode(jd_buf_span(&body), arena, &names, &count, &error), error);
    CHECK_INT(count, 1);
    if (count == 1) {
        CHECK_INT(names[0].kind, JD_WIRE_API_FUNCTION);
        CHECK_TEXT(names[0].text, "two\nlines");
    }
    end();
}

TEST(a_refusal_gives_its_sentence)
{
    begin();
    jd_record_int(&body, JD_TAG_STATUS, JD_GONE);
    jd_record_bytes(&body, JD_TAG_ERROR_TEXT, JD_SPAN("release 7 is not loaded here"));
    CHECK_INT(jd_failed_decode(jd_buf_span(&body), &error), JD_GONE);
    CHECK_TEXT(jd_span_of(error.text), "release 7 is not loaded here");
    jd_buf_clear(&body);
    jd_record_int(&body, JD_TAG_STATUS, JD_OK);
    CHECK(jd_failed_decode(jd_buf_span(&body), &error) != JD_OK);
    jd_buf_clear(&body);
    jd_buf_text(&body, "no record");
    CHECK_INT(jd_failed_decode(jd_buf_span(&body), &error), JD_BUG);
    end();
}

/** Each byte of a good answer, changed: whatever comes out, nothing breaks. */
TEST(damaged_answers_never_break_the_decoder)
{
    static const uint32_t first = 0;
    struct jd_buf damaged = jd_buf_init(65536);
    begin();
    size_t group = begin_message(0);
    jd_record_bytes(&body, JD_TAG_SUBJECT, JD_SPAN("subject"));
    size_t person = jd_record_group(&body, JD_TAG_TO);
    jd_record_bytes(&body, JD_TAG_NAME, JD_SPAN("\xC3\xA9t\xC3\xA9"));
    jd_record_group_end(&body, person);
    jd_record_group_end(&body, group);
    group = begin_verdict(0);
    size_t task = jd_record_group(&body, JD_TAG_TASK);
    jd_record_bytes(&body, JD_TAG_TITLE, JD_SPAN("title"));
    jd_record_group_end(&body, task);
    size_t learned = jd_record_group(&body, JD_TAG_LEARNED);
    jd_record_bytes(&body, JD_TAG_LABEL, JD_SPAN("label"));
    jd_record_group_end(&body, learned);
    size_t run = jd_record_group(&body, JD_TAG_RULE_RUN);
    size_t failure = jd_record_group(&body, JD_TAG_FAILURE);
    jd_record_bytes(&body, JD_TAG_FAILURE_KIND, JD_SPAN("time"));
    jd_record_group_end(&body, failure);
    jd_record_group_end(&body, run);
    size_t why = jd_record_group(&body, JD_TAG_WHY_NOT);
    jd_record_bytes(&body, JD_TAG_NAME, JD_SPAN("name"));
    jd_record_group_end(&body, why);
    jd_record_group_end(&body, group);
    group = jd_record_group(&body, JD_TAG_FINDING);
    jd_record_bytes(&body, JD_TAG_CODE, JD_SPAN("code"));
    jd_record_group_end(&body, group);
    group = jd_record_group(&body, JD_TAG_API_ENTRY);
    jd_record_bytes(&body, JD_TAG_GIVES, JD_SPAN("gives"));
    jd_record_group_end(&body, group);
    add_lesson(0, JD_SPAN("features"));
    jd_record_bytes(&body, JD_TAG_MODEL, JD_SPAN("model"));
    for (size_t i = 0; i < body.len; i++) {
        for (int value = 0; value < 256; value += 51) {
            struct jd_analysed_message *messages;
            struct jd_decided_message *decided;
            jd_buf_clear(&damaged);
            jd_buf_add(&damaged, jd_buf_span(&body));
            damaged.data[i] = (char)value;
            jd_arena_reset(arena);
            (void)jd_parsed_decode(jd_buf_span(&damaged), 1, arena, &messages, &error);
            (void)jd_decided_decode(jd_buf_span(&damaged), &first, 1, arena, &decided, &error);
            struct jd_taught_lesson *lessons;
            struct jd_trained_model model;
            (void)jd_taught_decode(jd_buf_span(&damaged), 1, arena, &lessons, &error);
            (void)jd_trained_decode(jd_buf_span(&damaged), arena, &model, &error);
            struct jd_linted_finding *findings;
            struct jd_api_name *names;
            uint32_t count;
            (void)jd_linted_decode(jd_buf_span(&damaged), arena, &findings, &count, &error);
            (void)jd_api_decode(jd_buf_span(&damaged), arena, &names, &count, &error);
        }
    }
    CHECK(body.len > 0);
    jd_buf_finish(&damaged);
    end();
}

int main(void)
{
    RUN(a_whole_message_comes_through);
    RUN(text_is_mended);
    RUN(long_text_is_cut_at_a_character);
    RUN(numbers_are_kept_in_range);
    RUN(lists_are_bounded);
    RUN(zones_that_overlap_are_left_out);
    RUN(attachments_are_no_paths_and_no_markup);
    RUN(an_answer_about_other_messages_is_refused);
    RUN(a_message_without_key_is_refused);
    RUN(an_arena_that_is_too_small_is_no_lie);
    RUN(a_whole_verdict_comes_through);
    RUN(reals_are_finite_and_in_range);
    RUN(words_of_a_verdict_are_of_their_set);
    RUN(a_due_date_is_a_date);
    RUN(what_models_say_comes_through);
    RUN(lessons_are_of_the_mails_that_were_sent);
    RUN(a_model_comes_through_or_is_refused);
    RUN(what_rules_did_comes_through_in_range);
    RUN(findings_and_names_come_through_in_range);
    RUN(a_refusal_gives_its_sentence);
    RUN(damaged_answers_never_break_the_decoder);
    return REPORT();
}
