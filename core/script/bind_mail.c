/* The bound object `mail` as functions see it (class Mail of rules/jackdaw.d.lua). */
#include "base/span.h"
#include "script/api.h"
#include "script/bind_run.h"

#define MAIL_NAME "mail"

struct jd_look *jd_bind_check_look(lua_State *lua)
{
    struct jd_look *look = jd_release_of(lua)->look;
    if (look == NULL) {
        // Does not return.
        (void)luaL_error(lua, "there is no mail while rules are loaded");
    }
    return look;
}

struct jd_span jd_bind_copy_output(lua_State *lua, struct jd_span text, size_t bytes_max)
{
    struct jd_look *look = jd_bind_check_look(lua);
    struct jd_span copy = jd_arena_copy(look->arena, jd_fold_cut(text, bytes_max));
    if (copy.data == NULL) {
        // Does not return.
        (void)jd_sandbox_break(lua, JD_BREACH_OUTPUT, "");
    }
    return copy;
}

const struct jd_zone *jd_look_zone(struct jd_look *look)
{
    if (!look->zone_known) {
        look->zone_known = true;
        // A broken zone file leaves UTC, which `zone` is until then.
        (void)jd_zone_read(look->subject->zone_file, &look->zone, NULL);
    }
    return &look->zone;
}

static void push_span(lua_State *lua, struct jd_span text)
{
    lua_pushlstring(lua, text.data ? text.data : "", text.len);
}

static void set_span(lua_State *lua, const char *name, struct jd_span text)
{
    push_span(lua, text);
    lua_setfield(lua, -2, name);
}

static void set_integer(lua_State *lua, const char *name, int64_t value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
}

static void push_person(lua_State *lua, const struct jd_mail_address *person)
{
    lua_createtable(lua, 0, 3);
    set_span(lua, "address", person->address);
    set_span(lua, "name", person->name);
    const char *at = person->address.len
                             ? memrchr(person->address.data, '@', person->address.len)
                             : NULL;
    size_t skip = at ? (size_t)(at - person->address.data) + 1 : person->address.len;
    set_span(lua, "domain", jd_span_sub(person->address, skip, person->address.len));
}

static void push_people(lua_State *lua, const struct jd_mail_address *people, uint32_t count)
{
    lua_createtable(lua, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        push_person(lua, &people[i]);
        lua_rawseti(lua, -2, i + 1);
    }
}

static void push_date(lua_State *lua, struct jd_look *look)
{
    int64_t date_ms = look->subject->date_ms;
    struct jd_civil civil =
            jd_zone_civil(jd_look_zone(look), date_ms / 1000 - (date_ms % 1000 < 0));
    lua_createtable(lua, 0, 7);
    set_integer(lua, "year", civil.year);
    set_integer(lua, "month", civil.month);
    set_integer(lua, "day", civil.day);
    set_integer(lua, "hour", civil.hour);
    set_integer(lua, "minute", civil.minute);
    set_integer(lua, "weekday",
            jd_civil_weekday(jd_civil_days(civil.year, civil.month, civil.day)));
    char text[64];
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d", civil.year, civil.month, civil.day,
            civil.hour, civil.minute);
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, "text");
}

static void push_attachments(lua_State *lua, const struct jd_mail *mail)
{
    lua_createtable(lua, (int)mail->attachments_count, 0);
    for (uint32_t i = 0; i < mail->attachments_count; i++) {
        const struct jd_mail_attachment *attachment = &mail->attachments[i];
        lua_createtable(lua, 0, 3);
        set_span(lua, "name", attachment->name);
        set_span(lua, "type", attachment->mime_type);
        set_integer(lua, "bytes", (int64_t)attachment->bytes);
        lua_rawseti(lua, -2, i + 1);
    }
}

