/* Cursors come back whole, and cannot be made up, changed or carried elsewhere. */
#include "gateway/cursor.h"

#include "jd_test.h"

static struct jd_key key;

static struct jd_buf write_one(void)
{
    struct jd_cursor cursor = { .user = 7,
        .list = JD_SPAN("messages category=work"),
        .keys = { INT64_C(1772000000000), INT64_MAX } };
    struct jd_buf text = jd_buf_init(200);
    jd_cursor_write(&key, &cursor, &text);
    return text;
}

static bool reads(struct jd_span text, int64_t user, const char *list, struct jd_cursor *out)
{
    *out = (struct jd_cursor){ .user = user, .list = jd_span_of(list) };
    return jd_cursor_read(&key, text, out);
}

TEST(comes_back)
{
    struct jd_buf text = write_one();
    struct jd_cursor cursor;
    CHECK(reads(jd_buf_span(&text), 7, "messages category=work", &cursor));
    CHECK_INT(cursor.keys[0], INT64_C(1772000000000));
    CHECK_INT(cursor.keys[1], INT64_MAX);
    jd_buf_finish(&text);
}

TEST(negative_keys_come_back)
{
    struct jd_cursor cursor = { .user = 7, .list = JD_SPAN("x"), .keys = { -1, INT64_MIN } };
    struct jd_buf text = jd_buf_init(200);
    jd_cursor_write(&key, &cursor, &text);
    struct jd_cursor read;
    CHECK(reads(jd_buf_span(&text), 7, "x", &read));
    CHECK_INT(read.keys[0], -1);
    CHECK_INT(read.keys[1], INT64_MIN);
    jd_buf_finish(&text);
}

TEST(belongs_to_one_user_and_one_list)
{
    struct jd_buf text = write_one();
    struct jd_cursor cursor;
    CHECK(!reads(jd_buf_span(&text), 8, "messages category=work", &cursor));
    CHECK(!reads(jd_buf_span(&text), 7, "messages category=spam", &cursor));
    CHECK(!reads(jd_buf_span(&text), 7, "tasks", &cursor));
    jd_buf_finish(&text);
}

TEST(changed_or_cut_is_refused)
{
    struct jd_buf text = write_one();
    struct jd_cursor cursor;
    for (size_t i = 0; i < text.len; i++) {
        char kept = text.data[i];
        text.data[i] = kept == 'A' ? 'Q' : 'A';
        if (reads(jd_buf_span(&text), 7, "messages category=work", &cursor)) {
            FAIL("byte %zu may be changed", i);
        }
        text.data[i] = kept;
        if (reads((struct jd_span){ text.data, i }, 7, "messages category=work", &cursor)) {
            FAIL("may be cut at %zu", i);
        }
    }
    jd_buf_finish(&text);
}

TEST(nonsense_is_refused)
{
    const char *const cases[] = { "", "A", "====", "0", "\x01", "not a cursor at all",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jd_cursor cursor;
        if (reads(jd_span_of(cases[i]), 7, "messages category=work", &cursor)) {
            FAIL("taken: %s", cases[i]);
        }
    }
}

int main(void)
{
    struct jd_error error;
    if (jd_seal_init(&error) != JD_OK) {
        return 1;
    }
    jd_random(key.bytes, sizeof(key.bytes));
    RUN(comes_back);
    RUN(negative_keys_come_back);
    RUN(belongs_to_one_user_and_one_list);
    RUN(changed_or_cut_is_refused);
    RUN(nonsense_is_refused);
    return REPORT();
}
