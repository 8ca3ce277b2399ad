/*
 * A chained hash table over an array of items. Items keep their index until the report that
 * tells the host they are gone, so "before" and "after" live side by side in one struct.
 */
#include "shelf.h"

#include <inttypes.h>
#include <stdlib.h>

#include "call.h"

enum {
    KEY_BYTES_MAX = 512,
    CURSOR_BYTES_MAX = 64,
    CHECK_EVERY = 256,
};

#define FNV_BASIS 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

static uint64_t hash_more(uint64_t hash, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)data[i]) * FNV_PRIME;
    }
    return hash;
}

static uint64_t hash_key(const char *prefix, const char *name, size_t key_len)
{
    return hash_more(hash_more(FNV_BASIS, prefix, strlen(prefix)), name, key_len);
}

static uint64_t hash_item(const struct jd_shelf *shelf, const struct jd_shelf_item *item)
{
    return hash_key(shelf->folders[item->folder].prefix, item->name, item->key_len);
}

// Digests are added up, so each part must be well mixed (the finaliser of MurmurHash3).
static uint64_t digest_part(uint64_t hash, unsigned flags)
{
    hash ^= (uint64_t)flags * 0x9e3779b97f4a7c15ULL;
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return hash ^ (hash >> 33);
}

static void count_in(struct jd_shelf *shelf, const struct jd_shelf_item *item)
{
    shelf->here_digest += digest_part(hash_item(shelf, item), item->flags);
    shelf->here_count++;
}

static void count_out(struct jd_shelf *shelf, const struct jd_shelf_item *item)
{
    shelf->here_digest -= digest_part(hash_item(shelf, item), item->flags);
    shelf->here_count--;
}

static bool grow(void **array, uint32_t *capacity, uint32_t needed, size_t item_bytes)
{
    if (needed <= *capacity) {
        return true;
    }
    uint32_t wanted = *capacity + *capacity / 2 + 16;
    void *bigger = realloc(*array, wanted * item_bytes);
    if (!bigger) {
        return false;
    }
    *array = bigger;
    *capacity = wanted;
    return true;
}

static uint32_t *bucket_of(struct jd_shelf *shelf, uint64_t hash)
{
    return &shelf->buckets[(hash ^ (hash >> 32)) & (shelf->buckets_count - 1)];
}

static bool rehash(struct jd_shelf *shelf, uint32_t buckets_count)
{
    uint32_t *buckets = calloc(buckets_count, sizeof(*buckets));
    if (!buckets) {
        return false;
    }
    uint32_t *old = shelf->buckets, old_count = shelf->buckets_count;
    shelf->buckets = buckets;
    shelf->buckets_count = buckets_count;
    for (uint32_t b = 0; b < old_count; b++) {
        for (uint32_t i = old[b], next; i; i = next) {
            struct jd_shelf_item *item = &shelf->items[i - 1];
            next = item->next;
            uint32_t *bucket = bucket_of(shelf, hash_item(shelf, item));
            item->next = *bucket;
            *bucket = i;
        }
    }
    free(old);
    return true;
}

static struct jd_shelf_item *new_item(struct jd_shelf *shelf)
{
    uint32_t index;
    if (shelf->items_free) {
        index = shelf->items_free - 1;
        shelf->items_free = shelf->items[index].next;
    } else {
        if (shelf->items_count >= shelf->buckets_count &&
                !rehash(shelf, shelf->buckets_count ? shelf->buckets_count * 2 : 64)) {
            return NULL;
        }
        if (!grow((void **)&shelf->items, &shelf->items_capacity, shelf->items_count + 1,
                    sizeof(*shelf->items))) {
            return NULL;
        }
        index = shelf->items_count++;
    }
    struct jd_shelf_item *item = &shelf->items[index];
    memset(item, 0, sizeof(*item));
    return item;
}

static void free_item(struct jd_shelf *shelf, struct jd_shelf_item *item)
{
    uint32_t index = jd_shelf_index(shelf, item);
    uint32_t *link = bucket_of(shelf, hash_item(shelf, item));
    while (*link != index + 1) {
        link = &shelf->items[*link - 1].next;
    }
    *link = item->next;
    free(item->name);
    memset(item, 0, sizeof(*item));
    item->next = shelf->items_free;
    shelf->items_free = index + 1;
}

// Room in `touched` is made when an item is born, so that noting a change never fails.
static void touch(struct jd_shelf *shelf, struct jd_shelf_item *item)
{
    if (!item->touched) {
        item->touched = true;
        shelf->touched[shelf->touched_count++] = jd_shelf_index(shelf, item);
    }
}

static enum jd_status out_of_memory(struct jd_error *error)
{
    return jd_error_set(error, JD_RETRY_LATER,
            "no memory left for the list of messages; free some or lower the number of accounts");
}

