/* The bound objects sentence, due and task (classes Sentence, Due, Task of
 * rules/jackdaw.d.lua). */
#include <math.h>

#include "base/span.h"
#include "script/api.h"
#include "script/bind_run.h"

#define SENTENCE_NAME "sentence"
#define DUE_NAME      "due"
#define TASK_NAME     "task"
#define TITLE_BYTES   200
#define SAYS_MAX      100 // phrases of one question

struct sentence {
    struct jd_sentence span;
    uint32_t generation;
};

static struct jd_span check_sentence(lua_State *lua, struct jd_look **out_look)
{
    *out_look = jd_bind_check_look(lua);
    const struct sentence *self = luaL_checkudata(lua, 1, SENTENCE_NAME);
    if (self->generation != jd_release_of(lua)->generation) {
        luaL_error(lua, "this sentence is of another mail");
    }
    return jd_span_sub(
            (*out_look)->mail->text, self->span.start, self->span.end - self->span.start);
}

/* The sentence folded, in the release's scratch; charged. */
static struct jd_span fold_sentence(lua_State *lua, struct jd_look *look, struct jd_span text)
{
    jd_sandbox_charge(lua, 20 + (int64_t)text.len / 4);
    jd_buf_clear(look->scratch);
    jd_fold_append(look->fold, look->scratch, text);
    return jd_buf_span(look->scratch);
}

static int sentence_text(lua_State *lua)
{
    struct jd_look *look;
    struct jd_span text = check_sentence(lua, &look);
    lua_pushlstring(lua, text.data, text.len);
    return 1;
}

static int sentence_says(lua_State *lua)
{
    struct jd_look *look;
    struct jd_span text = check_sentence(lua, &look);
    struct jd_span folded = fold_sentence(lua, look, text);
    bool is_list = lua_type(lua, 2) == LUA_TTABLE;
    lua_Integer count = is_list ? luaL_len(lua, 2) : 1;
    luaL_argcheck(lua, count <= SAYS_MAX, 2, "too many phrases (100)");
    bool found = false;
    for (lua_Integer i = 1; !found && i <= count; i++) {
        if (is_list) {
            lua_geti(lua, 2, i);
        } else {
            lua_pushvalue(lua, 2);
        }
        struct jd_span phrase;
        phrase.data = luaL_checklstring(lua, -1, &phrase.len);
        luaL_argcheck(
                lua, phrase.len <= JD_WORDS_PHRASE_BYTES, 2, "a phrase is too long (100)");
        jd_sandbox_charge(lua, 10 + (int64_t)folded.len / 8);
        struct jd_phrase read;
        found = jd_phrase_read(look->fold, phrase, look->phrase, &read) &&
                jd_phrase_is_in(look->fold, folded, &read);
        lua_pop(lua, 1);
    }
    lua_pushboolean(lua, found);
    return 1;
}

static int sentence_asks_me(lua_State *lua)
{
    struct jd_look *look;
    struct jd_span text = check_sentence(lua, &look);
    struct jd_span folded = fold_sentence(lua, look, text);
    jd_sandbox_charge(lua, (int64_t)folded.len);
    lua_pushboolean(lua, jd_sentence_asks(look->fold, folded));
    return 1;
}

static int sentence_as_request(lua_State *lua)
{
    struct jd_look *look;
    struct jd_span text = check_sentence(lua, &look);
    jd_sandbox_charge(lua, 50 + (int64_t)text.len);
    jd_buf_clear(look->scratch);
    jd_sentence_request(text, TITLE_BYTES, look->scratch);
    lua_pushlstring(lua, look->scratch->data ? look->scratch->data : "", look->scratch->len);
    return 1;
}

