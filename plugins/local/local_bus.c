/**
 * The bus service: UNIX sockets in one folder, without a broker.
 *
 * Each subscription listens on a socket `PID-RANDOM-PREFIX.sock` (the prefix in hex, cut at 24
 * bytes) in the folder of the bus. Who publishes keeps one connection to each socket there and
 * sends every message, whole (SOCK_SEQPACKET), to those whose prefix fits. The listing of the
 * folder is read again when the folder has changed.
 *
 * Connections and not datagrams, for two reasons: a datagram socket holds no more messages than
 * net.unix.max_dgram_qlen (10 where no systemd has raised it), and all that is unread at any
 * receiver counts against the sender's one buffer, so that one subscriber that never reads
 * would in the end silence the sender for all. A connection has a buffer of its own; when it is
 * full its messages are dropped, and only its.
 *
 * Addresses go through /proc/self/fd/N/NAME, N being the folder's descriptor: sun_path holds
 * 107 bytes and the state folder may lie deeper than that.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "local.h"

#define BUS_MAGIC          UINT32_C(0x42754c6f)
#define SUBSCRIPTION_MAGIC UINT32_C(0x53754c6f)

#define NAME_BYTES         84 // with a dot and NUL: what sun_path leaves after "/proc/self/fd/1234567/"
#define HINT_BYTES         24 // of a prefix, in the socket's name
#define PEERS_MAX          256
#define BUFFER_BYTES       (1 << 20) // asked for; the kernel may give less
#define BACKLOG            256
#define EVENTS             32
#define RECEIVE_MAX        4096 // messages per call, so that a flood does not hold the caller
#define MTIME_GRAIN_NS     50000000 // a folder's time may stand still this long

// A subscription somewhere, as seen by who publishes.
struct peer {
    char name[NAME_BYTES];
    char hint[HINT_BYTES]; // the topic must begin with it
    size_t hint_length;
    int fd;
    bool listed; // still in the folder
};

struct bus {
    uint32_t magic;
    const struct jd_host *host;
    int folder; // O_PATH descriptor
    pthread_mutex_t lock;
    struct peer *peers[PEERS_MAX]; // guarded by lock
    uint32_t peer_count;           // guarded by lock
    struct timespec listed_mtime;  // guarded by lock; of the folder, as last listed
    bool listing_settled;          // guarded by lock
};

struct subscription {
    uint32_t magic;
    struct bus *bus;
    char name[NAME_BYTES];
    char prefix[JD_BUS_TOPIC_MAX];
    size_t prefix_length;
    int listener;
    int poller; // epoll: the listener and all connections
    int connections[PEERS_MAX];
    uint32_t connection_count;
};

static struct bus *bus_of(void *self, struct jd_error *error)
{
    struct bus *bus = self;
    if (!bus || bus->magic != BUS_MAGIC) {
        jd_error_set(error, JD_BUG, "local: this is no open bus");
        return NULL;
    }
    return bus;
}

static struct sockaddr_un address_of(const struct bus *bus, const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%.*s", bus->folder,
            NAME_BYTES - 1, name);
    return address;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/** Reads the prefix out of "PID-RANDOM-HEX.sock"; false: not a name of ours. */
static bool parse_name(const char *name, char hint[HINT_BYTES], size_t *out_length)
{
    const char *dash = strchr(name, '-');
    dash = dash ? strchr(dash + 1, '-') : NULL;
    const char *dot = strrchr(name, '.');
    if (!dash || !dot || strcmp(dot, ".sock") != 0 || strlen(name) >= NAME_BYTES) {
        return false;
    }
    size_t length = (size_t)(dot - dash - 1) / 2;
    if (dot < dash + 1 || length > HINT_BYTES) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        int high = hex_digit(dash[1 + 2 * i]);
        int low = hex_digit(dash[2 + 2 * i]);
        if (high < 0 || low < 0) {
            return false;
        }
        hint[i] = (char)(high << 4 | low);
    }
    *out_length = length;
    return true;
}

static void forget_peer(struct bus *bus, uint32_t index)
{
    struct peer *peer = bus->peers[index];
    if (peer->fd >= 0) {
        close(peer->fd);
    }
    free(peer);
    bus->peers[index] = bus->peers[--bus->peer_count];
}

