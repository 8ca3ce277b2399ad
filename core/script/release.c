/* Making a release of files: manifests, rule files, freezing, one word table. */
#include "script/release.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/span.h"
#include "script/api.h"

#define PROBLEMS_MAX 500

static void add_problem(struct jd_release *release,
        struct jd_span path,
        int line,
        const char *kind,
        struct jd_span text)
{
    if (release->problems_count == PROBLEMS_MAX) {
        return; // who has 500 problems reads the first ones
    }
    if (release->problems_count == release->problems_capacity) {
        release->problems_capacity = release->problems_capacity * 2 + 16;
        release->problems = jd_xrealloc(
                release->problems, release->problems_capacity * sizeof(*release->problems));
    }
    struct jd_span copy = jd_arena_copy(release->arena, text);
    release->problems[release->problems_count++] =
            (struct jd_release_problem){ path, line, copy, kind };
}

void jd_release_add_problem(struct jd_release *release,
        struct jd_span path,
        int line,
        struct jd_span text)
{
    add_problem(release, path, line, "compile", text);
}

static void add_failure(struct jd_release *release,
        struct jd_span path,
        const struct jd_sandbox_failure *failure)
{
    struct jd_span where =
            failure->path[0] ? jd_arena_copy(release->arena, jd_span_of(failure->path)) : path;
    struct jd_span text = jd_span_of(failure->text);
    if (failure->breach != JD_BREACH_NONE) {
        text = jd_arena_format(release->arena, "while loading: %s (%s)", failure->text,
                jd_breach_name(failure->breach));
    }
    // Lua keeps 59 bytes of a path: what is cut there is known here.
    if (jd_span_starts(path, where) || jd_span_starts(where, JD_SPAN("..."))) {
        where = path;
    }
    add_problem(release, where, failure->line,
            failure->is_source ? "compile" : jd_breach_name(failure->breach), text);
}

/* Files. */

static int compare_files(const void *a, const void *b)
{
    return jd_span_compare(
            ((const struct jd_file *)a)->path, ((const struct jd_file *)b)->path);
}

static enum jd_status copy_files(struct jd_release *release,
        const struct jd_release_file *files,
        size_t count,
        struct jd_error *error)
{
    if (count > JD_RELEASE_FILES_MAX) {
        return jd_error_set(error, JD_BAD_INPUT, "a release has at most %d files, this one %zu",
                JD_RELEASE_FILES_MAX, count);
    }
    release->files = jd_arena_zalloc(release->arena, count + 1, sizeof(*release->files));
    for (size_t i = 0; release->files && i < count; i++) {
        struct jd_file *file = &release->files[release->files_count++];
        file->path = jd_arena_copy(release->arena, files[i].path);
        file->content = jd_arena_copy(release->arena, files[i].content);
        file->pack = JD_RELEASE_NONE;
        file->result = LUA_NOREF;
        if (file->path.data == NULL || file->content.data == NULL) {
            release->files = NULL;
        }
    }
    if (release->files == NULL) {
        return jd_error_set(error, JD_BAD_INPUT, "the files of the release pass %u MiB",
                JD_RELEASE_ARENA_BYTES >> 20);
    }
    qsort(release->files, release->files_count, sizeof(*release->files), compare_files);
    return JD_OK;
}

static bool is_manifest(struct jd_span path)
{
    return jd_span_ends(path, JD_SPAN("/pack.lua")) &&
           memchr(path.data, '/', path.len) == path.data + path.len - strlen("/pack.lua");
}

static bool is_rule_file(struct jd_span path)
{
    return jd_span_ends(path, JD_SPAN(".lua")) && !jd_span_ends(path, JD_SPAN(".test.lua")) &&
           !jd_span_ends(path, JD_SPAN(".d.lua")) && !is_manifest(path);
}

/* Running a chunk. */

/* Freezes what the functions from `first` on have captured. */
static void freeze_functions(lua_State *lua, struct jd_release *release, uint32_t first)
{
    for (; first < release->functions_count; first++) {
        if (release->functions[first].reference == LUA_NOREF) {
            continue;
        }
        lua_rawgeti(lua, LUA_REGISTRYINDEX, release->functions[first].reference);
        jd_freeze(lua);
        lua_pop(lua, 1);
    }
}

