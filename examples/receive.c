/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet receiver all of whose parts are beside the card: one thread for each of the card's
 * receive queues, on the CPU that the queue's interrupt goes to, with a ring of its own in memory
 * of the card's node. It says where each part is, and counts.
 *
 *     cc receive.c -o receive -pthread $(pkg-config --cflags --libs numaplace)
 *     numaplace irq apply eth0
 *     ./receive eth0 --seconds 10
 *
 * The threads share the card's packets by PACKET_FANOUT_QM: the kernel gives a packet to the socket
 * whose number is that of the queue that it came in on, so a queue's packets are always its
 * thread's. PACKET_FANOUT_CPU looks at the CPU instead, modulo the number of sockets: queues whose
 * CPUs are 2 and 6 would share one of four threads, and each move of an interrupt would move its
 * packets to another. PACKET_FANOUT_HASH knows neither.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* gettid, getcpu */
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <numaplace/numaplace.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_QUEUES = 256,
    MAX_CPUS = 64, /* that are printed of one queue */
    MAX_NODES = 64,
    BLOCK_BYTES = 1 << 18,
    BLOCKS = 16,
    RING_BYTES = BLOCK_BYTES * BLOCKS,
    FRAME_BYTES = 1 << 11,
    RETIRE_MS = 20, /* after which a block that is not full is handed over */
    POLL_MS = 50,   /* how long the end can go unnoticed */
};

struct receiver {
    struct np_machine *machine;
    struct np_device *device;
    const char *name;
    int interface;
    unsigned int pin_flags;
    bool has_queues;
    size_t n_threads; /* one a queue; one where no queue has an interrupt */
    uint64_t seconds;
    uint64_t packets; /* 0: no limit */
    pthread_barrier_t set_up, started;
    bool give_up; /* between the two */
    struct timespec end;
    atomic_uint_fast64_t received;
};

struct worker {
    pthread_t thread;
    struct receiver *receiver;
    size_t number; /* of its queue */
    int fd;
    char *ring;
    size_t next; /* block of it */
    pid_t tid;
    int error; /* a negative errno of setting up */
    char text[512];
    unsigned int cpu, node; /* where it ran last */
    uint64_t packets;
    uint64_t bytes;
};

static atomic_bool interrupted;

static void on_signal(int signal)
{
    (void)signal;
    interrupted = true;
}

static int failed(struct worker *worker, const char *what)
{
    worker->error = -errno;
    (void)snprintf(worker->text, sizeof(worker->text), "%s: %s", what, strerror(errno));
    return worker->error;
}

/* What a socket lets pass. It shows packets from the moment that it is bound, and must be bound to
 * be given its share of them: until all are, none shows any. What the card sends is numbered by its
 * queues, too, and would be shared with the threads: in a fanout PACKET_IGNORE_OUTGOING does
 * nothing. */
static int let_pass(int fd, bool incoming)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, incoming ? UINT32_MAX : 0), /* bytes of it */
    };
    const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int open_socket(struct worker *worker)
{
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_protocol = htons(ETH_P_ALL),
                                        .sll_ifindex = worker->receiver->interface};
    const int version = TPACKET_V3;
    /* The kernel allocates it under this thread's memory policy. */
    const struct tpacket_req3 ring = {.tp_block_size = BLOCK_BYTES,
                                      .tp_block_nr = BLOCKS,
                                      .tp_frame_size = FRAME_BYTES,
                                      .tp_frame_nr = RING_BYTES / FRAME_BYTES,
                                      .tp_retire_blk_tov = RETIRE_MS};
    int fd = worker->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    void *memory;

    if (fd < 0)
        return failed(worker, "socket");
    if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)) < 0)
        return failed(worker, "cannot make a ring");
    memory = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return failed(worker, "cannot map the ring");
    worker->ring = memory;
    if (let_pass(fd, false) < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return failed(worker, worker->receiver->name);
    return 0;
}

static int pin(struct worker *worker)
{
    const struct receiver *receiver = worker->receiver;
    struct np_error err = {0};
    int r = receiver->has_queues
                ? np_pin_to_queue(receiver->device, worker->number, receiver->pin_flags, &err)
                : np_pin_to_device(receiver->machine, receiver->name, receiver->pin_flags, &err);

    if (r < 0) {
        worker->error = r;
        (void)snprintf(worker->text, sizeof(worker->text), "%s",
                       err.code ? err.text : strerror(-r));
    }
    return r;
}

