/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/bench_decode.c - events decoded a second, in memory: frame and plan here, the value
 * API of Avro-C beside it.
 *
 * Both read the same typical events (ops/doc/performance.md), in turns, several times over; the figures
 * are medians of the processor time of each turn. Before that every field of a sample is
 * compared between the two; the run is worth nothing when they differ. With --rules 0,5,20 also held
 * against the first so many of rules.json; with --write FILE the events are there for others to read.
 * Prints one JSON object; exits 1 when it could not verify. */
#include <arpa/inet.h>
#include <avro.h>
#include <stdlib.h>
#include <time.h>

#include "schema/decode/decode.h"
#include "schema/decode/frame.h"
#include "schema/parse/parse.h"
#include "schema/plan/columns.h"
#include "schema/rules/settings.h"
#include "schema/ruleset/checks.h"
#include "typical.h"

enum { TURNS = 7, SCHEMA_ID = 1, FIELDS = 12, SAMPLE = 20000 };

struct events {
    struct buf bytes;
    size_t *at; /* count + 1 of them */
    size_t count;
};

enum { RULE_COUNTS = 8 };

struct ours {
    struct sch_schema *schema;
    struct sch_plan *plan;
    struct sch_checks *checks[RULE_COUNTS]; /* the first so many rules; NULL: none */
    size_t counts[RULE_COUNTS];
    size_t rules; /* how many counts */
    struct cel_settings *settings;
    struct cel_machine *machine;
    struct arena texts;
    struct arena arena;
};

struct theirs {
    avro_schema_t schema;
    avro_value_iface_t *iface;
    avro_value_t value;
    avro_reader_t reader;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_decode: %s: %s\n", what, why);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    uint8_t *to = buf_reserve(out, 65536);
    if (file == NULL || to == NULL) {
        die(path, "cannot be read");
    }
    out->len = fread(to, 1, 65535, file);
    fclose(file);
}

static void make_events(struct events *events, size_t count)
{
    struct typical_stream stream = {.seed = 7, .keys = 500000};
    struct typical event;
    events->count = count;
    events->at = calloc(count + 1, sizeof(size_t));
    if (events->at == NULL) {
        die("events", "no memory");
    }
    for (size_t i = 0; i < count; i++) {
        events->at[i] = events->bytes.len;
        typical_make(&stream, i, &event);
        typical_put_message(&events->bytes, &event, SCHEMA_ID);
    }
    events->at[count] = events->bytes.len;
    if (buf_failed(&events->bytes)) {
        die("events", "no memory");
    }
}

/* For others to read: each event behind its length. */
static void write_events(const struct events *events, const char *path)
{
    FILE *file = fopen(path, "wb");
    for (size_t i = 0; file != NULL && i < events->count; i++) {
        size_t len = events->at[i + 1] - events->at[i];
        const uint32_t head = htonl((uint32_t)len);
        fwrite(&head, sizeof(head), 1, file);
        fwrite(events->bytes.data + events->at[i], len, 1, file);
    }
    if (file == NULL || fclose(file) != 0) {
        die(path, "cannot be written");
    }
}

/* The first of the rules beside this source. */
static void open_rules(struct ours *ours, const struct sch_plan_spec *plan, size_t at)
{
    struct err err = ERR_INIT;
    struct buf path = BUF_INIT;
    struct buf text = BUF_INIT;
    struct sch_ruleset ruleset;
    const char *slash = strrchr(__FILE__, '/');
    buf_put(&path, __FILE__, slash != NULL ? (size_t)(slash + 1 - __FILE__) : 0);
    buf_put_str(&path, "rules.json");
    read_file(buf_cstr(&path), &text);
    const struct sch_ruleset_source source = {.rule_set = buf_cstr(&text), .schema = ours->schema};
    ours->settings = ours->settings != NULL
                         ? ours->settings
                         : cel_settings_new(&(struct cel_settings_spec){0}, &err);
    ours->machine = ours->machine != NULL ? ours->machine : cel_machine_new(ours->settings, &err);
    const struct sch_checks_spec spec = {.schema = ours->schema,
                                         .column_of = plan->column_of,
                                         .columns = plan->columns,
                                         .column_count = plan->column_count,
                                         .settings = ours->settings};
    if (ours->machine == NULL || sch_ruleset_read(&source, &ruleset, &err) < 0) {
        die("rules", err.text);
    }
    if (ours->counts[at] > ruleset.count) {
        die("rules", "there are not so many");
    }
    ruleset.count = ours->counts[at];
    if (sch_checks_compile(&ruleset, &spec, true, &ours->checks[at], &err) < 0) {
        die("rules", err.text);
    }
    sch_ruleset_fini(&ruleset);
    buf_fini(&text);
    buf_fini(&path);
}

