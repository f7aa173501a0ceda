/* SPDX-License-Identifier: Apache-2.0
 * ingest/partition.c - see the header.
 *
 * Holes. Transaction markers, aborted transactions and compaction leave offsets without a record. A
 * message that the client lost looks the same. So a hole is fetched once more; if it is still there, it is
 * `skipped`. On a topic full of holes this would cost a fetch for each marker. So after TRUSTED_HOLES
 * confirmed ones in a row a hole is believed at once, with two exceptions: the first record after a seek
 * (only there the client loses messages), and a hole at which the client reported an error (librdkafka
 * 2.0.2 continues behind a batch whose version it does not know).
 *
 * The last record. Neither Kafka's protocol of this version nor the client reports that a topic was deleted
 * and created again. So the first fetch after a claim, and after a pause, starts at the last record taken.
 * Given another record at that offset, then it is another log. */
#include "ingest/partition.h"

#include <stdio.h>
#include <stdlib.h>

enum { TRUSTED_HOLES = 3 };

#define BIT(state) (1u << (state))

static const char *const state_names[ING_PART_STATE_COUNT] = {
#define X(id, name, meaning) [id] = name,
    ING_PART_STATE_TABLE(X)
#undef X
};

static const unsigned legal_moves[ING_PART_STATE_COUNT] = {
    [ING_UNCLAIMED] =
        BIT(ING_VERIFYING) | BIT(ING_FLOWING) | BIT(ING_HALTED) | BIT(ING_FENCED) | BIT(ING_PAUSED),
    [ING_VERIFYING] =
        BIT(ING_FLOWING) | BIT(ING_HALTED) | BIT(ING_FENCED) | BIT(ING_UNCLAIMED) | BIT(ING_PAUSED),
    [ING_FLOWING] = BIT(ING_REREADING) | BIT(ING_VERIFYING) | BIT(ING_HALTED) | BIT(ING_FENCED) |
                    BIT(ING_UNCLAIMED) | BIT(ING_PAUSED),
    [ING_REREADING] =
        BIT(ING_FLOWING) | BIT(ING_HALTED) | BIT(ING_FENCED) | BIT(ING_UNCLAIMED) | BIT(ING_PAUSED),
    [ING_HALTED] = BIT(ING_UNCLAIMED),
    [ING_FENCED] = BIT(ING_UNCLAIMED),
    [ING_PAUSED] = BIT(ING_UNCLAIMED),
};

const char *ing_part_state_name(enum ing_part_state state)
{
    return state_names[state];
}

void ing_part_move(struct ing_part *part, enum ing_part_state to)
{
    if (part->state != to && (legal_moves[part->state] & BIT(to)) == 0) {
        fprintf(stderr, "partition %s/%d cannot move from %s to %s\n", part->topic, part->partition,
                state_names[part->state], state_names[to]);
        abort();
    }
    part->state = to;
}

const char *ing_part_claimed(struct ing_part *part, const struct sto_position *position,
                             int64_t log_start, int64_t log_end, enum sto_incident_kind *kind)
{
    part->position = *position;
    part->expected = position->next_offset;
    part->disturbed = true;
    part->stale_fetch = false;
    part->recheck = false;
    part->fetch_error = false;
    part->end_offset = -1;
    if (position->halted) {
        ing_part_move(part, ING_HALTED);
        return NULL;
    }
    *kind = STO_INCIDENT_TOPIC_REPLACED;
    if (log_start < position->log_start) {
        return "the log starts below where it started before: the topic was re-created";
    }
    if (log_end < position->next_offset) {
        return "the log ends below the position: the topic was re-created or truncated";
    }
    if (log_start > position->next_offset) {
        *kind = STO_INCIDENT_GAP;
        return "the log starts above the position: events were deleted before they were taken";
    }
    if (position->last_offset < log_start) {
        part->position.last_offset = -1; /* deleted by retention: it cannot be read again */
    }
    ing_part_move(part, part->position.last_offset >= 0 ? ING_VERIFYING : ING_FLOWING);
    return NULL;
}

void ing_part_paused(struct ing_part *part)
{
    if (part->state == ING_FLOWING && part->position.last_offset >= 0) {
        ing_part_move(part, ING_VERIFYING);
    }
}

int64_t ing_part_fetch_from(const struct ing_part *part)
{
    return part->state == ING_VERIFYING ? part->position.last_offset : part->expected;
}

static bool is_last_record(const struct sto_position *position, const struct ing_message *message)
{
    return message->ts_ms == position->last_ts_ms &&
           (position->last_hash == ING_NO_HASH || ing_message_hash(message) == position->last_hash);
}

