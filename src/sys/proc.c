/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID, field by field. A file that vanishes under us is a process that ended: -ESRCH. */

#include "proc.h"

#include "set.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define WORDS_MAX_BYTES (4u << 20)

static int gone(int r)
{
    return r == -ENOENT ? -ESRCH : r;
}

/* Field n (counted from 3, the state) of a stat line. The name before it is in parentheses and may
 * hold any byte, parentheses too: the last one ends it. */
static int stat_field(const char *stat, unsigned int n, const char **ret_field)
{
    const char *p = strrchr(stat, ')');

    if (!p || p[1] != ' ')
        return -EINVAL;
    for (p += 2; n > 3; n--) {
        p = strchr(p, ' ');
        if (!p)
            return -EINVAL;
        p++;
    }
    *ret_field = p;
    return 0;
}

int proc_identify(const struct root *root, pid_t pid, struct proc_id *ret_id)
{
    autofree char *stat = NULL;
    const char *state, *start;
    uint64_t ticks;
    int r = root_read(root, &stat, "proc/%d/stat", (int)pid);

    if (r < 0)
        return gone(r);
    if (stat_field(stat, 3, &state) < 0 || stat_field(stat, 22, &start) < 0 ||
        sscanf(start, "%" SCNu64, &ticks) != 1)
        return -EINVAL;
    if (*state == 'Z' || *state == 'X')
        return -ESRCH;
    *ret_id = (struct proc_id){.pid = pid, .start_ticks = ticks};
    return 0;
}

bool proc_is_same(const struct root *root, const struct proc_id *id)
{
    struct proc_id now;

    return proc_identify(root, id->pid, &now) == 0 && now.start_ticks == id->start_ticks;
}

int proc_session(const struct root *root, pid_t pid, pid_t *ret_session)
{
    autofree char *stat = NULL;
    const char *field;
    int session;
    int r = root_read(root, &stat, "proc/%d/stat", (int)pid);

    if (r < 0)
        return gone(r);
    if (stat_field(stat, 6, &field) < 0 || sscanf(field, "%d", &session) != 1)
        return -EINVAL;
    *ret_session = (pid_t)session;
    return 0;
}

int proc_group(const struct root *root, pid_t tid, pid_t *ret_pid)
{
    autofree char *status = NULL;
    const char *line;
    int pid;
    int r = gone(root_read(root, &status, "proc/%d/status", (int)tid));

    if (r < 0)
        return r;
    line = strstr(status, "\nTgid:");
    if (!line || sscanf(line, "\nTgid: %d", &pid) != 1)
        return -EINVAL;
    *ret_pid = (pid_t)pid;
    return 0;
}

int proc_tasks(const struct root *root, pid_t pid, pid_t **ret_tids, size_t *ret_n)
{
    autostrv char **names = NULL;
    pid_t *tids;
    size_t n = 0;
    int r = root_list(root, &names, "proc/%d/task", (int)pid);

    if (r < 0)
        return gone(r);
    while (names[n])
        n++;
    if (n == 0)
        return -ESRCH;
    tids = calloc(n, sizeof(*tids));
    if (!tids)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        tids[i] = (pid_t)strtol(names[i], NULL, 10);
    *ret_tids = tids;
    *ret_n = n;
    return 0;
}

struct pid_list {
    pid_t *pids;
    size_t n;
};

static int add_pid(struct pid_list *list, pid_t pid)
{
    pid_t *larger = reallocarray(list->pids, list->n + 1, sizeof(*larger));

    if (!larger)
        return -ENOMEM;
    list->pids = larger;
    list->pids[list->n++] = pid;
    return 0;
}

/* Children are listed by the thread that made them. A kernel without CONFIG_PROC_CHILDREN has no
 * such file, which looks like a thread that has ended. */
static int add_children(const struct root *root, pid_t pid, struct pid_list *list)
{
    autofree pid_t *tids = NULL;
    size_t n;
    int r = proc_tasks(root, pid, &tids, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        autofree char *text = NULL;
        char *end;

        r = gone(root_read(root, &text, "proc/%d/task/%d/children", (int)pid, (int)tids[i]));
        if (r == -ESRCH) {
            r = 0;
            continue;
        }
        for (const char *p = text; r == 0; p = end) {
            long child = strtol(p, &end, 10);

            if (end == p)
                break;
            r = add_pid(list, (pid_t)child);
        }
    }
    return r == -ESRCH ? 0 : r;
}

int proc_tree(const struct root *root, pid_t pid, pid_t **ret_pids, size_t *ret_n)
{
    struct pid_list list = {0};
    int r = root_has(root, "proc/%d", (int)pid) ? add_pid(&list, pid) : -ESRCH;

    for (size_t i = 0; r == 0 && i < list.n; i++)
        r = add_children(root, list.pids[i], &list);
    if (r < 0) {
        free(list.pids);
        return r;
    }
    *ret_pids = list.pids;
    *ret_n = list.n;
    return 0;
}

int proc_comm(const struct root *root, pid_t pid, char **ret_comm)
{
    return gone(root_read(root, ret_comm, "proc/%d/comm", (int)pid));
}

/* The kernel does not tell how long such a file is. The caller frees. */
static int read_to_end(int fd, char **ret_text, size_t *ret_size)
{
    autofree char *text = NULL;
    size_t size = 0, room = 0;
    ssize_t n;

    do {
        char *larger;

        if (size == room) {
            room = room ? 2 * room : 4096;
            larger = room <= WORDS_MAX_BYTES ? realloc(text, room + 1) : NULL;
            if (!larger)
                return room <= WORDS_MAX_BYTES ? -ENOMEM : -EFBIG;
            text = larger;
        }
        n = read(fd, text + size, room - size);
        if (n < 0)
            return -errno;
        size += (size_t)n;
    } while (n > 0);
    text[size] = '\0';
    *ret_text = TAKE(text);
    *ret_size = size;
    return 0;
}

