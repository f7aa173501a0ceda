/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/test_plan.c - Avro 1.11, "Schema Resolution", rule by rule, and what no plan
 * can be made of. */
#include "decode_help.h"

static void numbers_are_promoted(void **state)
{
    (void)state;
    static const char *const accepted[][4] = {
        {"'int'", "'long'", "05", "-3"},
        {"'int'", "'float'", "05", "-3"},
        {"'int'", "'double'", "06", "3"},
        {"'long'", "'float'", "8281808010", "2147483648"}, /* 2147483713 in 24 bits */
        {"'long'", "'double'", "82808080808080 20", "9007199254740992"},
        {"'float'", "'double'", "cdcccc3d", "0.10000000149011612"},
        {"'string'", "'bytes'", "0261", "\"YQ==\""},
        {"'bytes'", "'string'", "0261", "\"a\""},
    };
    for (size_t i = 0; i < COUNT_OF(accepted); i++) {
        char writer[256];
        char reader[256];
        char row[256];
        snprintf(writer, sizeof(writer), F("%s"), accepted[i][0]);
        snprintf(reader, sizeof(reader), F("%s"), accepted[i][1]);
        snprintf(row, sizeof(row), "{'f':%s}", accepted[i][3]);
        expect_read(writer, reader, accepted[i][2], row);
    }
}

static void no_other_types_mix(void **state)
{
    (void)state;
    static const char *const types[] = {
        "'null'",
        "'boolean'",
        "'int'",
        "'long'",
        "'float'",
        "'double'",
        "'bytes'",
        "'string'",
        "{'type':'array','items':'int'}",
        "{'type':'map','values':'int'}",
        "{'type':'enum','name':'E','symbols':['A']}",
        "{'type':'fixed','name':'X','size':4}",
        "{'type':'record','name':'P','fields':[]}",
    };
    static const bool promoted[COUNT_OF(types)][COUNT_OF(types)] = {
        [2] = {[3] = true, [4] = true, [5] = true},
        [3] = {[4] = true, [5] = true},
        [4] = {[5] = true},
        [6] = {[7] = true},
        [7] = {[6] = true},
    };
    for (size_t w = 0; w < COUNT_OF(types); w++) {
        for (size_t r = 0; r < COUNT_OF(types); r++) {
            char writer[256];
            char reader[256];
            struct decoder d;
            snprintf(writer, sizeof(writer), F("%s"), types[w]);
            snprintf(reader, sizeof(reader), F("%s"), types[r]);
            bool compiles = decoder_try(&d, writer, reader);
            if (compiles != (w == r || promoted[w][r])) {
                fail_msg("%s as %s: %d", types[w], types[r], compiles);
            }
            decoder_close(&d);
        }
    }
}

static void text_from_bytes_must_be_text(void **state)
{
    (void)state;
    struct decoder d;
    decoder_open(&d, F("'bytes'"), F("'string'"));
    expect_fault(&d, "02ff", ERR_BAD_TEXT, "/f");
    expect_fault(&d, "0200", ERR_BAD_TEXT, "/f");
    decoder_close(&d);
    expect_read(F("'string'"), F("'bytes'"), "02ff", "{'f':'/w=='}");
}

static void fields_are_found_by_name_then_alias(void **state)
{
    (void)state;
    expect_read(REC(FIELD("b", "'int'") "," FIELD("x", "'string'") "," FIELD("a", "'int'")),
                REC(FIELD("a", "'int'") "," FIELD("b", "'int'")), "02 0471 71 04", "{'a':2,'b':1}");
    expect_read(REC(FIELD("old", "'int'")),
                REC("{'name':'new','type':'int','aliases':['older','old']}"), "02", "{'new':1}");
    /* A name goes before an alias. */
    expect_read(REC(FIELD("a", "'int'") "," FIELD("b", "'int'")),
                REC("{'name':'b','type':'int','aliases':['a']}"), "02 04", "{'b':2}");
    expect_incompatible(REC(FIELD("a", "'int'")), REC("{'name':'b','type':'int','aliases':['c']}"),
                        "/b");
}

