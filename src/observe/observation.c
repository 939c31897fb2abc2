/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look at a process. It runs on while being looked at, so a look is not an instant: threads
 * that end meanwhile are left out, and a process that ends is -ESRCH rather than half an answer.
 */

#include "observation.h"

#include "numa-maps.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock always exists */
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int gone(struct np_error *err, pid_t pid)
{
    return error_set(err, -ESRCH, "there is no process %d, or it has just ended", (int)pid);
}

/* What keeps numa_maps from being told while the process is there: not our failure, but said. */
static bool is_untold(int r)
{
    return r == -EACCES || r == -EPERM || r == -ENOENT || r == -ESRCH;
}

static int read_pages(const struct root *root, struct observation *observation,
                      struct np_error *err)
{
    pid_t pid = observation->id.pid;
    autoclose int fd = root_open_fd(root, O_RDONLY, "proc/%d/numa_maps", (int)pid);
    unsigned int line = 0;
    int r = fd;

    if (fd >= 0)
        r = numa_maps_read(fd, &observation->mappings, &observation->n_mappings, &line);
    if (r == -EINVAL) {
        char file[64];

        (void)snprintf(file, sizeof(file), "proc/%d/numa_maps", (int)pid);
        (void)error_set(err, r, "this line is not understood");
        error_at(err, file, line, 1);
        return r;
    }
    /* Every process has mappings but one that is ending and a kernel thread, whose file is empty
     * or, on newer kernels, cannot be opened. */
    if (r >= 0 && observation->n_mappings == 0)
        r = -ESRCH;
    if (!is_untold(r))
        return r; /* an ended process is found out by our caller */
    observation->pages_error = r == -ESRCH ? -ENODATA : r == -EPERM ? -EACCES : r;
    return 0;
}

int observe_thread(const struct root *root, pid_t pid, pid_t tid, struct thread *ret_thread)
{
    struct proc_thread found;
    int r = proc_thread(root, pid, tid, &found);

    if (r < 0)
        return r;
    *ret_thread = (struct thread){.tid = tid,
                                  .comm = found.comm,
                                  .last_cpu = found.last_cpu,
                                  .cpus_allowed = found.cpus_allowed,
                                  .mems_allowed = found.mems_allowed};
    return 0;
}

void thread_fini(struct thread *thread)
{
    free(thread->comm);
    hwloc_bitmap_free(thread->cpus_allowed);
    hwloc_bitmap_free(thread->mems_allowed);
}

static int read_threads(const struct root *root, struct observation *observation,
                        struct np_error *err)
{
    pid_t pid = observation->id.pid;
    autofree pid_t *tids = NULL;
    size_t n_tids;
    int r = proc_tasks(root, pid, &tids, &n_tids);

    if (r == -ESRCH)
        return gone(err, pid);
    if (r < 0)
        return error_set(err, r, "cannot list the threads of process %d: %s", (int)pid,
                         strerror(-r));
    observation->threads = calloc(n_tids, sizeof(*observation->threads));
    if (!observation->threads)
        return -ENOMEM;
    for (size_t i = 0; i < n_tids; i++) {
        r = observe_thread(root, pid, tids[i], &observation->threads[observation->n_threads]);
        if (r == -ESRCH)
            continue;
        if (r < 0)
            return error_set(err, r, "cannot read the state of thread %d of process %d: %s",
                             (int)tids[i], (int)pid, strerror(-r));
        observation->n_threads++;
    }
    return observation->n_threads > 0 ? 0 : gone(err, pid);
}

static int read_process(const struct root *root, pid_t pid, unsigned int parts,
                        struct observation *observation, struct np_error *err)
{
    int r = proc_identify(root, pid, &observation->id);

    if (r == 0)
        r = proc_comm(root, pid, &observation->comm);
    if (r == 0)
        r = proc_swap(root, pid, &observation->swap_bytes);
    if (r == -ESRCH)
        return gone(err, pid);
    if (r < 0)
        return error_set(err, r, "cannot read process %d: %s", (int)pid, strerror(-r));
    if (parts & OBSERVE_THREADS)
        r = read_threads(root, observation, err);
    if (r == 0 && parts & OBSERVE_PAGES)
        r = read_pages(root, observation, err);
    /* The id may be another process's by now; then nothing above is one answer. */
    if (r == 0 && !proc_is_same(root, &observation->id))
        return gone(err, pid);
    return r;
}

int observe_process(const struct root *root, pid_t pid, unsigned int parts,
                    struct observation **ret_observation, struct np_error *err)
{
    autoobservation struct observation *observation = calloc(1, sizeof(*observation));
    uint64_t start = now_ns();
    int r;

    if (!observation)
        return -ENOMEM;
    r = read_process(root, pid, parts, observation, err);
    if (r < 0)
        return r;
    observation->took_ns = now_ns() - start;
    *ret_observation = TAKE(observation);
    return 0;
}

struct observation *observation_free(struct observation *observation)
{
    if (!observation)
        return NULL;
    mappings_free(observation->mappings, observation->n_mappings);
    for (unsigned int i = 0; i < observation->n_threads; i++)
        thread_fini(&observation->threads[i]);
    free(observation->threads);
    free(observation->comm);
    free(observation);
    return NULL;
}

int observation_need_pages(const struct observation *observation, struct np_error *err)
{
    int r = observation->pages_error, pid = (int)observation->id.pid;

    switch (r) {
    case 0:
        break;
    case -EACCES:
        (void)error_set(err, r, "we may not look at the memory of process %d (%s)", pid,
                        observation->comm);
        error_hint(err, "run as its user, or with CAP_SYS_PTRACE");
        break;
    case -ENODATA:
        (void)error_set(err, r, "process %d (%s) is a kernel thread: it has no memory of its own",
                        pid, observation->comm);
        break;
    default:
        (void)error_set(err, r, "the kernel does not tell where the memory of process %d (%s) is",
                        pid, observation->comm);
        error_hint(err, "/proc/%d/numa_maps needs a kernel with CONFIG_NUMA", pid);
    }
    return r;
}

uint64_t observation_bytes(const struct observation *observation, unsigned int class_mask,
                           unsigned int node)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < observation->n_mappings; i++) {
        const struct mapping *mapping = &observation->mappings[i];

        for (unsigned int n = 0; class_mask >> mapping->class & 1 && n < mapping->n_by_node; n++) {
            if (mapping->by_node[n].node == node)
                bytes += mapping->by_node[n].pages * mapping->page_bytes;
        }
    }
    return bytes;
}

hwloc_bitmap_t observation_nodes(const struct observation *observation)
{
    autoset hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    if (!nodes)
        return NULL;
    for (unsigned int i = 0; i < observation->n_mappings; i++) {
        const struct mapping *mapping = &observation->mappings[i];

        for (unsigned int n = 0; n < mapping->n_by_node; n++) {
            if (hwloc_bitmap_set(nodes, mapping->by_node[n].node) < 0)
                return NULL;
        }
    }
    return TAKE(nodes);
}