/* A block is this thread's until its status says that it is the kernel's again. */
static void take_block(struct worker *worker, struct tpacket_block_desc *block)
{
    const struct tpacket_hdr_v1 *head = &block->hdr.bh1;
    const struct tpacket3_hdr *packet =
        (const void *)((const char *)block + head->offset_to_first_pkt);

    for (uint32_t i = 0; i < head->num_pkts; i++) {
        worker->bytes += packet->tp_len;
        packet = (const void *)((const char *)packet + packet->tp_next_offset);
    }
    worker->packets += head->num_pkts;
    worker->receiver->received += head->num_pkts;
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

static bool is_over(const struct receiver *receiver)
{
    struct timespec now;

    if (interrupted || (receiver->packets > 0 && receiver->received >= receiver->packets))
        return true;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > receiver->end.tv_sec ||
           (now.tv_sec == receiver->end.tv_sec && now.tv_nsec >= receiver->end.tv_nsec);
}

/* False when the kernel has not handed over the next one. */
static bool take_next(struct worker *worker)
{
    struct tpacket_block_desc *block = (void *)(worker->ring + worker->next * BLOCK_BYTES);

    if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
        return false;
    take_block(worker, block);
    worker->next = (worker->next + 1) % BLOCKS;
    return true;
}

static void receive(struct worker *worker)
{
    struct pollfd poller = {.fd = worker->fd, .events = POLLIN | POLLERR};

    while (!is_over(worker->receiver)) {
        if (!take_next(worker))
            (void)poll(&poller, 1, POLL_MS);
    }
    (void)poll(NULL, 0, 2 * RETIRE_MS); /* the last ones are in a block that is not full */
    for (unsigned int i = 0; i < BLOCKS && take_next(worker); i++)
        ;
    (void)getcpu(&worker->cpu, &worker->node);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct receiver *receiver = worker->receiver;

    worker->tid = gettid();
    if (pin(worker) == 0 && open_socket(worker) == 0)
        (void)getcpu(&worker->cpu, &worker->node);
    (void)pthread_barrier_wait(&receiver->set_up);
    (void)pthread_barrier_wait(&receiver->started);
    if (!receiver->give_up)
        receive(worker);
    return NULL;
}

/* "CPU 4 (node 1)", or all that an interrupt may go to. */
static void print_cpus(const struct receiver *receiver, const unsigned int *cpus, size_t n)
{
    const size_t shown = n < MAX_CPUS ? n : MAX_CPUS;

    for (size_t i = 0; i < shown; i++) {
        unsigned int node;

        printf("%s%u", i == 0 ? "CPU " : ",", cpus[i]);
        if (np_machine_cpu_node(receiver->machine, cpus[i], &node) == 0)
            printf(" (node %u)", node);
    }
    if (shown < n)
        printf(" and %zu more", n - shown);
}

static void print_ring(const struct worker *worker)
{
    struct np_pages pages[MAX_NODES];
    uint64_t absent;
    int n = np_where(worker->ring, RING_BYTES, pages, MAX_NODES, &absent);

    printf(", ring");
    for (int i = 0; i < n; i++)
        printf(" %" PRIu64 " KiB on node %u", pages[i].bytes / 1024, pages[i].node);
    if (n < 0)
        printf(" nobody knows where: %s", strerror(-n));
    else if (absent > 0)
        printf(" %" PRIu64 " KiB nowhere", absent / 1024);
}

static void print_parts(const struct receiver *receiver, const struct worker *workers)
{
    struct np_queue queues[MAX_QUEUES];
    unsigned int node;

    (void)np_device_queues(receiver->device, queues, MAX_QUEUES);
    if (np_device_node(receiver->device, &node) == 0)
        printf("%s on node %u\n", receiver->name, node);
    for (size_t i = 0; i < receiver->n_threads; i++) {
        unsigned int cpus[MAX_CPUS];

        if (receiver->has_queues) {
            printf("queue %u: interrupt %u on ", queues[i].queue, queues[i].irq);
            print_cpus(receiver, cpus, np_device_queue_cpus(receiver->device, i, cpus, MAX_CPUS));
        } else {
            printf("all queues: no interrupt of their own");
        }
        printf(", thread %d on ", (int)workers[i].tid);
        print_cpus(receiver, &workers[i].cpu, 1);
        print_ring(&workers[i]);
        putchar('\n');
    }
    fflush(stdout);
}

/* Sockets are numbered as they join, and drivers record queue N as N + 1: socket 0 gets those of
 * the last queue. */
static int share_packets(const struct receiver *receiver, struct worker *workers)
{
    const size_t n = receiver->n_threads;
    const int fanout = (getpid() & 0xffff) | PACKET_FANOUT_QM << 16;

    for (size_t i = 0; i < n; i++) {
        struct worker *worker = &workers[(i + n - 1) % n];

        if (setsockopt(worker->fd, SOL_PACKET, PACKET_FANOUT, &fanout, sizeof(fanout)) < 0)
            return failed(worker, "PACKET_FANOUT");
    }
    for (size_t i = 0; i < n; i++) {
        if (let_pass(workers[i].fd, true) < 0)
            return failed(&workers[i], "cannot open the ring");
    }
    return 0;
}

static bool complain(const struct receiver *receiver, const struct worker *workers)
{
    for (size_t i = 0; i < receiver->n_threads; i++) {
        if (workers[i].error) {
            fprintf(stderr, "receive: %s\n", workers[i].text);
            return true;
        }
    }
    return false;
}

/* Once all threads are set up, and before any receives. */
static void start(struct receiver *receiver, struct worker *workers)
{
    receiver->give_up = complain(receiver, workers);
    if (receiver->give_up)
        return;
    print_parts(receiver, workers);
    clock_gettime(CLOCK_MONOTONIC, &receiver->end);
    receiver->end.tv_sec += (time_t)receiver->seconds;
    (void)share_packets(receiver, workers);
    receiver->give_up = complain(receiver, workers);
}

static void print_counts(const struct receiver *receiver, const struct worker *workers)
{
    for (size_t i = 0; i < receiver->n_threads; i++) {
        const struct worker *worker = &workers[i];
        struct tpacket_stats_v3 stats = {0};
        socklen_t length = sizeof(stats);

        (void)getsockopt(worker->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length);
        printf("thread %d: %" PRIu64 " packets, %" PRIu64 " bytes, %u dropped, last on CPU %u "
               "(node %u)\n",
               (int)worker->tid, worker->packets, worker->bytes, stats.tp_drops, worker->cpu,
               worker->node);
    }
    printf("%" PRIu64 " packets\n", (uint64_t)receiver->received);
}

static int run(struct receiver *receiver, struct worker *workers)
{
    const unsigned int all = (unsigned int)receiver->n_threads + 1;
    int r;

    pthread_barrier_init(&receiver->set_up, NULL, all);
    pthread_barrier_init(&receiver->started, NULL, all);
    for (size_t i = 0; i < receiver->n_threads; i++) {
        workers[i] = (struct worker){.receiver = receiver, .number = i, .fd = -1};
        r = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
        if (r != 0) {
            fprintf(stderr, "receive: cannot start a thread: %s\n", strerror(r));
            exit(EXIT_FAILURE); /* those before wait for one that will never come */
        }
    }
    (void)pthread_barrier_wait(&receiver->set_up);
    start(receiver, workers);
    (void)pthread_barrier_wait(&receiver->started);
    for (size_t i = 0; i < receiver->n_threads; i++)
        pthread_join(workers[i].thread, NULL);
    if (!receiver->give_up)
        print_counts(receiver, workers);
    for (size_t i = 0; i < receiver->n_threads; i++) {
        if (workers[i].ring)
            munmap(workers[i].ring, RING_BYTES);
        if (workers[i].fd >= 0)
            close(workers[i].fd);
    }
    return receiver->give_up ? -1 : 0;
}

static size_t count_receiving(const struct np_device *device)
{
    struct np_queue queues[MAX_QUEUES];
    size_t n = np_device_queues(device, queues, MAX_QUEUES), receiving = 0;

    while (receiving < n && receiving < MAX_QUEUES && queues[receiving].kind != NP_QUEUE_TX)
        receiving++;
    return receiving;
}

static int open_receiver(struct receiver *receiver)
{
    struct np_error err = {0};
    int r = np_machine_load("live", &receiver->machine, &err);

    if (r == 0)
        r = np_device_read(receiver->machine, receiver->name, &receiver->device, &err);
    if (r < 0) {
        fprintf(stderr, "receive: %s\n", err.code ? err.text : strerror(-r));
        return r;
    }
    receiver->interface = (int)if_nametoindex(receiver->name);
    if (receiver->interface == 0) {
        fprintf(stderr, "receive: %s is no network device\n", receiver->name);
        return -ENODEV;
    }
    receiver->n_threads = count_receiving(receiver->device);
    receiver->has_queues = receiver->n_threads > 0;
    if (!receiver->has_queues)
        receiver->n_threads = 1;
    return 0;
}

static bool parse_number(const char *text, uint64_t *ret_number)
{
    char *end;

    errno = 0;
    *ret_number = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

static bool parse(int argc, char **argv, struct receiver *receiver)
{
    static const struct option options[] = {
        {"seconds", required_argument, NULL, 's'},
        {"packets", required_argument, NULL, 'p'},
        {"bind", no_argument, NULL, 'b'},
        {NULL, 0, NULL, 0},
    };
    bool good = true;
    int option;

    while ((option = getopt_long(argc, argv, "s:p:b", options, NULL)) != -1) {
        if (option == 's')
            good = good && parse_number(optarg, &receiver->seconds);
        else if (option == 'p')
            good = good && parse_number(optarg, &receiver->packets);
        else if (option == 'b')
            receiver->pin_flags |= NP_PIN_BIND;
        else
            good = false;
    }
    if (!good || argc - optind != 1)
        return false;
    receiver->name = argv[optind];
    return true;
}

int main(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = on_signal};
    struct receiver receiver = {.seconds = 10};
    struct worker *workers = NULL;
    int r;

    if (!parse(argc, argv, &receiver)) {
        fprintf(stderr, "Usage: receive [--seconds N] [--packets N] [--bind] DEVICE\n");
        return 2;
    }
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    r = open_receiver(&receiver);
    if (r == 0) {
        workers = calloc(receiver.n_threads, sizeof(*workers));
        r = workers ? run(&receiver, workers) : -ENOMEM;
    }
    free(workers);
    np_device_free(receiver.device);
    np_machine_free(receiver.machine);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
