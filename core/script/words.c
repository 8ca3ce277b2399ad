/* Aho-Corasick: a trie while words are added, a full transition table after compile. */
#include "script/words.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/span.h"

#define MATCH_BIT       0x8000 // in a transition: the state it leads to ends a word

#define LINE_BYTES      64
#define LINE_CELLS      (LINE_BYTES / sizeof(uint16_t))

#define LANES           4
#define LANES_BYTES_MIN 1024 // shorter texts gain nothing

struct word {
    char *text;       // as written; owned
    uint32_t length;  // bytes folded
    uint32_t next;    // further word that ends at the same state; JD_WORDS_NONE: none
    bool left, right; // must begin, end at a border
};

/* A state of the trie: its children are a list of siblings. */
struct node {
    uint32_t child, sibling;
    uint32_t word;   // first word that ends here
    uint32_t fail;   // longest proper suffix that is a state
    uint32_t output; // nearest suffix state (or itself) that ends a word; 0: none
    uint8_t byte;
};

struct jd_words {
    struct jd_fold fold;
    struct word *words;
    uint32_t words_count, words_capacity;
    struct jd_map *ids; // folded phrase with its stars to id + 1
    struct node *nodes; // 0 is the root
    uint32_t nodes_count, nodes_capacity;
    uint16_t *table;    // [state * row + class]: a state, MATCH_BIT; aligned to cache lines
    void *table_memory; // owned: what the table lies in
    uint32_t row;       // cells of a state: whole cache lines
    uint32_t longest;   // bytes of the longest word, folded
    uint8_t class_of[256];
};

bool jd_phrase_read(const struct jd_fold *fold,
        struct jd_span text,
        struct jd_buf *scratch,
        struct jd_phrase *out)
{
    text = jd_span_trim(text);
    bool open_left = text.len > 1 && text.data[0] == '*';
    bool open_right = text.len > 1 && text.data[text.len - 1] == '*';
    text = jd_span_sub(text, open_left, text.len - open_left - open_right);
    jd_buf_clear(scratch);
    jd_fold_append(fold, scratch, text);
    out->folded = jd_buf_span(scratch);
    if (out->folded.len > 1 && out->folded.data[out->folded.len - 1] == ' ') {
        out->folded.len--;
    }
    out->left = !open_left && jd_fold_letter_at(fold, out->folded, 0);
    out->right = !open_right && jd_fold_letter_before(fold, out->folded, out->folded.len);
    return out->folded.len > 0 && !scratch->failed;
}

static uint32_t add_node(struct jd_words *words, uint8_t byte)
{
    if (words->nodes_count == words->nodes_capacity) {
        words->nodes_capacity = words->nodes_capacity ? words->nodes_capacity * 2 : 256;
        words->nodes = jd_xrealloc(words->nodes, words->nodes_capacity * sizeof(struct node));
    }
    words->nodes[words->nodes_count] = (struct node){ .byte = byte, .word = JD_WORDS_NONE };
    return words->nodes_count++;
}

static uint32_t child_of(const struct jd_words *words, uint32_t node, uint8_t byte)
{
    uint32_t child = words->nodes[node].child;
    while (child && words->nodes[child].byte != byte) {
        child = words->nodes[child].sibling;
    }
    return child;
}

static uint32_t grow_trie(struct jd_words *words, struct jd_span folded)
{
    uint32_t node = 0;
    for (size_t i = 0; i < folded.len; i++) {
        uint8_t byte = (uint8_t)folded.data[i];
        uint32_t child = child_of(words, node, byte);
        if (child == 0) {
            child = add_node(words, byte);
            words->nodes[child].sibling = words->nodes[node].child;
            words->nodes[node].child = child;
        }
        node = child;
    }
    return node;
}

struct jd_words *jd_words_create(void)
{
    struct jd_words *words = jd_xalloc(sizeof(*words));
    jd_fold_init(&words->fold);
    words->ids = jd_map_create();
    add_node(words, 0);
    return words;
}

void jd_words_destroy(struct jd_words **words)
{
    struct jd_words *w = *words;
    if (w == NULL) {
        return;
    }
    for (uint32_t i = 0; i < w->words_count; i++) {
        free(w->words[i].text);
    }
    jd_map_destroy(&w->ids);
    free(w->words);
    free(w->nodes);
    free(w->table_memory);
    free(w);
    *words = NULL;
}

const struct jd_fold *jd_words_fold(const struct jd_words *words)
{
    return &words->fold;
}

static uint32_t
add_word(struct jd_words *words, struct jd_span text, const struct jd_phrase *phrase)
{
    if (words->words_count == words->words_capacity) {
        words->words_capacity = words->words_capacity ? words->words_capacity * 2 : 64;
        words->words = jd_xrealloc(words->words, words->words_capacity * sizeof(struct word));
    }
    uint32_t node = grow_trie(words, phrase->folded);
    char *copy = jd_xalloc(text.len + 1);
    memcpy(copy, text.data, text.len);
    words->words[words->words_count] = (struct word){ .text = copy,
        .length = (uint32_t)phrase->folded.len,
        .next = words->nodes[node].word,
        .left = phrase->left,
        .right = phrase->right };
    words->nodes[node].word = words->words_count;
    words->longest =
            phrase->folded.len > words->longest ? (uint32_t)phrase->folded.len : words->longest;
    return words->words_count++;
}

