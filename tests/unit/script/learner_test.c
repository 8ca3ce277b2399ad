/* Lessons to models and back, and models that lie. */
#include "script/learner.h"

#include <math.h>
#include <stdlib.h>

#include "base/seal.h"
#include "base/span.h"
#include "jd_test.h"

#define LESSONS 400

static struct jd_arena *arena;
static struct jd_features *features;

/* Made-up sentences: words of one of two kinds among words of none. */
static const char *const asks[] = { "please send", "could you call", "let us meet",
    "can you check", "please sign" };
static const char *const tells[] = { "he went", "it rained", "they were", "we had",
    "she said" };
static const char *const things[] = { "the report", "about lunch", "on monday", "the numbers",
    "the contract", "by phone", "in the office", "with tom" };

static struct jd_span make_text(uint32_t number, bool ask)
{
    const char *const *verbs = ask ? asks : tells;
    return jd_arena_format(arena, "%s %s %s", verbs[number % 5], things[number / 5 % 8],
            things[number / 40 % 8]);
}

static struct jd_span written(struct jd_span text)
{
    struct jd_buf buf = jd_buf_init(JD_FEATURES_BYTES_MAX);
    jd_features_take_text(features, text);
    jd_features_write(features, &buf);
    struct jd_span copy = jd_arena_copy(arena, jd_buf_span(&buf));
    jd_buf_finish(&buf);
    return copy;
}

static void make_lessons(struct jd_lesson *lessons, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool ask = i % 2;
        bool mistaken = i % 20 == 1; // people err
        lessons[i].features = written(make_text(i / 2, ask));
        lessons[i].label = ask != mistaken ? JD_SPAN("yes") : JD_SPAN("no");
    }
}

static enum jd_status
train(const struct jd_lesson *lessons, uint32_t count, struct jd_buf *model)
{
    struct jd_learner_report report;
    struct jd_error error;
    *model = jd_buf_init(JD_MODEL_BYTES_MAX);
    return jd_learner_train(lessons, count, arena, model, &report, &error);
}

static const struct jd_model *read_model(struct jd_span text)
{
    const struct jd_model *model = NULL;
    struct jd_error error = { .text = "" };
    if (jd_model_read(text, arena, &model, &error) != JD_OK) {
        FAIL("%s", error.text);
    }
    return model;
}

