/* SPDX-License-Identifier: Apache-2.0 */
/* From the name of a source to a machine. */

#include "devicetree.h"
#include "machine-read.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SYSTEM_DIR "sys/devices/system"

static int read_root(struct machine *machine, const struct root *root, struct np_error *err)
{
    int r = read_nodes(machine, root);

    if (r == 0 && machine->parts & MACHINE_TOPOLOGY)
        r = read_topology(machine, root, err);
    if (r == 0 && machine->parts & MACHINE_ATTRS)
        r = read_attrs(machine, root);
    if (r == 0 && machine->parts & MACHINE_DEVICES)
        r = read_devices(machine, root);
    if (r == 0 && machine->parts & MACHINE_SETTINGS)
        r = read_settings(machine, root);
    if (r == 0 && machine->parts & MACHINE_RANGES)
        r = read_ranges(machine, root);
    return r;
}

/* The tree may be one directory down: that is how hwloc-gather-topology and the makers of lscpu's
 * trees pack theirs. */
static int enter_tree(struct root *root, struct np_error *err)
{
    autostrv char **names = NULL;
    int r;

    if (root_has(root, SYSTEM_DIR))
        return 0;
    r = root_list(root, &names, "%s", "");
    if (r < 0)
        return error_set(err, r, "cannot read the directory: %s", strerror(-r));
    for (char **name = names; *name; name++) {
        if (root_has(root, "%s/" SYSTEM_DIR, *name))
            return root_enter(root, *name);
    }
    error_set(err, -EINVAL, "there is no captured machine in it: no " SYSTEM_DIR);
    error_hint(err, "make one with `numaplace snapshot FILE`");
    return -EINVAL;
}

static int open_archive(int fd, struct root **ret_root, struct np_error *err)
{
    autoroot struct root *root = NULL;
    int r = root_open_archive(fd, &root, err);

    if (r == 0)
        r = enter_tree(root, err);
    if (r == 0)
        *ret_root = TAKE(root);
    return r;
}

static int open_directory(const char *path, struct root **ret_root, struct np_error *err)
{
    autoroot struct root *root = NULL;
    int r = root_open(path, &root, err);

    if (r == 0)
        r = enter_tree(root, err);
    if (r == 0)
        *ret_root = TAKE(root);
    return r;
}

static int open_file(const char *path, struct root **ret_root, struct np_error *err)
{
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    char start[64] = "";
    ssize_t n;

    if (fd < 0)
        return error_set(err, -errno, "cannot open: %s", strerror(errno));
    n = pread(fd, start, sizeof(start) - 1, 0);
    if (n < 0)
        return error_set(err, -errno, "cannot read: %s", strerror(errno));
    if (start[strspn(start, " \t\r\n")] != '<')
        return open_archive(fd, ret_root, err);
    *ret_root = NULL;
    return 0;
}

static int open_path(const char *path, struct root **ret_root, struct np_error *err)
{
    struct stat st;
    int r;

    if (stat(path, &st) < 0) {
        r = error_set(err, -errno, "there is no machine to read: %s", strerror(errno));
        error_hint(err, "a machine is \"live\", a captured tree or archive, an hwloc XML file, "
                        "a device tree, or \"synthetic:...\"");
        return r;
    }
    if (S_ISDIR(st.st_mode))
        return open_directory(path, ret_root, err);
    if (S_ISREG(st.st_mode))
        return open_file(path, ret_root, err);
    return error_set(err, -ENOTSUP, "it is neither a file nor a directory");
}

static bool is_live(const char *source)
{
    return strcmp(source, "live") == 0 || strcmp(source, "/") == 0;
}

/* Text or blob; a machine of it is read from the tree, and is no captured one. */
static int read_tree(struct machine *machine, const char *path, struct np_error *err)
{
    autodt struct dt *dt = NULL;
    int r = dt_load(path, &dt, err);

    return r < 0 ? r : read_devicetree(machine, dt, err);
}

/* The words behind "synthetic:"; NULL when that is not what source is. */
static const char *synthetic(const char *source)
{
    static const char prefix[] = "synthetic:";

    return strncmp(source, prefix, strlen(prefix)) == 0 ? source + strlen(prefix) : NULL;
}

int machine_open_tree(const char *source, struct root **ret_root, struct np_error *err)
{
    int r;

    if (is_live(source))
        return root_open("/", ret_root, err);
    if (synthetic(source) || (!is_live(source) && dt_is_tree(source))) {
        *ret_root = NULL;
        return 0;
    }
    r = open_path(source, ret_root, err);
    if (r < 0)
        error_at(err, source, 0, 0);
    return r;
}

static int read_path(struct machine *machine, const struct root *root, const char *path,
                     struct np_error *err)
{
    int r = root ? read_root(machine, root, err) : read_xml(machine, path, err);

    if (r == 0) {
        r = machine_check(machine, err);
        if (r < 0)
            error_hint(err, "the machine contradicts itself; capture it again");
    }
    if (r < 0)
        error_at(err, path, 0, 0);
    return r;
}

/* Only what was written down can contradict itself. */
static int read_tree_or_file(struct machine *machine, const struct root *root, const char *source,
                             struct np_error *err)
{
    return machine->live ? read_root(machine, root, err) : read_path(machine, root, source, err);
}

static int read_source(struct machine *machine, const char *source, struct np_error *err)
{
    autoroot struct root *root = NULL;
    int r;

    if (synthetic(source))
        return read_synthetic(machine, synthetic(source), err);
    if (!machine->live && dt_is_tree(source))
        return read_tree(machine, source, err);
    r = machine_open_tree(source, &root, err);
    if (r < 0)
        return r;
    return read_tree_or_file(machine, root, source, err);
}

int machine_load(const char *source, unsigned int parts, struct machine **ret_machine,
                 struct np_error *err)
{
    automachine struct machine *machine = NULL;
    int r = machine_new(source, parts, &machine);

    if (r < 0)
        return r;
    machine->live = is_live(source);
    r = read_source(machine, source, err);
    if (r < 0)
        return r;
    *ret_machine = TAKE(machine);
    return 0;
}

int machine_load_tree(const struct root *root, const char *source, unsigned int parts,
                      struct machine **ret_machine, struct np_error *err)
{
    automachine struct machine *machine = NULL;
    int r = machine_new(source, parts, &machine);

    if (r < 0)
        return r;
    machine->live = root_is_live(root);
    r = read_tree_or_file(machine, root, source, err);
    if (r < 0)
        return r;
    *ret_machine = TAKE(machine);
    return 0;
}
