/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/fake_register.c - see the header.
 *
 * Wraps sto_conn_open sto_conn_close sto_conn_usable sto_conn_opened_ms sto_conn_backend_pid
 * Wraps sto_writer_new sto_writer_free sto_writer_set_tables sto_writer_sections_max sto_commit sto_commit_resolve
 * Wraps sto_catalogue_age sto_catalogue_load_changed sto_elsewhere_find sto_leaves_make sto_position_halt
 * Wraps sto_position_show_life
 * Wraps ing_source_idle ing_source_revoke_waits ing_source_failed ing_source_store_offset
 * Wraps clock_mono_ms clock_mono_us */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/ingest/fake_register.h"

#include "ingest/engine.h"

#include "storage/admin/admin.h"
#include "storage/catalogue/elsewhere.h"
#include "storage/commit/commit.h"
#include "storage/conn/conn.h"

struct fake_register fake;

static char conn_mark, writer_mark;

/* The linker's names for what the engine calls: gcc asks for prototypes. */
struct sto_conn *__wrap_sto_conn_open(const struct sto_conn_options *options, struct err *err);
void __wrap_sto_conn_close(struct sto_conn **taken);
bool __wrap_sto_conn_usable(const struct sto_conn *conn);
int64_t __wrap_sto_conn_opened_ms(const struct sto_conn *conn);
int __wrap_sto_conn_backend_pid(const struct sto_conn *conn);
struct sto_writer *__wrap_sto_writer_new(struct sto_conn *conn, struct err *err);
void __wrap_sto_writer_free(struct sto_writer **taken);
void __wrap_sto_writer_set_tables(struct sto_writer *writer, enum sto_tables tables);
int __wrap_sto_writer_sections_max(const struct sto_writer *writer, int lanes);
int __wrap_sto_commit(struct sto_writer *writer, struct sto_batch *batch, struct err *err);
int __wrap_sto_commit_resolve(struct sto_conn *conn, const struct sto_batch *batch,
                              struct err *err);
int __wrap_sto_catalogue_age(struct sto_conn *conn, struct sto_catalogue_age *age, struct err *err);
struct sto_catalogue *__wrap_sto_catalogue_load_changed(struct sto_conn *conn,
                                                        const struct sto_mark *former,
                                                        size_t former_count, struct err *err);
int __wrap_sto_elsewhere_find(struct sto_conn *conn, struct sto_elsewhere *asked, size_t count,
                              struct err *err);
int __wrap_sto_leaves_make(struct sto_conn *conn, int months, int *made, struct err *err);
int __wrap_sto_position_halt(struct sto_conn *conn, int32_t id, int64_t epoch,
                             enum sto_incident_kind kind, const char *reason, struct err *err);
int __wrap_sto_position_show_life(struct sto_conn *conn, const char *owner, struct err *err);
void __wrap_ing_source_idle(struct ing_source *source, int wait_ms);
bool __wrap_ing_source_revoke_waits(const struct ing_source *source);
bool __wrap_ing_source_failed(const struct ing_source *source, struct err *err);
void __wrap_ing_source_store_offset(struct ing_source *source, const struct ing_part *part,
                                    int64_t next_offset);
int64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_mono_us(void);

/* ---- the connection ---- */

struct sto_conn *__wrap_sto_conn_open(const struct sto_conn_options *options, struct err *err)
{
    fake.open_count++;
    if (fake.opens_slowly) {
        (void)options->on_wait(options->on_wait_arg);
    }
    if (fake.opens_to_fail > 0) {
        fake.opens_to_fail--;
        (void)!err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN, "refused on purpose");
        return NULL;
    }
    fake.conn_broken = false;
    fake.opened_ms = fake.now_ms;
    return (struct sto_conn *)&conn_mark;
}

void __wrap_sto_conn_close(struct sto_conn **taken)
{
    *taken = NULL;
}

