/*
 * Names in the text of a rule file: which are global, and whether the rules API has them. The
 * text is read as words; blocks are followed so far that locals and parameters are known. A
 * file that does not compile is left to the compiler.
 */
#include <stdlib.h>

#include "base/span.h"
#include "script/api.h"
#include "script/lint.h"
#include "script/release.h"

#define WORDS_MAX      40000
#define LOCALS_MAX     2000
#define BLOCKS_MAX     300
#define CANDIDATES_MAX 200

enum word_kind {
    WORD_NAME = 1,
    WORD_TEXT, // of a literal: its content is of no interest
    WORD_SIGN
};

struct word {
    enum word_kind kind;
    struct jd_span text;
    int line;
};

/* A local variable, or a parameter that the host fills. */
struct local {
    struct jd_span name;
    const char *class; // of the API; NULL: the rule's own
};

struct block {
    char opener; // 'b': do, then, function, repeat; '{': a table
    uint32_t locals;
};

struct reader {
    struct jd_lint *lint;
    struct jd_span path;
    bool is_test;
    struct word *words;
    uint32_t count, at;
    struct local locals[LOCALS_MAX];
    uint32_t locals_count;
    struct local pending[20]; // of a `for`, until its `do`
    uint32_t pending_count;
    struct block blocks[BLOCKS_MAX];
    uint32_t blocks_count;
};

/* ---- words ---- */

struct scanner {
    struct jd_span text;
    size_t at;
    int line;
};

static char peek(const struct scanner *s, size_t ahead)
{
    return s->at + ahead < s->text.len ? s->text.data[s->at + ahead] : '\0';
}

static void step(struct scanner *s)
{
    s->line += peek(s, 0) == '\n';
    s->at++;
}

/* How many '=' a long bracket has at the place; -1: there is none. */
static int long_level(const struct scanner *s)
{
    int level = 0;
    if (peek(s, 0) != '[') {
        return -1;
    }
    while (peek(s, 1 + (size_t)level) == '=') {
        level++;
    }
    return peek(s, 1 + (size_t)level) == '[' ? level : -1;
}

static void skip_long(struct scanner *s, int level)
{
    s->at += (size_t)level + 2;
    while (s->at < s->text.len) {
        int equals = 0;
        if (peek(s, 0) == ']') {
            while (equals < level && peek(s, 1 + (size_t)equals) == '=') {
                equals++;
            }
            if (equals == level && peek(s, 1 + (size_t)level) == ']') {
                s->at += (size_t)level + 2;
                return;
            }
        }
        step(s);
    }
}

static void skip_quoted(struct scanner *s)
{
    char quote = peek(s, 0);
    step(s);
    while (s->at < s->text.len && peek(s, 0) != quote) {
        if (peek(s, 0) == '\\') {
            step(s);
        }
        step(s);
    }
    step(s);
}

static void skip_blank(struct scanner *s)
{
    for (;;) {
        if (peek(s, 0) == '-' && peek(s, 1) == '-') {
            s->at += 2;
            int level = long_level(s);
            if (level >= 0) {
                skip_long(s, level);
            } else {
                while (s->at < s->text.len && peek(s, 0) != '\n') {
                    s->at++;
                }
            }
        } else if (s->at < s->text.len && strchr(" \t\r\n\f\v", peek(s, 0)) && peek(s, 0)) {
            step(s);
        } else {
            return;
        }
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c >= '0' && c <= '9');
}

static bool next_word(struct scanner *s, struct word *out)
{
    static const char *const signs[] = { "...", "==", "~=", "<=", ">=", "//", "::", "..", "<<",
        ">>" };
    skip_blank(s);
    if (s->at >= s->text.len) {
        return false;
    }
    size_t begin = s->at;
    out->line = s->line;
    char c = peek(s, 0);
    if (c == '"' || c == '\'') {
        skip_quoted(s);
        out->kind = WORD_TEXT;
    } else if (long_level(s) >= 0) {
        skip_long(s, long_level(s));
        out->kind = WORD_TEXT;
    } else if (is_letter(c)) {
        bool number = c >= '0' && c <= '9';
        while (is_letter(peek(s, 0)) || (number && peek(s, 0) == '.')) {
            s->at++;
        }
        out->kind = number ? WORD_TEXT : WORD_NAME;
    } else {
        out->kind = WORD_SIGN;
        s->at++;
        for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
            if (jd_span_starts(jd_span_sub(s->text, begin, 3), jd_span_of(signs[i]))) {
                s->at = begin + strlen(signs[i]);
                break;
            }
        }
    }
    out->text = jd_span_sub(s->text, begin, s->at - begin);
    return true;
}