/* mail:meets(condition) */
static int mail_meets(lua_State *lua)
{
    struct jd_look *look = jd_bind_check_look(lua);
    // The object itself says nothing: there is one mail.
    (void)luaL_checkudata(lua, 1, MAIL_NAME);
    uint32_t condition = jd_bind_check_condition(lua, 2);
    if (look->conditions[condition].has_where) {
        return luaL_error(lua, "a function asks no other function: call it as a local one");
    }
    if (look->conditions[condition].is_late && look->verdict == NULL) {
        return luaL_error(lua, "category, verdict and priority are not known yet");
    }
    jd_sandbox_charge(lua, 20);
    enum jd_truth answer = jd_condition_ask(look, condition);
    if (answer == JD_TRUTH_FAILED) {
        return luaL_error(lua, "the condition that mail:meets asked failed");
    }
    lua_pushboolean(lua, answer == JD_TRUTH_YES);
    return 1;
}

/* mail:header(name) */
static int mail_header(lua_State *lua)
{
    struct jd_look *look = jd_bind_check_look(lua);
    // As above.
    (void)luaL_checkudata(lua, 1, MAIL_NAME);
    struct jd_span name;
    name.data = luaL_checklstring(lua, 2, &name.len);
    jd_sandbox_charge(lua, look->mail->headers_count / 4 + 1);
    for (uint32_t i = 0; i < look->mail->headers_count; i++) {
        if (jd_span_equal_nocase(look->mail->headers[i].name, name)) {
            push_span(lua, look->mail->headers[i].value);
            return 1;
        }
    }
    lua_pushnil(lua);
    return 1;
}

enum field {
    FIELD_ATTACHMENTS = 1,
    FIELD_BODY,
    FIELD_CC,
    FIELD_DATE,
    FIELD_FROM,
    FIELD_HAS_HTML,
    FIELD_HEADER,
    FIELD_IS_FROM_ME,
    FIELD_IS_REPLY,
    FIELD_LANGUAGE,
    FIELD_LIST_ID,
    FIELD_MEETS,
    FIELD_SNIPPET,
    FIELD_SUBJECT,
    FIELD_TEXT,
    FIELD_TO,
};

static const struct {
    const char *name;
    enum field field;
} fields[] = { { "attachments", FIELD_ATTACHMENTS }, { "body", FIELD_BODY }, { "cc", FIELD_CC },
    { "date", FIELD_DATE }, { "from", FIELD_FROM }, { "has_html", FIELD_HAS_HTML },
    { "header", FIELD_HEADER }, { "is_from_me", FIELD_IS_FROM_ME },
    { "is_reply", FIELD_IS_REPLY }, { "language", FIELD_LANGUAGE },
    { "list_id", FIELD_LIST_ID }, { "meets", FIELD_MEETS }, { "snippet", FIELD_SNIPPET },
    { "subject", FIELD_SUBJECT }, { "text", FIELD_TEXT }, { "to", FIELD_TO } };

static void push_field(lua_State *lua, struct jd_look *look, enum field field)
{
    const struct jd_mail *mail = look->mail;
    switch (field) {
    case FIELD_ATTACHMENTS:
        push_attachments(lua, mail);
        return;
    case FIELD_BODY:
        push_span(lua, look->body);
        return;
    case FIELD_CC:
        push_people(lua, mail->cc, mail->cc_count);
        return;
    case FIELD_DATE:
        push_date(lua, look);
        return;
    case FIELD_FROM:
        push_person(lua, &mail->from);
        return;
    case FIELD_HAS_HTML:
        lua_pushboolean(lua, mail->has_html);
        return;
    case FIELD_HEADER:
        lua_pushcfunction(lua, mail_header);
        return;
    case FIELD_IS_FROM_ME:
        lua_pushboolean(lua, jd_condition_from_me(look, NULL) == JD_TRUTH_YES);
        return;
    case FIELD_IS_REPLY:
        lua_pushboolean(lua, mail->is_reply);
        return;
    case FIELD_LANGUAGE:
        push_span(lua, mail->language);
        return;
    case FIELD_LIST_ID:
        push_span(lua, mail->list_id);
        return;
    case FIELD_MEETS:
        lua_pushcfunction(lua, mail_meets);
        return;
    case FIELD_SNIPPET:
        push_span(lua, mail->snippet);
        return;
    case FIELD_SUBJECT:
        push_span(lua, mail->subject);
        return;
    case FIELD_TEXT:
        push_span(lua, mail->text);
        return;
    case FIELD_TO:
        push_people(lua, mail->to, mail->to_count);
        return;
    }
}