/* Calls the chunk at index 1 and freezes what it leaves behind; its result is the result. */
static int run_chunk(lua_State *lua)
{
    struct jd_release *release = jd_release_of(lua);
    uint32_t first = release->functions_count, index = release->file;
    lua_settop(lua, 1);
    lua_call(lua, 0, 1);
    freeze_functions(lua, release, first);
    jd_freeze(lua);
    lua_pushvalue(lua, -1);
    release->files[index].result = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 1;
}

void jd_release_measure(const struct jd_release *release, struct jd_release_meter *meter)
{
    const struct jd_sandbox *box = release->box;
    meter->instructions += box->used;
    meter->peak_bytes =
            meter->peak_bytes > box->peak_bytes ? meter->peak_bytes : box->peak_bytes;
}

/* Runs the file's chunk under the load budget. What it returned is on the stack. */
static bool
run_file(struct jd_release *release, struct jd_file *file, struct jd_sandbox_failure *failure)
{
    lua_State *lua = release->box->lua;
    lua_pushcfunction(lua, run_chunk);
    if (!jd_sandbox_load(release->box, file->path.data, file->content, failure)) {
        lua_pop(lua, 1);
        return false;
    }
    int64_t budget = JD_RELEASE_LOAD_BUDGET;
    bool good = jd_sandbox_call(release->box, 1, 1, &budget, failure);
    jd_release_measure(release, &release->load_meter);
    return good;
}

/* Takes back what a file left behind before it failed. */
static void take_back(struct jd_release *release, uint32_t file)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < release->rules_count; i++) {
        if (!jd_span_equal(release->rules[i].path, release->files[file].path)) {
            release->rules[kept++] = release->rules[i];
        }
    }
    release->rules_count = kept;
    for (uint32_t i = 0; i < release->functions_count; i++) {
        if (release->functions[i].file == file) {
            luaL_unref(release->box->lua, LUA_REGISTRYINDEX, release->functions[i].reference);
            release->functions[i].reference = LUA_NOREF;
        }
    }
}

/* require and the loader meet here: each file runs once. Pushes its result; raises an error
 * when it failed, so that what needs it fails too. */
static void push_file_result(lua_State *lua, struct jd_release *release, uint32_t index)
{
    struct jd_file *file = &release->files[index];
    if (file->state == JD_FILE_RUNNING) {
        luaL_error(lua, "require goes in a circle through '%s'", file->path.data);
    }
    if (file->state == JD_FILE_FAILED || file->state == JD_FILE_BARRED) {
        luaL_error(lua, "'%s' failed to load", file->path.data);
    }
    if (file->state == JD_FILE_NEW) {
        uint32_t outer = release->file;
        release->file = index;
        file->state = JD_FILE_RUNNING;
        char name[260];
        snprintf(name, sizeof(name), "=%s", file->path.data);
        lua_pushcfunction(lua, run_chunk);
        if (file->content.len > JD_SANDBOX_SOURCE_BYTES || !jd_fold_is_utf8(file->content) ||
                luaL_loadbufferx(lua, file->content.data, file->content.len, name, "t")) {
            file->state = JD_FILE_NEW; // its own turn reports it
            release->file = outer;
            luaL_error(lua, "'%s' does not compile", file->path.data);
        }
        jd_sandbox_push_environment(lua);
        lua_setupvalue(lua, -2, 1);
        lua_call(lua, 1, 1);
        file->state = JD_FILE_DONE;
        release->file = outer;
        return;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, file->result);
}

/* require "lib/words": lib/words.lua of the same pack. */
static int require(lua_State *lua)
{
    jd_bind_check_loading(lua, "require");
    struct jd_release *release = jd_release_of(lua);
    const char *name = luaL_checkstring(lua, 1);
    const struct jd_file *from = &release->files[release->file];
    if (from->pack == JD_RELEASE_NONE) {
        return luaL_error(lua, "pack.lua requires nothing");
    }
    char path[400];
    struct jd_span pack = release->packs[from->pack].name;
    snprintf(path, sizeof(path), JD_SPAN_FMT "/%s.lua", JD_SPAN_ARG(pack), name);
    for (uint32_t i = 0; i < release->files_count; i++) {
        if (jd_span_equal(release->files[i].path, jd_span_of(path)) &&
                is_rule_file(release->files[i].path)) {
            push_file_result(lua, release, i);
            return 1;
        }
    }
    return luaL_error(lua, "require: there is no file '%s'", path);
}