void jd_shelf_finish(struct jd_shelf *shelf)
{
    for (uint32_t i = 0; i < shelf->items_count; i++) {
        free(shelf->items[i].name);
    }
    for (uint32_t i = 0; i < shelf->folders_count; i++) {
        free(shelf->folders[i].mailbox);
        free(shelf->folders[i].prefix);
    }
    free(shelf->items);
    free(shelf->buckets);
    free(shelf->folders);
    free(shelf->touched);
    memset(shelf, 0, sizeof(*shelf));
}

uint32_t jd_shelf_folder(struct jd_shelf *shelf, const char *mailbox, const char *prefix)
{
    if (!grow((void **)&shelf->folders, &shelf->folders_capacity, shelf->folders_count + 1,
                sizeof(*shelf->folders))) {
        return UINT32_MAX;
    }
    struct jd_shelf_folder folder = { .mailbox = strdup(mailbox), .prefix = strdup(prefix) };
    if (!folder.mailbox || !folder.prefix) {
        free(folder.mailbox);
        free(folder.prefix);
        return UINT32_MAX;
    }
    shelf->folders[shelf->folders_count] = folder;
    return shelf->folders_count++;
}

struct jd_shelf_item *
jd_shelf_find(struct jd_shelf *shelf, uint32_t folder, struct jd_span key_end)
{
    if (shelf->buckets_count == 0) {
        return NULL;
    }
    uint64_t hash = hash_key(shelf->folders[folder].prefix, key_end.data, key_end.len);
    for (uint32_t i = *bucket_of(shelf, hash); i; i = shelf->items[i - 1].next) {
        struct jd_shelf_item *item = &shelf->items[i - 1];
        if (item->folder == folder && item->key_len == key_end.len &&
                memcmp(item->name, key_end.data, key_end.len) == 0) {
            return item;
        }
    }
    return NULL;
}

struct jd_shelf_item *jd_shelf_find_key(struct jd_shelf *shelf, struct jd_span key)
{
    if (shelf->buckets_count == 0) {
        return NULL;
    }
    uint64_t hash = hash_more(FNV_BASIS, key.data, key.len);
    for (uint32_t i = *bucket_of(shelf, hash); i; i = shelf->items[i - 1].next) {
        struct jd_shelf_item *item = &shelf->items[i - 1];
        const char *prefix = shelf->folders[item->folder].prefix;
        size_t prefix_len = strlen(prefix);
        if (prefix_len + item->key_len == key.len &&
                memcmp(prefix, key.data, prefix_len) == 0 &&
                memcmp(item->name, key.data + prefix_len, item->key_len) == 0) {
            return item;
        }
    }
    return NULL;
}

static struct jd_shelf_item *
add_item(struct jd_shelf *shelf, uint32_t folder, const char *name, size_t key_len)
{
    struct jd_shelf_item *item = new_item(shelf);
    if (!item) {
        return NULL;
    }
    item->name = strdup(name);
    if (!item->name || !grow((void **)&shelf->touched, &shelf->touched_capacity,
                               shelf->items_count, sizeof(*shelf->touched))) {
        free(item->name);
        item->name = NULL;
        item->next = shelf->items_free;
        shelf->items_free = jd_shelf_index(shelf, item) + 1;
        return NULL;
    }
    item->folder = folder;
    item->key_len = (uint16_t)key_len;
    uint32_t *bucket = bucket_of(shelf, hash_item(shelf, item));
    item->next = *bucket;
    *bucket = jd_shelf_index(shelf, item) + 1;
    return item;
}

static bool rename_item(struct jd_shelf_item *item, const char *name)
{
    if (strcmp(item->name, name) == 0) {
        return true;
    }
    char *copy = strdup(name);
    if (copy) {
        free(item->name);
        item->name = copy;
    }
    return copy != NULL;
}

enum jd_status jd_shelf_put(struct jd_shelf *shelf,
        uint32_t folder,
        const char *name,
        size_t key_len,
        unsigned flags,
        struct jd_shelf_item **out_item,
        struct jd_error *error)
{
    struct jd_shelf_item *item =
            jd_shelf_find(shelf, folder, (struct jd_span){ name, key_len });
    if (!item) {
        item = add_item(shelf, folder, name, key_len);
    } else if (!rename_item(item, name)) {
        item = NULL;
    }
    if (!item) {
        return out_of_memory(error);
    }
    if (!item->here || item->flags != flags) {
        if (item->here) {
            count_out(shelf, item);
        }
        item->flags = (uint8_t)flags;
        item->here = true;
        count_in(shelf, item);
        touch(shelf, item);
    }
    item->seen = shelf->sweep;
    if (out_item) {
        *out_item = item;
    }
    return JD_OK;
}