static void open_ours(struct ours *ours, const char *text, size_t len)
{
    struct err err = ERR_INIT;
    ours->schema = sch_parse(text, len, &err);
    if (ours->schema == NULL) {
        die("schema", err.text);
    }
    const struct sch_type *root = sch_root(ours->schema);
    struct column columns[FIELDS];
    int32_t column_of[FIELDS];
    if (root->field_count != FIELDS) {
        die("schema", "not the typical record");
    }
    for (size_t i = 0; i < FIELDS; i++) {
        bool nullable;
        sch_column_of(root->fields[i].type, &columns[i], &nullable);
        columns[i].name = root->fields[i].name;
        columns[i].field = root->fields[i].name;
        column_of[i] = (int32_t)i;
    }
    struct sch_plan_spec spec = {.structure = ours->schema,
                                 .column_of = column_of,
                                 .columns = columns,
                                 .column_count = FIELDS};
    ours->plan = sch_plan_compile(&spec, &err);
    if (ours->plan == NULL) {
        die("plan", err.text);
    }
    for (size_t i = 0; i < ours->rules; i++) {
        open_rules(ours, &spec, i);
    }
}

static void open_theirs(struct theirs *theirs, const char *text, size_t len)
{
    if (avro_schema_from_json_length(text, len, &theirs->schema) != 0) {
        die("Avro-C", avro_strerror());
    }
    theirs->iface = avro_generic_class_from_schema(theirs->schema);
    theirs->reader = avro_reader_memory("", 0);
    if (theirs->iface == NULL || avro_generic_value_new(theirs->iface, &theirs->value) != 0) {
        die("Avro-C", avro_strerror());
    }
}

static int decode_ours(struct ours *ours, const struct events *events, size_t i, struct cell *cells)
{
    struct sch_frame frame;
    struct err err;
    const uint8_t *bytes = events->bytes.data + events->at[i];
    if (sch_frame_read(bytes, events->at[i + 1] - events->at[i], NULL, 0, &frame, &err) != 0) {
        return -1;
    }
    return sch_decode(ours->plan, frame.bytes, frame.len, &ours->arena, cells, &err);
}

static int decode_theirs(struct theirs *theirs, const struct events *events, size_t i)
{
    avro_reader_memory_set_source(theirs->reader,
                                  (const char *)events->bytes.data + events->at[i] + 5,
                                  (int64_t)(events->at[i + 1] - events->at[i] - 5));
    return avro_value_read(theirs->reader, &theirs->value);
}

static bool same_bytes(const struct cell *cell, const void *bytes, size_t len)
{
    return cell->type != CELL_NULL && cell->len == len && memcmp(cell->p, bytes, len) == 0;
}

/* Whether a cell says what Avro-C's value says. */
static bool same(const struct cell *cell, avro_value_t *value)
{
    const char *text;
    const void *bytes;
    size_t size;
    int32_t i32;
    int64_t i64;
    int flag;
    avro_value_t branch;
    switch (avro_value_get_type(value)) {
    case AVRO_STRING:
        avro_value_get_string(value, &text, &size);
        return same_bytes(cell, text, size - 1);
    case AVRO_BYTES:
        avro_value_get_bytes(value, &bytes, &size);
        return same_bytes(cell, bytes, size);
    case AVRO_INT32: avro_value_get_int(value, &i32); return cell->i == i32;
    case AVRO_INT64: avro_value_get_long(value, &i64); return cell->i == i64;
    case AVRO_BOOLEAN: avro_value_get_boolean(value, &flag); return cell->i == flag;
    case AVRO_NULL: return cell->type == CELL_NULL;
    case AVRO_ENUM: {
        avro_value_get_enum(value, &flag);
        text = avro_schema_enum_get(avro_value_get_schema(value), flag);
        return same_bytes(cell, text, strlen(text));
    }
    case AVRO_UNION: avro_value_get_current_branch(value, &branch); return same(cell, &branch);
    default: return false;
    }
}

static bool verify(struct ours *ours, struct theirs *theirs, const struct events *events)
{
    struct cell cells[FIELDS];
    for (size_t n = 0; n < SAMPLE && n < events->count; n++) {
        size_t i = typical_mix(n) % events->count;
        if (decode_ours(ours, events, i, cells) != 0 || decode_theirs(theirs, events, i) != 0) {
            return false;
        }
        for (size_t f = 0; f < FIELDS; f++) {
            avro_value_t field;
            avro_value_get_by_index(&theirs->value, f, &field, NULL);
            if (!same(&cells[f], &field)) {
                fprintf(stderr, "bench_decode: event %zu differs in field %zu\n", i, f);
                return false;
            }
        }
    }
    return true;
}

static double turn_of_ours(struct ours *ours, const struct events *events)
{
    struct cell cells[FIELDS];
    int64_t sum = 0;
    double begun = cpu_seconds();
    for (size_t i = 0; i < events->count; i++) {
        if (decode_ours(ours, events, i, cells) != 0) {
            die("decode", "an event was refused");
        }
        sum += cells[10].i;
    }
    double seconds = cpu_seconds() - begun;
    arena_reset(&ours->arena);
    int64_t last = (int64_t)events->count;
    if (sum != last * (last + 1) / 2) {
        die("decode", "a sequence number is wrong");
    }
    return seconds;
}

