#include "base/token.h"

#include <string.h>

#include "base/token_table.h"
#include "base/utf8.h"

#define TOKEN_MAX_BYTES 40
#define SHARP_S         0xDF

/** What ASCII becomes: 0 separates. */
static const uint8_t ascii_fold[128] = {
    ['0'] = '0',
    ['1'] = '1',
    ['2'] = '2',
    ['3'] = '3',
    ['4'] = '4',
    ['5'] = '5',
    ['6'] = '6',
    ['7'] = '7',
    ['8'] = '8',
    ['9'] = '9',
    ['A'] = 'a',
    ['B'] = 'b',
    ['C'] = 'c',
    ['D'] = 'd',
    ['E'] = 'e',
    ['F'] = 'f',
    ['G'] = 'g',
    ['H'] = 'h',
    ['I'] = 'i',
    ['J'] = 'j',
    ['K'] = 'k',
    ['L'] = 'l',
    ['M'] = 'm',
    ['N'] = 'n',
    ['O'] = 'o',
    ['P'] = 'p',
    ['Q'] = 'q',
    ['R'] = 'r',
    ['S'] = 's',
    ['T'] = 't',
    ['U'] = 'u',
    ['V'] = 'v',
    ['W'] = 'w',
    ['X'] = 'x',
    ['Y'] = 'y',
    ['Z'] = 'z',
    ['a'] = 'a',
    ['b'] = 'b',
    ['c'] = 'c',
    ['d'] = 'd',
    ['e'] = 'e',
    ['f'] = 'f',
    ['g'] = 'g',
    ['h'] = 'h',
    ['i'] = 'i',
    ['j'] = 'j',
    ['k'] = 'k',
    ['l'] = 'l',
    ['m'] = 'm',
    ['n'] = 'n',
    ['o'] = 'o',
    ['p'] = 'p',
    ['q'] = 'q',
    ['r'] = 'r',
    ['s'] = 's',
    ['t'] = 't',
    ['u'] = 'u',
    ['v'] = 'v',
    ['w'] = 'w',
    ['x'] = 'x',
    ['y'] = 'y',
    ['z'] = 'z',
};

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
    char bytes[TOKEN_MAX_BYTES + 1]; // room for the space behind it
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
    jd_buf_add(out, (struct jd_span){ token->bytes, len + 1 });
    return !out->failed;
}

static void add_code_point(struct token *token, uint32_t code_point)
{
    char bytes[4];
    size_t len = jd_utf8_put(code_point, bytes);
    token->cut |= token->len + len > TOKEN_MAX_BYTES;
    if (!token->cut) {
        memcpy(token->bytes + token->len, bytes, len);
        token->len += len;
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

void jd_token_append(struct jd_buf *out, struct jd_span text)
{
    struct token token = { .len = 0 };
    bool room = !out->failed;
    while (room && text.len) {
        uint8_t c = (uint8_t)text.data[0];
        if (c < 0x80 && ascii_fold[c] && token.len < TOKEN_MAX_BYTES && token.previous == 0) {
            token.bytes[token.len++] = (char)ascii_fold[c];
            text.data++;
            text.len--;
        } else {
            room = take(&token, jd_utf8_take(&text), out);
        }
    }
    if (room && end_pairs(&token, out)) {
        end_token(&token, out);
    }
}