static bool is_at(const struct reader *r, int64_t at, const char *text)
{
    return at >= 0 && at < r->count && r->words[at].kind != WORD_TEXT &&
           jd_span_equal(r->words[at].text, jd_span_of(text));
}

/* ---- scopes ---- */

static void declare(struct reader *r, struct jd_span name, const char *class)
{
    if (r->locals_count < LOCALS_MAX) {
        r->locals[r->locals_count++] = (struct local){ name, class };
    }
}

static const struct local *find_local(const struct reader *r, struct jd_span name)
{
    for (uint32_t i = r->locals_count; i-- > 0;) {
        if (jd_span_equal(r->locals[i].name, name)) {
            return &r->locals[i];
        }
    }
    return NULL;
}

static void open_block(struct reader *r, char opener)
{
    if (r->blocks_count < BLOCKS_MAX) {
        r->blocks[r->blocks_count++] = (struct block){ opener, r->locals_count };
    }
}

static void close_block(struct reader *r)
{
    if (r->blocks_count > 0) {
        r->locals_count = r->blocks[--r->blocks_count].locals;
    }
}

static bool is_in_table(const struct reader *r)
{
    return r->blocks_count > 0 && r->blocks[r->blocks_count - 1].opener == '{';
}

/* ---- what the API knows ---- */

struct search {
    struct jd_span owner, name; // owner empty: global names
    bool is_test, found, owner_known;
    const char *candidates[CANDIDATES_MAX];
    uint32_t count;
    bool in_tests; // the entries at hand are of tests
};

static void add_candidate(struct search *search, const char *name)
{
    search->found = search->found || jd_span_equal(jd_span_of(name), search->name);
    if (search->count + 1 < CANDIDATES_MAX) {
        search->candidates[search->count++] = name;
    }
}

static void visit_member(void *context, const struct jd_api_entry *entry)
{
    struct search *search = context;
    bool is_member = entry->kind == JD_API_FIELD || entry->kind == JD_API_METHOD;
    if (is_member && jd_span_equal(jd_span_of(entry->owner), search->owner)) {
        search->owner_known = true;
        add_candidate(search, entry->name);
    }
}

/* The class of a global object: "to" is of Recipients. */
struct class_search {
    struct jd_span object;
    const char *class;
};

static void visit_class(void *context, const struct jd_api_entry *entry)
{
    struct class_search *search = context;
    struct jd_span rest, one;
    if (entry->kind != JD_API_CLASS || entry->owner == NULL) {
        return;
    }
    rest = jd_span_of(entry->owner);
    while (jd_span_split(&rest, ',', &one)) {
        if (jd_span_equal(jd_span_trim(one), search->object)) {
            search->class = entry->name;
        }
    }
}

/* Whether the environment of rules has the name: with `library`, as its member. Its candidates
 * are added. */
