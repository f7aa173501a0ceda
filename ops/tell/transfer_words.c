/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/transfer_words.c - what every way of a transfer says alike. */
#include "ops/tell/transfer_priv.h"

int ops_transfer_no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a message");
}

void ops_transfer_write_plain(char *out, size_t size, const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0' && len + 1 < size; len++) {
        out[len] = '?';
        if (text[len] >= ' ' && text[len] < 0x7f) {
            out[len] = text[len];
        }
    }
    out[len] = '\0';
}