static void absent_fields_take_their_default(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *value;
        const char *row;
    } rows[] = {
        {"'int'", "-7", "-7"},
        {"'long'", "9007199254740993", "9007199254740993"},
        {"'double'", "0.1", "0.1"},
        {"'boolean'", "true", "true"},
        {"'string'", "'dé'", "'dé'"},
        {"'bytes'", "'\xc3\xbf'", "'/w=='"},
        {"['null','int']", "null", "null"},
        {"['int','null']", "3", "3"},
        {"{'type':'enum','name':'E','symbols':['A','B']}", "'B'", "'B'"},
        {"{'type':'fixed','name':'X','size':2}", "'ab'", "'YWI='"},
        {DECIMAL(4, 2), "'\xc3\xbf'", "-0.01"},
        {LOGICAL("int", "date"), "1", "'1970-01-02'"},
        {LOGICAL("string", "uuid"), "'11111111-2222-3333-4444-55555555555F'",
         "'11111111-2222-3333-4444-55555555555f'"},
        {"{'type':'array','items':'int'}", "[1,2]", "[1,2]"},
        {"{'type':'map','values':'string'}", "{'k':'v'}", "{'k':'v'}"},
        {"['string','int',{'type':'array','items':'int'}]", "'s'", "'s'"},
        {"{'type':'record','name':'P','fields':[{'name':'a','type':'int'},"
         "{'name':'b','type':'string','default':'x'}]}",
         "{'a':1}", "{'a':1,'b':'x'}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char reader[1024];
        char row[256];
        snprintf(reader, sizeof(reader),
                 REC("{'name':'d','type':%s,'default':%s},{'name':'a','type':'int'}"), rows[i].type,
                 rows[i].value);
        snprintf(row, sizeof(row), "{'d':%s,'a':1}", rows[i].row);
        expect_read(REC(FIELD("a", "'int'")), reader, "02", row);

        /* The same field within a nested record, there for each of two items. */
        snprintf(reader, sizeof(reader),
                 F("{'type':'array','items':{'type':'record','name':'I','fields':[{'name':'a','"
                   "type':'int'},"
                   "{'name':'d','type':%s,'default':%s}]}}"),
                 rows[i].type, rows[i].value);
        snprintf(row, sizeof(row), "{'f':[{'a':1,'d':%s},{'a':2,'d':%s}]}", rows[i].row,
                 rows[i].row);
        expect_read(F("{'type':'array','items':{'type':'record','name':'I','fields':[{'name':'a','"
                      "type':'int'}]}}"),
                    reader, "04 02 04 00", row);
    }
}

static void absent_fields_without_default_are_null_or_refused(void **state)
{
    (void)state;
    expect_read(REC(FIELD("a", "'int'")), REC(FIELD("n", "['int','null']") "," FIELD("a", "'int'")),
                "02", "{'n':null,'a':1}");
    expect_incompatible(REC(FIELD("a", "'int'")), REC(FIELD("n", "'int'")), "/n");
    static const char item[] =
        F("{'type':'record','name':'I','fields':[{'name':'a','type':'int'}]}");
    expect_read(item,
                F("{'type':'record','name':'I','fields':[{'name':'a','type':'int'},"
                  "{'name':'n','type':['null','string']}]}"),
                "02", "{'f':{'a':1,'n':null}}");
    expect_incompatible(
        item, F("{'type':'record','name':'I','fields':[{'name':'n','type':'string'}]}"), "/f/n");
}

static void defaults_that_cannot_be_stored_are_refused(void **state)
{
    (void)state;
    static const char writer[] = REC(FIELD("a", "'int'"));
    expect_incompatible(
        writer, REC("{'name':'d','type':" DECIMAL(1, 0) ",'default':'\xc3\xbf\\u0001'}"), "/d");
    expect_incompatible(
        writer, REC("{'name':'d','type':" LOGICAL("int", "time-millis") ",'default':-1}"), "/d");
    expect_incompatible(
        writer, REC("{'name':'d','type':" LOGICAL("string", "uuid") ",'default':'x'}"), "/d");
}

