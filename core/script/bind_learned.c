/* learned "NAME": what a model says, as a condition (class Learned of rules/jackdaw.d.lua). */
#include <math.h>

#include "base/span.h"
#include "script/api.h"
#include "script/learned.h"
#include "script/release.h"

#define LEARNED_NAME "learned"

/* Which model and which label a condition asks about: its ids. */
enum {
    ID_MODEL,
    ID_LABEL,
    ID_COUNT
};

static void
set_words(struct jd_look *look, const struct jd_condition *self, struct jd_span label, double p)
{
    struct jd_span words =
            jd_arena_format(look->arena, JD_SPAN_FMT " %.0f %%", JD_SPAN_ARG(label), 100 * p);
    look->found[self - look->conditions] = words;
}

/* `number` is the least probability; none: the label is the one that the model chooses. */
static enum jd_truth test_learned(struct jd_look *look, const struct jd_condition *self)
{
    struct jd_learned_set *set = look->release->learned;
    const struct jd_judgement *judged = jd_learned_ask(set, self->ids[ID_MODEL], look->mail);
    uint32_t label = self->ids[ID_LABEL];
    double probability = judged->probabilities[label];
    bool yes = isnan(self->number) ? judged->label == label : probability >= self->number;
    if (yes) {
        const struct jd_model *model = set->models[self->ids[ID_MODEL]].model;
        set_words(look, self, jd_model_label(model, label), probability);
    }
    return yes ? JD_TRUTH_YES : JD_TRUTH_NO;
}

static int learned_is(lua_State *lua)
{
    jd_bind_check_loading(lua, "is");
    const uint32_t *model = luaL_checkudata(lua, 1, LEARNED_NAME);
    const struct jd_learned *learned = &jd_release_of(lua)->learned->models[*model];
    size_t len;
    const char *name = luaL_checklstring(lua, 2, &len);
    uint32_t label = jd_model_find_label(learned->model, jd_span_new(name, len));
    if (label == JD_LABELS_MAX) {
        return luaL_error(lua, "the model '%s' has no label '%s'",
                jd_release_copy(lua, learned->name).data, name);
    }
    double least = luaL_optnumber(lua, 3, NAN);
    luaL_argcheck(lua, lua_isnoneornil(lua, 3) || (least >= 0 && least <= 1), 3,
            "the least probability is from 0 to 1");
    uint32_t *ids = jd_release_alloc(lua, ID_COUNT * sizeof(*ids));
    ids[ID_MODEL] = *model;
    ids[ID_LABEL] = label;
    uint32_t index;
    struct jd_condition *made = jd_release_new_condition(lua, &index);
    made->test = test_learned;
    made->name = "learned";
    made->pattern = jd_release_copy(lua, learned->name);
    made->header = jd_release_copy(lua, jd_span_new(name, len));
    made->ids = ids;
    made->ids_count = ID_COUNT;
    made->number = least;
    jd_bind_push_condition(lua, index);
    return 1;
}

static int learned(lua_State *lua)
{
    jd_bind_check_loading(lua, "learned");
    size_t len;
    const char *name = luaL_checklstring(lua, 1, &len);
    uint32_t model = jd_learned_find(jd_release_of(lua)->learned, jd_span_new(name, len));
    if (model == JD_LEARNED_MAX) {
        return luaL_error(lua,
                "there is no model '%s': a release has it as the file learned/%s.model", name,
                name);
    }
    uint32_t *self = lua_newuserdatauv(lua, sizeof(*self), 0);
    *self = model;
    luaL_setmetatable(lua, LEARNED_NAME);
    return 1;
}

// clang-format off: tables to be read
static const struct jd_sandbox_name learned_names[] = {
    { "is", learned_is, "makes a condition" },
    { 0 },
};
static const struct jd_sandbox_name names[] = {
    { "learned", learned, "finds a model of the release" },
    { 0 },
};
// clang-format on

void jd_bind_learned(lua_State *lua)
{
    (void)luaL_newmetatable(lua, LEARNED_NAME);
    lua_newtable(lua);
    jd_sandbox_offer(lua, learned_names);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
    jd_sandbox_offer(lua, names);
}

/* For readers. */
// clang-format off: a table to be read
static const struct jd_api_entry learned_api[] = {
    { JD_API_SECTION, NULL, "Models", NULL, NULL, NULL },
    { JD_API_CLASS, NULL, "Learned", NULL, NULL, "A model of the release." },
    { JD_API_METHOD, "Learned", "is",
            "label: string -- one of the model's labels; at_least?: number", "Condition",
            "The model chooses this label; with `at_least`, it gives the label this probability (0 to 1).\n"
            "Each model is asked at most once for a mail." },
    { JD_API_FUNCTION, NULL, "learned", "name: string", "Learned",
            "A model of the release: its file learned/NAME.model, made by `jackdaw learn NAME`.\n"
            "`evidence(3, \"looks like spam\", learned(\"spam\"):is(\"spam\", 0.9))`" },
    { 0 },
};
// clang-format on

void jd_api_learned(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(learned_api, visit, context);
}
