/* Releases from the command line: what there is, a new one from a folder, and which decides. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"
#include "cli/rules.h"
#include "pipeline/apply.h"
#include "pipeline/release_check.h"

#define LIST_MAX 100

static struct jd_error *error_of(const struct jd_rules_session *session)
{
    return &session->boot->error;
}

int jd_rules_end(struct jd_rules_session *session, enum jd_status status)
{
    if (status != JD_OK && status != JD_CANCELLED) { // CANCELLED: told
        jd_bootstrap_fail(session->boot);
    }
    jd_bootstrap_close(session->boot);
    return status == JD_OK ? 0 : 1;
}

bool jd_rules_begin(struct jd_rules_session *session, const struct jd_rules_call *call)
{
    *session = (struct jd_rules_session){ .call = call, .boot = call->boot };
    bool mine = strcmp(call->layer, "mine") == 0;
    if (!mine && strcmp(call->layer, "organisation") != 0) {
        fprintf(stderr, "jackdaw: --layer is organisation or mine, not '%s'\n", call->layer);
        return false;
    }
    if (!jd_bootstrap_connect(call->boot) || !jd_bootstrap_admin(call->boot, &session->user)) {
        return false;
    }
    session->owner = mine ? session->user : JD_ORGANISATION;
    return true;
}

static struct jd_release_note note_of(const struct jd_rules_session *session)
{
    return (struct jd_release_note){ JD_SPAN("admin"), jd_span_of(session->call->comment) };
}

enum jd_status jd_rules_find(struct jd_rules_session *session,
        const char *word,
        struct jd_release_row *out_row)
{
    char *rest;
    errno = 0;
    long long number = strtoll(word, &rest, 10);
    if (*rest || rest == word || errno || number < 1) {
        return jd_error_set(error_of(session), JD_BAD_INPUT,
                "'%s' is no number of a release; `jackdaw rules list` shows them", word);
    }
    return jd_release_find(session->boot->db, session->owner, number, session->boot->arena,
            out_row, error_of(session));
}

/* ---- list, log ---- */

static enum jd_status print_row(void *context, const struct jd_release_row *row)
{
    int *count = context;
    char time[JD_CLOCK_TEXT_BYTES];
    jd_clock_format(row->created_ms, time);
    printf("%5lld  %-8.*s%-11s %s  %3lld files  %.*s: %.*s\n", (long long)row->number,
            (int)row->state.len, row->state.data, row->is_candidate ? " candidate" : "", time,
            (long long)row->files_count, (int)row->author.len, row->author.data,
            (int)row->comment.len, row->comment.data);
    (*count)++;
    return JD_OK;
}

int jd_rules_list(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    int count = 0;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    enum jd_status status = jd_releases_list(session.boot->db, session.owner, 0, LIST_MAX,
            print_row, &count, error_of(&session));
    if (status == JD_OK && count == 0) {
        puts("this layer has no release; make one with: jackdaw rules push FOLDER --layer mine");
    }
    return jd_rules_end(&session, status);
}

struct numbering {
    struct jd_rules_session *session;
    int count;
};

static long long number_of(struct jd_rules_session *session, int64_t release)
{
    struct jd_release_row row;
    struct jd_error error;
    return release && jd_release_get(session->boot->db, session->owner, release,
                              session->boot->arena, &row, &error) == JD_OK
                   ? (long long)row.number
                   : 0;
}

static enum jd_status print_change(void *context, const struct jd_release_change *change)
{
    struct numbering *numbering = context;
    char time[JD_CLOCK_TEXT_BYTES];
    jd_clock_format(change->at_ms, time);
    printf("%s  %-9.*s %lld -> %lld  %.*s: %.*s\n", time, (int)change->kind.len,
            change->kind.data, number_of(numbering->session, change->from_id),
            number_of(numbering->session, change->to_id), (int)change->author.len,
            change->author.data, (int)change->comment.len, change->comment.data);
    numbering->count++;
    return JD_OK;
}

int jd_rules_log(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct numbering numbering = { .session = &session };
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    enum jd_status status = jd_release_log(session.boot->db, session.owner, 0, LIST_MAX,
            print_change, &numbering, error_of(&session));
    if (status == JD_OK && numbering.count == 0) {
        puts("nothing was activated in this layer yet");
    }
    return jd_rules_end(&session, status);
}

/* ---- check ---- */

struct checking {
    struct jd_release_checked_set set;
    struct jd_arena *arena;
    struct jd_release_findings findings;
};

static enum jd_status
check_in_child(void *context, struct jd_child *child, struct jd_error *error)
{
    struct checking *checking = context;
    return jd_release_check_run(
            child, &checking->set, checking->arena, &checking->findings, error);
}

