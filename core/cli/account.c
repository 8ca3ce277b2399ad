/* Connecting mail is one command: jackdaw account add maildir:/home/robin/Maildir */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/span.h"
#include "cli/bootstrap.h"
#include "cli/cli.h"
#include "store/accounts.h"
#include "store/items.h"

#define REJECTED_PAGE 500

static const char usage[] =
        "usage: jackdaw account list\n"
        "       jackdaw account add KIND:PATH [--name NAME] [--address ADDRESS] [--time-zone ZONE]\n"
        "       jackdaw account edit ACCOUNT [--address ADDRESS] [--time-zone ZONE]\n"
        "       jackdaw account rejected ACCOUNT     mail that could not be read, and why\n"
        "       jackdaw account remove ACCOUNT       leaves the mail where it lies\n\n"
        "ACCOUNT is an id or a name of the list, or the word demo.\n"
        "KIND is maildir, mbox or eml. Mail is only read, never changed. Without --address and\n"
        "--time-zone the owner's address is found from the mail, and the host's zone is taken.\n";

/* JSON of our own storage; what is no document is told as nothing. */
static struct jd_json *parse(struct jd_span json)
{
    struct jd_json *document = NULL;
    struct jd_error error;
    return jd_json_parse(json, json.len, &document, &error) == JD_OK ? document : NULL;
}

static void print_options(struct jd_span json)
{
    struct jd_json *options = parse(json);
    const struct jd_json *option = options ? jd_json_first(options) : NULL;
    for (; option; option = jd_json_next(option)) {
        printf("    " JD_SPAN_FMT " " JD_SPAN_FMT "\n", JD_SPAN_ARG(jd_json_name(option)),
                JD_SPAN_ARG(jd_json_text(option, JD_SPAN(""))));
    }
    jd_json_destroy(&options);
}

static void print_addresses(struct jd_span json, bool found)
{
    struct jd_json *addresses = parse(json);
    const struct jd_json *address = addresses ? jd_json_first(addresses) : NULL;
    fputs(address ? "    address" : "    address not known yet", stdout);
    for (; address; address = jd_json_next(address)) {
        printf(" " JD_SPAN_FMT, JD_SPAN_ARG(jd_json_text(address, JD_SPAN(""))));
    }
    puts(found && jd_json_count(addresses) ? " (found in the mail)" : "");
    jd_json_destroy(&addresses);
}

static enum jd_status print_account(void *context, const struct jd_account *account)
{
    char id[JD_ID_TEXT_BYTES];
    int *count = context;
    jd_id_format(account->id, id);
    printf("%s  " JD_SPAN_FMT "  " JD_SPAN_FMT "  " JD_SPAN_FMT "  %lld of %lld decided", id,
            JD_SPAN_ARG(account->name), JD_SPAN_ARG(account->kind), JD_SPAN_ARG(account->state),
            (long long)account->decided, (long long)account->listed);
    if (account->rejected) {
        printf(", %lld could not be read", (long long)account->rejected);
    }
    puts(account->demo ? "  (demo)" : "");
    print_options(account->options);
    print_addresses(account->addresses, account->addresses_found);
    printf("    time zone " JD_SPAN_FMT "%s\n", JD_SPAN_ARG(account->time_zone),
            account->time_zone_found ? " (of the host)" : "");
    if (account->state_text.len) {
        printf("    %.*s\n", (int)account->state_text.len, account->state_text.data);
    }
    (*count)++;
    return JD_OK;
}

static enum jd_status list(struct jd_bootstrap *boot, int64_t user)
{
    int count = 0;
    enum jd_status status =
            jd_accounts_list(boot->db, user, print_account, &count, &boot->error);
    if (status == JD_OK && count == 0) {
        puts("no mail is connected; add some with: jackdaw account add KIND:PATH");
    }
    return status;
}

static enum jd_status add(struct jd_bootstrap *boot, int64_t user, const char *mail)
{
    struct jd_account_new account = {
        .name = boot->name ? jd_span_of(boot->name) : jd_bootstrap_mail_name(mail),
        .address = jd_span_of(boot->address),
        .time_zone = jd_span_of(boot->time_zone),
        .demo = boot->demo,
    };
    int64_t id = 0;
    char text[JD_ID_TEXT_BYTES];
    if (!jd_bootstrap_mail(boot, mail, &account.kind, &account.options)) {
        return JD_CANCELLED; // told
    }
    enum jd_status status = jd_account_create(boot->db, user, &account, &id, &boot->error);
    if (status == JD_OK) {
        jd_id_format(id, text);
        printf("connected as %s; `jackdaw account list` shows how far it is read\n", text);
    }
    return status;
}

struct search {
    const char *word;
    int64_t found; // the last of them
    int count;
};

static enum jd_status match(void *context, const struct jd_account *account)
{
    struct search *search = context;
    char id[JD_ID_TEXT_BYTES];
    jd_id_format(account->id, id);
    bool named = strcasecmp(id, search->word) == 0 ||
                 jd_span_equal_nocase(account->name, jd_span_of(search->word)) ||
                 (account->demo && strcmp(search->word, "demo") == 0);
    if (named) {
        search->found = account->id;
        search->count++;
    }
    return JD_OK;
}