static void load_rule_file(struct jd_release *release, uint32_t index)
{
    struct jd_file *file = &release->files[index];
    if (file->state != JD_FILE_NEW) {
        return;
    }
    struct jd_sandbox_failure failure;
    release->file = index;
    file->state = JD_FILE_RUNNING;
    if (run_file(release, file, &failure)) {
        file->state = JD_FILE_DONE;
        lua_pop(release->box->lua, 1);
        return;
    }
    // A file that this one required and that was being run did not come to its end either.
    for (uint32_t i = 0; i < release->files_count; i++) {
        if (release->files[i].state == JD_FILE_RUNNING) {
            release->files[i].state = i == index ? JD_FILE_FAILED : JD_FILE_NEW;
            take_back(release, i);
        }
    }
    add_failure(release, file->path, &failure);
}

/* Packs. */

/* Reads the manifest on the stack's index 2 into the pack at index 1 (light userdata). */
static int read_manifest(lua_State *lua)
{
    struct jd_release *release = jd_release_of(lua);
    struct jd_pack *pack = lua_touserdata(lua, 1);
    jd_pack_read(lua, release, release->files[release->file].path, pack);
    return 0;
}

static void load_manifest(struct jd_release *release, uint32_t index)
{
    lua_State *lua = release->box->lua;
    struct jd_file *file = &release->files[index];
    struct jd_sandbox_failure failure;
    struct jd_pack *pack = &release->packs[release->packs_count];
    release->file = index;
    file->state = JD_FILE_DONE;
    lua_pushcfunction(lua, read_manifest);
    lua_pushlightuserdata(lua, pack);
    bool good = run_file(release, file, &failure);
    if (!good) {
        lua_pop(lua, 2);
    } else {
        int64_t budget = JD_RELEASE_LOAD_BUDGET;
        good = jd_sandbox_call(release->box, 2, 0, &budget, &failure);
    }
    if (good) {
        release->packs_count++;
    } else {
        add_failure(release, file->path, &failure);
    }
}

static struct jd_pack *find_pack(const struct jd_release *release, struct jd_span name)
{
    for (uint32_t i = 0; i < release->packs_count; i++) {
        if (jd_span_equal(release->packs[i].name, name)) {
            return &release->packs[i];
        }
    }
    return NULL;
}

static int compare_packs(const void *a, const void *b)
{
    const struct jd_pack *x = a, *y = b;
    if (x->depth != y->depth) {
        return x->depth < y->depth ? -1 : 1;
    }
    return jd_span_compare(x->name, y->name);
}

/* Each pack lies deeper than those that extend it. */
static void order_packs(struct jd_release *release)
{
    for (uint32_t i = 0; i < release->packs_count; i++) {
        struct jd_pack *pack = &release->packs[i];
        if (pack->extends.len && find_pack(release, pack->extends) == NULL) {
            struct jd_span text = jd_arena_format(release->arena,
                    "extends '%s', which is not in the release", pack->extends.data);
            jd_release_add_problem(release, pack->path, 0, text);
        }
        uint32_t depth = 1;
        const struct jd_pack *below = find_pack(release, pack->extends);
        for (struct jd_pack *p = find_pack(release, pack->extends);
                p && depth <= release->packs_count; p = find_pack(release, p->extends)) {
            p->depth = p->depth > depth ? p->depth : depth;
            depth++;
        }
        if (below && depth > release->packs_count) {
            jd_release_add_problem(
                    release, pack->path, 0, JD_SPAN("packs extend each other in a circle"));
        }
    }
    qsort(release->packs, release->packs_count, sizeof(*release->packs), compare_packs);
}

static void assign_packs(struct jd_release *release)
{
    for (uint32_t f = 0; f < release->files_count; f++) {
        struct jd_file *file = &release->files[f];
        for (uint32_t p = 0; p < release->packs_count; p++) {
            struct jd_span name = release->packs[p].name;
            if (jd_span_starts(file->path, name) && file->path.len > name.len &&
                    file->path.data[name.len] == '/' && !is_manifest(file->path)) {
                file->pack = p;
            }
        }
    }
}