static int mail_index(lua_State *lua)
{
    struct jd_look *look = jd_bind_check_look(lua);
    const char *name = luaL_checkstring(lua, 2);
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        if (strcmp(name, fields[i].name) == 0) {
            push_field(lua, look, fields[i].field);
            return 1;
        }
    }
    return luaL_error(lua, "a mail has no '%s'", name);
}

static const char mail_key; // its address: the registry's key of the one object

void jd_bind_push_mail(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &mail_key);
}

void jd_bind_mail(lua_State *lua)
{
    // No memory of its own: it reads the mail that is looked at.
    (void)lua_newuserdatauv(lua, 0, 0);
    (void)luaL_newmetatable(lua, MAIL_NAME);
    lua_pushcfunction(lua, mail_index);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &mail_key);
}

/* For readers. */
// clang-format off: a table to be read
static const struct jd_api_entry mail_api[] = {
    { JD_API_SECTION, NULL, "What functions see", NULL, NULL, NULL },
    { JD_API_CLASS, NULL, "Person", NULL, NULL, NULL },
    { JD_API_FIELD, "Person", "address", NULL, "string", NULL },
    { JD_API_FIELD, "Person", "name", NULL, "string", NULL },
    { JD_API_FIELD, "Person", "domain", NULL, "string", NULL },
    { JD_API_CLASS, NULL, "Date", NULL, NULL, "A date in the owner's time zone." },
    { JD_API_FIELD, "Date", "year", NULL, "integer", NULL },
    { JD_API_FIELD, "Date", "month", NULL, "integer", NULL },
    { JD_API_FIELD, "Date", "day", NULL, "integer", NULL },
    { JD_API_FIELD, "Date", "hour", NULL, "integer", NULL },
    { JD_API_FIELD, "Date", "minute", NULL, "integer", NULL },
    { JD_API_FIELD, "Date", "weekday", NULL, "integer", "Monday is 1" },
    { JD_API_FIELD, "Date", "text", NULL, "string", "\"2025-03-07T09:00\"" },
    { JD_API_CLASS, NULL, "Mail", NULL, NULL,
            "The mail, read-only; dead when the function has returned." },
    { JD_API_FIELD, "Mail", "subject", NULL, "string", NULL },
    { JD_API_FIELD, "Mail", "text", NULL, "string", "all of it, with quotes" },
    { JD_API_FIELD, "Mail", "body", NULL, "string",
            "without quotes, signature and disclaimer" },
    { JD_API_FIELD, "Mail", "snippet", NULL, "string", NULL },
    { JD_API_FIELD, "Mail", "language", NULL, "string", "\"\" when unsure" },
    { JD_API_FIELD, "Mail", "from", NULL, "Person", NULL },
    { JD_API_FIELD, "Mail", "to", NULL, "Person[]", NULL },
    { JD_API_FIELD, "Mail", "cc", NULL, "Person[]", NULL },
    { JD_API_FIELD, "Mail", "date", NULL, "Date", "the mail's own date: the only now" },
    { JD_API_FIELD, "Mail", "is_reply", NULL, "boolean", NULL },
    { JD_API_FIELD, "Mail", "is_from_me", NULL, "boolean", NULL },
    { JD_API_FIELD, "Mail", "has_html", NULL, "boolean", NULL },
    { JD_API_FIELD, "Mail", "list_id", NULL, "string", NULL },
    { JD_API_FIELD, "Mail", "attachments", NULL,
            "{ name: string, type: string, bytes: integer }[]", NULL },
    { JD_API_METHOD, "Mail", "meets", "condition: Condition", "boolean",
            "Evaluates a condition made at load." },
    { JD_API_METHOD, "Mail", "header", "name: string", "string?",
            "The first header field of that name, or nil." },
    { 0 },
};
// clang-format on

void jd_api_mail(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(mail_api, visit, context);
}