static void enums_are_mapped_by_symbol(void **state)
{
    (void)state;
    struct decoder d;
    decoder_open(&d, F("{'type':'enum','name':'E','symbols':['B','X','A']}"),
                 F("{'type':'enum','name':'E','symbols':['A','B']}"));
    expect_row(&d, "00", "{'f':'B'}");
    expect_row(&d, "04", "{'f':'A'}");
    expect_fault(&d, "02", ERR_BAD_ENUM, "/f");
    decoder_close(&d);
    expect_read(F("{'type':'enum','name':'E','symbols':['B','X']}"),
                F("{'type':'enum','name':'E','symbols':['A','B'],'default':'A'}"), "02",
                "{'f':'A'}");
    expect_incompatible(F("{'type':'enum','name':'E','symbols':['A']}"),
                        F("{'type':'enum','name':'G','symbols':['A']}"), "/f");
    expect_read(F("{'type':'enum','name':'E','symbols':['A']}"),
                F("{'type':'enum','name':'G','aliases':['E'],'symbols':['A']}"), "00", "{'f':'A'}");
}

static void fixed_needs_its_size_and_name(void **state)
{
    (void)state;
    static const char writer[] = F("{'type':'fixed','name':'X','namespace':'one','size':2}");
    expect_read(writer, F("{'type':'fixed','name':'X','namespace':'two','size':2}"), "6162",
                "{'f':'YWI='}");
    expect_read(writer, F("{'type':'fixed','name':'Y','aliases':['one.X'],'size':2}"), "6162",
                "{'f':'YWI='}");
    expect_incompatible(writer, F("{'type':'fixed','name':'X','namespace':'one','size':3}"), "/f");
    expect_incompatible(writer, F("{'type':'fixed','name':'Y','size':2}"), "/f");
}

static void unions_are_resolved_on_both_sides(void **state)
{
    (void)state;
    /* Either order of null, on both sides. */
    expect_read(F("['null','int']"), F("['long','null']"), "02 06", "{'f':3}");
    expect_read(F("['int','null']"), F("['null','double']"), "02", "{'f':null}");
    /* Only one of them is a union. */
    expect_read(F("'int'"), F("['null','int']"), "06", "{'f':3}");
    expect_read(F("['int']"), F("'int'"), "00 06", "{'f':3}");
    struct decoder d;
    decoder_open(&d, F("['null','int']"), F("'int'"));
    expect_row(&d, "02 06", "{'f':3}");
    expect_fault(&d, "00", ERR_BAD_BRANCH, "/f");
    decoder_close(&d);
    /* Wide ones: the value as it is, in the branch that fits best. */
    decoder_open(&d, F("['null','int','string','boolean']"), F("['string','double','int','null']"));
    expect_row(&d, "00", "{'f':null}");
    expect_row(&d, "02 06", "{'f':3}");
    expect_row(&d, "04 0261", "{'f':'a'}");
    expect_fault(&d, "06 01", ERR_BAD_BRANCH, "/f");
    decoder_close(&d);
    expect_read(F("['null','long']"), F("['double','long','null']"), "02 8280808080808020",
                "{'f':9007199254740993}");
    expect_incompatible(F("['boolean','string']"), F("['int','null']"), "/f");
    expect_incompatible(F("'boolean'"), F("['int','null']"), "/f");
}

static void a_null_in_a_wide_union_is_a_null_cell(void **state)
{
    (void)state;
    struct decoder d;
    decoder_open(&d, F("['null','int','string']"), F("['null','int','string']"));
    assert_int_equal(decode_hex(&d, "00"), 0);
    assert_int_equal(d.cells[0].type, CELL_NULL);
    assert_int_equal(decode_hex(&d, "02 02"), 0);
    assert_int_equal(d.cells[0].type, CELL_NESTED);
    assert_int_equal(d.cells[0].len, 1);
    decoder_close(&d);
}

static void records_are_resolved_inside(void **state)
{
    (void)state;
    expect_read(
        F("['null',{'type':'record','name':'A','namespace':'w','fields':[{'name':'x','type':'int'},"
          "{'name':'y','type':'string'},{'name':'in','type':['null','A']}]}]"),
        F("['null',{'type':'record','name':'A','namespace':'r','fields':[{'name':'in','type':['"
          "null','A']},"
          "{'name':'z','type':'long','aliases':['x']},{'name':'d','type':'int','default':1}]}]"),
        "02 02 0261 02 04 0262 00", "{'f':{'z':1,'in':{'z':2,'in':null,'d':1},'d':1}}");
    expect_incompatible(F("{'type':'record','name':'A','fields':[{'name':'x','type':{'type':'array'"
                          ",'items':'string'}}]}"),
                        F("{'type':'record','name':'A','fields':[{'name':'x','type':{'type':'array'"
                          ",'items':'int'}}]}"),
                        "/f/x");
    expect_incompatible(F("{'type':'record','name':'A','fields':[]}"),
                        F("{'type':'record','name':'B','fields':[]}"), "/f");
}