static void note_peer(struct bus *bus, const char *name)
{
    for (uint32_t i = 0; i < bus->peer_count; i++) {
        if (strcmp(bus->peers[i]->name, name) == 0) {
            bus->peers[i]->listed = true;
            return;
        }
    }
    struct peer *peer = bus->peer_count < PEERS_MAX ? calloc(1, sizeof(*peer)) : NULL;
    if (peer && parse_name(name, peer->hint, &peer->hint_length)) {
        snprintf(peer->name, sizeof(peer->name), "%s", name);
        peer->fd = -1;
        peer->listed = true;
        bus->peers[bus->peer_count++] = peer;
    } else {
        free(peer);
    }
}

/** True if the folder was changed since it was listed, or so shortly before that a change since
 * may have left its time as it was. */
static bool listing_is_old(struct bus *bus)
{
    struct stat info;
    if (fstat(bus->folder, &info) != 0) {
        return false;
    }
    bool same = info.st_mtim.tv_sec == bus->listed_mtime.tv_sec &&
                info.st_mtim.tv_nsec == bus->listed_mtime.tv_nsec;
    if (same && bus->listing_settled) {
        return false;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age_ns = (int64_t)(now.tv_sec - info.st_mtim.tv_sec) * 1000000000 + now.tv_nsec -
                     info.st_mtim.tv_nsec;
    bus->listing_settled = age_ns > MTIME_GRAIN_NS;
    bus->listed_mtime = info.st_mtim;
    return true;
}

static void refresh_peers(struct bus *bus)
{
    if (!listing_is_old(bus)) {
        return;
    }
    int fd = openat(bus->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        bus->listing_settled = false; // out of descriptors: the next message tries again
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (uint32_t i = 0; i < bus->peer_count; i++) {
        bus->peers[i]->listed = false;
    }
    struct dirent *entry = NULL;
    while ((entry = readdir(folder)) != NULL) { // NOLINT(concurrency-mt-unsafe): own stream
        if (entry->d_name[0] != '.') {
            note_peer(bus, entry->d_name);
        }
    }
    closedir(folder);
    for (uint32_t i = bus->peer_count; i > 0; i--) {
        if (!bus->peers[i - 1]->listed) {
            forget_peer(bus, i - 1);
        }
    }
}

/** Connects without waiting. A socket that nobody listens on is what a killed process left: its
 * name is never used again, so it is removed. */
static bool connect_peer(struct bus *bus, struct peer *peer)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    int bytes = BUFFER_BYTES;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)); // as much as allowed
    struct sockaddr_un address = address_of(bus, peer->name);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        if (errno == ECONNREFUSED) {
            unlinkat(bus->folder, peer->name, 0); // another process may have been faster
        }
        close(fd);
        return false;
    }
    peer->fd = fd;
    return true;
}

/** False: dropped. A connection that broke is made anew at the next message. */
static bool
send_to(struct bus *bus, struct peer *peer, struct jd_span topic, struct jd_span payload)
{
    if (peer->fd < 0 && !connect_peer(bus, peer)) {
        return false;
    }
    unsigned char head = (unsigned char)topic.len;
    struct iovec parts[] = {
        { &head, 1 },
        { (void *)topic.data, topic.len },
        { (void *)payload.data, payload.len },
    };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };
    if (sendmsg(peer->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
        return true;
    }
    if (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM && errno != EINTR) {
        close(peer->fd);
        peer->fd = -1;
    }
    return false;
}

static bool wants(const struct peer *peer, struct jd_span topic)
{
    return topic.len >= peer->hint_length &&
           memcmp(topic.data, peer->hint, peer->hint_length) == 0;
}

static enum jd_status
bus_publish(void *self, struct jd_span topic, struct jd_span payload, struct jd_error *error)
{
    struct bus *bus = bus_of(self, error);
    if (!bus) {
        return JD_BUG;
    }
    if (topic.len == 0 || topic.len > JD_BUS_TOPIC_MAX || payload.len > JD_BUS_PAYLOAD_MAX) {
        return jd_error_set(error, JD_BAD_INPUT,
                "bus: a topic of %zu bytes (1 to %d) with a payload of %zu (at most %d)",
                topic.len, JD_BUS_TOPIC_MAX, payload.len, JD_BUS_PAYLOAD_MAX);
    }
    int64_t dropped = 0;
    pthread_mutex_lock(&bus->lock);
    refresh_peers(bus);
    for (uint32_t i = 0; i < bus->peer_count; i++) {
        if (wants(bus->peers[i], topic) && !send_to(bus, bus->peers[i], topic, payload)) {
            dropped++;
        }
    }
    pthread_mutex_unlock(&bus->lock);
    if (dropped > 0) {
        bus->host->count(bus->host->context, "bus_dropped_total", dropped);
    }
    return JD_OK;
}

