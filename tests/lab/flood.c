/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic for a network card of the lab: small UDP datagrams of many flows, so that every queue
 * gets some whichever way queues are chosen: by the flow (RSS), or by the CPU that sends (XPS), as
 * there is a thread on each CPU that we may use. Nobody needs to listen.
 */

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FLOWS = 16, /* a thread */
    FIRST_PORT = 20000,
    PAUSE_US = 20000, /* so that queues run dry: one that never does is polled, not interrupted */
};

static struct sockaddr_in target = {.sin_family = AF_INET};
static time_t end;

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static void run_on(int cpu)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof(one), &one) < 0)
        err(1, "cannot run on CPU %d", cpu);
}

/* A socket whose source port, and so its flow, is the kernel's choice. */
static int open_flow(int port)
{
    struct sockaddr_in to = target;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    to.sin_port = htons((uint16_t)(FIRST_PORT + port));
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        err(1, "cannot reach the address");
    return fd;
}

static void *send_from(void *data)
{
    int cpu = *(int *)data;
    int flows[FLOWS];

    run_on(cpu);
    for (int i = 0; i < FLOWS; i++)
        flows[i] = open_flow(cpu * FLOWS + i);
    while (now() < end) {
        for (int i = 0; i < FLOWS; i++)
            (void)!write(flows[i], "flood", 5); /* refused, as nobody listens, or a full queue */
        usleep(PAUSE_US);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static int cpus[CPU_SETSIZE];
    pthread_t threads[CPU_SETSIZE];
    unsigned int n = 0;
    cpu_set_t allowed;

    if (argc != 3 || inet_pton(AF_INET, argv[1], &target.sin_addr) != 1)
        errx(2, "usage: flood ADDRESS SECONDS");
    end = now() + atoi(argv[2]);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
        err(1, "cannot tell the CPUs that we may use");
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        cpus[n] = cpu;
        if (pthread_create(&threads[n], NULL, send_from, &cpus[n]) != 0)
            errx(1, "cannot start a thread");
        n++;
    }
    while (n > 0)
        pthread_join(threads[--n], NULL);
    return 0;
}