/* The one branch that cannot be read is refused when it is met; the same records elsewhere do no
 * harm. */
static void an_unreadable_branch_is_refused_when_met(void **state)
{
    (void)state;
    struct decoder d;
    decoder_open(&d,
                 F("['null',{'type':'record','name':'A','fields':[{'name':'x','type':'string'},"
                   "{'name':'in','type':['null','A']}]},'int']"),
                 F("['null',{'type':'record','name':'A','fields':[{'name':'x','type':'int'},"
                   "{'name':'in','type':['null','A']}]},'int']"));
    expect_row(&d, "00", "{'f':null}");
    expect_row(&d, "04 02", "{'f':1}");
    expect_fault(&d, "02 0261 00", ERR_BAD_BRANCH, "/f");
    decoder_close(&d);
}

static void unwanted_fields_are_skipped(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *hex;
    } rows[] = {
        {"'null'", ""},
        {"'boolean'", "01"},
        {"'int'", "ffffffff0f"},
        {"'long'", "ffffffffffffffffff01"},
        {"'float'", "00000000"},
        {"'double'", "0000000000000000"},
        {"'bytes'", "04ffff"},
        {"'string'", "04ffff"},
        {"{'type':'enum','name':'E','symbols':['A','B']}", "02"},
        {"{'type':'fixed','name':'X','size':3}", "ffffff"},
        {"['null','string']", "00"},
        {"['null','string']", "02 0261"},
        {"{'type':'array','items':'string'}", "04 0261 0262 02 0263 00"},
        {"{'type':'array','items':'string'}", "03 06 ffffff 00"}, /* jumped over unseen */
        {"{'type':'map','values':{'type':'array','items':'int'}}", "02 0261 04 02 04 00 00"},
        {"{'type':'map','values':'int'}", "01 04 ffff ffff 02 0261 02 00"},
        {"{'type':'record','name':'P','fields':[{'name':'a','type':'int'},{'name':'p','type':['"
         "null','P']}]}",
         "02 02 04 00"},
        {"{'type':'record','name':'P','fields':[{'name':'q','type':{'type':'record','name':'Q','"
         "fields':[]}}]}",
         ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char writer[512];
        char hex[128];
        if (i == 15) {
            continue; /* its block tells a size that its bytes exceed: below */
        }
        snprintf(writer, sizeof(writer), REC(FIELD("s", "%s") "," FIELD("a", "'int'")),
                 rows[i].type);
        snprintf(hex, sizeof(hex), "%s 02", rows[i].hex);
        expect_read(writer, REC(FIELD("a", "'int'")), hex, "{'a':1}");
    }
    struct decoder d;
    decoder_open(&d, REC(FIELD("s", "{'type':'map','values':'int'}") "," FIELD("a", "'int'")),
                 REC(FIELD("a", "'int'")));
    expect_row(&d, "01 08 ffffffff 02 0261 02 00 02", "{'a':1}");
    expect_fault(&d, "01 7e ffffffff 02 0261 02 00 02", ERR_TRUNCATED, "/s");
    decoder_close(&d);
}

