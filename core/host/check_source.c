/* The contract of jackdaw/source.h, asked of any source that has some mail. */
#include <fcntl.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/span.h"
#include "base/utf8.h"
#include "host/check_case.h"

#define MESSAGES      12 // of the fixture
#define CALL_MS       30000
#define KEY_BYTES_MAX 512
#define CURSOR_MAX    ((size_t)64 * 1024)
#define MESSAGE_MAX   ((size_t)64 * 1024 * 1024)
#define FETCHES_MAX   200 // a big mailbox of the caller is sampled
#define FLAGS_ALL                                                                              \
 (JD_FLAG_SEEN | JD_FLAG_ANSWERED | JD_FLAG_FLAGGED | JD_FLAG_DELETED | JD_FLAG_DRAFT |        \
         JD_FLAG_FORWARDED)

struct item {
    struct item *next;
    uint32_t kind;
    struct jd_span key;
    int64_t bytes;
};

/* A sink that keeps what it is told, and refuses where a case wants it to. */
struct listing {
    struct jd_change_sink sink;
    struct jd_check *check;
    struct item *first, **tail;
    size_t count, puts, gones;
    unsigned fulls, commits;
    bool open_full; // begin_full without its commit
    struct jd_span cursor;
    struct jd_map *keys; // those PUT since begin_full
    enum jd_status refuse_full, refuse_emit, refuse_commit;
    bool after_refusal; // it was called again after it refused
    bool refused;
};

static struct jd_call call_now(void)
{
    return (struct jd_call){ JD_SIZE(jd_call), .deadline_ms = jd_clock_now_ms() + CALL_MS };
}

static enum jd_status refuse(struct listing *listing, enum jd_status answer)
{
    if (listing->refused) {
        listing->after_refusal = true;
    }
    listing->refused |= answer != JD_OK;
    return answer;
}

static enum jd_status take_full(struct jd_change_sink *sink)
{
    struct listing *listing = (struct listing *)sink;
    listing->fulls++;
    listing->open_full = true;
    jd_map_destroy(&listing->keys);
    listing->keys = jd_map_create();
    return refuse(listing, listing->refuse_full);
}

static bool is_text(struct jd_span text)
{
    while (text.len) {
        if (jd_utf8_take(&text) < ' ') {
            return false;
        }
    }
    return true;
}

/* Rules of a single change; NULL: fine. */
static const char *judge(struct listing *listing, const struct jd_change *change)
{
    if (change->size < offsetof(struct jd_change, bytes)) {
        return "a change does not state its size";
    }
    if (change->key.len < 1 || change->key.len > KEY_BYTES_MAX) {
        return "a key has not 1 to 512 bytes";
    }
    if (change->kind < JD_CHANGE_PUT || change->kind > JD_CHANGE_GONE) {
        return "a change is of no known kind";
    }
    if (change->kind == JD_CHANGE_MOVED &&
            (change->old_key.len < 1 || change->old_key.len > KEY_BYTES_MAX)) {
        return "a MOVED change has no old_key";
    }
    if (change->kind != JD_CHANGE_PUT && listing->open_full) {
        return "a full listing holds something else than PUT";
    }
    if (change->kind == JD_CHANGE_PUT || change->kind == JD_CHANGE_MOVED) {
        if (!change->mailbox.len || !is_text(change->mailbox)) {
            return "a mailbox has no name, or one that is not plain UTF-8";
        }
    }
    if (change->flags & ~(uint64_t)FLAGS_ALL) {
        return "a flag is set that the header does not know";
    }
    if (change->received_ms < 0 || change->received_ms > jd_clock_now_ms() + 1000) {
        return "received_ms lies in the future or before 1970";
    }
    return change->bytes < 0 ? "bytes is negative" : NULL;
}

static enum jd_status take_change(struct jd_change_sink *sink, const struct jd_change *change)
{
    struct listing *listing = (struct listing *)sink;
    const char *fault = judge(listing, change);
    if (fault) {
        jd_check_fail(listing->check, "%s (key '" JD_SPAN_FMT "')", fault,
                JD_SPAN_ARG(jd_span_sub(change->key, 0, 80)));
        return JD_CANCELLED;
    }
    struct item *item = jd_arena_new(listing->check->arena, struct item);
    struct jd_span key = jd_arena_copy(listing->check->arena, change->key);
    if (!item || !key.data) {
        jd_check_fail(listing->check, "the listing is endless (%zu changes)", listing->count);
        return JD_CANCELLED;
    }
    *item = (struct item){ .kind = change->kind, .key = key, .bytes = change->bytes };
    if (listing->open_full && jd_map_set(listing->keys, key, item)) {
        jd_check_fail(
                listing->check, "key '" JD_SPAN_FMT "' is listed twice", JD_SPAN_ARG(key));
    }
    *listing->tail = item;
    listing->tail = &item->next;
    listing->count++;
    listing->puts += change->kind == JD_CHANGE_PUT;
    listing->gones += change->kind == JD_CHANGE_GONE;
    return refuse(listing, listing->refuse_emit);
}

