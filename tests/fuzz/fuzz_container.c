/* SPDX-License-Identifier: Apache-2.0
 * fuzz/fuzz_container.c - any bytes are read as a container file to their end, or refused with words; no block becomes longer than
 * the limits allow, and no more events are read than there are bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "schema/sample/container.h"

static const struct sch_unpack_limits limits = {.block_bytes = 2 * 1024 * 1024, .ratio = 20};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Takes each event to be as long as the byte before it says, so that blocks are left in every way. */
static int read_events(struct sch_container *container, struct err *err)
{
    bool more;
    int rc;
    while ((rc = sch_container_more(container, &more, err)) == 0 && more) {
        must(container->events <= container->left && container->left > 0);
        must(container->codec == SCH_CODEC_NULL || container->block.len <= limits.block_bytes);
        size_t used = *container->next % 4 + 1;
        sch_container_took(container, used < container->left ? used : container->left);
        if (container->events > container->left) {
            return 0; /* the decoder would have refused it */
        }
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct sch_container container;
    int rc = sch_container_open(data, size, &limits, &container, &err);
    must(rc < 0 || (container.schema != NULL && sch_is_container(data, size)));
    if (rc == 0) {
        rc = read_events(&container, &err);
    }
    must(rc == 0 || (err.kind == ERR_KIND_FATAL && err.text[0] != '\0'));
    sch_container_close(&container);
    return 0;
}