uint32_t jd_words_add(struct jd_words *words, struct jd_span phrase, struct jd_error *error)
{
    if (phrase.len > JD_WORDS_PHRASE_BYTES) {
        jd_error_set(error, JD_BAD_INPUT, "a word or phrase has at most %d bytes, this one %zu",
                JD_WORDS_PHRASE_BYTES, phrase.len);
        return JD_WORDS_NONE;
    }
    struct jd_buf scratch = jd_buf_init(4 * JD_WORDS_PHRASE_BYTES + 64);
    struct jd_phrase read;
    uint32_t id = JD_WORDS_NONE;
    if (!jd_phrase_read(&words->fold, phrase, &scratch, &read)) {
        jd_error_set(error, JD_BAD_INPUT, "a word or phrase is empty");
    } else {
        char key_bytes[4 * JD_WORDS_PHRASE_BYTES + 8];
        size_t len = read.folded.len < sizeof(key_bytes) - 1 ? read.folded.len
                                                             : sizeof(key_bytes) - 1;
        key_bytes[0] = (char)('0' + read.left + 2 * read.right);
        memcpy(key_bytes + 1, read.folded.data, len);
        struct jd_span key = jd_span_new(key_bytes, len + 1);
        uintptr_t known = (uintptr_t)jd_map_get(words->ids, key);
        if (known) {
            id = (uint32_t)(known - 1);
        } else if (words->nodes_count + read.folded.len > JD_WORDS_STATES_MAX) {
            jd_error_set(error, JD_REJECTED,
                    "the words of all rules together pass %d bytes; use a list for many names",
                    JD_WORDS_STATES_MAX);
        } else {
            id = add_word(words, phrase, &read);
            // What was there before is nothing: jd_map_get said so.
            (void)jd_map_set(words->ids, key, (void *)(uintptr_t)(id + 1));
        }
    }
    jd_buf_finish(&scratch);
    return id;
}

struct jd_span jd_words_text(const struct jd_words *words, uint32_t id)
{
    return jd_span_of(words->words[id].text);
}

uint32_t jd_words_count(const struct jd_words *words)
{
    return words->words_count;
}

/* Bytes that words have get a class each, those that no word has class 0. What text consists of
 * comes first: so a walk touches the first cache line of its rows, and the rows that it visits
 * fit into the processor's cache, which the table does not. */
static void number_classes(struct jd_words *words)
{
    static const char common[] = " etaoinsrhldcumfpgwybvk.,-'";
    bool used[256] = { false };
    uint32_t classes = 1;
    for (uint32_t i = 1; i < words->nodes_count; i++) {
        used[words->nodes[i].byte] = true;
    }
    for (size_t i = 0; i < sizeof(common) - 1 + 256; i++) {
        uint8_t byte = (uint8_t)(i < sizeof(common) - 1 ? (size_t)common[i]
                                                        : i - (sizeof(common) - 1));
        if (used[byte]) {
            used[byte] = false;
            words->class_of[byte] = (uint8_t)classes++;
        }
    }
    words->row = (classes + LINE_CELLS - 1) / LINE_CELLS * LINE_CELLS;
}

/* States in the order of their depth: what mail text visits lies close together. */
static uint32_t *order_states(const struct jd_words *words)
{
    uint32_t *order = jd_xalloc(words->nodes_count * sizeof(*order));
    uint32_t count = 1; // the root is first
    for (uint32_t next = 0; next < count; next++) {
        for (uint32_t c = words->nodes[order[next]].child; c; c = words->nodes[c].sibling) {
            order[count++] = c;
        }
    }
    return order;
}

/* Renumbers the trie by that order. */
static void sort_states(struct jd_words *words)
{
    uint32_t *order = order_states(words);
    uint32_t *place = jd_xalloc(words->nodes_count * sizeof(*place));
    struct node *sorted = jd_xalloc(words->nodes_count * sizeof(*sorted));
    for (uint32_t i = 0; i < words->nodes_count; i++) {
        place[order[i]] = i;
    }
    for (uint32_t i = 0; i < words->nodes_count; i++) {
        sorted[i] = words->nodes[order[i]];
        sorted[i].child = place[sorted[i].child]; // 0 stays 0: the root is nobody's child
        sorted[i].sibling = place[sorted[i].sibling];
    }
    free(words->nodes);
    free(order);
    free(place);
    words->nodes = sorted;
    words->nodes_capacity = words->nodes_count;
}