bool __wrap_sto_conn_usable(const struct sto_conn *conn)
{
    return conn != NULL && !fake.conn_broken;
}

int64_t __wrap_sto_conn_opened_ms(const struct sto_conn *conn)
{
    (void)conn;
    return fake.opened_ms;
}

int __wrap_sto_conn_backend_pid(const struct sto_conn *conn)
{
    (void)conn;
    return 1;
}

int __wrap_sto_position_show_life(struct sto_conn *conn, const char *owner, struct err *err)
{
    (void)conn;
    (void)owner;
    (void)err;
    return 0;
}

struct sto_writer *__wrap_sto_writer_new(struct sto_conn *conn, struct err *err)
{
    (void)conn;
    (void)err;
    return (struct sto_writer *)&writer_mark;
}

void __wrap_sto_writer_free(struct sto_writer **taken)
{
    *taken = NULL;
}

int __wrap_sto_writer_sections_max(const struct sto_writer *writer, int lanes)
{
    (void)writer, (void)lanes;
    return fake.sections_max;
}

void __wrap_sto_writer_set_tables(struct sto_writer *writer, enum sto_tables tables)
{
    (void)writer;
    assert_int_equal(tables, STO_BOTH);
}

/* ---- commits ---- */

static int answer(const struct fake_answer *given, struct err *err)
{
    err_set(err, given->kind, given->code, "the fake says so");
    snprintf(err->sqlstate, sizeof(err->sqlstate), "%s",
             given->sqlstate != NULL ? given->sqlstate : "");
    err->progress = given->progress - 1;
    fake.conn_broken = given->kind == ERR_KIND_IN_DOUBT;
    return -1;
}

static bool is_poison(const struct sto_batch *batch, uint32_t progress, int64_t offset)
{
    return batch->progress[progress].position_id == 1 && offset >= fake.poison_from &&
           offset < fake.poison_to;
}

static bool has_poison(const struct sto_batch *batch)
{
    for (size_t s = 0; s < batch->section_count; s++) {
        for (size_t i = 0; i < batch->sections[s].count; i++) {
            const struct sto_event *event = &batch->sections[s].events[i];
            if (is_poison(batch, event->progress, event->offset)) {
                return true;
            }
        }
    }
    for (size_t i = 0; fake.refuses_quarantined && i < batch->quarantined_count; i++) {
        if (is_poison(batch, batch->quarantined[i].progress, batch->quarantined[i].offset)) {
            return true;
        }
    }
    return false;
}

static void put_row(const struct sto_batch *batch, uint32_t progress, int64_t offset,
                    enum err_code reason)
{
    assert_true(fake.row_count < FAKE_ROWS_MAX);
    fake.rows[fake.row_count++] = (struct fake_row){
        .position_id = batch->progress[progress].position_id, .offset = offset, .reason = reason};
}

static void make(struct sto_batch *batch)
{
    for (size_t s = 0; s < batch->section_count; s++) {
        for (size_t i = 0; i < batch->sections[s].count; i++) {
            const struct sto_event *event = &batch->sections[s].events[i];
            put_row(batch, event->progress, event->offset, ERR_NONE);
        }
    }
    for (size_t i = 0; i < batch->quarantined_count; i++) {
        const struct sto_quarantined *row = &batch->quarantined[i];
        put_row(batch, row->progress, row->offset, row->reason);
    }
    for (size_t i = 0; i < batch->progress_count; i++) {
        fake.next_offset[batch->progress[i].position_id] = batch->progress[i].next;
    }
}