static enum jd_status take_commit(struct jd_change_sink *sink, struct jd_span cursor)
{
    struct listing *listing = (struct listing *)sink;
    if (cursor.len > CURSOR_MAX) {
        jd_check_fail(listing->check, "a cursor of %zu bytes is over 64 KiB", cursor.len);
    }
    if (listing->refuse_commit == JD_OK) {
        listing->commits++;
        listing->open_full = false;
        listing->cursor = jd_arena_copy(listing->check->arena, cursor);
    }
    return refuse(listing, listing->refuse_commit);
}

static void listing_init(struct listing *listing, struct jd_check *check)
{
    *listing = (struct listing){
        .sink = { JD_SIZE(jd_change_sink), take_full, take_change, take_commit },
        .check = check,
    };
    listing->tail = &listing->first;
}

static const struct jd_source_ops *ops_of(const struct jd_check *check)
{
    return check->service->ops;
}

/* Makes mail if the caller named none; a source without either is skipped. */
static bool have_mail(struct jd_check *check, unsigned count)
{
    if (check->fixture) {
        jd_fixture_make(check, count);
    } else if (check->options_count == 0) {
        jd_check_skip(check, "say with --option where there is mail");
    }
    return !jd_check_over(check);
}

static bool own_mail(struct jd_check *check, unsigned count)
{
    if (!check->fixture) {
        jd_check_skip(check, "needs a mailbox of our own making (--fixture)");
        return false;
    }
    return have_mail(check, count);
}

/* Opens and lists in full. False: the case is over. */
static bool open_and_list(struct jd_check *check, void **out_self, struct listing *listing)
{
    struct jd_error error = { 0 };
    struct jd_call call = call_now();
    listing_init(listing, check);
    if (!jd_check_open(check, out_self)) {
        return false;
    }
    enum jd_status status =
            ops_of(check)->changes(*out_self, &call, JD_SPAN(""), &listing->sink, &error);
    if (status != JD_OK) {
        jd_check_fail(
                check, "a full listing answered %s: %s", jd_status_name(status), error.text);
    }
    return !jd_check_over(check);
}

/* Lists what changed since `listing->cursor`, as JD_OK or JD_NONE. */
static bool
list_again(struct jd_check *check, void *self, struct jd_span cursor, struct listing *listing)
{
    struct jd_error error = { 0 };
    struct jd_call call = call_now();
    listing_init(listing, check);
    listing->cursor = cursor;
    enum jd_status status = ops_of(check)->changes(self, &call, cursor, &listing->sink, &error);
    if (status != JD_OK && status != JD_NONE) {
        jd_check_fail(check, "changes since a cursor answered %s: %s", jd_status_name(status),
                error.text);
    }
    return !jd_check_over(check);
}

/* --- The cases. --- */

static void refuse_wrong_path(struct jd_check *check)
{
    if (!jd_option_find(check->service->options, "path")) {
        jd_check_skip(check, "it has no option path");
        return;
    }
    struct jd_option_text path = { .name = "path" };
    path.text = jd_arena_format(check->arena, "%s/there-is-nothing-here", check->dir).data;
    struct jd_error error = { 0 };
    void *self = NULL;
    enum jd_status status = jd_check_open_with(check, &path, &self, &error);
    EXPECT(check, status != JD_OK, "open of %s answered ok", path.text);
    EXPECT(check, status != JD_BUG && status != JD_NONE && status != JD_CANCELLED,
            "open of a missing path answered %s", jd_status_name(status));
    EXPECT(check, strlen(error.text) >= 10, "the error is no sentence: '%s'", error.text);
    EXPECT(check, strstr(error.text, "there-is-nothing-here"),
            "the sentence does not name the path: %s", error.text);
}