/* After loading: order, tune, off, the map and the route of the nearest pack. */

static int compare_rules(const void *a, const void *b)
{
    return jd_span_compare(((const struct jd_rule *)a)->id, ((const struct jd_rule *)b)->id);
}

int jd_release_line_of(const struct jd_release *release, struct jd_span path, struct jd_span id)
{
    for (uint32_t i = 0; i < release->files_count; i++) {
        const struct jd_file *file = &release->files[i];
        if (!jd_span_equal(file->path, path)) {
            continue;
        }
        const char *at = memmem(file->content.data, file->content.len, id.data, id.len);
        int line = at ? 1 : 0;
        for (const char *p = file->content.data; at && p < at; p++) {
            line += *p == '\n';
        }
        return line;
    }
    return 0;
}

static struct jd_rule_evidence *find_evidence(struct jd_release *release, struct jd_span id)
{
    for (uint32_t i = 0; i < release->rules_count; i++) {
        struct jd_rule *rule = &release->rules[i];
        for (uint32_t e = 0; e < rule->evidence_count; e++) {
            if (jd_span_equal(rule->evidence[e].id, id)) {
                return &rule->evidence[e];
            }
        }
    }
    return NULL;
}

static void apply_tune(struct jd_release *release, const struct jd_pack *pack)
{
    for (uint32_t i = 0; i < pack->tune_count; i++) {
        struct jd_rule_evidence *evidence = find_evidence(release, pack->tune[i].id);
        if (evidence) {
            evidence->weight = pack->tune[i].weight;
        } else {
            struct jd_span text = jd_arena_format(
                    release->arena, "tune: there is no evidence '%s'", pack->tune[i].id.data);
            jd_release_add_problem(release, pack->path,
                    jd_release_line_of(release, pack->path, pack->tune[i].id), text);
        }
    }
}

static void apply_off(struct jd_release *release, const struct jd_pack *pack)
{
    for (uint32_t i = 0; i < pack->off_count; i++) {
        struct jd_rule_evidence *evidence = find_evidence(release, pack->off[i]);
        bool found = evidence != NULL;
        if (evidence) {
            evidence->is_off = true;
        }
        for (uint32_t r = 0; r < release->rules_count; r++) {
            if (jd_span_equal(release->rules[r].id, pack->off[i])) {
                release->rules[r].is_off = found = true;
            }
        }
        if (!found) {
            struct jd_span text = jd_arena_format(release->arena,
                    "off: there is no rule or evidence '%s'", pack->off[i].data);
            jd_release_add_problem(release, pack->path,
                    jd_release_line_of(release, pack->path, pack->off[i]), text);
        }
    }
}

static void choose_route(struct jd_release *release)
{
    release->route = JD_RELEASE_NONE;
    for (uint32_t i = 0; i < release->rules_count; i++) {
        const struct jd_rule *rule = &release->rules[i];
        if (rule->kind == JD_RULE_ROUTE && !rule->is_off &&
                (release->route == JD_RELEASE_NONE ||
                        rule->pack < release->rules[release->route].pack)) {
            release->route = i; // packs are sorted: the nearest first
        }
    }
}

static void settle(struct jd_release *release)
{
    if (release->rules_count) {
        qsort(release->rules, release->rules_count, sizeof(*release->rules), compare_rules);
    }
    for (uint32_t i = release->packs_count; i-- > 0;) { // the nearest has the last word
        apply_tune(release, &release->packs[i]);
        apply_off(release, &release->packs[i]);
        if (release->packs[i].map) {
            release->map = release->packs[i].map;
        }
    }
    choose_route(release);
}

/* Remembers what the functions have captured, for the check after each use. */
static int watch_functions(lua_State *lua)
{
    struct jd_release *release = jd_release_of(lua);
    // Again, now that no file runs any more: a later file may have called into an earlier one.
    freeze_functions(lua, release, 0);
    for (uint32_t i = 0; i < release->functions_count; i++) {
        if (release->functions[i].reference == LUA_NOREF) {
            continue;
        }
        lua_rawgeti(lua, LUA_REGISTRYINDEX, release->functions[i].reference);
        jd_watch_init(lua, -1, &release->functions[i].watch);
        lua_pop(lua, 1);
    }
    return 0;
}