int __wrap_sto_commit(struct sto_writer *writer, struct sto_batch *batch, struct err *err)
{
    assert_ptr_equal(writer, &writer_mark);
    assert_false(fake.conn_broken);
    assert_true(fake.commit_count < FAKE_ANSWERS_MAX || fake.poison_to > 0);
    const size_t index = fake.commit_count++;
    const struct fake_answer *given = index < FAKE_ANSWERS_MAX ? &fake.commits[index] : NULL;
    if (index < FAKE_ANSWERS_MAX) {
        fake.sections[index] = batch->section_count;
    }
    for (size_t i = 0; index < FAKE_ANSWERS_MAX && i < batch->progress_count; i++) {
        fake.sizes[index] += (size_t)batch->progress[i].received;
        fake.tried_ms[index] = fake.now_ms;
    }
    for (size_t i = 0; i < batch->progress_count; i++) {
        if (batch->progress[i].from != fake.next_offset[batch->progress[i].position_id]) {
            return answer(&(struct fake_answer){.kind = ERR_KIND_FENCED,
                                                .code = ERR_STALE_EPOCH,
                                                .progress = (int32_t)i + 1},
                          err);
        }
    }
    if (given != NULL && given->kind != ERR_KIND_NONE) {
        if (given->made) {
            make(batch);
        }
        return answer(given, err);
    }
    if (has_poison(batch)) {
        return answer(&(struct fake_answer){.kind = ERR_KIND_POISON,
                                            .code = ERR_REGISTER_REFUSED,
                                            .sqlstate = "22P02"},
                      err);
    }
    make(batch);
    return 0;
}

int __wrap_sto_commit_resolve(struct sto_conn *conn, const struct sto_batch *batch, struct err *err)
{
    assert_non_null(conn);
    assert_non_null(conn);
    assert_true(batch->progress_count > 0 && fake.resolve_count < FAKE_ANSWERS_MAX);
    const struct fake_answer *given = &fake.resolves[fake.resolve_count++];
    return given->kind != ERR_KIND_NONE ? answer(given, err) : given->made;
}

/* ---- the catalogue ---- */

int __wrap_sto_catalogue_age(struct sto_conn *conn, struct sto_catalogue_age *age, struct err *err)
{
    (void)conn;
    (void)err;
    fake.version_count++;
    *age = (struct sto_catalogue_age){.version = fake.catalogue.is_newer ? 2 : 1,
                                      .until_us = INT64_MAX};
    return 0;
}

struct sto_catalogue *__wrap_sto_catalogue_load_changed(struct sto_conn *conn,
                                                        const struct sto_mark *former,
                                                        size_t former_count, struct err *err)
{
    static struct sto_dataset rows[2];
    (void)conn;
    (void)former;
    (void)former_count;
    (void)err;
    fake.load_count++;
    return kit_catalogue(&fake.catalogue, rows);
}

int __wrap_sto_elsewhere_find(struct sto_conn *conn, struct sto_elsewhere *asked, size_t count,
                              struct err *err)
{
    (void)conn;
    (void)asked;
    (void)err;
    assert_true(count > 0);
    return 0;
}

int __wrap_sto_leaves_make(struct sto_conn *conn, int months, int *made, struct err *err)
{
    (void)conn;
    (void)err;
    fake.leaves_count++;
    fake.leaves_months = months;
    *made = 1;
    return 0;
}

int __wrap_sto_position_halt(struct sto_conn *conn, int32_t id, int64_t epoch,
                             enum sto_incident_kind kind, const char *reason, struct err *err)
{
    (void)conn;
    assert_int_equal(epoch, 1);
    assert_non_null(reason);
    if (fake.refuses_halts) {
        return err_set(err, ERR_KIND_RETRY, ERR_REGISTER_DOWN, "the fake is down");
    }
    fake.halted[id] = true;
    fake.halted_for[id] = kind;
    return 0;
}

/* ---- the group and the clock ---- */

void __wrap_ing_source_idle(struct ing_source *source, int wait_ms)
{
    (void)source;
    fake.now_ms += wait_ms;
}

bool __wrap_ing_source_revoke_waits(const struct ing_source *source)
{
    (void)source;
    return fake.revoke_waits;
}

bool __wrap_ing_source_failed(const struct ing_source *source, struct err *err)
{
    (void)source;
    (void)err;
    return false;
}

