/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and mounts. */

#include "locate-host.h"

#include <ifaddrs.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The local address that the kernel chooses for talking to remote. Connecting a datagram socket
 * sends nothing: it only looks up the route. */
static int source_address(const struct addrinfo *remote, struct sockaddr_storage *ret_local)
{
    autoclose int fd = socket(remote->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 to = {0}; /* the larger of the two families */
    socklen_t length = sizeof(*ret_local);

    if (remote->ai_addrlen > sizeof(to))
        return -EAFNOSUPPORT;
    memcpy(&to, remote->ai_addr, remote->ai_addrlen);
    to.sin6_port = htons(9); /* at the same place in both; port 0 is refused by some kernels */
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, remote->ai_addrlen) < 0 ||
        getsockname(fd, (struct sockaddr *)ret_local, &length) < 0)
        return -errno;
    return 0;
}

static bool same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    if (!a || a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET)
        return memcmp(&((const struct sockaddr_in *)a)->sin_addr,
                      &((const struct sockaddr_in *)b)->sin_addr, sizeof(struct in_addr)) == 0;
    return a->sa_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                  &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
}

static int interface_of(const struct sockaddr *local, char ret_interface[HOST_INTERFACE_MAX])
{
    struct ifaddrs *list;
    int r = -ENODEV;

    if (getifaddrs(&list) < 0)
        return -errno;
    for (const struct ifaddrs *i = list; i && r < 0; i = i->ifa_next) {
        if (!same_address(i->ifa_addr, local))
            continue;
        (void)snprintf(ret_interface, HOST_INTERFACE_MAX, "%s", i->ifa_name);
        r = 0;
    }
    freeifaddrs(list);
    return r;
}

int host_route(const char *host, char ret_interface[HOST_INTERFACE_MAX], struct np_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *list;
    int r = getaddrinfo(host, NULL, &hints, &list);

    if (r != 0)
        return error_set(err, -ENOENT, "cannot resolve \"%.64s\": %s", host, gai_strerror(r));
    r = -ENETUNREACH;
    for (const struct addrinfo *i = list; i && r < 0; i = i->ai_next) {
        struct sockaddr_storage local;

        r = source_address(i, &local);
        if (r == 0)
            r = interface_of((struct sockaddr *)&local, ret_interface);
    }
    freeaddrinfo(list);
    return r < 0 ? error_set(err, r, "cannot find the network device towards %.64s: %s", host,
                             strerror(-r))
                 : 0;
}

/* "36 35 98:0 /root /mount/point options [tag]... - type source options": type and source, found
 * after the dash. */
static bool parse_mount(char *line, char **ret_point, char **ret_type, char **ret_source)
{
    char *rest = strstr(line, " - "), *save;
    char *word = strtok_r(line, " ", &save);

    for (int field = 1; word && field < 5; field++)
        word = strtok_r(NULL, " ", &save);
    *ret_point = word;
    if (!rest || !word)
        return false;
    *ret_type = strtok_r(rest + 3, " ", &save);
    *ret_source = strtok_r(NULL, " ", &save);
    return *ret_type && *ret_source;
}

/* Whether full is at or below the mount point. */
static bool is_below(const char *full, const char *point)
{
    size_t length = strlen(point);

    return strcmp(point, "/") == 0 ||
           (strncmp(full, point, length) == 0 && (full[length] == '/' || full[length] == '\0'));
}

int host_device_of_mount(const struct root *root, const char *path, dev_t *ret_dev,
                         struct np_error *err)
{
    autofree char *full = realpath(path, NULL), *text = NULL;
    char *save, *type = NULL, *source = NULL;
    struct stat status;
    size_t longest = 0;
    int r = full ? root_read(root, &text, "proc/self/mountinfo") : -errno;

    if (r < 0)
        return error_set(err, r, "cannot find out what %s is on: %s", path, strerror(-r));
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *point, *line_type, *line_source;

        /* Of equal ones the later covers the earlier. */
        if (!parse_mount(line, &point, &line_type, &line_source) || !is_below(full, point) ||
            strlen(point) < longest)
            continue;
        longest = strlen(point);
        type = line_type;
        source = line_source;
    }
    if (source && source[0] == '/' && stat(source, &status) == 0 && S_ISBLK(status.st_mode)) {
        *ret_dev = status.st_rdev;
        return 0;
    }
    return error_set(err, -ENODEV, "%s is on %s, which is on no device", path,
                     type ? type : "an unknown file system");
}
