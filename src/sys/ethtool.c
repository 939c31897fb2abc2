/* SPDX-License-Identifier: Apache-2.0 */
/* Generic netlink without a library: two requests with one answer each, and attributes that follow
 * one another at multiples of four bytes. */

#include "ethtool.h"

#include "mem.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* In the kernel's headers since 6.3. */
enum {
    MSG_RSS_GET = 38,
    RSS_HEADER = 1,
    RSS_INDIR = 4,
};

/* A table of 64 Ki entries, and all that may stand beside it. */
#define ANSWER_BYTES ((size_t)512 * 1024)
#define TABLE_MAX 65536u

struct message {
    struct nlmsghdr netlink;
    struct genlmsghdr generic;
    char attributes[96];
};

static void message_init(struct message *message, uint16_t type, uint8_t command)
{
    *message = (struct message){
        .netlink = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = 1},
        .generic = {.cmd = command, .version = 1},
    };
    message->netlink.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
}

/* Returns it, as what goes into a nest comes after it. */
static struct nlattr *message_put(struct message *message, uint16_t type, const void *data,
                                  size_t size)
{
    struct nlattr *attribute = (struct nlattr *)((char *)message + message->netlink.nlmsg_len);

    attribute->nla_type = type;
    attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
    if (size > 0)
        memcpy((char *)attribute + NLA_HDRLEN, data, size);
    message->netlink.nlmsg_len += (uint32_t)NLA_ALIGN(attribute->nla_len);
    return attribute;
}

/* The attribute of a type in an answer; NULL when there is none. */
static const struct nlattr *find_attribute(const char *answer, size_t size, uint16_t type)
{
    size_t at = NLMSG_LENGTH(GENL_HDRLEN);

    while (at + NLA_HDRLEN <= size) {
        const struct nlattr *attribute = (const struct nlattr *)(answer + at);

        if (attribute->nla_len < NLA_HDRLEN || attribute->nla_len > size - at)
            return NULL;
        if ((attribute->nla_type & NLA_TYPE_MASK) == type)
            return attribute;
        at += (size_t)NLA_ALIGN(attribute->nla_len);
    }
    return NULL;
}

/* Sends a request and receives its answer; errors are the kernel's. */
static int ask(int fd, const struct message *message, char *answer, size_t *ret_size)
{
    const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
    ssize_t n = send(fd, message, message->netlink.nlmsg_len, 0);

    if (n >= 0)
        n = recv(fd, answer, ANSWER_BYTES, 0);
    if (n < 0)
        return -errno;
    if ((size_t)n < sizeof(*header) || header->nlmsg_len > (size_t)n)
        return -EBADMSG;
    if (header->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *error = NLMSG_DATA(header);

        return (size_t)n < NLMSG_LENGTH(sizeof(*error)) || error->error >= 0 ? -EBADMSG
                                                                             : error->error;
    }
    *ret_size = header->nlmsg_len;
    return 0;
}

/* Which number ethtool's messages have here. */
static int find_family(int fd, char *answer, uint16_t *ret_family)
{
    const struct nlattr *attribute;
    struct message message;
    size_t size = 0;
    int r;

    message_init(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
    message_put(&message, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME, sizeof(ETHTOOL_GENL_NAME));
    r = ask(fd, &message, answer, &size);
    if (r < 0)
        return r;
    attribute = find_attribute(answer, size, CTRL_ATTR_FAMILY_ID);
    if (!attribute || attribute->nla_len < NLA_HDRLEN + sizeof(*ret_family))
        return -EBADMSG;
    memcpy(ret_family, (const char *)attribute + NLA_HDRLEN, sizeof(*ret_family));
    return 0;
}

static int take_table(const void *data, size_t size, uint32_t **ret_queues, unsigned int *ret_n)
{
    uint32_t *queues;

    if (size < sizeof(*queues))
        return -EOPNOTSUPP;
    queues = malloc(size);
    if (!queues)
        return -ENOMEM;
    memcpy(queues, data, size);
    *ret_queues = queues;
    *ret_n = (unsigned int)(size / sizeof(*queues));
    return 0;
}

static int rss_by_netlink(const char *device, uint32_t **ret_queues, unsigned int *ret_n)
{
    autoclose int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    autofree char *answer = malloc(ANSWER_BYTES);
    const struct nlattr *table;
    struct message message;
    struct nlattr *nest;
    uint16_t family = 0;
    size_t size = 0;
    int r;

    if (fd < 0 || !answer)
        return fd < 0 ? -errno : -ENOMEM;
    r = find_family(fd, answer, &family);
    if (r < 0)
        return r;
    message_init(&message, family, MSG_RSS_GET);
    nest = message_put(&message, RSS_HEADER | NLA_F_NESTED, NULL, 0);
    message_put(&message, ETHTOOL_A_HEADER_DEV_NAME, device, strlen(device) + 1);
    nest->nla_len = (uint16_t)((char *)&message + message.netlink.nlmsg_len - (char *)nest);
    r = ask(fd, &message, answer, &size);
    if (r < 0)
        return r;
    table = find_attribute(answer, size, RSS_INDIR);
    return table ? take_table((const char *)table + NLA_HDRLEN, table->nla_len - NLA_HDRLEN,
                              ret_queues, ret_n)
                 : -EOPNOTSUPP;
}

static int rss_by_ioctl(const char *device, uint32_t **ret_queues, unsigned int *ret_n)
{
    autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ethtool_rxfh_indir head = {.cmd = ETHTOOL_GRXFHINDIR};
    autofree struct ethtool_rxfh_indir *table = NULL;
    struct ifreq request = {.ifr_data = (char *)&head};

    (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
    if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request) < 0)
        return -errno;
    if (head.size == 0 || head.size > TABLE_MAX)
        return -EOPNOTSUPP;
    table = calloc(1, sizeof(*table) + head.size * sizeof(table->ring_index[0]));
    if (!table)
        return -ENOMEM;
    table->cmd = ETHTOOL_GRXFHINDIR;
    table->size = head.size;
    request.ifr_data = (char *)table;
    if (ioctl(fd, SIOCETHTOOL, &request) < 0)
        return -errno;
    return take_table(table->ring_index, head.size * sizeof(table->ring_index[0]), ret_queues,
                      ret_n);
}

int ethtool_rss(const char *device, uint32_t **ret_queues, unsigned int *ret_n)
{
    int r;

    if (strlen(device) >= IFNAMSIZ)
        return -ENODEV;
    r = rss_by_netlink(device, ret_queues, ret_n);
    if (r == 0 || r == -ENOMEM || r == -ENODEV)
        return r;
    return rss_by_ioctl(device, ret_queues, ret_n);
}