static bool
is_in_environment(struct jd_lint *lint, struct jd_span library, struct search *search)
{
    lua_State *lua = lint->release->box->lua;
    int top = lua_gettop(lua);
    bool is_table = true;
    jd_sandbox_push_environment(lua);
    jd_freeze_push_real(lua, -1);
    if (library.len) {
        lua_pushlstring(lua, library.data, library.len);
        lua_rawget(lua, -2);
        is_table = lua_type(lua, -1) == LUA_TTABLE;
        if (is_table) {
            jd_freeze_push_real(lua, -1);
        }
    }
    if (is_table) {
        lua_pushnil(lua);
        while (lua_next(lua, -2)) {
            if (lua_type(lua, -2) == LUA_TSTRING) {
                add_candidate(search, lua_tostring(lua, -2)); // the environment keeps it
            }
            lua_pop(lua, 1);
        }
    }
    lua_settop(lua, top);
    return is_table;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void tell_unknown(struct reader *r,
        const struct word *word,
        struct search *search,
        struct jd_span text)
{
    search->candidates[search->count] = NULL;
    qsort(search->candidates, search->count, sizeof(search->candidates[0]), compare_names);
    jd_lint_add(r->lint,
            (struct jd_lint_finding){ JD_SEVERITY_ERROR, "unknown-name", r->path, word->line,
                    text, jd_lint_meant(r->lint, word->text, search->candidates) });
}

/* OBJECT:name or OBJECT.name, of a class of the API or a library. */
static void check_member(struct reader *r, const char *class, struct jd_span object)
{
    const struct word *word = r->at + 2 < r->count ? &r->words[r->at + 2] : NULL;
    if (word == NULL || word->kind != WORD_NAME ||
            !(is_at(r, r->at + 1, ":") || is_at(r, r->at + 1, "."))) {
        return;
    }
    struct search search = { .name = word->text };
    if (class) {
        search.owner = jd_span_of(class);
        jd_api_each(visit_member, &search);
        search.found = search.found || !search.owner_known;
    } else if (!is_in_environment(r->lint, object, &search)) {
        return;
    }
    if (!search.found) {
        tell_unknown(r, word, &search,
                jd_arena_format(r->lint->arena, "'" JD_SPAN_FMT "' has no '" JD_SPAN_FMT "'",
                        JD_SPAN_ARG(object), JD_SPAN_ARG(word->text)));
    }
}

static const char *const test_names[] = { "at_least", "at_most", "expect", "given", "test",
    NULL };

static bool is_known(struct reader *r, struct jd_span name, struct search *search)
{
    *search = (struct search){ .name = name };
    is_in_environment(r->lint, jd_span_new(NULL, 0), search);
    for (size_t i = 0; r->is_test && test_names[i]; i++) {
        add_candidate(search, test_names[i]);
    }
    return search->found || jd_span_equal(name, JD_SPAN("_ENV"));
}

/* Whether the name at the place is assigned to: `x = 1`, `x, y = 1, 2`. */
static bool is_assigned(const struct reader *r)
{
    int64_t at = r->at + 1;
    while (is_at(r, at, ",") && at + 1 < r->count && r->words[at + 1].kind == WORD_NAME) {
        at += 2;
    }
    return is_at(r, at, "=") && !is_in_table(r);
}

static void check_global(struct reader *r, const struct word *word)
{
    struct search search;
    struct jd_arena *arena = r->lint->arena;
    if (is_assigned(r)) {
        jd_lint_add(r->lint,
                (struct jd_lint_finding){ JD_SEVERITY_ERROR, "global", r->path, word->line,
                        jd_arena_format(arena, "'" JD_SPAN_FMT "' is a global variable",
                                JD_SPAN_ARG(word->text)),
                        jd_arena_format(arena,
                                "write 'local " JD_SPAN_FMT "' before it is used",
                                JD_SPAN_ARG(word->text)) });
        return;
    }
    if (!is_known(r, word->text, &search)) {
        const char *reason = jd_sandbox_refusal(word->text);
        tell_unknown(r, word, &search,
                reason ? jd_arena_format(arena, "'" JD_SPAN_FMT "' is not offered: %s",
                                 JD_SPAN_ARG(word->text), reason)
                       : jd_arena_format(arena, "there is no '" JD_SPAN_FMT "'",
                                 JD_SPAN_ARG(word->text)));
        return;
    }
    struct class_search class = { .object = word->text };
    jd_api_each(visit_class, &class);
    check_member(r, class.class, word->text);
}

/* ---- statements ---- */

/* What the host passes to a function, by what stands before `function`. */
static const char *const *parameters_of(const struct reader *r)
{
    static const char *const of_where[] = { "Mail", NULL };
    static const char *const of_sentence[] = { "Sentence", "Mail", NULL };
    static const char *const of_route[] = { "Mail", "Verdict", "Budget", NULL };
    static const char *const none[] = { NULL };
    int64_t at = r->at;
    if (is_at(r, at - 1, "(") && is_at(r, at - 2, "where")) {
        return of_where;
    }
    if (is_at(r, at - 1, "(") && is_at(r, at - 2, "route")) {
        return of_route;
    }
    return is_at(r, at - 1, "=") && is_at(r, at - 2, "each_sentence") ? of_sentence : none;
}

static void read_function(struct reader *r)
{
    const char *const *classes = parameters_of(r);
    bool is_local = is_at(r, (int64_t)r->at - 1, "local");
    uint32_t at = r->at + 1;
    bool is_method = false;
    if (at < r->count && r->words[at].kind == WORD_NAME) {
        bool bare = is_at(r, at + 1, "(");
        if (is_local) {
            declare(r, r->words[at].text, NULL);
        } else if (!find_local(r, r->words[at].text) && bare) {
            struct jd_span name = r->words[at].text;
            jd_lint_add(r->lint, (struct jd_lint_finding){ JD_SEVERITY_ERROR, "global", r->path,
                                         r->words[at].line,
                                         jd_arena_format(r->lint->arena,
                                                 "'" JD_SPAN_FMT "' is a global function",
                                                 JD_SPAN_ARG(name)),
                                         jd_arena_format(r->lint->arena,
                                                 "write 'local function " JD_SPAN_FMT "'",
                                                 JD_SPAN_ARG(name)) });
        }
        while (at < r->count && !is_at(r, at, "(")) {
            is_method = is_method || is_at(r, at, ":");
            at++;
        }
    }
    open_block(r, 'b');
    if (is_method) {
        declare(r, JD_SPAN("self"), NULL);
    }
    for (at++; at < r->count && !is_at(r, at, ")"); at++) {
        if (r->words[at].kind == WORD_NAME) {
            declare(r, r->words[at].text, *classes);
            classes += *classes != NULL;
        }
    }
    r->at = at;
}

/* The names behind `local` or `for`. */
static void read_names(struct reader *r, bool of_for)
{
    uint32_t at = r->at + 1;
    r->pending_count = of_for ? 0 : r->pending_count;
    while (at < r->count && r->words[at].kind == WORD_NAME) {
        struct jd_span name = r->words[at].text;
        if (!of_for) {
            declare(r, name, NULL);
        } else if (r->pending_count < sizeof(r->pending) / sizeof(r->pending[0])) {
            r->pending[r->pending_count++] = (struct local){ name, NULL };
        }
        at++;
        if (is_at(r, at, "<")) { // an attribute
            at += 3;
        }
        if (!is_at(r, at, ",")) {
            break;
        }
        at++;
    }
    r->at = at - 1;
}

static bool read_keyword(struct reader *r, const struct word *word)
{
    static const char *const plain[] = { "and", "break", "false", "if", "in", "nil", "not",
        "or", "return", "true", "while" };
    struct jd_span text = word->text;
    if (jd_span_equal(text, JD_SPAN("function"))) {
        read_function(r);
    } else if (jd_span_equal(text, JD_SPAN("local"))) {
        if (!is_at(r, r->at + 1, "function")) {
            read_names(r, false);
        }
    } else if (jd_span_equal(text, JD_SPAN("for"))) {
        read_names(r, true);
    } else if (jd_span_equal(text, JD_SPAN("do"))) {
        open_block(r, 'b');
        for (uint32_t i = 0; i < r->pending_count; i++) {
            declare(r, r->pending[i].name, NULL);
        }
        r->pending_count = 0;
    } else if (jd_span_equal(text, JD_SPAN("then")) || jd_span_equal(text, JD_SPAN("repeat"))) {
        open_block(r, 'b');
    } else if (jd_span_equal(text, JD_SPAN("else"))) {
        close_block(r);
        open_block(r, 'b');
    } else if (jd_span_equal(text, JD_SPAN("elseif")) || jd_span_equal(text, JD_SPAN("end"))) {
        close_block(r);
    } else if (jd_span_equal(text, JD_SPAN("until"))) {
        uint32_t kept = r->locals_count; // its condition sees the locals of the block
        close_block(r);
        r->locals_count = kept;
    } else if (jd_span_equal(text, JD_SPAN("goto"))) {
        r->at++;
    } else {
        for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
            if (jd_span_equal(text, jd_span_of(plain[i]))) {
                return true;
            }
        }
        return false;
    }
    return true;
}