int proc_words(const struct root *root, pid_t pid, const char *file, char ***ret_words)
{
    autoclose int fd = root_open_fd(root, O_RDONLY, "proc/%d/%s", (int)pid, file);
    autofree char *text = NULL;
    autostrv char **words = NULL;
    size_t size = 0, n = 0;
    int r = fd < 0 ? gone(fd) : read_to_end(fd, &text, &size);

    if (r < 0)
        return r;
    for (size_t i = 0; i < size; i += strlen(text + i) + 1)
        n++;
    words = calloc(n + 1, sizeof(*words));
    for (size_t i = 0, word = 0; words && word < n; i += strlen(text + i) + 1, word++) {
        words[word] = strdup(text + i);
        if (!words[word])
            return -ENOMEM;
    }
    *ret_words = TAKE(words);
    return *ret_words ? 0 : -ENOMEM;
}

/* Where systemd puts processes: version 2's hierarchy, or in version 1 the one that is its own. */
static const char *systemd_path(const char *line)
{
    if (strncmp(line, "0::", 3) == 0)
        return line + 3;
    line += strcspn(line, ":");
    return strncmp(line, ":name=systemd:", 14) == 0 ? line + 14 : NULL;
}

int proc_service(const struct root *root, pid_t pid, char **ret_unit)
{
    static const char suffix[] = ".service";
    autofree char *text = NULL;
    char *save = NULL;
    int r = gone(root_read(root, &text, "proc/%d/cgroup", (int)pid));

    if (r < 0)
        return r;
    *ret_unit = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *path = systemd_path(line);
        const char *name = path ? strrchr(path, '/') : NULL;
        size_t length = name ? strlen(++name) : 0;

        if (length < sizeof(suffix) || strcmp(name + length - (sizeof(suffix) - 1), suffix) != 0)
            continue;
        *ret_unit = strdup(name);
        return *ret_unit ? 0 : -ENOMEM;
    }
    return 0;
}

static int status_set(const char *status, const char *key, hwloc_bitmap_t *ret_set)
{
    const char *line = strstr(status, key);
    char *value;
    int r;

    if (!line)
        return -ENODATA;
    line += strlen(key);
    line += strspn(line, " \t");
    value = strndup(line, strcspn(line, "\n"));
    if (!value)
        return -ENOMEM;
    r = set_parse_list(value, ret_set, NULL);
    free(value);
    return r;
}

int proc_allowed(const struct root *root, pid_t pid, hwloc_bitmap_t *ret_cpus,
                 hwloc_bitmap_t *ret_mems)
{
    autofree char *status = NULL;
    autoset hwloc_bitmap_t cpus = NULL;
    autoset hwloc_bitmap_t mems = NULL;
    int r;

    if (pid == 0)
        r = root_read(root, &status, "proc/self/status");
    else
        r = gone(root_read(root, &status, "proc/%d/status", (int)pid));
    if (r == 0 && ret_cpus)
        r = status_set(status, "\nCpus_allowed_list:", &cpus);
    if (r == 0 && ret_mems)
        r = status_set(status, "\nMems_allowed_list:", &mems);
    if (r < 0)
        return r;
    if (ret_cpus)
        *ret_cpus = TAKE(cpus);
    if (ret_mems)
        *ret_mems = TAKE(mems);
    return 0;
}

int proc_thread(const struct root *root, pid_t pid, pid_t tid, struct proc_thread *ret_thread)
{
    autofree char *stat = NULL;
    autofree char *status = NULL;
    autofree char *comm = NULL;
    autoset hwloc_bitmap_t cpus = NULL;
    autoset hwloc_bitmap_t mems = NULL;
    const char *name, *field = "";
    unsigned int last_cpu = 0;
    int r = gone(root_read(root, &stat, "proc/%d/task/%d/stat", (int)pid, (int)tid));

    if (r == 0)
        r = gone(root_read(root, &status, "proc/%d/task/%d/status", (int)pid, (int)tid));
    if (r == 0)
        r = status_set(status, "\nCpus_allowed_list:", &cpus);
    if (r == 0)
        r = status_set(status, "\nMems_allowed_list:", &mems);
    if (r == 0)
        r = stat_field(stat, 39, &field);
    if (r < 0)
        return r;
    name = strchr(stat, '(');
    if (!name || sscanf(field, "%u", &last_cpu) != 1)
        return -EINVAL;
    comm = strndup(name + 1, (size_t)(strrchr(stat, ')') - name - 1));
    if (!comm)
        return -ENOMEM;
    *ret_thread = (struct proc_thread){.comm = TAKE(comm),
                                       .last_cpu = last_cpu,
                                       .cpus_allowed = TAKE(cpus),
                                       .mems_allowed = TAKE(mems)};
    return 0;
}

int proc_swap(const struct root *root, pid_t pid, uint64_t *ret_bytes)
{
    autofree char *status = NULL;
    uint64_t kib;
    const char *line;
    int r = gone(root_read(root, &status, "proc/%d/status", (int)pid));

    if (r < 0)
        return r;
    line = strstr(status, "\nVmSwap:");
    if (!line)
        *ret_bytes = UNKNOWN_U64;
    else if (sscanf(line, "\nVmSwap: %" SCNu64 " kB", &kib) == 1 && kib <= UINT64_MAX / KIB)
        *ret_bytes = kib * KIB;
    else
        return -EINVAL;
    return 0;
}