static void list_in_full(struct jd_check *check)
{
    void *self;
    struct listing listing;
    if (!have_mail(check, MESSAGES) || !open_and_list(check, &self, &listing)) {
        return;
    }
    EXPECT(check, listing.fulls >= 1, "begin_full was not called for an empty cursor");
    EXPECT(check, listing.commits >= 1 && !listing.open_full, "the listing was not committed");
    EXPECT(check, listing.puts > 0, "no message was listed");
    EXPECT(check, listing.cursor.len > 0, "the cursor is empty, which means a full listing");
    if (check->fixture) {
        EXPECT(check, listing.puts == MESSAGES, "%zu of %d messages were listed", listing.puts,
                MESSAGES);
    }
    ops_of(check)->close(self);
}

static void list_nothing(struct jd_check *check)
{
    void *self;
    struct listing listing;
    if (!own_mail(check, 0) || !open_and_list(check, &self, &listing)) {
        return;
    }
    EXPECT(check, listing.puts == 0, "%zu messages were listed", listing.puts);
    EXPECT(check, listing.fulls >= 1 && listing.commits >= 1,
            "an empty mailbox is a full listing of nothing: begin_full, commit");
    ops_of(check)->close(self);
}

static bool fetch(struct jd_check *check, void *self, struct jd_span key, struct jd_buf *out)
{
    struct jd_error error = { 0 };
    struct jd_call call = call_now();
    struct jd_buf_sink sink = jd_buf_sink(out);
    enum jd_status status = ops_of(check)->fetch(self, &call, key, &sink.sink, &error);
    if (status != JD_OK) {
        jd_check_fail(check, "fetch of a listed key answered %s: %s", jd_status_name(status),
                error.text);
    }
    return status == JD_OK;
}

static void fetch_each(struct jd_check *check)
{
    void *self;
    struct listing listing;
    if (!have_mail(check, MESSAGES) || !open_and_list(check, &self, &listing)) {
        return;
    }
    size_t fetched = 0;
    bool marked[MESSAGES + 1] = { false };
    for (struct item *item = listing.first; item && fetched < FETCHES_MAX;
            item = item->next, fetched++) {
        struct jd_buf bytes = jd_buf_init(MESSAGE_MAX);
        if (!fetch(check, self, item->key, &bytes)) {
            return;
        }
        EXPECT(check, bytes.len > 0, "a message has no bytes");
        EXPECT(check, item->bytes == 0 || item->bytes == (int64_t)bytes.len,
                "a message was listed with %lld bytes and has %zu", (long long)item->bytes,
                bytes.len);
        for (unsigned number = 1; check->fixture && number <= MESSAGES; number++) {
            marked[number] |= strstr(bytes.data, jd_fixture_mark(check, number)) != NULL;
        }
        EXPECT(check, !check->fixture || strstr(bytes.data, "\nFrom here on") != NULL,
                "a line of the body that begins with 'From ' was changed");
        jd_buf_finish(&bytes);
    }
    for (unsigned number = 1; check->fixture && number <= MESSAGES; number++) {
        EXPECT(check, marked[number], "no key yields message %u", number);
    }
    ops_of(check)->close(self);
}

static void fetch_unknown(struct jd_check *check)
{
    void *self;
    struct listing listing;
    if (!have_mail(check, 2) || !open_and_list(check, &self, &listing)) {
        return;
    }
    static const char *const keys[] = { "no such key", "../../../etc/passwd", "\x01\xff", "0" };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct jd_error error = { 0 };
        struct jd_call call = call_now();
        struct jd_buf bytes = jd_buf_init(MESSAGE_MAX);
        struct jd_buf_sink sink = jd_buf_sink(&bytes);
        EXPECT_STATUS(check,
                ops_of(check)->fetch(self, &call, jd_span_of(keys[i]), &sink.sink, &error),
                JD_GONE, error);
        EXPECT(check, bytes.len == 0, "an unknown key yields bytes");
        EXPECT(check, error.text[0], "gone, and no sentence");
    }
    ops_of(check)->close(self);
}

static enum jd_status refuse_bytes(struct jd_byte_sink *sink, struct jd_span bytes)
{
    (void)sink, (void)bytes; // refuses everything
    return JD_REJECTED;
}

