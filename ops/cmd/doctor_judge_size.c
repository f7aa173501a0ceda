/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/doctor_judge_size.c - the formulae of ops/doc/sizing.md, held against the running server.
 *
 * A server with its defaults and a small register passes: each formula begins to warn where the default begins to cost. */
#include <inttypes.h>
#include <stdio.h>

#include "ops/cmd/doctor.h"
#include "storage/commit/lock_room.h"

/* pg_dump locks every table at once, and others have the other half of the room. */
enum { TABLES_PART = 2 };

/* Each batch reads its keys' pages; the kernel's cache serves as well, but less. Beyond the most, more of it gains little. */
enum { BUFFERS_PART = 8 };

static const int64_t mib = INT64_C(1) << 20;
static const int64_t buffers_most = INT64_C(8) << 30;

struct size_judge {
    const struct doctor_size *size;
    doctor_tell *tell;
    void *arg;
};

static void say(const struct size_judge *j, enum doctor_outcome outcome, int64_t a, int64_t b)
{
    char x[24];
    char y[24];
    snprintf(x, sizeof(x), "%" PRId64, a);
    snprintf(y, sizeof(y), "%" PRId64, b);
    j->tell(j->arg, outcome, x, y);
}

static int64_t at_least(int64_t value, int64_t divisor)
{
    return divisor > 0 ? (value + divisor - 1) / divisor : value;
}

static void judge_connections(const struct size_judge *j)
{
    const struct doctor_size *s = j->size;
    int64_t lacking = s->connections_needed - s->connections_free;
    if (lacking <= 0) {
        say(j, FOUND_CONNECTIONS, s->connections_free, 0);
    } else {
        say(j, FOUND_CONNECTIONS_FEW, s->connections_free, s->connections_max + lacking);
    }
}

/* A dataset of one leaf is one lane's; of others every lane may have partitions, and all may commit at once. */
static int64_t batch_locks(const struct doctor_size *s)
{
    int64_t large = sto_batch_locks(s->datasets - s->small, s->leaves - s->small);
    int64_t small = sto_batch_locks(s->small, s->small) - sto_batch_locks(0, 0);
    return s->lanes * large + small;
}

static void judge_locks(const struct size_judge *j)
{
    const struct doctor_size *s = j->size;
    int64_t of_tables = s->tables * TABLES_PART;
    int64_t of_batches = sto_lock_room_for(batch_locks(s));
    int64_t setting = at_least(of_batches > of_tables ? of_batches : of_tables, s->lock_slots);
    if (of_tables > s->locks) {
        say(j, FOUND_LOCKS_FEW, s->tables, setting);
    } else if (of_batches > s->locks) {
        say(j, FOUND_LOCKS_BATCHES, s->datasets, setting);
    } else {
        say(j, FOUND_LOCKS, s->locks, s->tables);
    }
}

static void judge_buffers(const struct size_judge *j)
{
    const struct doctor_size *s = j->size;
    int64_t wanted = s->state_bytes / BUFFERS_PART;
    wanted = wanted < buffers_most ? wanted : buffers_most;
    if (s->shared_buffers >= wanted) {
        say(j, FOUND_BUFFERS, s->state_bytes / mib, s->shared_buffers / mib);
    } else {
        say(j, FOUND_BUFFERS_FEW, s->state_bytes / mib, at_least(wanted, mib));
    }
}

/* PostgreSQL begins a checkpoint before max_wal_size is reached: at its part 1 / (1 + checkpoint_completion_target), which is
 * 0.9 unless somebody changed it. A server that has just begun to count has no average yet. */
static void judge_checkpoints(const struct size_judge *j)
{
    const struct doctor_size *s = j->size;
    int64_t seconds = s->wal_s > s->checkpoint_s ? s->wal_s : s->checkpoint_s;
    int64_t each = (int64_t)((double)s->wal_bytes * (double)s->checkpoint_s /
                             (double)(seconds > 0 ? seconds : 1));
    int64_t wanted = (int64_t)((double)each * 1.9);
    if (s->max_wal_size >= wanted) {
        say(j, FOUND_CHECKPOINTS, each / mib, s->max_wal_size / mib);
    } else {
        say(j, FOUND_CHECKPOINTS_OFTEN, each / mib, at_least(wanted, mib));
    }
}

static void judge_wal(const struct size_judge *j)
{
    const struct doctor_size *s = j->size;
    char kept[24];
    bool is_minimal = s->wal_level != NULL && s->wal_level[0] == 'm';
    bool is_kept = s->slot != NULL && s->slot_bytes > s->max_wal_size;
    if (is_minimal) {
        j->tell(j->arg, FOUND_WAL_MINIMAL, "", "");
    }
    if (s->archive_failed != NULL) {
        j->tell(j->arg, FOUND_WAL_ARCHIVE, s->archive_failed, "");
    }
    if (is_kept) {
        snprintf(kept, sizeof(kept), "%" PRId64, s->slot_bytes / mib);
        j->tell(j->arg, FOUND_WAL_SLOT, s->slot, kept);
    }
    if (!is_minimal && s->archive_failed == NULL && !is_kept) {
        j->tell(j->arg, FOUND_WAL, s->wal_level != NULL ? s->wal_level : "", "");
    }
}

void doctor_judge_size(const struct doctor_size *size, doctor_tell *tell, void *arg)
{
    const struct size_judge j = {size, tell, arg};
    judge_connections(&j);
    judge_locks(&j);
    judge_buffers(&j);
    judge_checkpoints(&j);
    judge_wal(&j);
}