/* By id, by name, or the word "demo". */
static enum jd_status
find(struct jd_bootstrap *boot, int64_t user, const char *word, int64_t *out_account)
{
    struct search search = { .word = word };
    enum jd_status status = jd_accounts_list(boot->db, user, match, &search, &boot->error);
    if (status == JD_OK && !search.found) {
        return jd_error_set(&boot->error, JD_GONE,
                "there is no account '%s'; `jackdaw account list` shows them", word);
    }
    if (status == JD_OK && search.count > 1) {
        return jd_error_set(&boot->error, JD_BAD_INPUT,
                "%d accounts are called '%s': give the id that `jackdaw account list` shows",
                search.count, word);
    }
    *out_account = search.found;
    return status;
}

static enum jd_status edit(struct jd_bootstrap *boot, int64_t user, const char *word)
{
    int64_t account = 0;
    if (!boot->address && !boot->time_zone) {
        return jd_error_set(&boot->error, JD_BAD_INPUT,
                "nothing to change: give --address ADDRESS or --time-zone ZONE");
    }
    enum jd_status status = find(boot, user, word, &account);
    if (status == JD_OK) {
        status = jd_account_edit(boot->db, user, account, jd_span_of(boot->address),
                jd_span_of(boot->time_zone), &boot->error);
    }
    if (status == JD_OK) {
        puts("changed; what it touches is decided again");
    }
    return status;
}

static enum jd_status remove_account(struct jd_bootstrap *boot, int64_t user, const char *word)
{
    int64_t account = 0;
    enum jd_status status = find(boot, user, word, &account);
    if (status == JD_OK) {
        status = jd_account_remove(boot->db, user, account, &boot->error);
    }
    if (status == JD_OK) {
        puts("being removed from Jackdaw; the mail itself stays where it lies");
    }
    return status;
}

struct rejected_page {
    int64_t last_ms, last_id;
    int count;
};

/* Names of foreign files must not speak to the terminal. */
static void print_plain(struct jd_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        putchar(c < ' ' || c == 0x7f ? '?' : c);
    }
}

static enum jd_status print_rejected(void *context, const struct jd_rejected_item *item)
{
    struct rejected_page *page = context;
    char time[JD_CLOCK_TEXT_BYTES];
    jd_clock_format(item->received_ms, time);
    printf("%s  ", time);
    print_plain(item->mailbox);
    printf("  ");
    print_plain(item->key);
    printf("\n    ");
    print_plain(item->reason);
    putchar('\n');
    *page = (struct rejected_page){ item->received_ms, item->id, page->count + 1 };
    return JD_OK;
}

static enum jd_status list_rejected(struct jd_bootstrap *boot, int64_t user, const char *word)
{
    int64_t account = 0;
    struct rejected_page page = { .count = REJECTED_PAGE };
    enum jd_status status = find(boot, user, word, &account);
    while (status == JD_OK && page.count == REJECTED_PAGE) {
        page.count = 0;
        status = jd_items_rejected(boot->db, user, account, page.last_ms, page.last_id,
                REJECTED_PAGE, print_rejected, &page, &boot->error);
    }
    if (status == JD_OK && page.last_id == 0) {
        puts("every message could be read");
    }
    return status;
}

int jd_cli_account(int argc, char **argv)
{
    struct jd_bootstrap boot;
    const char *mail = NULL;
    int words = 0;
    int64_t user = 0;
    if (!jd_bootstrap_options(&boot, argc, argv, usage, &words)) {
        return boot.exit_code;
    }
    const char *verb = words ? argv[1] : "list", *word = words > 1 ? argv[2] : NULL;
    bool adds = strcmp(verb, "add") == 0;
    bool lists = strcmp(verb, "list") == 0;
    if ((!lists && !word) || (lists && word) || words > 2) {
        return jd_cli_usage(usage);
    }
    boot.arena = jd_arena_create(1024 * 1024);
    if (adds && !(mail = jd_bootstrap_resolve(&boot, word))) {
        return boot.exit_code;
    }
    char *kept = mail ? jd_xstrdup(mail) : NULL;
    jd_arena_destroy(&boot.arena);
    if (!jd_bootstrap_connect(&boot) || !jd_bootstrap_admin(&boot, &user)) {
        return boot.exit_code;
    }
    enum jd_status status =
            lists                           ? list(&boot, user)
            : adds                          ? add(&boot, user, kept)
            : strcmp(verb, "edit") == 0     ? edit(&boot, user, word)
            : strcmp(verb, "rejected") == 0 ? list_rejected(&boot, user, word)
            : strcmp(verb, "remove") == 0
                    ? remove_account(&boot, user, word)
                    : jd_error_set(&boot.error, JD_BAD_INPUT,
                              "account has no verb '%s'; it has list, add, edit, rejected, remove",
                              verb);
    if (status != JD_OK && status != JD_CANCELLED) {
        jd_bootstrap_fail(&boot);
    }
    free(kept);
    jd_bootstrap_close(&boot);
    return status == JD_OK ? 0 : 1;
}