static void print_places(const struct jd_json *list, const char *what)
{
    for (const struct jd_json *one = jd_json_first(list); one; one = jd_json_next(one)) {
        struct jd_span path = jd_json_text(jd_json_member(one, "path"), JD_SPAN("")),
                       text = jd_json_text(jd_json_member(one, "text"), JD_SPAN("")),
                       name = jd_json_text(jd_json_member(one, "name"), JD_SPAN(""));
        bool blocks = jd_json_bool(jd_json_member(one, "blocks"), true);
        printf("%s%s " JD_SPAN_FMT ":%lld: " JD_SPAN_FMT "%s" JD_SPAN_FMT "\n", what,
                blocks ? "" : " (does not block)", JD_SPAN_ARG(path),
                (long long)jd_json_int(jd_json_member(one, "line"), 0), JD_SPAN_ARG(name),
                name.len ? ": " : "", JD_SPAN_ARG(text));
    }
}

static enum jd_status print_report(const struct jd_release_findings *findings,
        struct jd_error *error)
{
    struct jd_json *report = NULL;
    enum jd_status status =
            jd_json_parse(findings->report, findings->report.len, &report, error);
    if (status == JD_OK) {
        print_places(jd_json_member(report, "problems"), "problem");
        print_places(jd_json_member(report, "warnings"), "warning");
        print_places(jd_json_member(jd_json_member(report, "tests"), "failed"), "failed");
        printf("%u rules, %u tests\n", findings->rules, findings->cases);
    }
    jd_json_destroy(&report);
    return status;
}

static enum jd_status check_release(struct jd_rules_session *session,
        const struct jd_release_row *row)
{
    struct checking checking = { .arena = jd_arena_create(JD_RULES_ARENA_BYTES) };
    enum jd_status status = jd_release_check_gather(session->boot->db, session->user, row->id,
            checking.arena, &checking.set, error_of(session));
    if (status == JD_OK) {
        status = jd_rules_in_child(check_in_child, &checking, error_of(session));
    }
    if (status == JD_OK) {
        status = jd_release_checked(session->boot->db, session->owner, row->id, row->version,
                checking.findings.passed, checking.findings.report, error_of(session));
    }
    if (status == JD_OK) {
        status = print_report(&checking.findings, error_of(session));
    }
    if (status == JD_OK && !checking.findings.passed) {
        printf("release %lld did not pass: it cannot be activated\n", (long long)row->number);
        status = JD_CANCELLED;
    } else if (status == JD_OK) {
        printf("release %lld passed; activate it with: jackdaw rules activate %lld%s\n",
                (long long)row->number, (long long)row->number,
                session->owner ? " --layer mine" : "");
    }
    jd_arena_destroy(&checking.arena);
    return status;
}

int jd_rules_check(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct jd_release_row row;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    enum jd_status status = jd_rules_find(&session, call->word, &row);
    return jd_rules_end(&session, status == JD_OK ? check_release(&session, &row) : status);
}

/* ---- push ---- */

static bool in_same_pack(struct jd_span a, struct jd_span b)
{
    struct jd_span first, second;
    return jd_span_split(&a, '/', &first) && jd_span_split(&b, '/', &second) &&
           jd_span_equal(first, second);
}

static bool
has_path(const struct jd_rules_files *files, struct jd_span path, bool *out_same_pack)
{
    *out_same_pack = false;
    for (uint32_t i = 0; i < files->count; i++) {
        *out_same_pack = *out_same_pack || in_same_pack(files->list[i].path, path);
        if (jd_span_equal(files->list[i].path, path)) {
            return true;
        }
    }
    return false;
}

/* A pack that is pushed is replaced whole; the other packs of the release stay. */
static enum jd_status replace_packs(struct jd_rules_session *session,
        int64_t release,
        const struct jd_rules_files *files)
{
    struct jd_db *db = session->boot->db;
    struct jd_release_content *now = NULL;
    uint32_t count = 0;
    enum jd_status status =
            jd_release_files(db, release, files->arena, &now, &count, error_of(session));
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        bool same_pack;
        if (!has_path(files, now[i].path, &same_pack) && same_pack) {
            struct jd_release_content gone = { .path = now[i].path };
            status = jd_release_put(db, session->owner, release, 0, &gone, error_of(session));
        }
    }
    for (uint32_t i = 0; i < files->count && status == JD_OK; i++) {
        struct jd_release_content file = { files->list[i].path, files->list[i].content };
        status = jd_release_put(db, session->owner, release, 0, &file, error_of(session));
    }
    return status;
}