void jd_shelf_rewrite(struct jd_shelf *shelf, struct jd_shelf_item *item)
{
    item->rewritten = true;
    touch(shelf, item);
}

void jd_shelf_drop(struct jd_shelf *shelf, struct jd_shelf_item *item)
{
    if (item->here) {
        count_out(shelf, item);
        item->here = false;
        item->twin = false;
        touch(shelf, item);
    }
}

void jd_shelf_sweep_begin(struct jd_shelf *shelf, uint32_t folder)
{
    shelf->folders[folder].sweep = ++shelf->sweep;
}

void jd_shelf_sweep_end(struct jd_shelf *shelf)
{
    for (uint32_t i = 0; i < shelf->items_count; i++) {
        struct jd_shelf_item *item = &shelf->items[i];
        if (item->name && item->seen < shelf->folders[item->folder].sweep) {
            jd_shelf_drop(shelf, item);
        }
    }
    jd_shelf_sweep_cancel(shelf);
}

void jd_shelf_sweep_cancel(struct jd_shelf *shelf)
{
    for (uint32_t i = 0; i < shelf->folders_count; i++) {
        shelf->folders[i].sweep = 0;
    }
}

// What was touched is now known to the host: both states become one.
static void settle(struct jd_shelf *shelf)
{
    for (uint32_t i = 0; i < shelf->touched_count; i++) {
        struct jd_shelf_item *item = &shelf->items[shelf->touched[i]];
        item->touched = item->rewritten = item->moved_away = false;
        item->moved_from = 0;
        item->told = item->here;
        item->told_flags = item->flags;
        if (!item->here) {
            free_item(shelf, item);
        }
    }
    shelf->touched_count = 0;
    shelf->told_digest = shelf->here_digest;
    shelf->told_count = shelf->here_count;
    shelf->told_known = true;
}

// One report under way: what emit needs at every step.
struct report {
    struct jd_shelf *shelf;
    struct jd_change_sink *sink;
    const struct jd_host *host;
    const struct jd_call *call;
    struct jd_error *error;
    uint32_t emitted;
};

static struct jd_span write_key(const struct jd_shelf *shelf,
        const struct jd_shelf_item *item,
        char buffer[KEY_BYTES_MAX])
{
    const char *prefix = shelf->folders[item->folder].prefix;
    size_t prefix_len = strlen(prefix);
    if (prefix_len + item->key_len > KEY_BYTES_MAX) {
        return (struct jd_span){ NULL, 0 };
    }
    memcpy(buffer, prefix, prefix_len); // NOLINT(bugprone-not-null-terminated-result): a span
    memcpy(buffer + prefix_len, item->name, item->key_len);
    return (struct jd_span){ buffer, prefix_len + item->key_len };
}

static enum jd_status emit(struct report *report,
        enum jd_change_kind kind,
        const struct jd_shelf_item *item,
        const struct jd_shelf_item *old_item)
{
    char key[KEY_BYTES_MAX], old_key[KEY_BYTES_MAX];
    struct jd_change change = {
        JD_SIZE(jd_change),
        .kind = kind,
        .key = write_key(report->shelf, item, key),
        .mailbox = jd_span_of(report->shelf->folders[item->folder].mailbox),
        .flags = item->flags,
        .received_ms = item->received_ms,
        .bytes = item->bytes,
    };
    if (old_item) {
        change.old_key = write_key(report->shelf, old_item, old_key);
    }
    if (report->emitted++ % CHECK_EVERY == 0) {
        enum jd_status status = jd_call_check(report->host, report->call, report->error);
        if (status != JD_OK) {
            return status;
        }
    }
    return report->sink->emit(report->sink, &change);
}

// Newest first; what arrived in the same second: the later put first, and so is stable.
static int compare_received(const void *left, const void *right, void *context)
{
    const struct jd_shelf *shelf = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int64_t a_ms = shelf->items[a].received_ms, b_ms = shelf->items[b].received_ms;
    if (a_ms != b_ms) {
        return a_ms < b_ms ? 1 : -1;
    }
    return a < b ? 1 : -1;
}

static enum jd_status commit(struct report *report)
{
    char text[CURSOR_BYTES_MAX];
    int len = snprintf(text, sizeof(text), "1 %" PRIu32 " %016" PRIx64,
            report->shelf->here_count, report->shelf->here_digest);
    enum jd_status status =
            report->sink->commit(report->sink, (struct jd_span){ text, (size_t)len });
    if (status == JD_OK) {
        settle(report->shelf);
    }
    return status;
}