/* Decoded, and held against the rules: all hold. */
static double turn_of_rules(struct ours *ours, const struct events *events, size_t at)
{
    struct cell cells[FIELDS];
    struct sch_failures failures;
    double begun = cpu_seconds();
    for (size_t i = 0; i < events->count; i++) {
        if (decode_ours(ours, events, i, cells) != 0) {
            die("decode", "an event was refused");
        }
        if (ours->checks[at] == NULL) {
            continue;
        }
        sch_checks_run(ours->checks[at], ours->machine, cells, INT64_C(1800000000000000),
                       &ours->texts, &failures);
        if (failures.count != 0) {
            die(failures.told[0].rule->name, failures.told[0].text);
        }
    }
    double seconds = cpu_seconds() - begun;
    arena_reset(&ours->arena);
    return seconds;
}

static double turn_of_theirs(struct theirs *theirs, const struct events *events)
{
    double begun = cpu_seconds();
    for (size_t i = 0; i < events->count; i++) {
        if (decode_theirs(theirs, events, i) != 0) {
            die("Avro-C", avro_strerror());
        }
    }
    return cpu_seconds() - begun;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    size_t count = 500000;
    struct ours ours = {.arena = ARENA_INIT, .texts = ARENA_INIT};
    struct buf schema_path = BUF_INIT; /* beside this source, unless told */
    const char *slash = strrchr(__FILE__, '/');
    buf_put(&schema_path, __FILE__, slash != NULL ? (size_t)(slash + 1 - __FILE__) : 0);
    buf_put_str(&schema_path, "typical.avsc");
    const char *write_to = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--events") == 0) {
            count = strtoul(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--schema") == 0) {
            buf_reset(&schema_path);
            buf_put_str(&schema_path, argv[i + 1]);
        } else if (strcmp(argv[i], "--write") == 0) {
            write_to = argv[i + 1];
        } else if (strcmp(argv[i], "--rules") == 0) {
            for (char *at = argv[i + 1]; ours.rules < RULE_COUNTS && *at != '\0';
                 at += *at == ',') {
                ours.counts[ours.rules++] = strtoul(at, &at, 10);
            }
        }
    }
    struct buf text = BUF_INIT;
    struct events events = {.bytes = BUF_INIT};
    struct theirs theirs;
    read_file(buf_cstr(&schema_path), &text);
    make_events(&events, count);
    if (write_to != NULL) {
        write_events(&events, write_to);
    }
    open_ours(&ours, (const char *)text.data, text.len);
    open_theirs(&theirs, (const char *)text.data, text.len);
    bool verified = count > 0 && verify(&ours, &theirs, &events);

    double our_seconds[TURNS];
    double their_seconds[TURNS];
    double rule_seconds[RULE_COUNTS][TURNS];
    for (int turn = 0; turn < TURNS && verified; turn++) {
        our_seconds[turn] = turn_of_ours(&ours, &events);
        their_seconds[turn] = turn_of_theirs(&theirs, &events);
        for (size_t i = 0; i < ours.rules; i++) {
            rule_seconds[i][turn] = turn_of_rules(&ours, &events, i);
        }
    }
    if (verified) {
        qsort(our_seconds, TURNS, sizeof(double), by_value);
        qsort(their_seconds, TURNS, sizeof(double), by_value);
        double our_rate = (double)count / our_seconds[TURNS / 2];
        double their_rate = (double)count / their_seconds[TURNS / 2];
        printf("{\"workload\":\"decode\",\"events\":%zu,\"bytes_per_event\":%.1f,"
               "\"events_per_s\":%.0f,\"ns_per_event\":%.1f,\"avro_c_events_per_s\":%.0f,"
               "\"ratio\":%.2f",
               count, (double)events.bytes.len / (double)count, our_rate, 1e9 / our_rate,
               their_rate, our_rate / their_rate);
        for (size_t i = 0; i < ours.rules; i++) {
            qsort(rule_seconds[i], TURNS, sizeof(double), by_value);
            printf(",\"ns_per_event_with_%zu_rules\":%.1f", ours.counts[i],
                   1e9 * rule_seconds[i][TURNS / 2] / (double)count);
        }
        printf(",\"verified\":true}\n");
    } else {
        printf("{\"workload\":\"decode\",\"events\":%zu,\"verified\":false}\n", count);
    }

    avro_value_decref(&theirs.value);
    avro_value_iface_decref(theirs.iface);
    avro_schema_decref(theirs.schema);
    avro_reader_free(theirs.reader);
    for (size_t i = 0; i < ours.rules; i++) {
        sch_checks_free(&ours.checks[i]);
    }
    cel_machine_free(&ours.machine);
    cel_settings_free(&ours.settings);
    arena_fini(&ours.texts);
    sch_plan_free(&ours.plan);
    sch_schema_unref(&ours.schema);
    arena_fini(&ours.arena);
    buf_fini(&text);
    buf_fini(&schema_path);
    buf_fini(&events.bytes);
    free(events.at);
    return verified ? 0 : 1;
}