static int sentence_due_date(lua_State *lua)
{
    struct jd_look *look;
    struct jd_span text = check_sentence(lua, &look);
    struct jd_span folded = fold_sentence(lua, look, text);
    jd_sandbox_charge(lua, 100 + (int64_t)folded.len * 4);
    struct jd_due due;
    if (!jd_due_find(folded, jd_look_zone(look), look->subject->date_ms, &due)) {
        lua_pushnil(lua);
        return 1;
    }
    struct jd_due *self = lua_newuserdatauv(lua, sizeof(*self), 0);
    *self = due;
    luaL_setmetatable(lua, DUE_NAME);
    return 1;
}

static int due_index(lua_State *lua)
{
    const struct jd_due *self = luaL_checkudata(lua, 1, DUE_NAME);
    const char *name = luaL_checkstring(lua, 2);
    char text[64];
    if (strcmp(name, "date") == 0) {
        struct jd_civil civil = jd_civil_of_days(self->day);
        snprintf(text, sizeof(text), "%04d-%02d-%02d", civil.year, civil.month, civil.day);
        lua_pushstring(lua, text);
    } else if (strcmp(name, "time") == 0) {
        snprintf(text, sizeof(text), "%02d:%02d", self->hour, self->minute);
        lua_pushstring(lua, self->has_time ? text : NULL);
    } else if (strcmp(name, "days") == 0) {
        lua_pushinteger(lua, self->days_left);
    } else {
        return luaL_error(lua, "a due date has no '%s' (date, time, days)", name);
    }
    return 1;
}

static void read_title(lua_State *lua, struct jd_task_value *made)
{
    struct jd_span title = { "", 0 };
    if (lua_getfield(lua, 1, "title") == LUA_TSTRING) {
        title.data = lua_tolstring(lua, -1, &title.len);
    }
    title = jd_span_trim(title);
    if (title.len == 0) {
        luaL_error(lua, "task: 'title' is a text that is not empty");
    }
    for (size_t i = 0; i < title.len; i++) {
        if ((unsigned char)title.data[i] < 0x20) {
            luaL_error(lua, "task: 'title' is one line");
        }
    }
    if (!jd_fold_is_utf8(title)) {
        luaL_error(lua, "task: 'title' is cut inside a letter: it is not UTF-8");
    }
    made->title = jd_bind_copy_output(lua, title, TITLE_BYTES);
    lua_pop(lua, 1);
}

static void check_task_fields(lua_State *lua)
{
    lua_pushnil(lua);
    while (lua_next(lua, 1)) {
        lua_pop(lua, 1);
        const char *key = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "?";
        if (strcmp(key, "title") != 0 && strcmp(key, "due") != 0 && strcmp(key, "quote") != 0 &&
                strcmp(key, "confidence") != 0) {
            luaL_error(lua, "task has no field '%s' (title, due, quote, confidence)", key);
        }
    }
}