static enum jd_status push(struct jd_rules_session *session, const struct jd_rules_files *files)
{
    struct jd_db *db = session->boot->db;
    struct jd_release_note note = note_of(session);
    struct jd_release_row row;
    int64_t base = 0, release = 0;
    enum jd_status status = jd_tx_begin(db, JD_TX_INTERACTIVE, INT64_MAX, error_of(session));
    if (status != JD_OK) {
        return status;
    }
    status = jd_release_active(db, session->owner, &base, error_of(session));
    if (status == JD_OK || status == JD_NONE) {
        status =
                jd_release_create(db, session->owner, base, &note, &release, error_of(session));
    }
    if (status == JD_OK) {
        status = replace_packs(session, release, files);
    }
    if (status == JD_OK) {
        status = jd_tx_commit(db, error_of(session));
    } else {
        jd_tx_rollback(db);
    }
    if (status == JD_OK) {
        status = jd_release_get(
                db, session->owner, release, session->boot->arena, &row, error_of(session));
    }
    return status == JD_OK ? check_release(session, &row) : status;
}

int jd_rules_push(const struct jd_rules_call *call)
{
    static struct jd_rules_files files;
    struct jd_rules_session session;
    int code = 1;
    files.arena = jd_arena_create(JD_RULES_ARENA_BYTES);
    // Read before the connection, which may give up the right to look.
    enum jd_status status = jd_rules_read(&files, call->word, &call->boot->error);
    if (status != JD_OK) {
        jd_bootstrap_fail(call->boot);
    } else if (jd_rules_begin(&session, call)) {
        code = jd_rules_end(&session, push(&session, &files));
    }
    jd_arena_destroy(&files.arena);
    return code;
}

/* ---- pull ---- */

enum jd_status jd_rules_chosen(struct jd_rules_session *session, struct jd_release_row *out_row)
{
    int64_t active = 0;
    if (session->call->release) {
        return jd_rules_find(session, session->call->release, out_row);
    }
    enum jd_status status =
            jd_release_active(session->boot->db, session->owner, &active, error_of(session));
    if (status == JD_NONE) {
        return jd_error_set(error_of(session), JD_GONE, "this layer has no active release");
    }
    return status == JD_OK ? jd_release_get(session->boot->db, session->owner, active,
                                     session->boot->arena, out_row, error_of(session))
                           : status;
}

/* "NUMBER\n", then for each file "PATH BYTES\n" and its bytes. */
static int send_files(const struct jd_rules_call *call, FILE *out)
{
    struct jd_rules_session session;
    struct jd_release_row row;
    struct jd_release_content *files = NULL;
    uint32_t count = 0;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    struct jd_arena *arena = jd_arena_create(JD_RULES_ARENA_BYTES);
    enum jd_status status = jd_rules_chosen(&session, &row);
    if (status == JD_OK) {
        status = jd_release_files(
                session.boot->db, row.id, arena, &files, &count, error_of(&session));
    }
    if (status == JD_OK) {
        fprintf(out, "%lld\n", (long long)row.number);
    }
    for (uint32_t i = 0; i < count && status == JD_OK; i++) {
        fprintf(out, JD_SPAN_FMT " %zu\n", JD_SPAN_ARG(files[i].path), files[i].content.len);
        (void)fwrite(files[i].content.data, 1, files[i].content.len, out); // ferror tells
    }
    if (status == JD_OK && (fflush(out) != 0 || ferror(out))) {
        status = jd_error_errno(error_of(&session), errno, "passing on the files");
    }
    jd_arena_destroy(&arena);
    return jd_rules_end(&session, status);
}

static enum jd_status
write_out(const char *folder, const char *path, struct jd_span content, struct jd_error *error)
{
    char whole[4096];
    int len = snprintf(whole, sizeof(whole), "%s/%s", folder, path);
    if (len < 0 || (size_t)len >= sizeof(whole)) {
        return jd_error_set(error, JD_BAD_INPUT, "the path %s is too long", folder);
    }
    char *slash = strrchr(whole, '/');
    *slash = '\0';
    enum jd_status status = jd_file_mkdirs(whole, 0755, error);
    *slash = '/';
    return status == JD_OK ? jd_file_write(whole, content, 0644, error) : status;
}

static enum jd_status take_files(FILE *in, const char *folder, struct jd_error *error)
{
    char path[JD_RELEASE_PATH_BYTES_MAX + 1];
    long long number = 0;
    size_t bytes = 0;
    int count = 0;
    enum jd_status status = JD_OK;
    // NOLINTNEXTLINE(cert-err34-c): our own child wrote it
    if (fscanf(in, "%lld\n", &number) != 1) {
        return JD_CANCELLED; // told by who reads storage
    }
    // NOLINTNEXTLINE(cert-err34-c): our own child wrote it
    while (status == JD_OK && fscanf(in, "%200s %zu", path, &bytes) == 2 && fgetc(in) == '\n') {
        char *content = jd_xalloc(bytes + 1);
        if (fread(content, 1, bytes, in) == bytes) {
            status = write_out(folder, path, jd_span_new(content, bytes), error);
            count++;
        } else {
            status = jd_error_set(error, JD_BUG, "%s came short", path);
        }
        free(content);
    }
    if (status == JD_OK) {
        printf("wrote the %d files of release %lld to %s\n", count, number, folder);
    }
    return status;
}