/* A record or the end was met at `offset`, beyond what is wanted. */
static enum ing_step meet_hole(struct ing_part *part, int64_t offset, int64_t *skipped)
{
    if (part->state == ING_FLOWING &&
        (part->disturbed || part->fetch_error || part->genuine_holes < TRUSTED_HOLES)) {
        ing_part_move(part, ING_REREADING);
        part->stale_fetch = true;
        part->fetch_error = false;
        return ING_STEP_REREAD;
    }
    if (part->fetch_error) {
        part->stale_fetch = true; /* the same error twice: ingest/stall.c probes */
        return ING_STEP_DROP;
    }
    if (part->state == ING_REREADING) {
        part->genuine_holes++;
        ing_part_move(part, ING_FLOWING);
    }
    *skipped = offset - part->expected;
    part->expected = offset;
    part->disturbed = false;
    return ING_STEP_TAKE;
}

static bool takes_nothing(const struct ing_part *part)
{
    return part->stale_fetch || part->recheck ||
           (part->state != ING_VERIFYING && part->state != ING_FLOWING &&
            part->state != ING_REREADING);
}

static enum ing_step verify(struct ing_part *part, const struct ing_message *message)
{
    const struct sto_position *position = &part->position;
    if (message->offset < position->last_offset) {
        return ING_STEP_DROP;
    }
    if (message->offset == position->last_offset) {
        if (!is_last_record(position, message)) {
            return ING_STEP_REPLACED;
        }
        ing_part_move(part, ING_FLOWING);
        return ING_STEP_DROP;
    }
    if (message->offset < position->next_offset) {
        return ING_STEP_REPLACED; /* a record where there was none */
    }
    if (part->fetch_error) {
        return ING_STEP_DROP; /* the last record may be there, unreadable */
    }
    ing_part_move(part, ING_FLOWING); /* the last record was compacted away */
    return ING_STEP_TAKE;
}

enum ing_step ing_part_message(struct ing_part *part, const struct ing_message *message,
                               int64_t *skipped)
{
    *skipped = 0;
    if (takes_nothing(part)) {
        return ING_STEP_DROP;
    }
    if (part->state == ING_VERIFYING) {
        enum ing_step step = verify(part, message);
        if (step != ING_STEP_TAKE) {
            return step;
        }
    }
    if (message->offset < part->expected) {
        return ING_STEP_DROP;
    }
    if (message->offset > part->expected) {
        enum ing_step step = meet_hole(part, message->offset, skipped);
        if (step != ING_STEP_TAKE) {
            return step;
        }
    } else if (part->state == ING_REREADING) {
        part->genuine_holes = 0; /* the hole was ours */
        ing_part_move(part, ING_FLOWING);
    }
    part->expected = message->offset + 1;
    part->disturbed = false;
    part->fetch_error = false;
    return ING_STEP_TAKE;
}

enum ing_step ing_part_eof(struct ing_part *part, int64_t offset, int64_t *skipped)
{
    *skipped = 0;
    if (takes_nothing(part)) {
        return ING_STEP_DROP;
    }
    if (part->state == ING_VERIFYING) {
        if (offset < part->position.next_offset) {
            return ING_STEP_REPLACED;
        }
        if (part->fetch_error) {
            return ING_STEP_DROP;
        }
        ing_part_move(part, ING_FLOWING);
    }
    part->end_offset = offset;
    if (offset <= part->expected) {
        part->fetch_error = part->fetch_error && offset < part->expected;
        if (part->state == ING_REREADING) {
            ing_part_move(part, ING_FLOWING);
        }
        return ING_STEP_DROP;
    }
    return meet_hole(part, offset, skipped);
}

bool ing_part_failed(struct ing_part *part, const char *text, bool forbidden)
{
    const bool is_news = !part->fetch_error;
    if (part->stale_fetch || ing_part_stands_aside(part)) {
        return false; /* the error of a fetch that is about to end */
    }
    part->fetch_error = true;
    part->forbidden = forbidden;
    snprintf(part->error, sizeof(part->error), "%s", text);
    return is_news;
}

bool ing_part_at_end(const struct ing_part *part)
{
    return part->state == ING_FLOWING && !part->fetch_error && part->end_offset == part->expected;
}

int64_t ing_part_backlog(const struct ing_part *part)
{
    const bool takes =
        part->state == ING_VERIFYING || part->state == ING_FLOWING || part->state == ING_REREADING;
    return takes && !ing_part_at_end(part) && part->known_end > part->expected
               ? part->known_end - part->expected
               : 0;
}
