/* A whole gateway in a temporary folder, for the tests of this folder: real plugins, a real
 * store with some decided mail in it, a real port. Whatever fails to start ends the program. */
#ifndef JD_TESTS_GATEWAY_RIG_H
#define JD_TESTS_GATEWAY_RIG_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/compress.h"
#include "base/id.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/seal.h"
#include "base/shared.h"
#include "base/span.h"
#include "gateway/gateway.h"
#include "host/host.h"
#include "store/accounts.h"
#include "store/decisions.h"
#include "store/items.h"
#include "store/users.h"

#define RIG_PASSWORD "correct horse battery staple"

struct rig {
    char folder[64];
    struct jd_arena *arena;
    struct jd_registry *registry;
    struct jd_services *services;
    struct jd_shared *shared;
    struct jd_store *store;
    struct jd_db *db;
    struct jd_key key;
    struct jd_gateway *gateway;
    int64_t admin, user; // "robin" and "kim"
    int64_t account;     // of robin
    int port, metrics_port;
};

#define RIG_NEED(call)                                                                         \
 do {                                                                                          \
  struct jd_error error = { 0 };                                                               \
  if ((call) != JD_OK) {                                                                       \
   fprintf(stderr, "rig: %s: %s\n", #call, error.text);                                        \
   exit(1);                                                                                    \
  }                                                                                            \
 } while (0)

static inline int rig_listen(int *out_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
            listen(fd, 128) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        perror("rig: listen");
        exit(1);
    }
    *out_port = ntohs(address.sin_port);
    return fd;
}

static inline void rig_open_store(struct rig *rig)
{
    char text[512], snapshots[80];
    const struct jd_host_config *config;
    rig->arena = jd_arena_create(1024 * 1024);
    snprintf(text, sizeof(text), "data_dir: %s\nplugin_dir: %s/plugins\n", rig->folder,
            JD_BUILD_DIR);
    snprintf(snapshots, sizeof(snapshots), "%s/snapshots", rig->folder);
    struct jd_problems problems = jd_problems_init(rig->arena);
    if (jd_host_config_load_text(jd_span_of(text), "rig.yaml", rig->folder, NULL, 0, rig->arena,
                &config, &problems) != JD_OK) {
        fprintf(stderr, "rig: the configuration is refused\n");
        exit(1);
    }
    RIG_NEED(jd_registry_open(config->plugin_dir, NULL, &rig->registry, &error));
    RIG_NEED(jd_services_open(config, rig->registry, JD_SERVICES_ALL, &rig->services, &error));
    RIG_NEED(jd_store_open(rig->services, rig->shared, &rig->store, &error));
    RIG_NEED(jd_store_migrate(rig->store, snapshots, &error));
    RIG_NEED(jd_db_open(rig->store, &rig->db, &error));
}