static void make_name(struct subscription *subscription)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) {
        struct timespec now; // early at boot: unlike enough beside the process number
        clock_gettime(CLOCK_MONOTONIC, &now);
        random = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    }
    int length = snprintf(subscription->name, NAME_BYTES, "%d-%012llx-", (int)getpid(),
            (unsigned long long)(random & 0xffffffffffff));
    for (size_t i = 0; i < subscription->prefix_length && i < HINT_BYTES; i++) {
        length += snprintf(subscription->name + length, NAME_BYTES - (size_t)length, "%02x",
                (unsigned char)subscription->prefix[i]);
    }
    snprintf(subscription->name + length, NAME_BYTES - (size_t)length, ".sock");
}

/** Watches a descriptor; 0 or -1 and errno. */
static int watch(struct subscription *subscription, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    return epoll_ctl(subscription->poller, EPOLL_CTL_ADD, fd, &event);
}

/** Binds and listens; 0 or -1 and errno. The socket gets the name that others see when it
 * listens: one that nobody listens on is taken for dead and removed. */
static int open_listener(struct subscription *subscription)
{
    char hidden[NAME_BYTES];
    int folder = subscription->bus->folder;
    snprintf(hidden, sizeof(hidden), ".%.*s", NAME_BYTES - 2, subscription->name);
    subscription->poller = epoll_create1(EPOLL_CLOEXEC);
    subscription->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (subscription->poller < 0 || subscription->listener < 0) {
        return -1;
    }
    struct sockaddr_un address = address_of(subscription->bus, hidden);
    if (bind(subscription->listener, (struct sockaddr *)&address, sizeof(address)) != 0) {
        return -1;
    }
    if (listen(subscription->listener, BACKLOG) != 0 ||
            renameat(folder, hidden, folder, subscription->name) != 0) {
        int code = errno;
        unlinkat(folder, hidden, 0);
        errno = code;
        return -1;
    }
    return watch(subscription, subscription->listener);
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

/** Takes all connections that wait. */
static void accept_all(struct subscription *subscription)
{
    int fd = -1;
    while ((fd = accept4(subscription->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
            0) {
        if (subscription->connection_count == PEERS_MAX || watch(subscription, fd) != 0) {
            close(fd);
        } else {
            subscription->connections[subscription->connection_count++] = fd;
        }
    }
}

static void end_connection(struct subscription *subscription, int fd)
{
    for (uint32_t i = 0; i < subscription->connection_count; i++) {
        if (subscription->connections[i] == fd) {
            subscription->connections[i] =
                    subscription->connections[--subscription->connection_count];
        }
    }
    close(fd); // which also ends the watch
}

/** Hands a message over if its topic is wanted. */
static bool pass_message(const struct subscription *subscription,
        const char *bytes,
        size_t length,
        struct jd_bus_sink *sink)
{
    size_t topic_length = (unsigned char)bytes[0];
    if (topic_length + 1 > length || topic_length < subscription->prefix_length ||
            memcmp(bytes + 1, subscription->prefix, subscription->prefix_length) != 0) {
        return false;
    }
    struct jd_span topic = { bytes + 1, topic_length };
    struct jd_span payload = { bytes + 1 + topic_length, length - 1 - topic_length };
    sink->message(sink, topic, payload);
    return true;
}

/** Reads one connection until it is empty or has ended; how many messages were handed over. */
static uint32_t drain(struct subscription *subscription, int fd, struct jd_bus_sink *sink)
{
    char bytes[1 + JD_BUS_TOPIC_MAX + JD_BUS_PAYLOAD_MAX];
    uint32_t passed = 0;
    while (passed < RECEIVE_MAX) {
        ssize_t length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (length > 0) {
            passed += pass_message(subscription, bytes, (size_t)length, sink);
        } else if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        } else {
            end_connection(subscription, fd);
            break;
        }
    }
    return passed;
}

static enum jd_status
bus_receive(void *handle, struct jd_bus_sink *sink, struct jd_error *error)
{
    struct subscription *subscription = handle;
    if (!subscription || subscription->magic != SUBSCRIPTION_MAGIC) {
        return jd_error_set(error, JD_BUG, "local: this is no open subscription");
    }
    uint32_t passed = 0;
    struct epoll_event events[EVENTS];
    int count = 1;
    while (passed < RECEIVE_MAX && count > 0) {
        count = epoll_wait(subscription->poller, events, EVENTS, 0);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == subscription->listener) {
                accept_all(subscription);
            } else {
                passed += drain(subscription, events[i].data.fd, sink);
            }
        }
    }
    return passed > 0 ? JD_OK : JD_NONE;
}