static enum jd_status report_all(struct report *report)
{
    struct jd_shelf *shelf = report->shelf;
    uint32_t *order = malloc(((size_t)shelf->here_count + 1) * sizeof(*order));
    if (!order) {
        return out_of_memory(report->error);
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < shelf->items_count; i++) {
        if (shelf->items[i].here) {
            order[count++] = i;
        }
    }
    qsort_r(order, count, sizeof(*order), compare_received, shelf);
    enum jd_status status = report->sink->begin_full(report->sink);
    for (uint32_t i = 0; status == JD_OK && i < count; i++) {
        status = emit(report, JD_CHANGE_PUT, &shelf->items[order[i]], NULL);
    }
    free(order);
    return status == JD_OK ? commit(report) : status;
}

static bool has_gone(const struct jd_shelf_item *item)
{
    return item->told && !item->here && !item->moved_away;
}

// The told item that this new one is, under another key; NULL: it is new.
static struct jd_shelf_item *find_origin(struct jd_shelf *shelf,
        const struct jd_shelf_item *item)
{
    if (item->moved_from && has_gone(&shelf->items[item->moved_from - 1])) {
        return &shelf->items[item->moved_from - 1];
    }
    struct jd_span key_end = { item->name, item->key_len };
    for (uint32_t folder = 0; shelf->names_unique && folder < shelf->folders_count; folder++) {
        struct jd_shelf_item *other = jd_shelf_find(shelf, folder, key_end);
        if (other && has_gone(other)) {
            return other;
        }
    }
    return NULL;
}

static void pair_moves(struct jd_shelf *shelf)
{
    for (uint32_t i = 0; i < shelf->touched_count; i++) {
        struct jd_shelf_item *item = &shelf->items[shelf->touched[i]];
        item->moved_away = false;
    }
    for (uint32_t i = 0; i < shelf->touched_count; i++) {
        struct jd_shelf_item *item = &shelf->items[shelf->touched[i]];
        if (item->here && !item->told) {
            struct jd_shelf_item *origin = find_origin(shelf, item);
            item->moved_from = origin ? jd_shelf_index(shelf, origin) + 1 : 0;
            if (origin) {
                origin->moved_away = true;
            }
        }
    }
}

static enum jd_status report_item(struct report *report, const struct jd_shelf_item *item)
{
    if (item->here && !item->told) {
        return item->moved_from ? emit(report, JD_CHANGE_MOVED, item,
                                          &report->shelf->items[item->moved_from - 1])
                                : emit(report, JD_CHANGE_PUT, item, NULL);
    }
    if (item->here && item->rewritten) {
        enum jd_status status = emit(report, JD_CHANGE_GONE, item, NULL);
        return status == JD_OK ? emit(report, JD_CHANGE_PUT, item, NULL) : status;
    }
    if (item->here && item->flags != item->told_flags) {
        return emit(report, JD_CHANGE_FLAGS, item, NULL);
    }
    return has_gone(item) ? emit(report, JD_CHANGE_GONE, item, NULL) : JD_OK;
}

static enum jd_status report_differences(struct report *report)
{
    struct jd_shelf *shelf = report->shelf;
    if (shelf->touched_count > 0) {
        qsort_r(shelf->touched, shelf->touched_count, sizeof(*shelf->touched), compare_received,
                shelf);
    }
    pair_moves(shelf);
    for (uint32_t i = 0; i < shelf->touched_count; i++) {
        enum jd_status status = report_item(report, &shelf->items[shelf->touched[i]]);
        if (status != JD_OK) {
            return status;
        }
    }
    if (report->emitted == 0) {
        settle(shelf);
        return JD_NONE;
    }
    return commit(report);
}

static bool parse_cursor(struct jd_span cursor, uint32_t *out_count, uint64_t *out_digest)
{
    char text[CURSOR_BYTES_MAX];
    if (cursor.len == 0 || cursor.len >= sizeof(text)) {
        return false;
    }
    memcpy(text, cursor.data, cursor.len);
    text[cursor.len] = '\0';
    int end = 0;
    // NOLINTNEXTLINE(cert-err34-c): what is too long for its number is no cursor of ours
    return sscanf(text, "1 %" SCNu32 " %16" SCNx64 "%n", out_count, out_digest, &end) == 2 &&
           (size_t)end == cursor.len;
}

enum jd_status jd_shelf_report(struct jd_shelf *shelf,
        const struct jd_host *host,
        const struct jd_call *call,
        struct jd_span cursor,
        struct jd_change_sink *sink,
        struct jd_error *error)
{
    struct report report = { shelf, sink, host, call, error, 0 };
    uint32_t count;
    uint64_t digest;
    if (!parse_cursor(cursor, &count, &digest)) {
        return report_all(&report);
    }
    if (shelf->told_known && count == shelf->told_count && digest == shelf->told_digest) {
        return report_differences(&report);
    }
    if (count == shelf->here_count && digest == shelf->here_digest) {
        settle(shelf);
        return JD_NONE;
    }
    return report_all(&report);
}
