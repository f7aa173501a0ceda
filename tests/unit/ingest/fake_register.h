/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/fake_register.h - a register that answers as a test says, a group that never wants
 * anything unless a test says so, and a clock that only waiting moves.
 *
 * The fake fences as the real one does: a batch that does not begin where a position stands is FENCED. So
 * an event that is written twice, or left out, is seen. */
#ifndef UNIT_INGEST_FAKE_REGISTER_H
#define UNIT_INGEST_FAKE_REGISTER_H

#include "ingest/lane.h"
#include "unit/ingest/verdict_kit.h"

enum { FAKE_PARTS = 4, FAKE_ROWS_MAX = 1024, FAKE_ANSWERS_MAX = 32 };

/* What one sto_commit, or one sto_commit_resolve, answers. */
struct fake_answer {
    enum err_kind kind; /* NONE: as if it were not in the list */
    enum err_code code;
    const char *sqlstate; /* NULL: none */
    int32_t progress;     /* from 1; 0: none */
    bool made;            /* IN_DOUBT: the COMMIT was made; of a resolve: it says so */
};

struct fake_row {
    int32_t position_id;
    int64_t offset;
    enum err_code reason; /* ERR_NONE: recorded */
};

struct fake_register {
    struct fake_answer commits[FAKE_ANSWERS_MAX]; /* then each is made, but for `poison` */
    struct fake_answer resolves[FAKE_ANSWERS_MAX];
    int64_t poison_from, poison_to; /* events at these offsets of position 1 are refused: 22P02 */
    bool refuses_quarantined;       /* also when they are quarantined */
    bool refuses_halts;
    bool revoke_waits;
    int sections_max;         /* as sto_writer_sections_max says */
    int opens_to_fail;        /* so many connections are refused first */
    bool opens_slowly;        /* the lane is told to wait for each */
    struct options catalogue; /* as it stands now */

    size_t commit_count, resolve_count, open_count, version_count, load_count, leaves_count;
    int leaves_months;
    size_t sizes[FAKE_ANSWERS_MAX]; /* received in each commit that was tried */
    size_t sections[FAKE_ANSWERS_MAX];
    int64_t tried_ms[FAKE_ANSWERS_MAX];
    struct fake_row rows[FAKE_ROWS_MAX];
    size_t row_count;
    int64_t next_offset[FAKE_PARTS + 1]; /* by position id */
    enum sto_incident_kind halted_for[FAKE_PARTS + 1];
    bool halted[FAKE_PARTS + 1];
    int64_t stored[FAKE_PARTS + 1]; /* the group's offsets */
    int64_t now_ms;
    int64_t opened_ms; /* when the connection was */
    bool conn_broken;
};

extern struct fake_register fake;

/* A lane with four partitions that flow from offset 0: position 1 and 2 of the topic a.r (dataset 1), 3 and 4
 * of a.other (dataset 2). Both datasets have the same structures. */
struct ing_lane *fake_lane_new(void);
void fake_lane_free(struct ing_lane *lane);

/* The next `count` events of a position: good ones, with schema id `id`. */
void fake_put(struct ing_lane *lane, int position_id, size_t count, char id);

/* ing_engine_deliver, which leaves no batch. */
void fake_deliver(struct ing_lane *lane);
/* Nothing was written, and each partition of the batch is claimed again. */
void assert_abandoned(struct ing_lane *lane, int position_id);

/* So many rows of a position, and each offset from 0 once. */
void assert_rows(int position_id, size_t count);
size_t quarantined_rows(enum err_code reason);

#endif
