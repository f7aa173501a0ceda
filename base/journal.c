/* SPDX-License-Identifier: Apache-2.0
 * base/journal.c - see the header. The protocol is described at systemd.io/JOURNAL_NATIVE_PROTOCOL. */
#include "base/journal.h"

#include <ctype.h>
#include <endian.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/utf8.h"

enum { NAME_MAX_BYTES = 64 }; /* of a field, as the journal limits it */

static const char usual_path[] = "/run/systemd/journal/socket";
static atomic_int journal = -1;

/* $JOURNAL_STREAM is "device:inode" of the stream that the manager connected. A child that had its standard error
 * redirected inherits the variable, too: so it is compared. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    char ours[64];
    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0) {
        return false;
    }
    snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, ours) == 0;
}

bool journal_open(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    path = path != NULL ? path : usual_path;
    if (!stderr_is_journal() || strlen(path) >= sizeof(address.sun_path)) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        fd = -1;
    }
    atomic_store(&journal, fd);
    return fd >= 0;
}

bool journal_is_open(void)
{
    return atomic_load_explicit(&journal, memory_order_relaxed) >= 0;
}

void journal_close(void)
{
    int fd = atomic_exchange(&journal, -1);
    if (fd >= 0) {
        close(fd);
    }
}

static void put_name(struct buf *entry, const char *prefix, const char *key)
{
    char name[NAME_MAX_BYTES + 1];
    int len = snprintf(name, sizeof(name), "%s%s", prefix, key);
    for (int i = 0; i < len && i < NAME_MAX_BYTES; i++) {
        unsigned char c = (unsigned char)name[i];
        buf_put_u8(entry, isalnum(c) ? (uint8_t)toupper(c) : '_');
    }
}

void journal_put(struct buf *entry, const char *prefix, const char *key, const char *value)
{
    /* Not within a character: half of one makes the whole value a blob. */
    size_t len = utf8_cut(value, JOURNAL_VALUE_MAX);
    if (entry->len + NAME_MAX_BYTES + len + 16 > JOURNAL_ENTRY_MAX) {
        return;
    }
    put_name(entry, prefix, key);
    if (memchr(value, '\n', len) != NULL) {
        uint64_t size = htole64(len);
        buf_put_u8(entry, '\n');
        buf_put(entry, &size, sizeof(size));
    } else {
        buf_put_u8(entry, '=');
    }
    buf_put(entry, value, len);
    buf_put_u8(entry, '\n');
}

int journal_send(const struct buf *entry)
{
    int fd = atomic_load_explicit(&journal, memory_order_relaxed);
    ssize_t sent =
        fd >= 0 && !buf_failed(entry) ? send(fd, entry->data, entry->len, MSG_NOSIGNAL) : -1;
    return sent >= 0 && (size_t)sent == entry->len ? 0 : -1;
}