static void read_sign(struct reader *r)
{
    if (is_at(r, r->at, "{")) {
        open_block(r, '{');
    } else if (is_at(r, r->at, "}")) {
        close_block(r);
    } else if (is_at(r, r->at, "::")) {
        r->at += 2; // a label and its end
    }
}

static void read_name(struct reader *r, const struct word *word)
{
    bool is_member = is_at(r, (int64_t)r->at - 1, ".") || is_at(r, (int64_t)r->at - 1, ":");
    bool is_key = is_in_table(r) && is_at(r, r->at + 1, "=") &&
                  (is_at(r, (int64_t)r->at - 1, "{") || is_at(r, (int64_t)r->at - 1, ",") ||
                          is_at(r, (int64_t)r->at - 1, ";"));
    if (is_member || is_key) {
        return;
    }
    const struct local *local = find_local(r, word->text);
    if (local == NULL) {
        check_global(r, word);
    } else if (local->class) {
        check_member(r, local->class, word->text);
    }
}

static void read_words(struct reader *r)
{
    for (r->at = 0; r->at < r->count; r->at++) {
        const struct word *word = &r->words[r->at];
        if (word->kind == WORD_SIGN) {
            read_sign(r);
        } else if (word->kind == WORD_NAME && !read_keyword(r, word)) {
            read_name(r, word);
        }
    }
}

void jd_lint_source(struct jd_lint *lint,
        struct jd_span path,
        struct jd_span text,
        bool is_test)
{
    struct scanner scanner = { .text = text, .line = 1 };
    struct reader *reader = jd_xalloc(sizeof(*reader));
    *reader = (struct reader){ .lint = lint, .path = path, .is_test = is_test };
    reader->words = jd_xalloc(WORDS_MAX * sizeof(*reader->words));
    while (reader->count < WORDS_MAX && next_word(&scanner, &reader->words[reader->count])) {
        reader->count++;
    }
    read_words(reader);
    free(reader->words);
    free(reader);
}
