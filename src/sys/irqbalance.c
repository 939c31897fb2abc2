/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client of irqbalance's socket. One connection a command; it answers (to "setup") or not, and
 * closes. It wants to see that we are root, by credentials that travel with the command. It is one
 * thread that serves us between its other work, so nothing here waits without a limit.
 */

#include "irqbalance.h"

#include "proc.h"
#include "set.h"

#include <ctype.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define COMM "irqbalance"
#define BAN_COMMAND "settings ban irqs "
/* Version 1.9.5 reads less than so much, older ones 500 bytes. */
#define COMMAND_MAX 16384
#define REPLY_MAX (1u << 20)

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static unsigned int left_ms(uint64_t deadline)
{
    uint64_t now = now_ms();

    return now < deadline ? (unsigned int)(deadline - now) : 0;
}

struct address {
    struct sockaddr_un un;
    socklen_t length;
};

/* Where it listens: since version 1.6, in 1.5, up to 1.4, and where it may not make a file: on the
 * name that is empty and as long as names can be. */
static const struct {
    bool abstract;
    const char *before_pid; /* NULL: the empty name */
} places[] = {
    {false, "/run/irqbalance/irqbalance"},
    {false, "/run/irqbalance"},
    {true, "irqbalance"},
    {true, NULL},
};

static void make_address(pid_t pid, size_t place, struct address *ret_address)
{
    struct address address = {.un.sun_family = AF_UNIX, .length = sizeof(address.un)};
    size_t start = places[place].abstract;
    int length;

    if (places[place].before_pid) {
        length = snprintf(address.un.sun_path + start, sizeof(address.un.sun_path) - start,
                          "%s%d.sock", places[place].before_pid, (int)pid);
        address.length =
            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + start + (size_t)length);
    }
    *ret_address = address;
}

/* Anybody may listen on a name: it must be the process itself. */
static int check_peer(int fd, pid_t pid)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return -errno;
    return peer.pid == pid ? 0 : -ENOENT;
}

static int set_limit(int fd, int option, unsigned int ms)
{
    struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};

    if (ms == 0)
        return -ETIMEDOUT; /* 0 would mean for ever */
    return setsockopt(fd, SOL_SOCKET, option, &limit, sizeof(limit)) < 0 ? -errno : 0;
}

/* Waits, too, while others fill its queue. */
static int connect_to(const struct address *address, pid_t pid, uint64_t deadline, int *ret_fd)
{
    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r;

    if (fd < 0)
        return -errno;
    r = set_limit(fd, SO_SNDTIMEO, left_ms(deadline));
    if (r == 0 && connect(fd, (const struct sockaddr *)&address->un, address->length) < 0)
        r = errno == EAGAIN ? -ETIMEDOUT : -errno;
    if (r == 0)
        r = check_peer(fd, pid);
    if (r < 0)
        return r;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

/* -ENOENT: it listens nowhere. */
static int connect_anywhere(pid_t pid, uint64_t deadline, int *ret_fd)
{
    int found = -ENOENT;

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct address address;
        int r;

        make_address(pid, i, &address);
        r = connect_to(&address, pid, deadline, ret_fd);
        if (r == 0)
            return 0;
        if (found == -ENOENT && r != -ECONNREFUSED)
            found = r;
    }
    return found;
}

static int send_command(int fd, const char *command)
{
    struct ucred self = {.pid = getpid(), .uid = geteuid(), .gid = getegid()};
    struct iovec text = {.iov_base = (void *)(uintptr_t)command, .iov_len = strlen(command)};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred))];
    } control = {0};
    struct msghdr message = {.msg_iov = &text,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t n;

    control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                                      .cmsg_type = SCM_CREDENTIALS,
                                      .cmsg_len = CMSG_LEN(sizeof(struct ucred))};
    memcpy(CMSG_DATA(&control.header), &self, sizeof(self));
    n = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    return (size_t)n == text.iov_len ? 0 : -ETIMEDOUT;
}

/* All until it closes: then it has done what it was told. */
static int receive(int fd, uint64_t deadline, FILE *out)
{
    size_t total = 0;

    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        char part[4096];
        ssize_t n;
        int r = poll(&wait, 1, (int)left_ms(deadline));

        if (r == 0)
            return -ETIMEDOUT;
        n = r < 0 ? -1 : recv(fd, part, sizeof(part), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == ECONNRESET)
            return 0; /* it closed before it had read all of ours */
        if (n <= 0)
            return n < 0 ? -errno : 0;
        total += (size_t)n;
        if (total > REPLY_MAX)
            return -EBADMSG;
        (void)fwrite(part, 1, (size_t)n, out); /* into memory: fclose tells */
    }
}

/* The caller frees *ret_reply. */
static int exchange(pid_t pid, const char *command, unsigned int limit_ms, char **ret_reply)
{
    uint64_t deadline = now_ms() + limit_ms;
    autofree char *reply = NULL;
    autoclose int fd = -1;
    size_t size = 0;
    FILE *out;
    int r = connect_anywhere(pid, deadline, &fd);

    if (r == 0)
        r = send_command(fd, command);
    if (r < 0)
        return r;
    out = open_memstream(&reply, &size);
    if (!out)
        return -ENOMEM;
    r = receive(fd, deadline, out);
    if (fclose(out) != 0 && r == 0)
        r = -ENOMEM;
    if (r == 0)
        *ret_reply = TAKE(reply);
    return r;
}

/* "24 LOAD 0 DIFF 0 CLASS 5": adds the number. */
static int parse_irq(const char *text, hwloc_bitmap_t irqs)
{
    unsigned int irq;

    if (sscanf(text, "%u", &irq) != 1 || irq > SET_ID_MAX)
        return -EBADMSG;
    return hwloc_bitmap_set(irqs, irq) < 0 ? -ENOMEM : 0;
}