static int make_task(lua_State *lua)
{
    // For its error alone: tasks are made of mails.
    (void)jd_bind_check_look(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    check_task_fields(lua);
    struct jd_task_value made = { .confidence = 0.5,
        .generation = jd_release_of(lua)->generation };
    read_title(lua, &made);
    if (lua_getfield(lua, 1, "due") != LUA_TNIL) {
        const struct jd_due *due = luaL_testudata(lua, -1, DUE_NAME);
        if (due == NULL) {
            return luaL_error(lua, "task: 'due' is what sentence:due_date() gave");
        }
        made.due = *due;
        made.has_due = true;
    }
    if (lua_getfield(lua, 1, "quote") != LUA_TNIL) {
        const struct sentence *quote = luaL_testudata(lua, -1, SENTENCE_NAME);
        if (quote == NULL || quote->generation != made.generation) {
            return luaL_error(lua, "task: 'quote' is a sentence of this mail");
        }
        made.quote = quote->span;
        made.has_quote = true;
    }
    if (lua_getfield(lua, 1, "confidence") != LUA_TNIL) {
        made.confidence = luaL_checknumber(lua, -1);
        if (!(made.confidence >= 0 && made.confidence <= 1)) {
            return luaL_error(lua, "task: 'confidence' is a number from 0 to 1");
        }
    }
    struct jd_task_value *self = lua_newuserdatauv(lua, sizeof(*self), 0);
    *self = made;
    luaL_setmetatable(lua, TASK_NAME);
    return 1;
}

void jd_bind_push_sentence(lua_State *lua, const struct jd_sentence *sentence)
{
    struct sentence *self = lua_newuserdatauv(lua, sizeof(*self), 0);
    *self = (struct sentence){ *sentence, jd_release_of(lua)->generation };
    luaL_setmetatable(lua, SENTENCE_NAME);
}

const struct jd_task_value *jd_bind_test_task(lua_State *lua, int index)
{
    const struct jd_task_value *self = luaL_testudata(lua, index, TASK_NAME);
    return self && self->generation == jd_release_of(lua)->generation ? self : NULL;
}

// clang-format off: tables to be read
static const struct jd_sandbox_name sentence_names[] = {
    { "as_request", sentence_as_request, "makes text" },
    { "asks_me", sentence_asks_me, "looks for phrases; charged by length" },
    { "due_date", sentence_due_date, "reads a date; charged by length" },
    { "says", sentence_says, "looks for 100 phrases at most; charged by length" },
    { "text", sentence_text, "copies" },
    { 0 },
};
static const struct jd_sandbox_name names[] = {
    { "task", make_task, "makes a task of checked fields" },
    { 0 },
};
// clang-format on

void jd_bind_sentence(lua_State *lua)
{
    (void)luaL_newmetatable(lua, SENTENCE_NAME);
    lua_newtable(lua);
    jd_sandbox_offer(lua, sentence_names);
    lua_setfield(lua, -2, "__index");
    (void)luaL_newmetatable(lua, DUE_NAME);
    lua_pushcfunction(lua, due_index);
    lua_setfield(lua, -2, "__index");
    (void)luaL_newmetatable(lua, TASK_NAME);
    lua_pop(lua, 3);
    jd_sandbox_offer(lua, names);
}

/* For readers. */
// clang-format off: a table to be read
static const struct jd_api_entry sentence_api[] = {
    { JD_API_CLASS, NULL, "Sentence", NULL, NULL,
            "A sentence of the mail outside quotes, signature, disclaimer and footer." },
    { JD_API_METHOD, "Sentence", "text", NULL, "string",
            "The sentence as it stands in the mail." },
    { JD_API_METHOD, "Sentence", "says", "words: Words", "boolean",
            "Words as in `body:says`." },
    { JD_API_METHOD, "Sentence", "due_date", NULL, "Due?",
            "A date that the sentence names, in English or German: \"by Friday\", \"tomorrow\", \"until 7\n"
            "March\", \"bis Freitag\", \"by 5 pm\", \"2025-03-07\", \"end of month\", \"next week\", ... nil when there\n"
            "is none or it is over." },
    { JD_API_METHOD, "Sentence", "asks_me", NULL, "boolean",
            "It asks or tells the reader to do something: \"please ...\", \"could you ...\", \"bitte ...\"." },
    { JD_API_METHOD, "Sentence", "as_request", NULL, "string",
            "The sentence as a to-do line: \"Could you please send the plan?\" gives \"Send the plan\"." },
    { JD_API_CLASS, NULL, "Due", NULL, NULL, NULL },
    { JD_API_FIELD, "Due", "date", NULL, "string", "\"2025-03-07\" in the owner's time zone" },
    { JD_API_FIELD, "Due", "time", "?", "string", "\"17:00\" when a time of day was said" },
    { JD_API_FIELD, "Due", "days", NULL, "integer", "days from the mail's date" },
    { JD_API_CLASS, NULL, "Task", NULL, NULL, NULL },
    { JD_API_FUNCTION, NULL, "task",
            "task: { title: string, due?: Due, quote?: Sentence, confidence?: number }", "Task",
            "A task; the title is one line of at most 200 bytes." },
    { 0 },
};
// clang-format on

void jd_api_sentence(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(sentence_api, visit, context);
}
