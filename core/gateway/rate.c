/* Token buckets and the pause after failed sign-ins: both are a table of numbers by key. */
#include "gateway/rate.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/seal.h"

#define PROBES           8 // slots that a key may stand in
#define THROTTLE_MS_MIN  1000
#define THROTTLE_MS_MAX  (15 * 60 * 1000)
#define THROTTLE_KEPT_MS (60 * 60 * 1000)

struct slot {
    int64_t key;     // hash; 0: free
    int64_t used_ms; // monotonic
    double amount;   // tokens, or failures
};

/* Fixed memory: a key lives in one of PROBES slots, and the least recently used of them makes
 * room. An attacker can push entries out, but only by as many keys as the table has. */
struct table {
    pthread_mutex_t lock;
    struct slot slots[JD_RATE_KEYS_MAX];
};

struct jd_rate {
    double per_s, burst;
    struct table table;
};

struct jd_throttle {
    int forgiven; // failures that cost nothing
    struct table table;
};

/* The slot of `key`; taken over (amount -1) when it was another's. Under the lock. */
static struct slot *find(struct table *table, struct jd_span key, int64_t now_ms)
{
    int64_t hash = jd_hash63(key) | 1;
    struct slot *oldest = NULL;
    for (unsigned i = 0; i < PROBES; i++) {
        struct slot *slot = &table->slots[((uint64_t)hash / 2 + i) % JD_RATE_KEYS_MAX];
        if (slot->key == hash) {
            return slot;
        }
        if (!oldest || slot->key == 0 || slot->used_ms < oldest->used_ms) {
            oldest = slot;
        }
        if (slot->key == 0) {
            break;
        }
    }
    *oldest = (struct slot){ .key = hash, .used_ms = now_ms, .amount = -1 };
    return oldest;
}

struct jd_rate *jd_rate_create(double per_s, double burst)
{
    struct jd_rate *rate = jd_xalloc(sizeof(*rate));
    rate->per_s = per_s;
    rate->burst = burst;
    pthread_mutex_init(&rate->table.lock, NULL);
    return rate;
}

void jd_rate_destroy(struct jd_rate **rate)
{
    if (*rate) {
        pthread_mutex_destroy(&(*rate)->table.lock);
        free(*rate);
        *rate = NULL;
    }
}

bool jd_rate_take(struct jd_rate *rate,
        struct jd_span key,
        int64_t now_ms,
        int64_t *out_after_ms)
{
    pthread_mutex_lock(&rate->table.lock);
    struct slot *slot = find(&rate->table, key, now_ms);
    double tokens = rate->burst;
    if (slot->amount >= 0) {
        tokens = slot->amount + (double)(now_ms - slot->used_ms) * rate->per_s / 1000;
        tokens = tokens < rate->burst ? tokens : rate->burst;
    }
    bool granted = tokens >= 1;
    slot->amount = granted ? tokens - 1 : tokens;
    slot->used_ms = now_ms;
    pthread_mutex_unlock(&rate->table.lock);
    if (!granted) {
        *out_after_ms = (int64_t)((1 - tokens) * 1000 / rate->per_s) + 1;
    }
    return granted;
}

struct jd_throttle *jd_throttle_create(int forgiven)
{
    struct jd_throttle *throttle = jd_xalloc(sizeof(*throttle));
    throttle->forgiven = forgiven;
    pthread_mutex_init(&throttle->table.lock, NULL);
    return throttle;
}

void jd_throttle_destroy(struct jd_throttle **throttle)
{
    if (*throttle) {
        pthread_mutex_destroy(&(*throttle)->table.lock);
        free(*throttle);
        *throttle = NULL;
    }
}

static int64_t pause_ms(const struct jd_throttle *throttle, int64_t failures)
{
    int64_t pause = 0;
    for (int64_t i = throttle->forgiven; i < failures && pause < THROTTLE_MS_MAX; i++) {
        pause = pause ? pause * 2 : THROTTLE_MS_MIN;
    }
    return pause < THROTTLE_MS_MAX ? pause : THROTTLE_MS_MAX;
}

int64_t jd_throttle_wait_ms(struct jd_throttle *throttle, struct jd_span key, int64_t now_ms)
{
    pthread_mutex_lock(&throttle->table.lock);
    struct slot *slot = find(&throttle->table, key, now_ms);
    int64_t wait = slot->used_ms + pause_ms(throttle, (int64_t)slot->amount) - now_ms;
    pthread_mutex_unlock(&throttle->table.lock);
    return wait > 0 ? wait : 0;
}

void jd_throttle_fail(struct jd_throttle *throttle, struct jd_span key, int64_t now_ms)
{
    pthread_mutex_lock(&throttle->table.lock);
    struct slot *slot = find(&throttle->table, key, now_ms);
    bool stale = slot->amount < 0 || now_ms - slot->used_ms > THROTTLE_KEPT_MS;
    slot->amount = stale ? 1 : slot->amount + 1;
    slot->used_ms = now_ms;
    pthread_mutex_unlock(&throttle->table.lock);
}

void jd_throttle_forget(struct jd_throttle *throttle, struct jd_span key)
{
    pthread_mutex_lock(&throttle->table.lock);
    // Not freed: a hole would hide the keys that stand behind it.
    find(&throttle->table, key, 0)->amount = 0;
    pthread_mutex_unlock(&throttle->table.lock);
}