static void return_refusals(struct jd_check *check)
{
    void *self;
    struct listing listing;
    if (!have_mail(check, MESSAGES) || !jd_check_open(check, &self)) {
        return;
    }
    struct jd_error error = { 0 };
    for (int where = 0; where < 3; where++) {
        struct jd_call call = call_now();
        listing_init(&listing, check);
        listing.refuse_full = where == 0 ? JD_CANCELLED : JD_OK;
        listing.refuse_emit = where == 1 ? JD_REJECTED : JD_OK;
        listing.refuse_commit = where == 2 ? JD_RETRY_LATER : JD_OK;
        enum jd_status expected =
                (enum jd_status[]){ JD_CANCELLED, JD_REJECTED, JD_RETRY_LATER }[where];
        EXPECT_STATUS(check,
                ops_of(check)->changes(self, &call, JD_SPAN(""), &listing.sink, &error),
                expected, error);
        EXPECT(check, !listing.after_refusal, "the sink was called again after it refused");
    }
    listing_init(&listing, check);
    struct jd_call call = call_now();
    EXPECT_OK(check, ops_of(check)->changes(self, &call, JD_SPAN(""), &listing.sink, &error),
            error);
    EXPECT(check, listing.first, "no message was listed");
    struct jd_byte_sink sink = { JD_SIZE(jd_byte_sink), refuse_bytes };
    call = call_now();
    EXPECT_STATUS(check, ops_of(check)->fetch(self, &call, listing.first->key, &sink, &error),
            JD_REJECTED, error);
    ops_of(check)->close(self);
}

static void resume(struct jd_check *check)
{
    void *self;
    struct listing listing, again;
    if (!have_mail(check, MESSAGES) || !open_and_list(check, &self, &listing) ||
            !list_again(check, self, listing.cursor, &again)) {
        return;
    }
    EXPECT(check, again.fulls == 0 && again.puts == 0 && again.gones == 0,
            "nothing changed, but %u full listings, %zu PUT and %zu GONE came", again.fulls,
            again.puts, again.gones);
    ops_of(check)->close(self);
}

static void reopen(struct jd_check *check)
{
    void *self;
    struct listing first, resumed, second;
    if (!have_mail(check, MESSAGES) || !open_and_list(check, &self, &first)) {
        return;
    }
    ops_of(check)->close(self);
    if (!jd_check_open(check, &self) || !list_again(check, self, first.cursor, &resumed)) {
        return;
    }
    EXPECT(check, resumed.fulls == 0 && resumed.count == 0,
            "another instance does not resume at the cursor: %zu changes came", resumed.count);
    ops_of(check)->close(self);
    if (!open_and_list(check, &self, &second)) {
        return;
    }
    EXPECT(check, second.puts == first.puts, "%zu messages at first, %zu later", first.puts,
            second.puts);
    for (struct item *item = second.first; item; item = item->next) {
        EXPECT(check, jd_map_get(first.keys, item->key),
                "key '" JD_SPAN_FMT "' is not stable over a reopen", JD_SPAN_ARG(item->key));
    }
    ops_of(check)->close(self);
}

static void take_odd_cursors(struct jd_check *check)
{
    void *self;
    if (!have_mail(check, 3) || !jd_check_open(check, &self)) {
        return;
    }
    static const char *const cursors[] = { "x", "999 of another version",
        "\xff\xfe\x01\x02\x03\x04\x05\x06\x07\x08" };
    for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
        struct listing listing;
        struct jd_error error = { 0 };
        struct jd_call call = call_now();
        listing_init(&listing, check);
        enum jd_status status = ops_of(check)->changes(
                self, &call, jd_span_of(cursors[i]), &listing.sink, &error);
        EXPECT(check, status == JD_OK || status == JD_BAD_INPUT,
                "a cursor that it never gave answered %s: list in full, or bad_input",
                jd_status_name(status));
        EXPECT(check, status != JD_OK || listing.fulls > 0,
                "it resumed at a cursor that it never gave");
    }
    ops_of(check)->close(self);
}

static void cancel(struct jd_check *check)
{
    void *self;
    struct listing listing;
    if (!have_mail(check, MESSAGES) || !jd_check_open(check, &self)) {
        return;
    }
    int32_t cancelled = 1;
    struct jd_call call = call_now();
    call.cancelled = &cancelled;
    struct jd_error error = { 0 };
    listing_init(&listing, check);
    enum jd_status status =
            ops_of(check)->changes(self, &call, JD_SPAN(""), &listing.sink, &error);
    EXPECT(check, status == JD_CANCELLED, "a cancelled listing answered %s",
            jd_status_name(status));
    EXPECT(check, listing.commits == 0, "a cancelled listing was committed");
    listing_init(&listing, check);
    cancelled = 0;
    EXPECT_OK(check, ops_of(check)->changes(self, &call, JD_SPAN(""), &listing.sink, &error),
            error);
    ops_of(check)->close(self);
}