static int bus_descriptor(void *handle)
{
    const struct subscription *subscription = handle;
    return subscription->poller;
}

static void bus_unsubscribe(void *handle)
{
    struct subscription *subscription = handle;
    if (!subscription || subscription->magic != SUBSCRIPTION_MAGIC) {
        return;
    }
    unlinkat(
            subscription->bus->folder, subscription->name, 0); // gone when the folder was wiped
    for (uint32_t i = 0; i < subscription->connection_count; i++) {
        close(subscription->connections[i]);
    }
    close_if_open(subscription->listener);
    close_if_open(subscription->poller);
    subscription->magic = 0;
    free(subscription);
}

static enum jd_status bus_subscribe(void *self,
        struct jd_span prefix,
        void **out_subscription,
        struct jd_error *error)
{
    struct bus *bus = bus_of(self, error);
    if (!bus) {
        return JD_BUG;
    }
    if (prefix.len > JD_BUS_TOPIC_MAX) {
        return jd_error_set(error, JD_BAD_INPUT, "bus: a prefix of %zu bytes (at most %d)",
                prefix.len, JD_BUS_TOPIC_MAX);
    }
    struct subscription *subscription = calloc(1, sizeof(*subscription));
    if (!subscription) {
        return jd_error_set(error, JD_RETRY_LATER, "bus: out of memory");
    }
    subscription->magic = SUBSCRIPTION_MAGIC;
    subscription->bus = bus;
    subscription->listener = -1;
    subscription->poller = -1;
    subscription->prefix_length = prefix.len;
    memcpy(subscription->prefix, prefix.len ? prefix.data : "", prefix.len);
    make_name(subscription);
    if (open_listener(subscription) != 0) {
        int code = errno;
        bus_unsubscribe(subscription);
        return jd_error_set(error, JD_RETRY_LATER,
                "bus: no socket could be made in its folder: %s", strerrordesc_np(code));
    }
    *out_subscription = subscription;
    return JD_OK;
}

static void bus_close(void *self)
{
    struct bus *bus = self;
    while (bus->peer_count > 0) {
        forget_peer(bus, 0);
    }
    close_if_open(bus->folder);
    pthread_mutex_destroy(&bus->lock);
    bus->magic = 0;
    free(bus);
}

static enum jd_status bus_open(const struct jd_host *host,
        const struct jd_config *config,
        void **out_self,
        struct jd_error *error)
{
    char path[PATH_MAX];
    const char *option = jd_config_text(config, "dir");
    snprintf(path, sizeof(path), "%s%s", option ? option : config->state_dir,
            option ? "" : "/bus");
    struct bus *bus = calloc(1, sizeof(*bus));
    if (!bus) {
        return jd_error_set(error, JD_RETRY_LATER, "%s: out of memory", config->instance);
    }
    bus->magic = BUS_MAGIC;
    bus->host = host;
    pthread_mutex_init(&bus->lock, NULL);
    bool there = mkdir(path, 0700) == 0 || errno == EEXIST;
    bus->folder = there ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (bus->folder < 0) {
        int code = errno;
        bus_close(bus);
        return jd_error_set(error, JD_BAD_INPUT,
                "%s: the folder %s of the bus cannot be used: %s; make it or its parent writable "
                "for this user",
                config->instance, path, strerrordesc_np(code));
    }
    *out_self = bus;
    return JD_OK;
}

const struct jd_option jd_local_bus_options[] = {
    {
            .name = "dir",
            .type = JD_OPTION_PATH,
            .help = "Folder of the sockets; bus in the state folder if not given.",
    },
    { 0 },
};

const struct jd_bus_ops jd_local_bus_ops = {
    JD_SIZE(jd_bus_ops),
    .open = bus_open,
    .close = bus_close,
    .publish = bus_publish,
    .subscribe = bus_subscribe,
    .descriptor = bus_descriptor,
    .receive = bus_receive,
    .unsubscribe = bus_unsubscribe,
};
