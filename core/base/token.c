#include "base/token.h"

#include <string.h>

#include "base/token_table.h"
#include "base/utf8.h"

#define TOKEN_MAX_BYTES 40
#define SHARP_S         0xDF
#define CHUNK_BYTES     1024 // of ASCII taken at once

/** What ASCII becomes: a blank separates. A row is an eighth of the code chart. */
// clang-format off
static const uint8_t ascii_fold[128] = {
    ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
    ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
    ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ' ', ' ', ' ', ' ', ' ', ' ',
    ' ', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', ' ', ' ', ' ', ' ', ' ',
    ' ', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', ' ', ' ', ' ', ' ', ' ',
};
// clang-format on

static enum token_class classify(uint32_t code_point, uint32_t *out_folded)
{
    *out_folded = 0;
    if (code_point >= TOKEN_TABLE_END) {
        return SEPARATOR;
    }
    uint32_t block = token_index[code_point >> TOKEN_TABLE_SHIFT];
    uint32_t offset = code_point & ((1u << TOKEN_TABLE_SHIFT) - 1);
    int32_t entry = token_entries[token_blocks[(block << TOKEN_TABLE_SHIFT) + offset]];
    enum token_class class = (enum token_class)(entry & 7);
    if (class >= LETTER) {
        *out_folded = (uint32_t)((int32_t)code_point + (entry >> 3));
    }
    return class;
}

uint32_t jd_token_fold(uint32_t code_point)
{
    uint32_t folded;
    return classify(code_point, &folded) == SKIP ? JD_TOKEN_SKIP : folded;
}

/** The token being made. */
struct token {
    char bytes[TOKEN_MAX_BYTES + 4]; // room for the space behind it, and for jd_utf8_put
    size_t len;
    bool cut;          // it was longer: the rest of the run is dropped
    uint32_t previous; // the ideograph before, which begins the next pair; 0: none
    bool paired;       // `previous` was written in a pair already
};

/** Writes the token and its space; false when `out` has no room for it. */
static bool end_token(struct token *token, struct jd_buf *out)
{
    size_t len = token->len;
    token->len = 0;
    token->cut = false;
    if (len == 0) {
        return true;
    }
    if (len + 1 > out->max_bytes - out->len) {
        return false;
    }
    token->bytes[len] = ' ';
    if (out->capacity - out->len > sizeof(token->bytes)) {
        // A copy of constant size is a few moves, where the exact one would be a call.
        memcpy(out->data + out->len, token->bytes, sizeof(token->bytes));
        out->len += len + 1;
        out->data[out->len] = '\0';
        return true;
    }
    jd_buf_add(out, (struct jd_span){ token->bytes, len + 1 });
    return !out->failed;
}

static inline void add_code_point(struct token *token, uint32_t code_point)
{
    if (!token->cut) {
        size_t len = jd_utf8_put(code_point, token->bytes + token->len);
        token->cut = token->len + len > TOKEN_MAX_BYTES;
        token->len += token->cut ? 0 : len;
    }
}

/** An ideograph that stands alone is a token; in a run it was part of a pair. */
static bool end_pairs(struct token *token, struct jd_buf *out)
{
    uint32_t alone = token->paired ? 0 : token->previous;
    token->previous = 0;
    token->paired = false;
    if (alone == 0) {
        return true;
    }
    add_code_point(token, alone);
    return end_token(token, out);
}

static bool add_pair(struct token *token, uint32_t code_point, struct jd_buf *out)
{
    bool room = true;
    if (token->previous) {
        add_code_point(token, token->previous);
        add_code_point(token, code_point);
        room = end_token(token, out);
        token->paired = true;
    } else {
        room = end_token(token, out);
    }
    token->previous = code_point;
    return room;
}

/** Takes one code point into the token; false when `out` is full. */
static bool take(struct token *token, uint32_t code_point, struct jd_buf *out)
{
    uint32_t folded;
    switch (classify(code_point, &folded)) {
    case SKIP:
        return true;
    case PAIR:
        return add_pair(token, folded, out);
    case MARK:
        if (token->len) {
            add_code_point(token, folded);
        }
        return true;
    case LETTER:
        if (!end_pairs(token, out)) {
            return false;
        }
        add_code_point(token, folded == SHARP_S ? 's' : folded);
        if (folded == SHARP_S) {
            add_code_point(token, 's');
        }
        return true;
    case SEPARATOR:
        break;
    }
    return end_pairs(token, out) && end_token(token, out);
}

/**
 * Most mail is ASCII, and a search index is built from all of it: the ASCII front of `text`
 * goes straight into `out`, without a branch on where a token ends. A token that is not at its
 * end, or is too long, moves into `token`, for the slow way to go on with.
 */
static void take_ascii(struct token *token, struct jd_span *text, struct jd_buf *out)
{
    const uint8_t *in = (const uint8_t *)text->data;
    size_t len = text->len < CHUNK_BYTES ? text->len : CHUNK_BYTES;
    char *to = out->data + out->len;
    size_t end = 0, run = 0; // run: letters of the token being made
    size_t was_separator = 1;
    size_t i;
    for (i = 0; i < len && in[i] < 0x80 && run <= TOKEN_MAX_BYTES; i++) {
        size_t separator = ascii_fold[in[i]] == ' ';
        to[end] = (char)ascii_fold[in[i]];
        end += 1 - (separator & was_separator); // one space, however many separators
        run = (run + 1) & (separator - 1);
        was_separator = separator;
    }
    text->data += i;
    text->len -= i;
    token->len = run < TOKEN_MAX_BYTES ? run : TOKEN_MAX_BYTES;
    memcpy(token->bytes, to + end - run, token->len);
    out->len += end - run;
    out->data[out->len] = '\0';
}

/** Whether `out` has room for a chunk of ASCII, however it falls. */
static bool has_room(struct jd_buf *out)
{
    if (out->max_bytes - out->len < CHUNK_BYTES) {
        return false;
    }
    return out->capacity > out->len + CHUNK_BYTES || jd_buf_reserve(out, CHUNK_BYTES);
}

void jd_token_append(struct jd_buf *out, struct jd_span text)
{
    struct token token = { .len = 0 };
    bool room = !out->failed;
    while (room && text.len) {
        bool ascii = (uint8_t)text.data[0] < 0x80;
        if (ascii && token.len == 0 && token.previous == 0 && has_room(out)) {
            take_ascii(&token, &text, out);
        } else {
            room = take(&token, jd_utf8_take(&text), out);
        }
    }
    if (room && end_pairs(&token, out)) {
        end_token(&token, out);
    }
}
