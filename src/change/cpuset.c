/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and using the cpuset hierarchy: version 1, version 2, and both mounted side by side. */

#include "cpuset.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

/* Has a comma-separated list this word? */
static bool list_has(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
        if (strcspn(p, ",") == length && strncmp(p, word, length) == 0)
            return true;
    }
    return false;
}

/* In place: mountinfo writes blanks and backslashes as \ooo. */
static void unescape_octal(char *text)
{
    char *to = text;

    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' &&
            isdigit((unsigned char)from[2]) && isdigit((unsigned char)from[3])) {
            *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

struct mount_line {
    char *root;
    char *point;
    char *type;
    char *options; /* of the file system itself: its controllers */
};

/* "36 31 0:34 / /sys/fs/cgroup rw,relatime shared:1 - cgroup cgroup rw,cpuset". Cuts line up. */
static bool split_mount(char *line, struct mount_line *ret_mount)
{
    char *tail = strstr(line, " - "), *save = NULL;
    struct mount_line m;

    if (!tail)
        return false;
    *tail = '\0';
    m.type = strtok_r(tail + 3, " ", &save);
    (void)strtok_r(NULL, " ", &save); /* the source */
    m.options = strtok_r(NULL, " ", &save);
    (void)strtok_r(line, " ", &save); /* mount id */
    (void)strtok_r(NULL, " ", &save); /* parent id */
    (void)strtok_r(NULL, " ", &save); /* device */
    m.root = strtok_r(NULL, " ", &save);
    m.point = strtok_r(NULL, " ", &save);
    if (!m.type || !m.options || !m.root || !m.point)
        return false;
    unescape_octal(m.root);
    unescape_octal(m.point);
    *ret_mount = m;
    return true;
}

/* The version of cpuset that is there, 0 none. */
static int mount_version(const struct root *root, const struct mount_line *mount)
{
    autofree char *controllers = NULL;

    if (strcmp(mount->type, "cgroup") == 0)
        return list_has(mount->options, "cpuset") ? 1 : 0;
    if (strcmp(mount->type, "cgroup2") != 0 ||
        root_read(root, &controllers, "%s/cgroup.controllers", mount->point + 1) < 0)
        return 0;
    for (char *p = controllers; *p; p++) {
        if (*p == ' ')
            *p = ',';
    }
    return list_has(controllers, "cpuset") ? 2 : 0;
}

static int take_mount(const struct mount_line *mount, int version, struct cpuset *ret_cpuset)
{
    struct cpuset found = {
        .version = version,
        .parent = CPUSET_PARENT,
        .mount = strdup(mount->point + 1),
        .prefix = strdup(strcmp(mount->root, "/") == 0 ? "" : mount->root),
    };

    if (!found.mount || !found.prefix) {
        cpuset_fini(&found);
        return -ENOMEM;
    }
    *ret_cpuset = found;
    return 0;
}

int cpuset_find(const struct root *root, struct cpuset *ret_cpuset, struct np_error *err)
{
    autofree char *text = NULL;
    char *save = NULL;
    int r = root_read(root, &text, "proc/self/mountinfo");

    if (r < 0)
        return error_set(err, r, "cannot read /proc/self/mountinfo: %s", strerror(-r));
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        struct mount_line mount;
        int version = split_mount(line, &mount) ? mount_version(root, &mount) : 0;

        if (version > 0)
            return take_mount(&mount, version, ret_cpuset);
    }
    return error_set(err, -ENOENT, "no cgroup hierarchy with the cpuset controller is mounted");
}

void cpuset_fini(struct cpuset *cpuset)
{
    free(cpuset->mount);
    free(cpuset->prefix);
    *cpuset = (struct cpuset){0};
}

int cpuset_writable(const struct root *root, const struct cpuset *cpuset)
{
    const char *file = cpuset->version == 2 ? "cgroup.subtree_control" : "cgroup.procs";
    autoclose int fd =
        root_is_live(root) ? root_open_fd(root, O_WRONLY, "%s/%s", cpuset->mount, file) : -EROFS;

    return fd < 0 ? fd : 0;
}