/* Storage is read as the owner of the data folder, the files are written as the caller: two
 * processes. */
int jd_rules_pull(const struct jd_rules_call *call)
{
    int ends[2], code = 0;
    if (pipe(ends) != 0) {
        perror("jackdaw: rules pull");
        return 1;
    }
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        FILE *out = fdopen(ends[1], "w");
        _exit(out ? send_files(call, out) : 1);
    }
    close(ends[1]);
    FILE *in = pid > 0 ? fdopen(ends[0], "r") : NULL;
    struct jd_error error = { 0 };
    enum jd_status status = in ? take_files(in, call->word, &error)
                               : jd_error_errno(&error, errno, "rules pull");
    if (in) {
        fclose(in);
    }
    while (pid > 0 && waitpid(pid, &code, 0) < 0 && errno == EINTR) {
    }
    if (status != JD_OK && status != JD_CANCELLED) {
        fprintf(stderr, "jackdaw: %s\n", error.text);
    }
    return status == JD_OK && code == 0 ? 0 : 1;
}

/* ---- diff ---- */

static void print_difference(char sign, struct jd_span path)
{
    printf("%c " JD_SPAN_FMT "\n", sign, JD_SPAN_ARG(path));
}

/* Both are sorted by path. */
static int compare_files(const struct jd_release_content *from,
        uint32_t from_count,
        const struct jd_release_content *to,
        uint32_t to_count)
{
    uint32_t i = 0, k = 0;
    int differences = 0;
    while (i < from_count || k < to_count) {
        int order = i == from_count ? 1
                    : k == to_count ? -1
                                    : jd_span_compare(from[i].path, to[k].path);
        if (order != 0) {
            print_difference(order < 0 ? '-' : '+', order < 0 ? from[i].path : to[k].path);
            differences++;
        } else if (!jd_span_equal(from[i].content, to[k].content)) {
            print_difference('~', to[k].path);
            differences++;
        }
        i += order <= 0;
        k += order >= 0;
    }
    return differences;
}

int jd_rules_diff(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct jd_release_row to, from = { 0 };
    struct jd_release_content *from_files = NULL, *to_files = NULL;
    uint32_t from_count = 0, to_count = 0;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    struct jd_db *db = session.boot->db;
    struct jd_arena *arena = jd_arena_create(JD_RULES_ARENA_BYTES);
    enum jd_status status = jd_rules_find(&session, call->word, &to);
    if (status == JD_OK && call->second) {
        status = jd_rules_find(&session, call->second, &from);
    } else if (status == JD_OK) {
        from.id = to.base_id;
    }
    if (status == JD_OK && from.id) {
        status = jd_release_files(
                db, from.id, arena, &from_files, &from_count, error_of(&session));
    }
    if (status == JD_OK) {
        status = jd_release_files(db, to.id, arena, &to_files, &to_count, error_of(&session));
    }
    if (status == JD_OK && compare_files(from_files, from_count, to_files, to_count) == 0) {
        puts("the same files");
    }
    jd_arena_destroy(&arena);
    return jd_rules_end(&session, status);
}

/* ---- activate, rollback ---- */

int jd_rules_activate(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct jd_release_row row;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    struct jd_release_note note = note_of(&session);
    enum jd_status status = jd_rules_find(&session, call->word, &row);
    if (status == JD_OK) {
        status = jd_release_activate(
                session.boot->db, session.owner, row.id, &note, error_of(&session));
    }
    if (status == JD_OK) {
        printf("release %lld decides new mail from now on\n", (long long)row.number);
    }
    return jd_rules_end(&session, status);
}

int jd_rules_rollback(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    int64_t release = 0;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    struct jd_release_note note = note_of(&session);
    enum jd_status status = jd_release_rollback(
            session.boot->db, session.owner, &note, &release, error_of(&session));
    if (status == JD_OK) {
        printf("release %lld decides new mail again\n", number_of(&session, release));
    }
    return jd_rules_end(&session, status);
}

int jd_rules_apply(const struct jd_rules_call *call)
{
    struct jd_rules_session session;
    struct jd_applied applied;
    if (!jd_rules_begin(&session, call)) {
        return 1;
    }
    enum jd_status status =
            jd_apply_active(session.boot->db, session.owner, &applied, error_of(&session));
    if (status == JD_OK && applied.messages == 0) {
        puts("the active release has decided all mail already");
    } else if (status == JD_OK) {
        printf("%lld messages of %lld accounts are decided again; `jackdaw account list` shows "
               "how far\n",
                (long long)applied.messages, (long long)applied.accounts);
        printf("%lld of them keep the category that a person gave them\n",
                (long long)applied.corrected);
    }
    return jd_rules_end(&session, status);
}