static int offer_names(lua_State *lua)
{
    static const struct jd_sandbox_name names[] = {
        { "require", require, "files of the same pack, while loading" },
        { 0 },
    };
    struct jd_sandbox *box = jd_sandbox_of(lua);
    jd_sandbox_begin(box);
    jd_sandbox_offer(lua, names);
    jd_bind_conditions(lua);
    jd_bind_rules(lua);
    jd_bind_mail(lua);
    jd_bind_sentence(lua);
    jd_bind_verdict(lua);
    jd_bind_learned(lua);
    jd_sandbox_seal(box);
    return 0;
}

/* A failure here is of the machine or ours: the functions are our own. */
static enum jd_status
run_own(struct jd_release *release, lua_CFunction function, struct jd_error *error)
{
    struct jd_sandbox_failure failure;
    int64_t budget = INT64_MAX;
    lua_pushcfunction(release->box->lua, function);
    if (!jd_sandbox_call(release->box, 0, 0, &budget, &failure)) {
        return jd_error_set(
                error, JD_BAD_INPUT, "the rules could not be made ready: %s", failure.text);
    }
    return JD_OK;
}

/* All files into a state of their own. A breach ends the state: the file is named, left out,
 * and loading begins anew without it. */
static enum jd_status load_files(struct jd_release *release, struct jd_error *error)
{
    release->box = jd_sandbox_create(release);
    release->words = jd_words_create();
    enum jd_status status = run_own(release, offer_names, error);
    if (status != JD_OK) {
        return status;
    }
    uint32_t manifests = 0;
    for (uint32_t i = 0; i < release->files_count; i++) {
        manifests += is_manifest(release->files[i].path);
    }
    release->packs = jd_arena_zalloc(release->arena, manifests + 1, sizeof(*release->packs));
    if (release->packs == NULL) {
        return jd_error_set(error, JD_BAD_INPUT, "the release is too large");
    }
    for (uint32_t i = 0; i < release->files_count && !release->box->dead; i++) {
        if (is_manifest(release->files[i].path) && release->files[i].state == JD_FILE_NEW) {
            load_manifest(release, i);
        }
    }
    order_packs(release);
    assign_packs(release);
    for (uint32_t i = 0; i < release->files_count && !release->box->dead; i++) {
        if (is_rule_file(release->files[i].path) && release->files[i].pack != JD_RELEASE_NONE) {
            load_rule_file(release, i);
        }
    }
    if (release->box->dead) {
        return JD_NONE;
    }
    settle(release);
    status = run_own(release, watch_functions, error);
    release->box->is_running = true;
    return status;
}

/* Empties what loading wrote, but for files and problems. */
static void clear(struct jd_release *release)
{
    for (uint32_t i = 0; i < release->conditions_count; i++) {
        jd_regex_destroy(&release->conditions[i].regex);
    }
    for (uint32_t i = 0; i < release->functions_count; i++) {
        jd_watch_finish(&release->functions[i].watch);
    }
    jd_sandbox_destroy(&release->box);
    jd_words_destroy(&release->words);
    release->packs_count = release->rules_count = release->conditions_count = 0;
    release->regex_bytes = 0;
    release->functions_count = 0;
    release->outcomes_count = release->drafts_count = 0;
    release->map = NULL;
}

/* The file that broke a limit stays out from now on; its problem stays, the others will be
 * found again. */
static void bar_file(struct jd_release *release)
{
    uint32_t kept = 0;
    release->files[release->file].state = JD_FILE_BARRED;
    for (uint32_t p = 0; p < release->problems_count; p++) {
        for (uint32_t i = 0; i < release->files_count; i++) {
            if (release->files[i].state == JD_FILE_BARRED &&
                    jd_span_equal(release->files[i].path, release->problems[p].path)) {
                release->problems[kept++] = release->problems[p];
                break;
            }
        }
    }
    release->problems_count = kept;
}

static enum jd_status load(struct jd_release *release, struct jd_error *error)
{
    enum jd_status status;
    while ((status = load_files(release, error)) == JD_NONE) {
        bar_file(release);
        clear(release);
        for (uint32_t i = 0; i < release->files_count; i++) {
            struct jd_file *file = &release->files[i];
            file->state = file->state == JD_FILE_BARRED ? JD_FILE_BARRED : JD_FILE_NEW;
            file->pack = JD_RELEASE_NONE;
        }
    }
    return status;
}