/* One decided message; `number` makes it the newest of those with lower numbers. */
static inline void rig_add_message(struct rig *rig, int number)
{
    char key[32], subject[64], body[64];
    int64_t mailbox, item, changed, doc, message;
    int64_t received_ms = INT64_C(1760000000000) + number * INT64_C(60000);
    bool history;
    snprintf(key, sizeof(key), "message-%d", number);
    snprintf(subject, sizeof(subject), "Subject %d", number);
    snprintf(body, sizeof(body), "Please answer number %d by Friday.", number);
    struct jd_buf text_z = jd_buf_init(4096), tokens = jd_buf_init(4096);
    jd_compress(jd_span_of(body), &text_z);
    jd_buf_format(&tokens, "please answer number n%d by friday ", number);
    struct jd_decision_task task = { .title = JD_SPAN("Answer"),
        .quote = jd_span_of(body),
        .rule = JD_SPAN("standard/deadline"),
        .due_ms = INT64_MIN,
        .confidence = 0.8 };
    RIG_NEED(jd_tx_begin(rig->db, JD_TX_BULK, INT64_MAX, &error));
    RIG_NEED(jd_account_mailbox(
            rig->db, rig->admin, rig->account, JD_SPAN("INBOX"), &mailbox, &error));
    struct jd_item_put put = {
        .key = jd_span_of(key), .mailbox_id = mailbox, .received_ms = received_ms
    };
    RIG_NEED(jd_item_put(rig->db, rig->admin, rig->account, &put, &item, &changed, &error));
    struct jd_decision decision = {
        .item_id = item,
        .mailbox_id = mailbox,
        .received_ms = received_ms,
        .date_ms = received_ms,
        .bytes = 100,
        .content_key = jd_span_of(key),
        .header_message_id = jd_span_of(key),
        .subject = jd_span_of(subject),
        .from_name = JD_SPAN("Kim"),
        .from_address = JD_SPAN("kim@home.example"),
        .snippet = jd_span_of(body),
        .language = JD_SPAN("en"),
        .recipients = JD_SPAN("{\"to\":[],\"cc\":[],\"reply_to\":[]}"),
        .attachments = JD_SPAN("[]"),
        .zones = JD_SPAN("[]"),
        .text_z = jd_buf_span(&text_z),
        .subject_tokens = JD_SPAN("subject "),
        .text_tokens = jd_buf_span(&tokens),
        .names = { .message_id = jd_span_of(key), .content_key = jd_span_of(key) },
        .category = number % 2 ? JD_SPAN("work") : JD_SPAN("personal"),
        .priority = JD_SPAN("normal"),
        .confidence = 0.9,
        .needs_reply = true,
        .result = JD_SPAN("{\"evidence\":[{\"id\":\"standard/work/words\",\"scale\":\"work\","
                          "\"weight\":3,\"words\":[\"please\"]}],\"failures\":[],"
                          "\"route\":\"keep\",\"route_reason\":\"rules are sure\"}"),
        .tasks = &task,
        .tasks_count = 1,
    };
    const struct jd_rule_set set = { .organisation = 1, .key = 1 };
    RIG_NEED(jd_decision_docs(rig->db, 1, &doc, &error));
    RIG_NEED(jd_decision_apply(rig->db, rig->admin, rig->account, &set, doc, &decision,
            &message, &history, &error));
    char id[JD_ID_TEXT_BYTES], event[64];
    jd_id_format(message, id);
    snprintf(event, sizeof(event), "{\"messages\":[\"%s\"]}", id);
    jd_tx_event(rig->db, rig->admin, "messages.decided", jd_span_of(event));
    RIG_NEED(jd_tx_commit(rig->db, &error));
    jd_buf_finish(&text_z);
    jd_buf_finish(&tokens);
}

static inline void rig_start(struct rig *rig, int messages)
{
    *rig = (struct rig){ .folder = "/tmp/jackdaw-gateway-XXXXXX" };
    jd_log_init("gateway-test", JD_LOG_ERROR);
    int shared_fd;
    RIG_NEED(jd_seal_init(&error));
    RIG_NEED(jd_shared_create(&shared_fd, &rig->shared, &error));
    jd_metrics_init(rig->shared);
    if (!mkdtemp(rig->folder)) {
        perror("rig: mkdtemp");
        exit(1);
    }
    jd_random(rig->key.bytes, sizeof(rig->key.bytes));
    rig_open_store(rig);
    RIG_NEED(jd_user_create(rig->db, JD_SPAN("robin"), JD_SPAN("admin"), JD_SPAN(RIG_PASSWORD),
            &rig->admin, &error));
    RIG_NEED(jd_user_create(rig->db, JD_SPAN("kim"), JD_SPAN("user"), JD_SPAN(RIG_PASSWORD),
            &rig->user, &error));
    struct jd_account_new account = { .name = JD_SPAN("Mail"),
        .kind = JD_SPAN("maildir"),
        .options = JD_SPAN("{\"path\":\"/nowhere\"}") };
    RIG_NEED(jd_account_create(rig->db, rig->admin, &account, &rig->account, &error));
    for (int i = 0; i < messages; i++) {
        rig_add_message(rig, i);
    }
    struct jd_gateway_options options = {
        .store = rig->store,
        .registry = rig->registry,
        .shared = rig->shared,
        .data_dir = rig->folder,
        .master = &rig->key,
        .listen_fd = rig_listen(&rig->port),
        .metrics_fd = rig_listen(&rig->metrics_port),
    };
    RIG_NEED(jd_gateway_start(&options, &rig->gateway, &error));
}

static inline void rig_stop(struct rig *rig)
{
    jd_gateway_stop(&rig->gateway);
    jd_db_close(&rig->db);
    jd_store_close(&rig->store);
    jd_services_close(&rig->services);
    jd_registry_close(&rig->registry);
    jd_arena_destroy(&rig->arena);
    char command[96];
    snprintf(command, sizeof(command), "rm -r %s", rig->folder);
    if (system(command) != 0) {
        fprintf(stderr, "rig: %s is still there\n", rig->folder);
    }
}

#endif