static void logical_types_take_the_columns_unit(void **state)
{
    (void)state;
    static const char micros[] = F(LOGICAL("long", "timestamp-micros"));
    static const char millis[] = F(LOGICAL("long", "timestamp-millis"));
    expect_read(millis, micros, "02", "{'f':'1970-01-01T00:00:00.001Z'}");
    expect_read(micros, millis, "02", "{'f':'1970-01-01T00:00:00.000001Z'}"); /* nothing is lost */
    expect_read(F("'long'"), micros, "02", "{'f':'1970-01-01T00:00:00.000001Z'}");
    expect_read(F("'long'"), millis, "02", "{'f':'1970-01-01T00:00:00.001Z'}");
    expect_read(F("'int'"), millis, "01", "{'f':'1969-12-31T23:59:59.999Z'}");
    expect_read(F(LOGICAL("int", "time-millis")), F(LOGICAL("long", "time-micros")), "02",
                "{'f':'00:00:00.001'}");
    expect_read(millis, F("'long'"), "02", "{'f':1}");
    expect_read(F(LOGICAL("int", "date")), F("'int'"), "02", "{'f':1}");
    expect_read(F("'string'"), F(LOGICAL("string", "uuid")),
                "48"
                "31313131313131312d323232322d333333332d343434342d353535353535353535354641",
                "{'f':'11111111-2222-3333-4444-5555555555fa'}");
    expect_incompatible(millis, F(LOGICAL("long", "local-timestamp-millis")), "/f");
    expect_incompatible(F(LOGICAL("int", "date")), F(LOGICAL("int", "time-millis")), "/f");
    expect_incompatible(F(LOGICAL("int", "date")), millis, "/f");
    expect_incompatible(F("'long'"), F(LOGICAL("int", "date")), "/f");
}

static void uuids_are_checked(void **state)
{
    (void)state;
    static const char schema[] = F(LOGICAL("string", "uuid"));
    expect_refused(schema, "02 61", ERR_BAD_UUID, "/f");
    expect_refused(schema, "00", ERR_BAD_UUID, "/f");
    expect_refused(schema,
                   "48 31313131313131312d323232322d333333332d343434342d35353535353535353535356a",
                   ERR_BAD_UUID, "/f");
    expect_refused(schema,
                   "48 31313131313131313132323232322d33333333 2d343434342d353535353535353535353535",
                   ERR_BAD_UUID, "/f");
}

static void decimals_need_the_same_scale(void **state)
{
    (void)state;
    expect_read(F(DECIMAL(4, 2)), F(DECIMAL(9, 2)), "04 270f", "{'f':99.99}");
    struct decoder d;
    decoder_open(&d, F(DECIMAL(9, 2)), F(DECIMAL(4, 2)));
    expect_row(&d, "04 270f", "{'f':99.99}");
    expect_fault(&d, "04 2710", ERR_BAD_NUMBER, "/f");
    decoder_close(&d);
    expect_incompatible(F(DECIMAL(9, 2)), F(DECIMAL(9, 3)), "/f");
    expect_read(F("'bytes'"), F(DECIMAL(4, 1)), "02 7b", "{'f':12.3}");
    expect_read(F(DECIMAL(4, 1)), F("'bytes'"), "02 7b", "{'f':'ew=='}");
    expect_incompatible(
        F("{'type':'fixed','name':'D','size':2,'logicalType':'decimal','precision':4}"),
        F(DECIMAL(4, 0)), "/f");
}

/* A column may be narrower than its field's type says, when the dataset was made from an older
 * structure. */
static void the_columns_precision_decides(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_schema *schema = schema_of(F(DECIMAL(9, 2)));
    struct sch_target target = {.field = &sch_root(schema)->fields[0],
                                .column = {"f", COLUMN_NUMERIC, 4, 2}};
    struct sch_plan_spec spec = {.writer = schema, .targets = &target, .target_count = 1};
    struct sch_plan *plan = sch_plan_compile(&spec, &err);
    assert_non_null(plan);
    struct arena arena = ARENA_INIT;
    struct cell cell;
    assert_int_equal(sch_decode(plan, (const uint8_t *)"\x04\x27\x0f", 3, &arena, &cell, &err), 0);
    assert_int_equal(sch_decode(plan, (const uint8_t *)"\x04\x27\x10", 3, &arena, &cell, &err), -1);
    assert_int_equal(err.code, ERR_BAD_NUMBER);
    sch_plan_free(&plan);

    target.column.scale = 3;
    assert_null(sch_plan_compile(&spec, &err));
    assert_int_equal(err.code, ERR_INCOMPATIBLE);
    target.column = (struct column){"f", COLUMN_TEXT, 0, 0};
    assert_null(sch_plan_compile(&spec, &err));
    assert_string_equal(err.path, "/f");
    sch_schema_unref(&schema);
    arena_fini(&arena);
}