/* The path in the line of /proc/PID/cgroup that speaks of our hierarchy, or NULL: "3:cpuset:/a" or
 * "0::/a". Cuts text up. */
static char *find_path(const struct cpuset *cpuset, char *text)
{
    char *save = NULL;

    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;

        if (!path)
            continue;
        *path++ = '\0';
        if (cpuset->version == 2 ? controllers[1] == '\0' : list_has(controllers + 1, "cpuset"))
            return path;
    }
    return NULL;
}

int cpuset_of(const struct root *root, const struct cpuset *cpuset, pid_t pid, pid_t tid,
              char **ret_path)
{
    autofree char *text = NULL;
    size_t cut = strlen(cpuset->prefix);
    char *path;
    int r = root_read(root, &text, "proc/%d/task/%d/cgroup", (int)pid, (int)(tid ? tid : pid));

    if (r == -ENOENT)
        return -ESRCH;
    if (r < 0)
        return r;
    path = find_path(cpuset, text);
    if (!path)
        return -ESRCH; /* a process that is ending has left the hierarchies */
    if (strncmp(path, cpuset->prefix, cut) != 0 || (path[cut] != '/' && path[cut] != '\0') ||
        strncmp(path, "/..", 3) == 0)
        return -EXDEV;
    path += cut + strspn(path + cut, "/");
    path = strdup(path);
    if (!path)
        return -ENOMEM;
    *ret_path = path;
    return 0;
}

bool cpuset_exists(const struct root *root, const struct cpuset *cpuset, const char *path)
{
    return root_has(root, "%s/%s/cgroup.procs", cpuset->mount, path);
}

int cpuset_get(const struct root *root, const struct cpuset *cpuset, const char *path,
               const char *file, char **ret_text)
{
    return root_read(root, ret_text, "%s/%s/%s", cpuset->mount, path, file);
}

int cpuset_put(const struct root *root, const struct cpuset *cpuset, const char *path,
               const char *file, const char *text)
{
    return root_write(root, text[0] ? text : "\n", "%s/%s/%s", cpuset->mount, path, file);
}

int cpuset_create(const struct root *root, const struct cpuset *cpuset, const char *path)
{
    return root_mkdir(root, "%s/%s", cpuset->mount, path);
}

int cpuset_remove(const struct root *root, const struct cpuset *cpuset, const char *path)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    int r = -EBUSY;

    for (int i = 0; i < 100 && r == -EBUSY; i++) {
        autofree pid_t *pids = NULL;
        size_t n = 0;

        r = root_rmdir(root, "%s/%s", cpuset->mount, path);
        if (r != -EBUSY || cpuset_processes(root, cpuset, path, &pids, &n) < 0 || n > 0)
            break;                     /* done, or busy with what is alive */
        (void)nanosleep(&pause, NULL); /* cut short by a signal: then we look sooner */
    }
    return r;
}

int cpuset_processes(const struct root *root, const struct cpuset *cpuset, const char *path,
                     pid_t **ret_pids, size_t *ret_n)
{
    autofree char *text = NULL;
    autofree pid_t *pids = NULL;
    size_t n = 0;
    char *end;
    int r = cpuset_get(root, cpuset, path, "cgroup.procs", &text);

    if (r < 0)
        return r;
    pids = calloc(strlen(text) / 2 + 1, sizeof(*pids)); /* at least a digit and a newline each */
    if (!pids)
        return -ENOMEM;
    for (char *p = text; *p; p = end) {
        long pid = strtol(p, &end, 10);

        if (end == p)
            break;
        if (pid > 0) /* 0: a process of another pid namespace */
            pids[n++] = (pid_t)pid;
    }
    *ret_pids = TAKE(pids);
    *ret_n = n;
    return 0;
}

char *cpuset_name(const char *instance)
{
    char *name = malloc(3 * strlen(instance) + 1), *to = name;

    if (!name)
        return NULL;
    for (const char *p = instance; *p; p++) {
        if (isalnum((unsigned char)*p) || *p == '-' || *p == '_')
            *to++ = *p;
        else
            to += sprintf(to, "%%%02x", (unsigned int)(unsigned char)*p);
    }
    *to = '\0';
    return name;
}