void __wrap_ing_source_store_offset(struct ing_source *source, const struct ing_part *part,
                                    int64_t next_offset)
{
    (void)source;
    fake.stored[part->position.id] = next_offset;
}

int64_t __wrap_clock_mono_ms(void)
{
    return fake.now_ms;
}

int64_t __wrap_clock_mono_us(void)
{
    return fake.now_ms * 1000;
}

/* ---- the lane ---- */

static struct conf conf;
static struct ing_lane lane;
static struct ing_part parts[FAKE_PARTS];
static struct ing_part *list[FAKE_PARTS];

struct ing_lane *fake_lane_new(void)
{
    static char topics[2][16] = {"a.r", "a.other"};
    static char both[] = "both";
    static char instance[] = "here";
    fake = (struct fake_register){
        .now_ms = 1000000, .sections_max = 1000, .catalogue = {.both_alike = true}};
    memset(&lane, 0, sizeof(lane));
    conf = (struct conf){0};
    conf.ingest.tables = both;
    conf.ingest.instance = instance;
    conf.ingest.retry_max_ms = 1000;
    conf.ingest.session_timeout_ms = 45000;
    lane.conf = &conf;
    lane.feed = ing_feed_new();
    lane.parts = list;
    lane.part_count = FAKE_PARTS;
    for (int i = 0; i < FAKE_PARTS; i++) {
        parts[i] = (struct ing_part){.topic = topics[i / 2],
                                     .partition = i % 2,
                                     .dataset_id = i / 2 + 1,
                                     .state = ING_FLOWING,
                                     .position = {.id = i + 1, .epoch = 1},
                                     .progress = ING_NO_PROGRESS,
                                     .end_offset = -1};
        list[i] = &parts[i];
    }
    static struct sto_dataset rows[2];
    struct ing_datasets *datasets = kit_datasets(&fake.catalogue, rows);
    ing_batch_init(&lane.batch, 1 << 20);
    ing_batch_use(&lane.batch, datasets);
    ing_datasets_unref(&datasets);
    return &lane;
}

void fake_lane_free(struct ing_lane *of)
{
    ing_batch_fini(&of->batch);
    ing_feed_free(&of->feed);
}

void fake_put(struct ing_lane *to, int position_id, size_t count, char id)
{
    static char values[128][sizeof(GOOD) - 1];
    struct ing_part *part = to->parts[position_id - 1];
    char *value = values[(unsigned char)id];
    memcpy(value, GOOD, sizeof(GOOD) - 1);
    value[4] = id;
    for (size_t i = 0; i < count; i++) {
        struct ing_message message = message_of("ab", value, sizeof(GOOD) - 1);
        message.offset = part->expected++;
        ing_batch_add(&to->batch, part, &message, 0);
    }
}

void assert_rows(int position_id, size_t count)
{
    bool seen[FAKE_ROWS_MAX] = {false};
    size_t found = 0;
    for (size_t i = 0; i < fake.row_count; i++) {
        const struct fake_row *row = &fake.rows[i];
        if (row->position_id == position_id) {
            assert_in_range(row->offset, 0, count - 1);
            assert_false(seen[row->offset]);
            seen[row->offset] = true;
            found++;
        }
    }
    assert_int_equal(found, count);
    assert_int_equal(fake.next_offset[position_id], count);
}

size_t quarantined_rows(enum err_code reason)
{
    size_t found = 0;
    for (size_t i = 0; i < fake.row_count; i++) {
        found += fake.rows[i].reason == reason;
    }
    return found;
}

void fake_deliver(struct ing_lane *of)
{
    assert_int_equal(ing_engine_deliver(of), 0);
    assert_int_equal(of->batch.count, 0);
}

void assert_abandoned(struct ing_lane *of, int position_id)
{
    assert_int_equal(of->batch.count, 0);
    assert_true(of->parts[position_id - 1]->recheck);
    assert_true(of->reassign);
}