static void a_plan_outlives_its_caller_schemas(void **state)
{
    (void)state;
    struct decoder d;
    decoder_open(&d, F("{'type':'enum','name':'E','symbols':['A','B']}"),
                 F("{'type':'enum','name':'E','symbols':['A','B']}"));
    sch_schema_unref(&d.writer);
    sch_schema_unref(&d.reader);
    d.columns[0].name = "f";
    expect_row(&d, "02", "{'f':'B'}");
    decoder_close(&d);
}

static void a_root_that_is_no_record_is_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sch_schema *schema = schema_of("'int'");
    struct sch_plan_spec spec = {.writer = schema};
    assert_null(sch_plan_compile(&spec, &err));
    assert_int_equal(err.code, ERR_INCOMPATIBLE);
    sch_schema_unref(&schema);
}

/* Each record holds the one before twice: 2^40 ways down, of which none may be walked at compile
 * or run time. */
static void shared_records_do_not_explode(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_put_str(&text, "{'type':'record','name':'R','fields':["
                       "{'name':'r0','type':{'type':'record','name':'A0','fields':[]}}");
    for (int i = 1; i <= 40; i++) {
        buf_printf(&text,
                   ",{'name':'r%d','type':{'type':'record','name':'A%d','fields':[{'name':'a','"
                   "type':'A%d'},"
                   "{'name':'b','type':'A%d'}]}}",
                   i, i, i - 1, i - 1);
    }
    buf_put_str(&text, "]}");
    struct decoder d;
    decoder_open(&d, buf_cstr(&text), REC("{'name':'z','type':'int','default':7}"));
    expect_row(&d, "", "{'z':7}");
    decoder_close(&d);
    decoder_open(&d, buf_cstr(&text), buf_cstr(&text));
    assert_int_equal(decode_hex(&d, ""), -1);
    assert_int_equal(d.err.code, ERR_TOO_LARGE);
    decoder_close(&d);
    buf_fini(&text);
}

/* Compiles a writer against a reader of one field f; the plan, or NULL and the error. */
static struct sch_plan *compile_texts(const struct buf *writer, const struct buf *reader,
                                      struct err *err)
{
    struct sch_schema *w = sch_parse((const char *)writer->data, writer->len, err);
    struct sch_schema *r = sch_parse((const char *)reader->data, reader->len, err);
    if (w == NULL || r == NULL) {
        fail_msg("%s", err->text);
    }
    static struct sch_target targets[64];
    const struct sch_type *root = sch_root(r);
    assert_true(root->field_count <= COUNT_OF(targets));
    for (size_t i = 0; i < root->field_count; i++) {
        bool nullable;
        targets[i] = (struct sch_target){.field = &root->fields[i]};
        sch_column_of(root->fields[i].type, &targets[i].column, &nullable);
        targets[i].column.name = root->fields[i].name;
    }
    struct sch_plan_spec spec = {.writer = w,
                                 .owners = &r,
                                 .owner_count = 1,
                                 .targets = targets,
                                 .target_count = root->field_count};
    struct sch_plan *plan = sch_plan_compile(&spec, err);
    sch_schema_unref(&w);
    sch_schema_unref(&r);
    return plan;
}

/* An enum of 20,000 symbols in 60 fields, against the same in another order: each by each, for each
 * field, would take minutes. */
static void long_enums_are_mapped_once(void **state)
{
    (void)state;
    enum { SYMBOLS = 20000, FIELDS = 60 };
    struct buf texts[2] = {BUF_INIT, BUF_INIT};
    for (int side = 0; side < 2; side++) {
        struct buf *text = &texts[side];
        buf_put_str(text, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"f0\","
                          "\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[");
        for (int i = 0; i < SYMBOLS; i++) {
            buf_printf(text, "%s\"s%d\"", i > 0 ? "," : "", side == 0 ? i : SYMBOLS - 1 - i);
        }
        buf_put_str(text, "]}}");
        for (int i = 1; i < FIELDS; i++) {
            buf_printf(text, ",{\"name\":\"f%d\",\"type\":\"E\"}", i);
        }
        buf_put_str(text, "]}");
    }
    struct err err = ERR_INIT;
    struct sch_plan *plan = compile_texts(&texts[0], &texts[1], &err);
    assert_non_null(plan);
    uint8_t bytes[FIELDS] = {0};
    struct cell cells[FIELDS];
    struct arena arena = ARENA_INIT;
    bytes[1] = 2 * 7;
    assert_int_equal(sch_decode(plan, bytes, sizeof(bytes), &arena, cells, &err), 0);
    assert_memory_equal(cells[0].p, "s0", 3);
    assert_memory_equal(cells[1].p, "s7", 3);
    sch_plan_free(&plan);
    arena_fini(&arena);
    buf_fini(&texts[0]);
    buf_fini(&texts[1]);
}

