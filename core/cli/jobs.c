/* Jobs from the command line: what waits, what died and why, and another try for it. */
#include "store/jobs.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/span.h"
#include "cli/bootstrap.h"
#include "cli/cli.h"

#define LIST_MAX 1000 // told, or tried again, at once

static const char usage[] =
        "usage: jackdaw jobs list [ready|leased|dead]\n"
        "       jackdaw jobs show ID\n"
        "       jackdaw jobs retry ID|all      dead jobs get another try\n\n"
        "Every mail is read by a job; one that failed again and again is dead, and waits for you.\n";

static enum jd_status print_row(void *context, const struct jd_job *job)
{
    char id[JD_ID_TEXT_BYTES];
    int *count = context;
    jd_id_format(job->id, id);
    printf("%s  %-8.*s %-7.*s priority %d, attempts %d%s%s%.*s\n", id, (int)job->kind.len,
            job->kind.data, (int)job->state.len, job->state.data, job->priority, job->attempts,
            job->suspect ? ", runs alone" : "", job->error.len ? ": " : "", (int)job->error.len,
            job->error.data);
    (*count)++;
    return JD_OK;
}

static bool is_state(const char *word)
{
    return strcmp(word, "") == 0 || strcmp(word, "ready") == 0 || strcmp(word, "leased") == 0 ||
           strcmp(word, "dead") == 0;
}

static enum jd_status list(struct jd_bootstrap *boot, const char *state)
{
    int count = 0;
    if (!is_state(state)) {
        return jd_error_set(&boot->error, JD_BAD_INPUT,
                "jobs are ready, leased or dead; none is '%s'", state);
    }
    enum jd_status status = jd_jobs_list(
            boot->db, jd_span_of(state), LIST_MAX, print_row, &count, &boot->error);
    if (status == JD_OK && count == 0) {
        puts("there are none");
    }
    if (count == LIST_MAX) {
        printf("and perhaps more: these are the first %d\n", LIST_MAX);
    }
    return status;
}

static enum jd_status show(struct jd_bootstrap *boot, int64_t id)
{
    struct jd_job job;
    char time[JD_CLOCK_TEXT_BYTES], text[JD_ID_TEXT_BYTES];
    enum jd_status status = jd_job_get(boot->db, id, boot->arena, &job, &boot->error);
    if (status != JD_OK) {
        return status;
    }
    jd_id_format(job.id, text);
    printf("job       %s\nkind      %s\nstate     %s\npriority  %d\nattempts  %d\n", text,
            job.kind.data, job.state.data, job.priority, job.attempts);
    printf("deaths    %d while alone%s\n", job.deaths,
            job.suspect ? " (suspect: runs alone)" : "");
    jd_clock_format(job.created_ms, time);
    printf("created   %s\n", time);
    jd_clock_format(job.run_at_ms, time);
    printf("due       %s\nerror     %s\npayload   %s\n", time,
            job.error.len ? job.error.data : "none", job.payload.data);
    return JD_OK;
}

struct dead {
    int64_t ids[LIST_MAX];
    int count;
};

static enum jd_status take_dead(void *context, const struct jd_job *job)
{
    struct dead *dead = context;
    dead->ids[dead->count++] = job->id;
    return JD_OK;
}

static enum jd_status retry_all(struct jd_bootstrap *boot)
{
    static struct dead dead;
    int revived = 0;
    enum jd_status status;
    do {
        dead.count = 0;
        status = jd_jobs_list(
                boot->db, JD_SPAN("dead"), LIST_MAX, take_dead, &dead, &boot->error);
        for (int i = 0; i < dead.count && status == JD_OK; i++) {
            status = jd_job_revive(boot->db, dead.ids[i], &boot->error);
            revived += status == JD_OK;
        }
    } while (status == JD_OK && dead.count == LIST_MAX);
    if (status == JD_OK && revived == 0) {
        puts("no job is dead");
    } else if (revived) {
        printf(revived == 1 ? "%d job gets another try\n" : "%d jobs get another try\n",
                revived);
    }
    return status;
}

static enum jd_status retry(struct jd_bootstrap *boot, int64_t id)
{
    enum jd_status status = jd_job_revive(boot->db, id, &boot->error);
    if (status == JD_OK) {
        puts("the job gets another try");
    }
    return status;
}

static enum jd_status run(struct jd_bootstrap *boot, const char *verb, const char *word)
{
    int64_t id = 0;
    if (strcmp(verb, "list") == 0) {
        return list(boot, word ? word : "");
    }
    if (strcmp(verb, "retry") == 0 && word && strcmp(word, "all") == 0) {
        return retry_all(boot);
    }
    bool shows = strcmp(verb, "show") == 0, retries = strcmp(verb, "retry") == 0;
    if ((!shows && !retries) || !word) {
        return jd_error_set(&boot->error, JD_BAD_INPUT,
                "jobs has the verbs list, show ID and retry ID|all");
    }
    if (!jd_id_parse(jd_span_of(word), &id)) {
        return jd_error_set(&boot->error, JD_BAD_INPUT,
                "'%s' is no id; `jackdaw jobs list` shows them", word);
    }
    return shows ? show(boot, id) : retry(boot, id);
}

int jd_cli_jobs(int argc, char **argv)
{
    struct jd_bootstrap boot;
    int words = 0;
    if (!jd_bootstrap_options(&boot, argc, argv, usage, &words)) {
        return boot.exit_code;
    }
    if (words > 2) {
        return jd_cli_usage(usage);
    }
    if (!jd_bootstrap_connect(&boot)) {
        return boot.exit_code;
    }
    enum jd_status status = run(&boot, words ? argv[1] : "list", words > 1 ? argv[2] : NULL);
    if (status != JD_OK) {
        jd_bootstrap_fail(&boot);
    }
    jd_bootstrap_close(&boot);
    return status == JD_OK ? 0 : 1;
}