/* Fills one state's row: what its suffix does, but for its own children. */
static void fill_row(struct jd_words *words, uint32_t state)
{
    uint16_t *row = words->table + (size_t)state * words->row;
    if (state != 0) {
        uint32_t fail = words->nodes[state].fail;
        memcpy(row, words->table + (size_t)fail * words->row, words->row * sizeof(*row));
    }
    for (uint32_t c = words->nodes[state].child; c; c = words->nodes[c].sibling) {
        struct node *child = &words->nodes[c];
        uint16_t *next = &row[words->class_of[child->byte]];
        child->fail = state == 0 ? 0 : *next & ~MATCH_BIT;
        child->output = child->word != JD_WORDS_NONE ? c : words->nodes[child->fail].output;
        *next = (uint16_t)(c | (child->output ? MATCH_BIT : 0));
    }
}

void jd_words_compile(struct jd_words *words)
{
    sort_states(words);
    number_classes(words);
    size_t bytes = (size_t)words->nodes_count * words->row * sizeof(*words->table);
    words->table_memory = jd_xalloc(bytes + LINE_BYTES);
    uintptr_t first_line = (uintptr_t)words->table_memory + LINE_BYTES - 1;
    words->table = (uint16_t *)(first_line - first_line % LINE_BYTES);
    for (uint32_t state = 0; state < words->nodes_count; state++) {
        fill_row(words, state);
    }
}

static bool has_borders(const struct jd_fold *fold,
        struct jd_span folded,
        size_t start,
        size_t end,
        bool left,
        bool right)
{
    return !(left && jd_fold_letter_before(fold, folded, start)) &&
           !(right && jd_fold_letter_at(fold, folded, end));
}

/* A scan of one region. */
struct scan {
    const struct jd_words *words;
    struct jd_span folded;
    uint8_t region;
    uint8_t *hits;
    uint32_t *found;
    uint32_t found_count;
};

/* The words that end with the state that was reached before the byte at `end`. */
static void note_words(struct scan *scan, size_t state, size_t end)
{
    const struct jd_words *words = scan->words;
    for (uint32_t at = words->nodes[state].output; at;
            at = words->nodes[words->nodes[at].fail].output) {
        for (uint32_t id = words->nodes[at].word; id != JD_WORDS_NONE;
                id = words->words[id].next) {
            const struct word *word = &words->words[id];
            if (!(scan->hits[id] & scan->region) &&
                    has_borders(&words->fold, scan->folded, end - word->length, end, word->left,
                            word->right)) {
                scan->hits[id] |= scan->region;
                scan->found[scan->found_count++] = id;
            }
        }
    }
}

static size_t next_state(const struct jd_words *words, size_t state, char byte)
{
    return words->table[state * words->row + words->class_of[(uint8_t)byte]];
}

/* From the byte at `from` to before `to`; the state behind it. */
static size_t scan_part(struct scan *scan, size_t state, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        state = next_state(scan->words, state, scan->folded.data[i]);
        if (state & MATCH_BIT) {
            state &= ~(size_t)MATCH_BIT;
            note_words(scan, state, i + 1);
        }
    }
    return state;
}

/* Each step waits for the table cell of the step before it. So the text is cut into lanes that
 * are walked side by side; each but the first begins early enough to see words that cross its
 * border. */
static void scan_lanes(struct scan *scan)
{
    const struct jd_words *words = scan->words;
    size_t lane = scan->folded.len / LANES;
    size_t states[LANES] = { 0 };
    for (size_t k = 1; k < LANES; k++) {
        size_t early = words->longest < lane ? words->longest : lane;
        states[k] = scan_part(scan, 0, k * lane - early, k * lane);
    }
    for (size_t i = 0; i < lane; i++) {
        size_t any = 0;
        for (size_t k = 0; k < LANES; k++) {
            states[k] = next_state(words, states[k], scan->folded.data[k * lane + i]);
            any |= states[k];
        }
        for (size_t k = 0; (any & MATCH_BIT) && k < LANES; k++) {
            if (states[k] & MATCH_BIT) {
                states[k] &= ~(size_t)MATCH_BIT;
                note_words(scan, states[k], k * lane + i + 1);
            }
        }
    }
    // What the division left over belongs to the last lane; its end state is of no use.
    (void)scan_part(scan, states[LANES - 1], LANES * lane, scan->folded.len);
}

uint32_t jd_words_scan(const struct jd_words *words,
        struct jd_span folded,
        enum jd_region region,
        uint8_t *hits,
        uint32_t *out_found)
{
    struct scan scan = { words, folded, (uint8_t)region, hits, out_found, 0 };
    if (folded.len >= LANES_BYTES_MIN) {
        scan_lanes(&scan);
    } else {
        // As above.
        (void)scan_part(&scan, 0, 0, folded.len);
    }
    return scan.found_count;
}

bool jd_phrase_is_in(const struct jd_fold *fold,
        struct jd_span folded,
        const struct jd_phrase *phrase)
{
    return jd_fold_find(fold, folded, phrase->folded, phrase->left, phrase->right);
}
