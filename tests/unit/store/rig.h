/* A store of its own in a temporary folder, over the real plugins, for the tests of this
 * folder. Whatever fails to open ends the program. */
#ifndef JD_TESTS_STORE_RIG_H
#define JD_TESTS_STORE_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/seal.h"
#include "base/span.h"
#include "host/host.h"
#include "store/accounts.h"
#include "store/decisions.h"
#include "store/items.h"
#include "store/users.h"

struct rig {
    char folder[64], snapshots[80];
    struct jd_arena *arena;
    struct jd_registry *registry;
    struct jd_services *services;
    struct jd_store *store;
    struct jd_db *db;
    int64_t user, account;
};

#define RIG_NEED(call)                                                                         \
 do {                                                                                          \
  struct jd_error error = { 0 };                                                               \
  if ((call) != JD_OK) {                                                                       \
   fprintf(stderr, "rig: %s: %s\n", #call, error.text);                                        \
   exit(1);                                                                                    \
  }                                                                                            \
 } while (0)

/** The services and the store of `folder`; the schema is as it lies there. */
static inline struct rig rig_attach(const char *folder)
{
    struct rig rig = { .arena = jd_arena_create(16 * 1024 * 1024) };
    char text[512];
    const struct jd_host_config *config;
    struct jd_problems problems = jd_problems_init(rig.arena);
    jd_log_init("store-test", JD_LOG_ERROR);
    RIG_NEED(jd_seal_init(&error));
    snprintf(rig.folder, sizeof(rig.folder), "%s", folder);
    snprintf(rig.snapshots, sizeof(rig.snapshots), "%s/snapshots", folder);
    snprintf(
            text, sizeof(text), "data_dir: %s\nplugin_dir: %s/plugins\n", folder, JD_BUILD_DIR);
    RIG_NEED(jd_host_config_load_text(
            jd_span_of(text), "rig.yaml", folder, NULL, 0, rig.arena, &config, &problems));
    RIG_NEED(jd_registry_open(config->plugin_dir, NULL, &rig.registry, &error));
    RIG_NEED(jd_services_open(config, rig.registry, JD_SERVICES_ALL, &rig.services, &error));
    RIG_NEED(jd_store_open(rig.services, NULL, &rig.store, &error));
    return rig;
}

static inline void rig_detach(struct rig *rig)
{
    jd_db_close(&rig->db);
    jd_store_close(&rig->store);
    jd_services_close(&rig->services);
    jd_registry_close(&rig->registry);
    jd_arena_destroy(&rig->arena);
}

/** A new store with one user and one account. */
static inline struct rig rig_open(void)
{
    char folder[] = "/tmp/jackdaw-store-XXXXXX";
    if (!mkdtemp(folder)) {
        perror("rig: mkdtemp");
        exit(1);
    }
    struct rig rig = rig_attach(folder);
    RIG_NEED(jd_store_migrate(rig.store, rig.snapshots, &error));
    RIG_NEED(jd_db_open(rig.store, &rig.db, &error));
    RIG_NEED(jd_user_create(rig.db, JD_SPAN("robin"), JD_SPAN("admin"),
            JD_SPAN("correct horse battery staple"), &rig.user, &error));
    struct jd_account_new account = { .name = JD_SPAN("Mail"),
        .kind = JD_SPAN("maildir"),
        .options = JD_SPAN("{\"path\":\"/nowhere\"}"),
        .address = JD_SPAN("robin@home.example") };
    RIG_NEED(jd_account_create(rig.db, rig.user, &account, &rig.account, &error));
    return rig;
}

static inline void rig_close(struct rig *rig)
{
    char command[96];
    rig_detach(rig);
    snprintf(command, sizeof(command), "rm -r %s", rig->folder);
    if (system(command) != 0) { // NOLINT(concurrency-mt-unsafe): one thread
        fprintf(stderr, "rig: %s is still there\n", rig->folder);
    }
}

/** The one number that `sql` gives; -1: none. Each use is a statement of its own. */
#define RIG_COUNT(rig, sql_text) \
 ({ \
static const struct jd_statement rig_statement = { "test", JD_SCOPE_SYSTEM, sql_text }; \
int64_t rig_value = -1; \
struct jd_error rig_error = { 0 }; \
enum jd_status rig_status = \
    jd_db_int((rig)->db, &rig_statement, 0, JD_NO_VALUES, &rig_value, &rig_error); \
if (rig_status != JD_OK && rig_status != JD_NONE) { \
FAIL("%s: %s", sql_text, rig_error.text); \
} \
rig_value; \
 })

/** An item that waits; `number` makes it the newest of those with lower numbers. */
static inline int64_t rig_add_item(struct rig *rig, int number)
{
    char key[32];
    int64_t mailbox = 0, item = 0, changed = 0;
    snprintf(key, sizeof(key), "mail-%d", number);
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error));
    RIG_NEED(jd_account_mailbox(
            rig->db, rig->user, rig->account, JD_SPAN("INBOX"), &mailbox, &error));
    struct jd_item_put put = { .key = jd_span_of(key),
        .mailbox_id = mailbox,
        .received_ms = INT64_C(1760000000000) + number * INT64_C(60000) };
    RIG_NEED(jd_item_put(rig->db, rig->user, rig->account, &put, &item, &changed, &error));
    RIG_NEED(jd_tx_commit(rig->db, &error));
    return item;
}

/** A decided message with one open task; its item is made with it. */
static inline int64_t rig_add_message(struct rig *rig, int number)
{
    char key[32];
    int64_t doc = 0, message = 0, item = rig_add_item(rig, number);
    bool history = false;
    snprintf(key, sizeof(key), "mail-%d", number);
    struct jd_decision_task task = { .title = JD_SPAN("Answer"),
        .quote = jd_span_of(key),
        .rule = JD_SPAN("standard/request"),
        .due_ms = INT64_MIN,
        .confidence = 0.8 };
    struct jd_decision decision = { .item_id = item,
        .mailbox_id = 1,
        .received_ms = INT64_C(1760000000000) + number,
        .date_ms = INT64_C(1760000000000) + number,
        .content_key = jd_span_of(key),
        .recipients = JD_SPAN("{}"),
        .attachments = JD_SPAN("[]"),
        .zones = JD_SPAN("[]"),
        .names = { .message_id = jd_span_of(key), .content_key = jd_span_of(key) },
        .category = JD_SPAN("personal"),
        .priority = JD_SPAN("normal"),
        .confidence = 0.9,
        .result = JD_SPAN("{}"),
        .tasks = &task,
        .tasks_count = 1 };
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error));
    const struct jd_rule_set set = { .organisation = 1, .key = 1 };
    RIG_NEED(jd_decision_docs(rig->db, 1, &doc, &error));
    RIG_NEED(jd_decision_apply(rig->db, rig->user, rig->account, &set, doc, &decision, &message,
            &history, &error));
    RIG_NEED(jd_tx_commit(rig->db, &error));
    return message;
}

#endif
