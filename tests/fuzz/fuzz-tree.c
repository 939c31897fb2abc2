/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captured trees: whatever their files say, a machine is read that does not contradict itself, or
 * is refused with a reason.
 *
 * An input is a list of changes to a small good tree. Each begins with a byte that says which file
 * and one that says how long its new text is; 255 removes it.
 */

#include "fuzz.h"

#include "machine.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#define CPU "sys/devices/system/cpu"
#define NODE "sys/devices/system/node"

enum { REMOVED = 255 };

static const struct {
    const char *path;
    const char *text;
} files[] = {
    {CPU "/online", "0-3\n"},
    {CPU "/present", "0-3\n"},
    {CPU "/possible", "0-3\n"},
    {CPU "/isolated", "\n"},
    {CPU "/cpu0/topology/core_id", "0\n"},
    {CPU "/cpu0/topology/cluster_cpus_list", "0-1\n"},
    {CPU "/cpu0/topology/core_cpus", "3\n"},
    {CPU "/cpu0/topology/package_cpus", "f\n"},
    {CPU "/cpu0/cache/index0/type", "Data\n"},
    {CPU "/cpu0/cache/index0/level", "1\n"},
    {CPU "/cpu0/cache/index0/size", "32K\n"},
    {CPU "/cpu0/cache/index0/shared_cpu_map", "3\n"},
    {CPU "/cpu1/cache/index0/type", "Data\n"},
    {CPU "/cpu1/cache/index0/level", "1\n"},
    {CPU "/cpu1/cache/index0/shared_cpu_map", "3\n"},
    {NODE "/online", "0-1\n"},
    {NODE "/has_memory", "0-1\n"},
    {NODE "/node0/cpulist", "0-1\n"},
    {NODE "/node0/cpumap", "3\n"},
    {NODE "/node0/meminfo", "Node 0 MemTotal:  16 kB\nNode 0 MemFree: 8 kB\n"},
    {NODE "/node0/distance", "10 20\n"},
    {NODE "/node0/hugepages/hugepages-2048kB/nr_hugepages", "4\n"},
    {NODE "/node0/hugepages/hugepages-2048kB/free_hugepages", "2\n"},
    {NODE "/node0/access0/initiators/read_latency", "80\n"},
    {NODE "/node0/access0/initiators/read_bandwidth", "20000\n"},
    {NODE "/node0/access0/initiators/node0/x", ""},
    {NODE "/node0/memory0/x", ""},
    {NODE "/node1/memory0/x", ""},
    {NODE "/node1/memory1/x", ""},
    {"sys/devices/system/memory/block_size_bytes", "4000\n"},
    {"sys/devices/system/memory/memory1/state", "online\n"},
    {"proc/iomem", "00000000-00007fff : System RAM\n  00001000-00001fff : Kernel code\n"},
    {"proc/zoneinfo", "Node 0, zone DMA\n spanned 4\n present 4\n managed 4\n start_pfn: 0\n"
                      "Node 1, zone DMA\n spanned 4\n present 4\n managed 4\n start_pfn: 4\n"},
    {NODE "/node1/cpulist", "2-3\n"},
    {NODE "/node1/cpumap", "c\n"},
    {NODE "/node1/meminfo", "Node 1 MemTotal:  16 kB\nNode 1 MemFree: 8 kB\n"},
    {NODE "/node1/distance", "20 10\n"},
    {"sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0-1\n"},
    {"sys/bus/dax/devices/dax0.0/target_node", "1\n"},
    {"sys/class/net/eth0/device/numa_node", "1\n"},
    {"sys/block/nvme0n1/device/numa_node", "-1\n"},
    {"sys/class/drm/card0/device/numa_node", "0\n"},
    {"sys/fs/cgroup/cpuset.cpus.effective", "0-3\n"},
    {"sys/fs/cgroup/cpuset.mems.effective", "0-1\n"},
    {"sys/fs/cgroup/cpuset.cpus.isolated", "\n"},
    {"sys/kernel/mm/numa/demotion_enabled", "true\n"},
    {"sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
    {"proc/self/status", "Cpus_allowed_list:\t0-3\nMems_allowed_list:\t0-1\n"},
    {"proc/self/cgroup", "0::/\n"},
    {"proc/self/mountinfo", "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
    {"proc/meminfo", "MemTotal: 32 kB\nMemFree: 16 kB\n"},
    {"proc/sys/kernel/numa_balancing", "1\n"},
    {"proc/sys/kernel/osrelease", "6.1.0\n"},
    {"proc/sys/vm/zone_reclaim_mode", "0\n"},
    {"proc/1/comm", "irqbalance\n"},
    {"proc/driver/nvidia/gpus/0000:01:00.0/numa_status", "Node: 1\nStatus: online\n"},
    {"proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: A\n"},
};

static char top[] = "/tmp/numaplace-fuzz-tree-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    return remove(path);
}

static void remove_tree(void)
{
    (void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS); /* we are leaving */
}

static void write_file(unsigned int i, const char *text, size_t length)
{
    char path[256];
    autoclose int fd = -1;

    (void)snprintf(path, sizeof(path), "%s/%s", top, files[i].path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    REQUIRE(fd >= 0 && write(fd, text, length) == (ssize_t)length);
}

static void remove_file(unsigned int i)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", top, files[i].path);
    (void)unlink(path); /* an input may remove a file twice */
}

static void make_directories(unsigned int i)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", top, files[i].path);
    for (char *p = path + strlen(top) + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        REQUIRE(mkdir(path, 0755) == 0 || errno == EEXIST);
        *p = '/';
    }
}

static void make_tree(void)
{
    REQUIRE(mkdtemp(top) && atexit(remove_tree) == 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
        make_directories(i);
        write_file(i, files[i].text, strlen(files[i].text));
    }
}

/* Puts changes of the input into the tree; changed says which files are no longer as they were. */
static void change_tree(const uint8_t *data, size_t size, bool changed[ARRAY_SIZE(files)])
{
    while (size >= 2) {
        unsigned int i = data[0] % ARRAY_SIZE(files);
        size_t length = data[1];

        data += 2;
        size -= 2;
        changed[i] = true;
        if (length == REMOVED) {
            remove_file(i);
            continue;
        }
        if (length > size)
            length = size;
        write_file(i, (const char *)data, length);
        data += length;
        size -= length;
    }
}

static void load(void)
{
    automachine struct machine *machine = NULL;
    struct np_error err = {0};
    int r = machine_load(top, MACHINE_ALL, &machine, &err);

    if (r < 0)
        REQUIRE(!machine && err.code == r && err.text[0]);
    else
        REQUIRE(machine_check(machine, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    bool changed[ARRAY_SIZE(files)] = {false};

    if (!made)
        make_tree();
    made = true;
    change_tree(data, size, changed);
    load();
    for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
        if (changed[i])
            write_file(i, files[i].text, strlen(files[i].text));
    }
    return 0;
}