/* Models are read once: they are no code, and a renewed state uses them as they are. */
static void load_models(struct jd_release *release)
{
    release->learned = jd_learned_create();
    for (uint32_t i = 0; i < release->files_count; i++) {
        const struct jd_file *file = &release->files[i];
        struct jd_error reason;
        if (jd_learned_is_path(file->path) &&
                jd_learned_add(release->learned, file->path, file->content, release->arena,
                        &reason) != JD_OK) {
            jd_release_add_problem(release, file->path, 0, jd_span_of(reason.text));
        }
    }
}

static struct jd_release *create(void)
{
    struct jd_release *release = jd_xalloc(sizeof(*release));
    release->arena = jd_arena_create(JD_RELEASE_ARENA_BYTES);
    release->route = JD_RELEASE_NONE;
    release->scratch = jd_buf_init(4u << 20);
    release->phrase = jd_buf_init(4096);
    release->folded = jd_buf_init(4u << 20);
    release->body = jd_buf_init(4u << 20);
    return release;
}

void jd_release_destroy(struct jd_release **release)
{
    struct jd_release *r = *release;
    if (r == NULL) {
        return;
    }
    clear(r);
    free(r->rules);
    free(r->conditions);
    free(r->functions);
    free(r->outcomes);
    free(r->drafts);
    free(r->problems);
    free(r->hits);
    free(r->marks);
    free(r->list_marks);
    free(r->words_seen);
    free(r->memo);
    free(r->found);
    free(r->scores);
    jd_regex_room_destroy(&r->room);
    jd_buf_finish(&r->scratch);
    jd_buf_finish(&r->phrase);
    jd_buf_finish(&r->folded);
    jd_buf_finish(&r->body);
    jd_learned_destroy(&r->learned);
    jd_requests_destroy(&r->requests);
    jd_arena_destroy(&r->arena);
    free(r);
    *release = NULL;
}

static enum jd_status fill_report(const struct jd_release *release,
        struct jd_arena *arena,
        struct jd_release_report *out,
        struct jd_error *error)
{
    *out = (struct jd_release_report){ 0 };
    out->problems = jd_arena_zalloc(arena, release->problems_count + 1, sizeof(*out->problems));
    for (uint32_t i = 0; out->problems && i < release->problems_count; i++) {
        const struct jd_release_problem *problem = &release->problems[i];
        struct jd_release_problem copy = { .line = problem->line, .kind = problem->kind };
        copy.path = jd_arena_copy(arena, problem->path);
        copy.text = jd_arena_copy(arena, problem->text);
        if (copy.path.data == NULL || copy.text.data == NULL) {
            out->problems = NULL;
        } else {
            out->problems[out->problems_count++] = copy;
        }
    }
    if (out->problems == NULL) {
        return jd_error_set(error, JD_BAD_INPUT, "the report does not fit into its arena");
    }
    for (uint32_t i = 0; i < release->rules_count; i++) {
        out->rules_count += !release->rules[i].is_off;
    }
    out->instructions = release->load_meter.instructions;
    out->peak_bytes = release->load_meter.peak_bytes;
    return JD_OK;
}

static enum jd_status join_lists(struct jd_release *release, struct jd_error *error)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < release->packs_count; i++) {
        count += release->packs[i].lists_count;
    }
    struct jd_list **all = jd_xalloc((count + 1) * sizeof(struct jd_list *));
    count = 0;
    for (uint32_t i = 0; i < release->packs_count; i++) {
        for (uint32_t k = 0; k < release->packs[i].lists_count; k++) {
            all[count++] = &release->packs[i].lists[k];
        }
    }
    enum jd_status status = jd_lists_make(&release->lists, all, count, release->arena, error);
    free(all);
    return status;
}