TEST(learns_what_asks)
{
    struct jd_lesson lessons[LESSONS];
    struct jd_learner_report report;
    struct jd_error error;
    struct jd_buf text = jd_buf_init(JD_MODEL_BYTES_MAX);
    make_lessons(lessons, LESSONS);
    CHECK_INT(jd_learner_train(lessons, LESSONS, arena, &text, &report, &error), JD_OK);
    CHECK_INT(report.lessons, LESSONS);
    CHECK_INT(report.labels_count, 2);
    CHECK(report.accuracy > 0.85);
    CHECK(report.calibration_error < 0.15);
    const struct jd_model *model = read_model(jd_buf_span(&text));
    CHECK_INT(jd_model_kind(model), JD_FEATURES_TEXT);
    static const struct {
        const char *text, *label;
    } cases[] = {
        { "Please sign the paper", "yes" },
        { "can you check with Anna?", "yes" },
        { "It rained in the office.", "no" },
        { "They were by phone", "no" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct jd_judgement judged;
        jd_features_take_text(features, jd_span_of(cases[i].text));
        jd_model_judge(model, features, &judged);
        CHECK_TEXT(jd_model_label(model, judged.label), cases[i].label);
        CHECK(judged.score > 0.5 && judged.score < 1);
        double sum = judged.probabilities[0] + judged.probabilities[1];
        CHECK(fabs(sum - 1) < 1e-9);
    }
    jd_buf_finish(&text);
}

TEST(same_lessons_give_the_same_model_in_any_order)
{
    struct jd_lesson lessons[LESSONS];
    struct jd_buf first, second;
    make_lessons(lessons, LESSONS);
    CHECK_INT(train(lessons, LESSONS, &first), JD_OK);
    for (uint32_t i = 0; i < LESSONS / 2; i++) {
        struct jd_lesson swap = lessons[i];
        lessons[i] = lessons[LESSONS - 1 - i];
        lessons[LESSONS - 1 - i] = swap;
    }
    CHECK_INT(train(lessons, LESSONS, &second), JD_OK);
    CHECK(jd_span_equal(jd_buf_span(&first), jd_buf_span(&second)));
    lessons[7].label = JD_SPAN("other");
    jd_buf_finish(&second);
    CHECK_INT(train(lessons, LESSONS, &second), JD_OK);
    const struct jd_model *model = read_model(jd_buf_span(&second));
    CHECK_INT(jd_model_labels_count(model), 3);
    CHECK_INT(jd_model_find_label(model, JD_SPAN("other")), 1);
    CHECK_INT(jd_model_find_label(model, JD_SPAN("none")), JD_LABELS_MAX);
    jd_buf_finish(&first);
    jd_buf_finish(&second);
}

TEST(two_lessons_are_enough_to_begin)
{
    static const char *const texts[] = { "roses and seeds", "the amount due" };
    struct jd_lesson lessons[6];
    struct jd_buf text;
    struct jd_judgement judged;
    for (uint32_t count = 2; count <= 6; count++) {
        for (uint32_t i = 0; i < count; i++) {
            lessons[i].features = written(jd_span_of(texts[i % 2]));
            lessons[i].label = i % 2 ? JD_SPAN("bill") : JD_SPAN("garden");
        }
        CHECK_INT(train(lessons, count, &text), JD_OK);
        if (count < 4) {
            jd_buf_finish(&text);
            continue; // a feature that one lesson has is none yet
        }
        const struct jd_model *model = read_model(jd_buf_span(&text));
        for (uint32_t i = 0; i < 2; i++) {
            jd_features_take_text(features, jd_span_of(texts[i]));
            jd_model_judge(model, features, &judged);
            CHECK_SPAN(jd_model_label(model, judged.label), lessons[i].label);
        }
        jd_buf_finish(&text);
    }
}

TEST(refuses_what_cannot_be_learned)
{
    char name[JD_LABELS_MAX + 1][8];
    struct jd_lesson lessons[JD_LABELS_MAX + 1];
    struct jd_buf text;
    struct jd_span good = written(JD_SPAN("hello there")), mail = good;
    CHECK_INT(train(lessons, 0, &text), JD_BAD_INPUT);
    for (uint32_t i = 0; i <= JD_LABELS_MAX; i++) {
        snprintf(name[i], sizeof(name[i]), "l%u", i);
        lessons[i] = (struct jd_lesson){ good, jd_span_of(name[i]) };
    }
    CHECK_INT(train(lessons, 1, &text), JD_BAD_INPUT); // one label
    CHECK_INT(train(lessons, 2, &text), JD_OK);        // that cannot be told apart
    jd_buf_finish(&text);
    CHECK_INT(train(lessons, JD_LABELS_MAX + 1, &text), JD_BAD_INPUT);
    lessons[1].label = JD_SPAN("two\nlines");
    CHECK_INT(train(lessons, 2, &text), JD_BAD_INPUT);
    lessons[1].label = JD_SPAN("");
    CHECK_INT(train(lessons, 2, &text), JD_BAD_INPUT);
    lessons[1] = (struct jd_lesson){ JD_SPAN("\x02\x01"), JD_SPAN("b") };
    CHECK_INT(train(lessons, 2, &text), JD_BAD_INPUT); // another version
    char bytes[JD_FEATURES_BYTES_MAX];
    memcpy(bytes, good.data, good.len);
    bytes[1] = JD_FEATURES_MAIL;
    mail = jd_span_new(bytes, good.len);
    lessons[1].features = mail;
    CHECK_INT(train(lessons, 2, &text), JD_BAD_INPUT); // mails among texts
}

TEST(written_features_come_back)
{
    static uint32_t hashes[JD_FEATURES_MAX];
    static char long_text[200000];
    static const struct {
        const char *bytes;
        size_t len;
    } broken[] = {
        { "", 0 }, { "\x01", 1 }, { "\x01\x03", 2 },                // no such kind
        { "\x01\x02\x80", 3 },                                      // ends in the midst
        { "\x01\x02\x05\x00", 4 },                                  // the same twice
        { "\x01\x02\xff\xff\xff\xff\x7f", 7 },                      // past 32 bits
        { "\x01\x02\xff\xff\xff\xff\x0f\x01", 8 },                  // the sum is
        { "\x01\x02\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12 }, // without end
    };
    enum jd_features_kind kind;
    struct jd_error error;
    uint32_t count;
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        struct jd_span bytes = jd_span_new(broken[i].bytes, broken[i].len);
        CHECK_INT(jd_features_read(bytes, &kind, hashes, &count, &error), JD_BAD_INPUT);
    }
    for (size_t i = 0; i < sizeof(long_text); i++) {
        long_text[i] = (char)(i % 7 == 6 ? ' ' : 'a' + i * i / 11 % 26);
    }
    const struct jd_span texts[] = { JD_SPAN(""), JD_SPAN("?"), JD_SPAN("Please call 4711!"),
        JD_SPAN("Könnten Sie https://x.example/y ansehen, a@b.example?"),
        jd_span_new(long_text, sizeof(long_text)) };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct jd_span bytes = written(texts[i]);
        CHECK_INT(jd_features_read(bytes, &kind, hashes, &count, &error), JD_OK);
        CHECK_INT(kind, JD_FEATURES_TEXT);
        CHECK_INT(count, features->count);
        CHECK(memcmp(hashes, features->hashes, count * sizeof(*hashes)) == 0);
    }
}