static void say_what_to_wait_for(struct jd_check *check)
{
    void *self;
    struct listing listing;
    if (!have_mail(check, 2) || !open_and_list(check, &self, &listing)) {
        return;
    }
    struct jd_wait wait = { JD_SIZE(jd_wait), .fd = -2 };
    ops_of(check)->wait(self, &wait);
    EXPECT(check, wait.fd == -1 || (wait.fd >= 0 && fcntl(wait.fd, F_GETFD) >= 0),
            "fd %d is neither -1 nor an open descriptor", wait.fd);
    EXPECT(check, wait.fd >= 0 || wait.again_ms > 0,
            "neither a descriptor nor a time: news would never come");
    EXPECT(check, wait.again_ms >= 0, "again_ms is negative");
    ops_of(check)->close(self);
}

static void tell_what_is_new(struct jd_check *check)
{
    void *self;
    struct listing listing, news = { 0 };
    if (!own_mail(check, 3) || !open_and_list(check, &self, &listing)) {
        return;
    }
    jd_fixture_add(check, 4);
    int64_t deadline = 0;
    do {
        if (!list_again(check, self, listing.cursor, &news)) {
            return;
        }
    } while (news.puts == 0 && jd_check_pause(check, &deadline));
    EXPECT(check, news.puts > 0, "a new message is not told");
    size_t fresh = 0;
    struct item *newest = NULL;
    for (struct item *item = news.first; item; item = item->next) {
        bool is_new = item->kind == JD_CHANGE_PUT && !jd_map_get(listing.keys, item->key);
        fresh += is_new;
        newest = is_new ? item : newest;
    }
    EXPECT(check, fresh == 1, "one message came, %zu new keys were told", fresh);
    EXPECT(check, news.gones == 0, "one message came, %zu are gone", news.gones);
    struct jd_buf bytes = jd_buf_init(MESSAGE_MAX);
    if (!fetch(check, self, newest->key, &bytes)) {
        return;
    }
    EXPECT(check, strstr(bytes.data, jd_fixture_mark(check, 4)),
            "the new key yields another message");
    jd_buf_finish(&bytes);
    ops_of(check)->close(self);
}

static void tell_what_is_gone(struct jd_check *check)
{
    void *self;
    struct listing listing, news = { 0 };
    if (check->fixture && strcmp(check->fixture, "mbox") == 0) {
        jd_check_skip(check, "an mbox loses no message while we look");
        return;
    }
    if (!own_mail(check, 3) || !open_and_list(check, &self, &listing)) {
        return;
    }
    jd_fixture_remove(check, 2);
    int64_t deadline = 0;
    do {
        if (!list_again(check, self, listing.cursor, &news)) {
            return;
        }
    } while (news.gones == 0 && news.fulls == 0 && jd_check_pause(check, &deadline));
    EXPECT(check, news.fulls > 0 ? news.puts == 2 : news.gones == 1,
            "one of three messages went: %zu GONE, or a full listing of %zu", news.gones,
            news.puts);
    if (news.fulls == 0) {
        struct jd_error error = { 0 };
        struct jd_call call = call_now();
        struct jd_buf bytes = jd_buf_init(MESSAGE_MAX);
        struct jd_buf_sink sink = jd_buf_sink(&bytes);
        EXPECT_STATUS(check,
                ops_of(check)->fetch(self, &call, news.first->key, &sink.sink, &error), JD_GONE,
                error);
    }
    ops_of(check)->close(self);
}

static void know_no_odd_extension(struct jd_check *check)
{
    void *self;
    if (!have_mail(check, 1) || !jd_check_open(check, &self)) {
        return;
    }
    if (ops_of(check)->extension) {
        EXPECT(check, !ops_of(check)->extension(self, "org.example.no-such-thing/1"),
                "it claims an extension that does not exist");
    }
    ops_of(check)->close(self);
}

const struct jd_check_case jd_check_source_cases[] = {
    { "a missing path is refused with a sentence that names it", refuse_wrong_path },
    { "an empty cursor lists everything, once, and commits", list_in_full },
    { "an empty mailbox is a full listing of nothing", list_nothing },
    { "each listed key yields its bytes", fetch_each },
    { "an unknown key is gone", fetch_unknown },
    { "what a sink refuses is returned, and it is not called again", return_refusals },
    { "a cursor resumes with nothing new", resume },
    { "keys and cursors outlive the instance", reopen },
    { "a strange cursor is no trap", take_odd_cursors },
    { "a cancelled call says so and commits nothing", cancel },
    { "wait names a descriptor or a time", say_what_to_wait_for },
    { "a new message is told once", tell_what_is_new },
    { "a removed message is told", tell_what_is_gone },
    { "an unknown extension is NULL", know_no_odd_extension },
    { NULL, NULL },
};