/* Two unions of 12,000 branches, none of which fits: 144 million pairs. */
static void schemas_that_take_too_long_to_compare_are_refused(void **state)
{
    (void)state;
    enum { BRANCHES = 12000 };
    struct buf texts[2] = {BUF_INIT, BUF_INIT};
    for (int side = 0; side < 2; side++) {
        struct buf *text = &texts[side];
        buf_put_str(text, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"f\","
                          "\"type\":[");
        for (int i = 0; i < BRANCHES; i++) {
            buf_printf(text, "%s{\"type\":\"fixed\",\"name\":\"%c%d\",\"size\":1}",
                       i > 0 ? "," : "", 'a' + side, i);
        }
        buf_put_str(text, "]}]}");
    }
    struct err err = ERR_INIT;
    assert_null(compile_texts(&texts[0], &texts[1], &err));
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_int_equal(err.code, ERR_SCHEMA_TOO_LARGE);
    buf_fini(&texts[0]);
    buf_fini(&texts[1]);
}

/* A branch that cannot be read is no error of a union that can. */
static void a_plan_that_compiles_tells_no_error(void **state)
{
    (void)state;
    struct decoder d;
    decoder_open(&d, F("['string','int']"), F("'int'"));
    assert_int_equal(d.err.kind, ERR_KIND_NONE);
    assert_string_equal(d.err.path, "");
    decoder_close(&d);
}

static void a_plan_can_be_printed(void **state)
{
    (void)state;
    struct decoder d;
    struct buf out = BUF_INIT;
    decoder_open(&d, REC(FIELD("a", "'int'") "," FIELD("s", "'string'")),
                 REC(FIELD("a", "'long'")));
    sch_plan_print(d.plan, &out);
    assert_string_equal(buf_cstr(&out), "   0 INT           column 0  /a\n"
                                        "   1 SKIP_BYTES     /s\n"
                                        "   2 END            \n");
    buf_fini(&out);
    decoder_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_promoted),
        cmocka_unit_test(no_other_types_mix),
        cmocka_unit_test(text_from_bytes_must_be_text),
        cmocka_unit_test(fields_are_found_by_name_then_alias),
        cmocka_unit_test(absent_fields_take_their_default),
        cmocka_unit_test(absent_fields_without_default_are_null_or_refused),
        cmocka_unit_test(defaults_that_cannot_be_stored_are_refused),
        cmocka_unit_test(enums_are_mapped_by_symbol),
        cmocka_unit_test(fixed_needs_its_size_and_name),
        cmocka_unit_test(unions_are_resolved_on_both_sides),
        cmocka_unit_test(a_null_in_a_wide_union_is_a_null_cell),
        cmocka_unit_test(records_are_resolved_inside),
        cmocka_unit_test(an_unreadable_branch_is_refused_when_met),
        cmocka_unit_test(unwanted_fields_are_skipped),
        cmocka_unit_test(logical_types_take_the_columns_unit),
        cmocka_unit_test(uuids_are_checked),
        cmocka_unit_test(decimals_need_the_same_scale),
        cmocka_unit_test(the_columns_precision_decides),
        cmocka_unit_test(a_plan_outlives_its_caller_schemas),
        cmocka_unit_test(a_root_that_is_no_record_is_refused),
        cmocka_unit_test(shared_records_do_not_explode),
        cmocka_unit_test(long_enums_are_mapped_once),
        cmocka_unit_test(schemas_that_take_too_long_to_compare_are_refused),
        cmocka_unit_test(a_plan_that_compiles_tells_no_error),
        cmocka_unit_test(a_plan_can_be_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