TEST(a_mail_differs_by_its_facts)
{
    struct jd_mail_limits limits = jd_mail_limits_default();
    static const char *const mails[] = {
        "From: Ann <ann@a.example>\nTo: b@a.example\nSubject: Lunch\n\nSee you at noon.\n",
        "From: Ann <ann@a.example>\nTo: b@a.example\nSubject: Lunch\nList-Id: <x.a.example>\n\n"
        "See you at noon.\n",
        "From: Ann <ann@a.example>\nTo: b@a.example\nSubject: Lunch\n\nSee you at noon.\n\n"
        "> Where are you?\n",
    };
    struct jd_span seen[3];
    for (size_t i = 0; i < 3; i++) {
        struct jd_mail *mail;
        struct jd_error error;
        struct jd_buf buf = jd_buf_init(JD_FEATURES_BYTES_MAX);
        CHECK_INT(jd_mail_parse(arena, jd_span_of(mails[i]), &limits, &mail, &error), JD_OK);
        jd_features_take_mail(features, mail);
        CHECK_INT(features->kind, JD_FEATURES_MAIL);
        jd_features_write(features, &buf);
        seen[i] = jd_arena_copy(arena, jd_buf_span(&buf));
        jd_buf_finish(&buf);
    }
    CHECK(!jd_span_equal(seen[0], seen[1]));
    CHECK(!jd_span_equal(seen[0], seen[2]));
}

/* The model's text with `from` replaced by `to`, once. */
static enum jd_status
read_changed(struct jd_span text, const char *from, const char *to, struct jd_error *error)
{
    const struct jd_model *model;
    const char *at = memmem(text.data, text.len, from, strlen(from));
    struct jd_buf changed = jd_buf_init(JD_MODEL_BYTES_MAX);
    if (at == NULL) {
        FAIL("'%s' is not in the model", from);
        return JD_OK;
    }
    size_t before = (size_t)(at - text.data);
    jd_buf_add(&changed, jd_span_sub(text, 0, before));
    jd_buf_text(&changed, to);
    jd_buf_add(&changed, jd_span_sub(text, before + strlen(from), text.len));
    enum jd_status status = jd_model_read(jd_buf_span(&changed), arena, &model, error);
    jd_buf_finish(&changed);
    return status;
}

TEST(a_broken_model_is_refused_by_line)
{
    static const struct {
        const char *from, *to;
        int line;
    } cases[] = {
        { "jackdaw-model 1", "jackdaw-model 2", 1 }, { "kind text 1", "kind text 9", 2 },
        { "kind text", "kind soup", 2 }, { "lessons 400", "lessons 400000", 3 },
        { "labels 2", "labels 65", 4 }, { "labels 2", "labels 99999999999999999999999", 4 },
        { " yes\n", " no\n", 6 }, // the same label twice
        { " yes\n", " y\x01s\n", 6 }, { "threshold 1 0", "threshold 2 0", 7 },
        { "threshold 1 0", "threshold 1 nan0", 7 }, { "machines 1\n", "machines 3\n", 8 },
        { "machines 1\n", "machines 1\ninf ", 9 }, { "features ", "features -", 10 },
        { "features ", "features 9", 11 }, // more than there are
    };
    struct jd_lesson lessons[LESSONS];
    struct jd_buf text;
    make_lessons(lessons, LESSONS);
    CHECK_INT(train(lessons, LESSONS, &text), JD_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct jd_error error = { .text = "" };
        enum jd_status status =
                read_changed(jd_buf_span(&text), cases[i].from, cases[i].to, &error);
        CHECK_INT(status, JD_BAD_INPUT);
        int line = 0;
        if (sscanf(error.text, "line %d ", &line) != 1 || line < cases[i].line ||
                (cases[i].line < 11 && line != cases[i].line)) {
            FAIL("%s -> %s: %s", cases[i].from, cases[i].to, error.text);
        }
    }
    const struct jd_model *model;
    struct jd_error error;
    for (size_t len = 0; len < text.len; len += 1 + len / 50) {
        CHECK_INT(jd_model_read(jd_span_new(text.data, len), arena, &model, &error),
                JD_BAD_INPUT);
    }
    jd_buf_text(&text, "0 1\n");
    CHECK_INT(jd_model_read(jd_buf_span(&text), arena, &model, &error), JD_BAD_INPUT);
    jd_buf_finish(&text);
}

int main(void)
{
    struct jd_error error;
    if (jd_seal_init(&error) != JD_OK || jd_mail_init(&error) != JD_OK) {
        return 1;
    }
    arena = jd_arena_create(256u << 20);
    features = jd_features_create();
    RUN(learns_what_asks);
    RUN(same_lessons_give_the_same_model_in_any_order);
    RUN(two_lessons_are_enough_to_begin);
    RUN(refuses_what_cannot_be_learned);
    RUN(written_features_come_back);
    RUN(a_mail_differs_by_its_facts);
    RUN(a_broken_model_is_refused_by_line);
    jd_features_destroy(&features);
    jd_arena_destroy(&arena);
    return REPORT();
}