static enum jd_status make_ready(struct jd_release *release, struct jd_error *error)
{
    uint32_t words = jd_words_count(release->words);
    jd_words_compile(release->words);
    enum jd_status status = jd_askers_make(release, error);
    if (status == JD_OK) {
        status = join_lists(release, error);
    }
    if (status != JD_OK) {
        return status;
    }
    release->room = jd_regex_room_create();
    if (release->room == NULL) {
        return jd_error_set(error, JD_RETRY_LATER, "regular expressions: no memory");
    }
    release->hits = jd_xalloc(words + 1);
    release->words_seen = jd_xalloc((words + 1) * sizeof(*release->words_seen));
    release->marks = jd_xalloc(release->askers.count + 1);
    release->list_marks = jd_xalloc((size_t)release->lists.count * JD_PEOPLE_KINDS + 1);
    release->memo = jd_xalloc(release->conditions_count + 1);
    release->found = jd_xalloc((release->conditions_count + 1) * sizeof(*release->found));
    release->scores = jd_xalloc((release->outcomes_count + 1) * 2 * sizeof(*release->scores));
    return JD_OK;
}

enum jd_status jd_release_compile(const struct jd_release_file *files,
        size_t files_count,
        struct jd_arena *report_arena,
        struct jd_release **out_release,
        struct jd_release_report *out_report,
        struct jd_error *error)
{
    int64_t started_ns = jd_clock_monotonic_ns();
    struct jd_release *release = create();
    enum jd_status status = copy_files(release, files, files_count, error);
    if (status == JD_OK) {
        load_models(release);
        status = load(release, error);
    }
    if (status == JD_OK) {
        status = fill_report(release, report_arena, out_report, error);
    }
    if (status == JD_OK && release->packs_count == 0) {
        const struct jd_release_problem *first = out_report->problems;
        status = out_report->problems_count
                         ? jd_error_set(error, JD_BAD_INPUT, JD_SPAN_FMT ":%d: " JD_SPAN_FMT,
                                   JD_SPAN_ARG(first->path), first->line,
                                   JD_SPAN_ARG(first->text))
                         : jd_error_set(error, JD_BAD_INPUT,
                                   "the release has no pack: a folder with a pack.lua");
    }
    if (status == JD_OK) {
        status = make_ready(release, error);
    }
    if (status != JD_OK) {
        jd_release_destroy(&release);
        return status;
    }
    out_report->time_ns = jd_clock_monotonic_ns() - started_ns;
    *out_release = release;
    return JD_OK;
}

/* The same files again give the same functions: only the state and its references change
 * hands. */
enum jd_status jd_release_renew(struct jd_release *release, struct jd_error *error)
{
    struct jd_release *fresh = create();
    fresh->files =
            jd_arena_zalloc(fresh->arena, release->files_count + 1, sizeof(*fresh->files));
    if (fresh->files == NULL) {
        jd_release_destroy(&fresh);
        return jd_error_set(error, JD_BAD_INPUT, "the release is too large");
    }
    for (uint32_t i = 0; i < release->files_count; i++) {
        fresh->files[i] = release->files[i];
        fresh->files[i].pack = JD_RELEASE_NONE;
        fresh->files[i].result = LUA_NOREF;
        if (release->files[i].state != JD_FILE_BARRED) {
            fresh->files[i].state = JD_FILE_NEW;
        }
    }
    fresh->files_count = release->files_count;
    fresh->learned = release->learned;
    enum jd_status status = load_files(fresh, error);
    fresh->learned = NULL; // lent
    if (status == JD_OK && (fresh->functions_count != release->functions_count ||
                                   fresh->conditions_count != release->conditions_count)) {
        status = jd_error_set(error, JD_BUG, "a release loaded again is not the same");
    }
    if (status == JD_OK) {
        struct jd_sandbox *dead = release->box;
        struct jd_function *functions = release->functions;
        release->box = fresh->box;
        release->box->owner = release;
        release->functions = fresh->functions;
        fresh->box = dead;
        fresh->functions = functions;
    } else if (status == JD_NONE) {
        status = jd_error_set(
                error, JD_BUG, "a release that loaded broke a limit when loaded again");
    }
    jd_release_destroy(&fresh);
    return status;
}

/* For readers. */
// clang-format off: a table to be read
static const struct jd_api_entry require_api[] = {
    { JD_API_FUNCTION, NULL, "require", "name: string", "any",
            "Runs another file of the pack once and gives what it returned, frozen: `require \"lib/words\"`." },
    { 0 },
};
// clang-format on

void jd_api_require(jd_api_visit *visit, void *context)
{
    jd_api_visit_table(require_api, visit, context);
}