/* "SLEEP 10 IRQ 24 LOAD 0 DIFF 0 CLASS 5 IRQ 25 ... BANNED 00000000,00000003": words in pairs. */
static int parse_setup(char *reply, struct irqbalance *irqbalance)
{
    bool slept = false, banned = false;
    char *save = NULL;
    int r = 0;

    for (char *key = strtok_r(reply, " ", &save); r == 0 && key; key = strtok_r(NULL, " ", &save)) {
        const char *value = strtok_r(NULL, " ", &save);

        if (!value)
            return -EBADMSG;
        if (strcmp(key, "SLEEP") == 0) {
            slept = sscanf(value, "%u", &irqbalance->interval_s) == 1;
        } else if (strcmp(key, "IRQ") == 0) {
            r = parse_irq(value, irqbalance->banned_irqs);
        } else if (strcmp(key, "BANNED") == 0) {
            hwloc_bitmap_free(irqbalance->banned_cpus);
            irqbalance->banned_cpus = NULL;
            banned = true;
            r = set_parse_mask(value, &irqbalance->banned_cpus, NULL);
        }
    }
    if (r == -ENOMEM)
        return r;
    return r == 0 && slept && banned ? 0 : -EBADMSG;
}

static void forget_bans(struct irqbalance *irqbalance)
{
    hwloc_bitmap_free(irqbalance->banned_irqs);
    hwloc_bitmap_free(irqbalance->banned_cpus);
    irqbalance->banned_irqs = NULL;
    irqbalance->banned_cpus = NULL;
}

/* An answer that nobody waits for any more ends it: it does not ignore SIGPIPE. So it is asked only
 * when it has just shown, with a word that it does not know and closes at, that it listens; and
 * then with all patience. */
static int ask(unsigned int limit_ms, struct irqbalance *irqbalance)
{
    autofree char *nothing = NULL, *reply = NULL;
    int r = exchange(irqbalance->pid, "listening?", limit_ms, &nothing);

    if (r == 0)
        r = exchange(irqbalance->pid, "setup", IRQBALANCE_PATIENCE_MS, &reply);
    if (r < 0)
        return r;
    if (!reply[0])
        return -EACCES; /* so it treats who is not root */
    irqbalance->banned_irqs = hwloc_bitmap_alloc();
    r = irqbalance->banned_irqs ? parse_setup(reply, irqbalance) : -ENOMEM;
    if (r < 0)
        forget_bans(irqbalance);
    return r;
}

int irqbalance_ask(pid_t pid, unsigned int limit_ms, struct irqbalance *ret_irqbalance)
{
    struct irqbalance irqbalance = {.pid = pid};

    irqbalance.answer = ask(limit_ms, &irqbalance);
    if (irqbalance.answer == -ENOMEM)
        return -ENOMEM;
    *ret_irqbalance = irqbalance;
    return 0;
}

/* Not a zombie. A captured tree has those that were alive. */
static bool is_alive(const struct root *root, pid_t pid)
{
    struct proc_id id;

    return !root_is_live(root) || proc_identify(root, pid, &id) == 0;
}

int irqbalance_pid(const struct root *root, pid_t *ret_pid)
{
    autostrv char **names = NULL;
    bool any = false;
    int r = root_list(root, &names, "proc");

    if (r < 0)
        return r == -ENOMEM ? r : -ENOENT;
    for (char **name = names; *name; name++) {
        autofree char *comm = NULL;

        if (!isdigit((unsigned char)**name))
            continue;
        r = root_read_value(root, &comm, "proc/%s/comm", *name);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            continue; /* it has ended */
        any = true;
        if (strcmp(comm, COMM) != 0 || !is_alive(root, (pid_t)strtol(*name, NULL, 10)))
            continue;
        *ret_pid = (pid_t)strtol(*name, NULL, 10);
        return 0;
    }
    return any ? -ESRCH : -ENOENT;
}

int irqbalance_look(const struct root *root, unsigned int limit_ms,
                    struct irqbalance *ret_irqbalance)
{
    pid_t pid = 0;
    int r = irqbalance_pid(root, &pid);

    if (r == -ENOMEM)
        return r;
    if (r == 0 && root_is_live(root))
        return irqbalance_ask(pid, limit_ms, ret_irqbalance);
    *ret_irqbalance = (struct irqbalance){.pid = pid, .answer = r == 0 ? -EROFS : r};
    return 0;
}

void irqbalance_fini(struct irqbalance *irqbalance)
{
    forget_bans(irqbalance);
    *irqbalance = (struct irqbalance){0};
}

int irqbalance_ban(pid_t pid, hwloc_const_bitmap_t irqs, unsigned int limit_ms)
{
    autofree char *command = NULL, *reply = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&command, &size);
    unsigned int irq;

    if (!out)
        return -ENOMEM;
    fputs(BAN_COMMAND, out);
    if (hwloc_bitmap_iszero(irqs))
        fputs("NONE", out);
    hwloc_bitmap_foreach_begin(irq, irqs) fprintf(out, "%u ", irq);
    hwloc_bitmap_foreach_end();
    if (fclose(out) != 0)
        return -ENOMEM;
    return size < COMMAND_MAX ? exchange(pid, command, limit_ms, &reply) : -E2BIG;
}

const char *irqbalance_reason(int answer)
{
    switch (answer) {
    case -ENOENT:
        return "nobody listens on its socket";
    case -EACCES:
    case -EPERM:
        return "it listens to root only";
    case -ETIMEDOUT:
        return "it does not answer";
    case -EBADMSG:
        return "its answer is none that we know";
    case -EROFS:
        return "this is not the running machine";
    default:
        return strerror(-answer);
    }
}
