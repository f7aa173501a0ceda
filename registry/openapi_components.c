/* SPDX-License-Identifier: Apache-2.0
 * registry/openapi_components.c - the rows of openapi_components.h. */
#include "registry/openapi_components.h"

#include "base/attr.h"

#define TEXT           "{\"type\":\"string\"}"
#define NAME           "{\"type\":\"string\",\"minLength\":1}"
#define TEXT_OR_NULL   "{\"type\":\"string\",\"nullable\":true}"
#define FLAG_OR_NULL   "{\"type\":\"boolean\",\"nullable\":true}"
#define FREE_OR_NULL   "{\"type\":\"object\",\"nullable\":true}"
#define TEXTS          "{\"type\":\"array\",\"items\":" TEXT "}"
#define FEW_TEXTS      "{\"type\":\"array\",\"maxItems\":64,\"items\":" TEXT "}"
#define TEXTS_OR_NULL  "{\"type\":\"array\",\"nullable\":true,\"items\":" TEXT "}"
#define NUMBER         "{\"type\":\"integer\",\"format\":\"int32\"}"
#define COUNT          "{\"type\":\"integer\",\"minimum\":0}"
#define COUNT_OR_NULL  "{\"type\":\"integer\",\"minimum\":0,\"nullable\":true}"
#define SCORE          "{\"type\":\"number\",\"minimum\":0,\"maximum\":100,\"nullable\":true}"
#define FLAG           "{\"type\":\"boolean\"}"
#define NUMBER_OR_NULL "{\"type\":\"integer\",\"minimum\":1,\"nullable\":true}"
#define PEOPLE         "{\"type\":\"integer\",\"minimum\":0,\"maximum\":3}"
#define OBJECT(properties, required)                                                               \
    "{\"type\":\"object\",\"required\":[" required "],\"properties\":{" properties "}}"
#define CLOSED(properties, required)                                                               \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" required                  \
    "],\"properties\":{" properties "}}"
#define CLOSED_ANY(properties)                                                                     \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{" properties "}}"
#define ANY_OF(properties) "{\"type\":\"object\",\"properties\":{" properties "}}"
#define LIST(item)         "{\"type\":\"array\",\"items\":" item "}"
#define LIST_OR_NULL(item) "{\"type\":\"array\",\"nullable\":true,\"items\":" item "}"
#define VERSION_ALONE      OBJECT("\"version\":" NUMBER, "\"version\"")
#define REF(name)          "{\"$ref\":\"#/components/schemas/" name "\"}"

#define INCIDENTS LIST(REF("Incident"))
#define OBJECTS   LIST("{\"type\":\"object\"}")

#define REFERENCE                                                                                  \
    OBJECT("\"name\":" TEXT ",\"subject\":" TEXT ",\"version\":{\"type\":\"integer\"}",            \
           "\"name\",\"subject\",\"version\"")
#define METADATA                                                                                   \
    "{\"type\":\"object\",\"nullable\":true,\"properties\":{"                                      \
    "\"tags\":{\"type\":\"object\",\"nullable\":true,\"additionalProperties\":" TEXTS              \
    "},\"properties\":{\"type\":\"object\",\"nullable\":true,\"additionalProperties\":" TEXT       \
    "},\"sensitive\":" TEXTS_OR_NULL "}}"

/* What every answer about a schema has of it. */
#define CONTENTS                                                                                   \
    "\"guid\":" TEXT ",\"schemaType\":" TEXT ",\"schema\":" TEXT ",\"references\":" LIST(          \
        REFERENCE) ",\"metadata\":{\"type\":\"object\"},\"ruleSet\":{\"type\":\"object\"}"
#define VERSION_OF "\"subject\":" TEXT ",\"version\":" NUMBER

/* What stands beside a level. */
#define SETTINGS                                                                                   \
    "\"alias\":" TEXT_OR_NULL ",\"aliasForDeks\":" TEXT_OR_NULL ",\"normalize\":" FLAG_OR_NULL     \
    ",\"validateFields\":" FLAG_OR_NULL ",\"validateNewSchemas\":" FLAG_OR_NULL                    \
    ",\"validateRules\":" FLAG_OR_NULL ",\"compatibilityPolicy\":" TEXT_OR_NULL                    \
    ",\"compatibilityGroup\":" TEXT_OR_NULL ",\"defaultMetadata\":" METADATA                       \
    ",\"overrideMetadata\":" METADATA ",\"defaultRuleSet\":" FREE_OR_NULL                          \
    ",\"overrideRuleSet\":" FREE_OR_NULL
#define LEVELS                                                                                     \
    "\"NONE\",\"BACKWARD\",\"BACKWARD_TRANSITIVE\",\"FORWARD\",\"FORWARD_TRANSITIVE\",\"FULL\","   \
    "\"FULL_TRANSITIVE\""
#define LEVEL         "{\"type\":\"string\",\"enum\":[" LEVELS "]}"
#define LEVEL_OR_NULL "{\"type\":\"string\",\"nullable\":true,\"enum\":[" LEVELS ",null]}"

#define TIME           "{\"type\":\"string\",\"example\":\"2027-01-31T22:00+02:00\"}"
#define TIME_OR_NULL   "{\"type\":\"string\",\"nullable\":true,\"example\":\"2027-02-01\"}"
#define DIGEST_OR_NULL "{\"type\":\"string\",\"nullable\":true,\"pattern\":\"^[0-9a-f]{64}$\"}"
#define WHOLE          "{\"type\":\"integer\"}"
#define WHOLE_OR_NULL  "{\"type\":\"integer\",\"nullable\":true}"
#define SEQUENCE                                                                                   \
    OBJECT("\"dataset\":" TEXT ",\"field\":" TEXT ",\"starts_at\":" WHOLE_OR_NULL                  \
           ",\"state\":" TEXT ",\"lowest\":" WHOLE_OR_NULL ",\"highest\":" WHOLE_OR_NULL           \
           ",\"gaps\":" COUNT ",\"missing\":" COUNT ",\"oldest_gap_at\":" TEXT_OR_NULL             \
           ",\"too_many_from\":" WHOLE_OR_NULL ",\"unnumbered\":" COUNT ",\"unread\":" COUNT       \
           ",\"in_quarantine\":" COUNT ",\"may_be_exempt\":" FLAG ",\"turned_at\":" TEXT_OR_NULL   \
           ",\"failed\":" COUNT,                                                                   \
           "\"dataset\",\"field\",\"state\",\"gaps\",\"missing\"")
#define GAP                                                                                        \
    OBJECT("\"dataset\":" TEXT ",\"from\":" WHOLE ",\"to\":" WHOLE ",\"numbers\":" COUNT           \
           ",\"quarantined\":" COUNT ",\"state\":" TEXT ",\"age_s\":" COUNT ",\"opened_at\":" TEXT \
           ",\"closed_at\":" TEXT_OR_NULL,                                                         \
           "\"dataset\",\"from\",\"to\",\"numbers\",\"state\",\"age_s\"")
#define QUARANTINED                                                                                \
    "\"id\":" COUNT ",\"dataset\":" TEXT_OR_NULL ",\"topic\":" TEXT_OR_NULL                        \
    ",\"partition\":" COUNT_OR_NULL ",\"offset\":" COUNT ",\"recorded_at\":" TEXT                  \
    ",\"sent_at\":" TEXT_OR_NULL ",\"event_time\":" TEXT_OR_NULL ",\"reason\":" TEXT               \
    ",\"rule\":" TEXT_OR_NULL ",\"path\":" TEXT_OR_NULL ",\"sentence\":" TEXT                      \
    ",\"sentence_ar\":" TEXT_OR_NULL ",\"state\":" TEXT ",\"assigned_to\":" TEXT_OR_NULL           \
    ",\"note\":" TEXT_OR_NULL ",\"changed_by\":" TEXT_OR_NULL ",\"changed_at\":" TEXT_OR_NULL      \
    ",\"withheld\":" FLAG
#define QUARANTINED_HAS "\"id\",\"dataset\",\"recorded_at\",\"reason\",\"state\",\"withheld\""
#define CONTROL_BODY                                                                               \
    OBJECT("\"from\":" TIME ",\"until\":" TIME ",\"events\":" COUNT_OR_NULL                        \
           ",\"keys\":" COUNT_OR_NULL ",\"checksum\":" DIGEST_OR_NULL                              \
           ",\"statement_id\":" TEXT_OR_NULL ",\"grace_s\":" COUNT_OR_NULL                         \
           ",\"key_list\":" TEXTS_OR_NULL ",\"key_digests\":" TEXTS_OR_NULL,                       \
           "\"from\",\"until\"")
#define CONTROL                                                                                    \
    OBJECT("\"id\":" COUNT ",\"dataset\":" TEXT ",\"from\":" TEXT ",\"until\":" TEXT               \
           ",\"state\":" TEXT ",\"events\":" COUNT_OR_NULL ",\"received\":" COUNT_OR_NULL          \
           ",\"keys\":" COUNT_OR_NULL ",\"keys_here\":" COUNT_OR_NULL                              \
           ",\"missing_keys\":" COUNT_OR_NULL ",\"beyond_keys\":" COUNT_OR_NULL ",\"early\":" FLAG \
           ",\"replaced_by\":" NUMBER_OR_NULL ",\"stated_at\":" TEXT,                              \
           "\"id\",\"dataset\",\"from\",\"until\",\"state\",\"early\"")
#define REFUSED_STATEMENT                                                                          \
    OBJECT("\"agency\":" TEXT ",\"partition\":" COUNT ",\"from_offset\":" COUNT                    \
           ",\"next_offset\":" COUNT ",\"sent_at\":" TEXT_OR_NULL ",\"refused_at\":" TEXT          \
           ",\"reason\":" TEXT ",\"detail\":" TEXT,                                                \
           "\"agency\",\"partition\",\"from_offset\",\"next_offset\",\"refused_at\",\"reason\","   \
           "\"detail\"")
#define CONTROL_STATED                                                                             \
    OBJECT("\"stated\":" COUNT ",\"changed\":" FLAG ",\"contradicts\":" NUMBER_OR_NULL             \
           ",\"control\":" REF("Control"),                                                         \
           "\"stated\",\"changed\",\"control\"")
#define NOTICE_KIND                                                                                \
    "{\"type\":\"string\",\"enum\":[\"stop\",\"modification\",\"update\",\"restructure\","         \
    "\"additional_collection\"]}"
#define SUBSCRIPTION_KIND                                                                          \
    "{\"type\":\"string\",\"enum\":[\"webhook\",\"mailto\",\"alertmanager\",\"pg_notify\"]}"
#define SUBSCRIPTION_NAME                                                                          \
    "{\"type\":\"string\",\"pattern\":\"^[a-z]([a-z0-9._-]{0,61}[a-z0-9])?$\"}"
#define AGENCY_CODE "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,30}$\"}"
#define SYSTEM_NAME                                                                                \
    "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,30}\\\\.[a-z][a-z0-9_]{0,40}$\"}"
#define LEGAL_CLASS "{\"type\":\"integer\",\"minimum\":1,\"maximum\":3}"
#define DAY_OR_NULL "{\"type\":\"string\",\"nullable\":true,\"example\":\"2026-01-31\"}"
#define REASON      "\"reason\":" NAME
#define DATASET                                                                                    \
    "\"dataset\":" TEXT ",\"topic\":" TEXT_OR_NULL ",\"key\":" TEXTS ",\"key_format\":" TEXT       \
    ",\"order\":" TEXT_OR_NULL ",\"event_time\":" TEXT_OR_NULL ",\"exempt\":" FLAG                 \
    ",\"exempt_field\":" TEXT_OR_NULL ",\"exempt_values\":" TEXTS_OR_NULL ",\"structures\":" COUNT \
    ",\"columns\":" COUNT ",\"state\":" TEXT
#define DATASET_HAS "\"dataset\",\"topic\",\"key\",\"key_format\",\"order\",\"exempt\""

static const struct reg_query_row queries[REG_QUERY_COUNT] = {
#define X(bit, parameter, json, words) [bit] = {parameter, json, words},
    REG_QUERY_TABLE(X)
#undef X
};

#define NUMBER_MAYBE "{\"type\":\"number\",\"nullable\":true}"
/* What is known of what waits, of a source or a partition. */
#define LAG                                                                                        \
    "\"verdict\":" TEXT ",\"events\":" COUNT_OR_NULL                                               \
    ",\"is\":{\"type\":\"string\",\"enum\":[\"known\",\"estimated\",\"unknown\",\"lost\"]}"        \
    ",\"age_s\":" COUNT_OR_NULL ",\"trend\":" TEXT ",\"change_per_s\":" NUMBER_MAYBE               \
    ",\"catch_up_s\":" COUNT_OR_NULL ",\"headroom_s\":" COUNT_OR_NULL
#define SOURCE                                                                                     \
    "\"dataset\":" TEXT ",\"agency\":" TEXT ",\"name\":" TEXT_OR_NULL ",\"name_ar\":" TEXT_OR_NULL \
    ",\"agency_name\":" TEXT ",\"agency_name_ar\":" TEXT_OR_NULL ",\"status\":" TEXT               \
    ",\"severity\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":3},\"since\":" TEXT_OR_NULL     \
    ",\"sentence\":" TEXT ",\"sentence_ar\":" TEXT ",\"what_to_do\":" TEXT                         \
    ",\"what_to_do_ar\":" TEXT ",\"cause\":" FREE_OR_NULL                                          \
    ",\"lag\":{\"type\":\"object\",\"nullable\":true,\"properties\":{" LAG "}}"                    \
    ",\"freshness\":" FREE_OR_NULL ",\"completeness\":" NUMBER_MAYBE ",\"quality\":" NUMBER_MAYBE  \
    ",\"quarantine_open\":" COUNT ",\"incidents_open\":" COUNT                                     \
    ",\"structure_version\":" COUNT_OR_NULL ",\"structure_changed_at\":" TEXT_OR_NULL              \
    ",\"judged_at\":" TEXT_OR_NULL
#define SOURCE_REQUIRED                                                                            \
    "\"dataset\",\"agency\",\"agency_name\",\"status\",\"severity\",\"sentence\",\"sentence_ar\"," \
    "\"what_to_do\",\"what_to_do_ar\",\"quarantine_open\",\"incidents_open\""
#define SOURCE_PARTITION                                                                           \
    OBJECT("\"topic\":" TEXT ",\"partition\":" COUNT ",\"position\":" COUNT_OR_NULL                \
           ",\"log_start\":" COUNT_OR_NULL ",\"log_end\":" COUNT_OR_NULL "," LAG                   \
           ",\"state\":" TEXT ",\"engine\":" TEXT_OR_NULL,                                         \
           "\"topic\",\"partition\",\"verdict\",\"state\"")
#define SERIES_POINT                                                                               \
    OBJECT("\"at\":" TEXT ",\"lag_events\":" COUNT_OR_NULL ",\"lag_age_s\":" COUNT_OR_NULL         \
           ",\"latency_s\":" NUMBER_MAYBE ",\"taken\":" COUNT_OR_NULL                              \
           ",\"rejected\":" COUNT_OR_NULL,                                                         \
           "\"at\"")

static const struct reg_named_schema schemas[] = {
    /* bodies */
    {"SchemaBody",
     ANY_OF("\"schema\":{\"type\":\"string\",\"nullable\":true,\"example\":\"\\\"string\\\"\"}"
            ",\"schemaType\":{\"type\":\"string\",\"nullable\":true,\"enum\":"
            "[\"AVRO\",null]},\"references\":{\"type\":\"array\",\"nullable\":true,"
            "\"items\":" REFERENCE "},\"metadata\":" METADATA ",\"ruleSet\":" FREE_OR_NULL
            ",\"version\":{\"type\":\"integer\",\"format\":\"int32\",\"nullable\":"
            "true},\"id\":{\"type\":\"integer\",\"format\":\"int32\",\"nullable\":"
            "true}")},
    {"ConfigBody", ANY_OF("\"compatibility\":" LEVEL_OR_NULL "," SETTINGS)},
    {"ModeBody",
     ANY_OF("\"mode\":{\"type\":\"string\",\"nullable\":true,\"enum\":[\"READWRITE\",\"READONLY\","
            "\"READONLY_OVERRIDE\",\"IMPORT\",\"FORWARD\",null]}")},
    {"AgencyBody", OBJECT("\"code\":" AGENCY_CODE ",\"name\":" NAME ",\"name_ar\":" TEXT_OR_NULL
                          ",\"class\":" LEGAL_CLASS ",\"division\":" TEXT_OR_NULL
                          ",\"head\":" TEXT_OR_NULL ",\"declared\":" FLAG,
                          "\"code\",\"name\",\"class\"")},
    {"AgencyChange",
     OBJECT("\"name\":" NAME ",\"name_ar\":" TEXT_OR_NULL ",\"class\":" LEGAL_CLASS "," REASON,
            "\"reason\"")},
    {"HeadBody", OBJECT("\"division\":" TEXT_OR_NULL ",\"head\":" TEXT_OR_NULL
                        ",\"from\":" DAY_OR_NULL ",\"ends\":" DAY_OR_NULL "," REASON,
                        "\"reason\"")},
    {"SuccessionBody",
     OBJECT("\"successor\":" AGENCY_CODE ",\"on\":" DAY_OR_NULL ",\"instrument\":" NAME "," REASON,
            "\"successor\",\"instrument\",\"reason\"")},
    {"RetirementBody", OBJECT("\"on\":" DAY_OR_NULL "," REASON, "\"reason\"")},
    {"Reason", OBJECT(REASON, "\"reason\"")},
    {"SystemBody", OBJECT("\"system\":" SYSTEM_NAME ",\"name\":" NAME ",\"name_ar\":" TEXT_OR_NULL
                          ",\"description\":" TEXT_OR_NULL,
                          "\"system\",\"name\"")},
    {"SystemChange", OBJECT("\"name\":" NAME ",\"name_ar\":" TEXT_OR_NULL
                            ",\"description\":" TEXT_OR_NULL "," REASON,
                            "\"reason\"")},
    {"DatasetChange",
     OBJECT("\"system\":" TEXT_OR_NULL ",\"title\":" TEXT_OR_NULL ",\"title_ar\":" TEXT_OR_NULL
            ",\"description\":" TEXT_OR_NULL ",\"description_ar\":" TEXT_OR_NULL
            ",\"origin\":{\"type\":\"string\",\"nullable\":true,\"enum\":[\"produced\","
            "\"held\",null]}"
            ",\"legal_basis\":" TEXT_OR_NULL ",\"cadence\":{\"type\":\"string\",\"nullable\":"
            "true,\"enum\":[\"continuous\",\"hourly\","
            "\"daily\",\"weekly\",\"monthly\",\"quarterly\",\"yearly\",\"irregular\",null]}"
            ",\"steward\":" TEXT_OR_NULL ",\"steward_account\":" TEXT_OR_NULL
            ",\"contact\":" TEXT_OR_NULL "," REASON,
            "\"reason\"")},
    {"DatasetRetirement",
     OBJECT("\"on\":" DAY_OR_NULL ",\"successor\":" TEXT_OR_NULL "," REASON, "\"reason\"")},
    {"DatasetBody",
     OBJECT("\"dataset\":{\"type\":\"string\",\"pattern\":"
            "\"^[a-z][a-z0-9_]{0,30}\\\\.[a-z][a-z0-9_]{0,40}$\"},\"topic\":" TEXT_OR_NULL
            ",\"key\":" FEW_TEXTS
            ",\"key_format\":{\"type\":\"string\",\"enum\":[\"auto\",\"text\","
            "\"avro\",\"json\",\"long\",\"int\"]},\"order\":" TEXT_OR_NULL
            ",\"event_time\":" TEXT_OR_NULL ",\"exempt\":" FLAG ",\"exempt_field\":" TEXT_OR_NULL
            ",\"exempt_values\":" FEW_TEXTS
            ",\"leaves\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":256}",
            "\"dataset\",\"key\"")},
    {"NoticeBody",
     OBJECT("\"kind\":" NOTICE_KIND ",\"datasets\":" FEW_TEXTS ",\"system\":" TEXT_OR_NULL
            ",\"starts_at\":" TIME ",\"ends_at\":" TIME_OR_NULL ",\"reason\":" NAME
            ",\"means\":" TEXT_OR_NULL,
            "\"kind\",\"starts_at\",\"reason\"")},
    {"NoticeChange", OBJECT("\"starts_at\":" TIME_OR_NULL ",\"ends_at\":" TIME_OR_NULL
                            ",\"reason\":" TEXT_OR_NULL ",\"means\":" TEXT_OR_NULL ",\"why\":" NAME,
                            "\"why\"")},
    {"ControlBody", CONTROL_BODY},
    {"ContractBody",
     OBJECT("\"text\":" NAME ",\"why\":" TEXT_OR_NULL ",\"dry_run\":" FLAG_OR_NULL, "\"text\"")},
    {"Why", OBJECT("\"why\":" NAME, "\"why\"")},
    {"RequestBody", OBJECT("\"dataset\":" TEXT ",\"schema\":" TEXT ",\"reason\":" NAME
                           ",\"effective_at\":" TIME_OR_NULL ",\"notice\":" NUMBER_OR_NULL
                           ",\"accept\":" FEW_TEXTS,
                           "\"dataset\",\"schema\",\"reason\"")},
    {"ApprovalBody",
     OBJECT("\"reason\":" NAME ",\"effective_at\":" TIME_OR_NULL ",\"notice\":" NUMBER_OR_NULL,
            "\"reason\"")},
    {"Reason", OBJECT("\"reason\":" NAME, "\"reason\"")},
    {"RetirementBody", OBJECT("\"reason\":" NAME ",\"retired_from\":" TIME_OR_NULL, "\"reason\"")},
    {"PolicyBody", OBJECT("\"review_people\":" PEOPLE ",\"breaking_people\":" PEOPLE
                          ",\"breaking_notice\":" FLAG ",\"reason\":" NAME,
                          "\"reason\"")},
    {"SubscriptionBody",
     OBJECT("\"name\":" SUBSCRIPTION_NAME ",\"account\":" TEXT_OR_NULL
            ",\"kind\":" SUBSCRIPTION_KIND ",\"url\":" TEXT_OR_NULL ",\"agency\":" TEXT_OR_NULL
            ",\"dataset\":" TEXT_OR_NULL ",\"classes\":" FEW_TEXTS ",\"types\":" FEW_TEXTS,
            "\"name\",\"kind\"")},
    {"EnablingBody", ANY_OF("\"replay\":" FLAG)},
    {"ReplayBody", ANY_OF("\"since\":" TIME_OR_NULL ",\"delivered\":" FLAG)},
    {"RotationBody",
     ANY_OF("\"keep_old_hours\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":720}")},
    {"NoBody", "{\"type\":\"object\"}"},
    {"ReasonMaybe", ANY_OF("\"why\":" TEXT_OR_NULL)},
    {"AssignmentBody", ANY_OF("\"to\":" TEXT_OR_NULL ",\"why\":" TEXT_OR_NULL)},
    {"CommentBody", OBJECT("\"text\":" NAME, "\"text\"")},
    {"ClosingBody", OBJECT("\"why\":" NAME, "\"why\"")},
    /* answers */
    {"Empty", "{\"type\":\"object\",\"maxProperties\":0}"},
    {"Names", TEXTS},
    {"Numbers", LIST(NUMBER)},
    {"Number", NUMBER},
    {"AvroSchema", "{\"description\":\"An Avro schema: an object, an array or a string.\"}"},
    {"Schema",
     CLOSED(VERSION_OF ",\"id\":" NUMBER "," CONTENTS ",\"maxId\":" NUMBER, "\"schema\"")},
    {"Version", CLOSED(VERSION_OF ",\"id\":" NUMBER ",\"deleted\":" FLAG "," CONTENTS,
                       "\"subject\",\"version\",\"id\",\"schema\"")},
    {"Versions", LIST(REF("Version"))},
    {"VersionNames", LIST(CLOSED(VERSION_OF, "\"subject\",\"version\""))},
    {"ContextIds", LIST(CLOSED("\"context\":" TEXT ",\"id\":" NUMBER, "\"context\",\"id\""))},
    {"Registered", CLOSED("\"id\":" NUMBER ",\"version\":" NUMBER "," CONTENTS, "\"id\"")},
    {"Compatibility",
     CLOSED("\"is_compatible\":" FLAG ",\"messages\":" TEXTS, "\"is_compatible\"")},
    {"Config", CLOSED_ANY("\"compatibilityLevel\":" LEVEL "," SETTINGS)},
    {"ConfigSet", CLOSED_ANY("\"compatibility\":" LEVEL "," SETTINGS)},
    {"Mode", CLOSED_ANY("\"mode\":" TEXT)},
    {"ClusterId", OBJECT("\"scope\":" OBJECT("\"path\":" TEXTS ",\"clusters\":{\"type\":\"object\","
                                             "\"additionalProperties\":" TEXT "}",
                                             "\"path\",\"clusters\""),
                         "\"scope\"")},
    {"ServerVersion",
     CLOSED("\"version\":" TEXT ",\"commitId\":" TEXT, "\"version\",\"commitId\"")},
    {"Agency", OBJECT("\"code\":" AGENCY_CODE ",\"name\":" TEXT ",\"name_ar\":" TEXT_OR_NULL
                      ",\"class\":" NUMBER ",\"division\":" TEXT_OR_NULL ",\"head\":" TEXT_OR_NULL
                      ",\"since\":" TEXT_OR_NULL ",\"datasets\":" COUNT ",\"state\":" TEXT,
                      "\"code\",\"name\",\"class\",\"division\",\"head\",\"datasets\"")},
    {"Agencies", LIST(REF("Agency"))},
    {"System",
     OBJECT("\"system\":" TEXT ",\"name\":" TEXT ",\"name_ar\":" TEXT_OR_NULL ",\"datasets\":" COUNT
            ",\"state\":" TEXT ",\"description\":" TEXT_OR_NULL ",\"retired_on\":" TEXT_OR_NULL,
            "\"system\",\"name\",\"datasets\",\"state\"")},
    {"Systems", LIST(REF("System"))},
    {"Gaps", LIST(OBJECT("\"gap\":" TEXT ",\"agency\":" TEXT ",\"object\":" TEXT ",\"detail\":" TEXT
                         ",\"since\":" TEXT_OR_NULL,
                         "\"gap\",\"agency\",\"object\",\"detail\",\"since\""))},
    {"Dataset", OBJECT(DATASET, DATASET_HAS)},
    {"Datasets", LIST(REF("Dataset"))},
    {"Finding",
     OBJECT("\"rule\":" TEXT ",\"class\":" TEXT ",\"path\":" TEXT, "\"rule\",\"class\",\"path\"")},
    {"Dependent", OBJECT("\"path\":" TEXT_OR_NULL ",\"kind\":" TEXT ",\"name\":" TEXT
                         ",\"through\":" TEXT_OR_NULL,
                         "\"path\",\"kind\",\"name\",\"through\"")},
    {"StructureUser", OBJECT("\"account\":" TEXT ",\"agency\":" TEXT_OR_NULL ",\"days\":" COUNT
                             ",\"count\":" COUNT ",\"last_at\":" TEXT,
                             "\"account\",\"days\",\"count\",\"last_at\"")},
    {"Subscriber", OBJECT("\"subscription\":" TEXT ",\"account\":" TEXT ",\"agency\":" TEXT_OR_NULL
                          ",\"channel\":" SUBSCRIPTION_KIND,
                          "\"subscription\",\"account\",\"agency\",\"channel\"")},
    {"Difference",
     OBJECT("\"dataset\":" TEXT ",\"from\":" VERSION_ALONE ",\"to\":" VERSION_ALONE
            ",\"worst\":" TEXT_OR_NULL ",\"collects_more\":" FLAG ",\"begins_generation\":" FLAG
            ",\"safe\":" COUNT ",\"review\":" COUNT ",\"breaking\":" COUNT ",\"omitted\":" COUNT
            ",\"findings\":" LIST(REF("Finding")) ",\"dependents\":" LIST(REF(
                "Dependent")) ",\"asked_by\":" LIST_OR_NULL(REF("StructureUser")) ",\"subscrib"
                                                                                  "ers\""
                                                                                  ":" LIST_OR_NULL(
                                                                                      REF("Sub"
                                                                                          "scr"
                                                                                          "ibe"
                                                                                          "r")),
            "\"dataset\",\"from\",\"to\",\"worst\",\"findings\",\"dependents\",\"asked_by\","
            "\"subscribers\"")},
    {"Notice",
     OBJECT("\"id\":" COUNT ",\"kind\":" NOTICE_KIND ",\"kind_ar\":" TEXT ",\"agency\":" TEXT
            ",\"system\":" TEXT_OR_NULL ",\"datasets\":" TEXTS ",\"state\":" TEXT
            ",\"starts_at\":" TEXT ",\"ends_at\":" TEXT_OR_NULL
            ",\"lead_hours\":{\"type\":\"number\"},\"late\":" FLAG ",\"reason\":" TEXT
            ",\"means\":" TEXT_OR_NULL ",\"filed_at\":" TEXT ",\"filed_by\":" TEXT
            ",\"withdrawn_at\":" TEXT_OR_NULL ",\"history\":" LIST("{\"type\":\"object\"}"),
            "\"id\",\"kind\",\"agency\",\"datasets\",\"state\",\"starts_at\",\"reason\"")},
    {"Notices", LIST(REF("Notice"))},
    {"Request",
     ANY_OF("\"id\":" COUNT ",\"dataset\":" TEXT ",\"subject\":" TEXT ",\"version\":" NUMBER_OR_NULL
            ",\"schema_id\":" NUMBER ",\"class\":" TEXT ",\"collects_more\":" FLAG
            ",\"state\":" TEXT ",\"approvals\":" COUNT ",\"people\":" COUNT
            ",\"needs_notice\":" FLAG ",\"notice\":" NUMBER_OR_NULL
            ",\"effective_at\":" TEXT_OR_NULL ",\"filed_at\":" TEXT ",\"filed_by\":" TEXT
            ",\"reason\":" TEXT_OR_NULL
            ",\"difference\":{\"type\":\"object\"},\"decisions\":" LIST("{\"type\":\"object\"}"))},
    {"Requests", LIST(REF("Request"))},
    {"Contract",
     OBJECT("\"dataset\":" TEXT ",\"version\":" TEXT ",\"status\":" TEXT ",\"in_force\":" FLAG
            ",\"id\":" TEXT_OR_NULL ",\"template\":" TEXT_OR_NULL ",\"sha256\":" TEXT
            ",\"applied_at\":" TEXT ",\"applied_by\":" TEXT ",\"text\":" TEXT
            ",\"contract\":{\"type\":\"object\"}",
            "\"dataset\",\"version\",\"status\",\"in_force\",\"sha256\",\"applied_at\"")},
    {"Contracts", LIST(REF("Contract"))},
    {"ContractApplied", OBJECT("\"dataset\":" TEXT_OR_NULL ",\"version\":" TEXT_OR_NULL
                               ",\"was\":" TEXT_OR_NULL ",\"valid\":" FLAG ",\"changed\":" FLAG
                               ",\"dry_run\":" FLAG ",\"findings\":" LIST("{\"type\":\"object\"}"),
                               "\"valid\",\"changed\",\"dry_run\",\"findings\"")},
    {"Part", OBJECT("\"part\":" TEXT ",\"score\":" SCORE ",\"numerator\":" COUNT_OR_NULL
                    ",\"denominator\":" COUNT_OR_NULL ",\"why\":" TEXT_OR_NULL
                    ",\"detail\":{\"type\":\"object\"}",
                    "\"part\",\"score\",\"numerator\",\"denominator\",\"why\",\"detail\"")},
    {"Dimension",
     OBJECT("\"dimension\":" TEXT ",\"name_ar\":" TEXT ",\"score\":" SCORE
            ",\"state\":{\"type\":\"string\",\"enum\":[\"measured\",\"partly_measured\","
            "\"not_measured\"]},\"broken\":" FLAG ",\"parts\":" LIST(REF("Part")),
            "\"dimension\",\"name_ar\",\"score\",\"state\",\"broken\",\"parts\"")},
    {"Scores",
     LIST(OBJECT("\"dataset\":" TEXT ",\"from\":" TEXT ",\"until\":" TEXT
                 ",\"contract\":" TEXT_OR_NULL ",\"received\":" COUNT ",\"accuracy\":" SCORE
                 ",\"validity\":" SCORE ",\"consistency\":" SCORE ",\"timeliness\":" SCORE
                 ",\"relevance\":" SCORE ",\"completeness\":" SCORE ",\"structure_fitness\":" SCORE
                 ",\"source_credibility\":" SCORE ",\"flow_readiness\":" SCORE
                 ",\"dimensions\":" LIST(REF("Dimension")),
                 "\"dataset\",\"from\",\"until\",\"contract\",\"received\",\"dimensions\""))},
    {"Sources", OBJECT("\"cursor\":" TEXT ",\"sources\":" LIST(OBJECT(SOURCE, SOURCE_REQUIRED)),
                       "\"cursor\",\"sources\"")},
    {"SourceWhole", OBJECT(SOURCE ",\"partitions\":" LIST(
                               SOURCE_PARTITION) ",\"contract\":" FREE_OR_NULL
                                                 ",\"coordinator\":{\"type\":\"object\"}",
                           SOURCE_REQUIRED ",\"partitions\",\"coordinator\"")},
    {"SourceSeries",
     OBJECT("\"step_s\":" COUNT ",\"points\":" LIST(SERIES_POINT), "\"step_s\",\"points\"")},
    {"Overview",
     OBJECT("\"counts\":{\"type\":\"object\"},\"sources\":" COUNT ",\"incidents_open\":" COUNT
            ",\"quarantine_open\":" COUNT ",\"monitor\":" FREE_OR_NULL
            ",\"engines\":" LIST("{\"type\":\"object\"}") ",\"register\":{\"type\":\"object\"}",
            "\"counts\",\"sources\",\"incidents_open\",\"quarantine_open\"")},
    {"References",
     LIST(OBJECT("\"dataset\":" TEXT ",\"name\":" TEXT ",\"fields\":" TEXTS ",\"to_dataset\":" TEXT
                 ",\"to_fields\":" TEXTS ",\"severity\":" TEXT ",\"grace_seconds\":" COUNT
                 ",\"state\":{\"type\":\"string\",\"enum\":[\"checked\",\"not_checked\"]}"
                 ",\"reason\":" TEXT_OR_NULL ",\"rows\":" COUNT_OR_NULL
                 ",\"within_grace\":" COUNT_OR_NULL ",\"violations\":" COUNT_OR_NULL
                 ",\"oldest\":" TEXT_OR_NULL ",\"in_violation\":" FLAG ",\"may_be_exempt\":" FLAG
                 ",\"looked_at\":" TEXT_OR_NULL ",\"whole_at\":" TEXT_OR_NULL,
                 "\"dataset\",\"name\",\"fields\",\"to_dataset\",\"to_fields\",\"state\",\"in_"
                 "violation\","
                 "\"may_be_exempt\""))},
    {"Events",
     LIST(OBJECT("\"became\":" TEXT ",\"at\":" TEXT_OR_NULL ",\"topic\":" TEXT_OR_NULL
                 ",\"partition\":" COUNT ",\"offset\":" COUNT ",\"op\":" TEXT_OR_NULL
                 ",\"order\":" WHOLE_OR_NULL ",\"event_time\":" TEXT_OR_NULL
                 ",\"kafka_ts\":" TEXT_OR_NULL ",\"schema_id\":" WHOLE_OR_NULL
                 ",\"quarantine_id\":" WHOLE_OR_NULL ",\"status\":" TEXT_OR_NULL
                 ",\"reason\":" TEXT_OR_NULL ",\"rule\":" TEXT_OR_NULL ",\"path\":" TEXT_OR_NULL,
                 "\"became\",\"partition\",\"offset\""))},
    {"Quarantined", CLOSED("\"events\":" LIST(OBJECT(
                               QUARANTINED, QUARANTINED_HAS)) ","
                                                              "\"next_before_id\":" NUMBER_OR_NULL,
                           "\"events\",\"next_before_id\"")},
    {"QuarantineGroups",
     CLOSED("\"groups\":" LIST(OBJECT(
                "\"dataset\":" TEXT_OR_NULL ",\"reason\":" TEXT ",\"rule\":" TEXT_OR_NULL
                ",\"path\":" TEXT_OR_NULL ",\"sentence\":" TEXT ",\"sentence_ar\":" TEXT_OR_NULL
                ",\"open\":" COUNT ",\"replay\":" COUNT ",\"discarded\":" COUNT
                ",\"replayed\":" COUNT ",\"superseded\":" COUNT ",\"withheld\":" COUNT
                ",\"first_at\":" TEXT ",\"last_at\":" TEXT ",\"assigned_to\":" TEXT_OR_NULL,
                "\"dataset\",\"reason\",\"open\",\"first_at\",\"last_at\"")),
            "\"groups\"")},
    {"Decoded",
     CLOSED("\"structure\":{\"type\":\"object\",\"nullable\":true},\"json\":{\"nullable\":"
            "true},\"ends_at_byte\":" COUNT_OR_NULL ",\"fault\":" TEXT_OR_NULL,
            "\"structure\",\"json\",\"ends_at_byte\",\"fault\"")},
    {"QuarantinedEvent",
     OBJECT(
         QUARANTINED
         ",\"detail\":" TEXT_OR_NULL ",\"schema_id\":" WHOLE_OR_NULL
         ",\"ended_by\":{\"type\":\"object\",\"nullable\":true},"
         "\"violations\":" LIST("{\"type\":\"object\"}") ",\"headers\":" LIST(
             "{\"ty"
             "pe\":"
             "\"obj"
             "ect\""
             "}") ",\"history\":" LIST("{\"type\":\"object\"}") ",\"raw_bytes\":" COUNT_OR_NULL
                                                                ",\"key\":" REF(
                                                                    "Decoded") ",\"value\""
                                                                               ":" REF(
                                                                                   "Decode"
                                                                                   "d") ","
                                                                                        "\""
                                                                                        "he"
                                                                                        "x"
                                                                                        "\""
                                                                                        ":" TEXT_OR_NULL
                                                                                        ","
                                                                                        "\""
                                                                                        "re"
                                                                                        "da"
                                                                                        "ct"
                                                                                        "ed"
                                                                                        "\""
                                                                                        ":" TEXTS,
         QUARANTINED_HAS ",\"key\",\"value\",\"hex\",\"redacted\",\"history\"")},
    {"CaseBody",
     OBJECT("\"selection\":" ANY_OF("\"ids\":" LIST(
                "{\"type\":\"integer\",\"minimum\":1}") ",\"dataset\":" TEXT ",\"reason\":" TEXT
                                                        ",\"rule\":" TEXT ",\"path\":" TEXT
                                                        ",\"assigned_to\":" TEXT
                                                        ",\"before\":" TIME) ",\"to\""
                                                                             ":" TEXT_OR_NULL
                                                                             ",\"why\":" NAME
                                                                             ",\"dry_run\":" FLAG,
            "\"selection\",\"why\"")},
    {"CasesChanged", OBJECT("\"selected\":" COUNT ",\"withheld\":" COUNT ",\"changed\":" COUNT,
                            "\"selected\",\"withheld\",\"changed\"")},
    {"PausingBody", OBJECT("\"why\":" NAME ",\"until\":" TIME_OR_NULL, "\"why\"")},
    {"Paused", OBJECT("\"dataset\":" TEXT ",\"paused\":" FLAG ",\"until\":" TIME_OR_NULL,
                      "\"dataset\",\"paused\"")},
    {"GapBody", OBJECT("\"partition\":" COUNT ",\"why\":" NAME, "\"partition\",\"why\"")},
    {"GapAccepted", OBJECT("\"dataset\":" TEXT ",\"partition\":" COUNT ",\"next_offset\":" COUNT,
                           "\"dataset\",\"partition\",\"next_offset\"")},
    {"SequenceGaps",
     OBJECT("\"sequences\":" LIST(SEQUENCE) ",\"gaps\":" LIST(GAP), "\"sequences\",\"gaps\"")},
    {"Control", CONTROL},
    {"Controls", LIST(REF("Control"))},
    {"RefusedStatements", LIST(REFUSED_STATEMENT)},
    {"ControlStated", CONTROL_STATED},
    {"Violation", OBJECT("\"id\":" COUNT ",\"at\":" TEXT ",\"kind\":" TEXT ",\"dataset\":" TEXT
                         ",\"object\":" TEXT ",\"class\":" TEXT_OR_NULL ",\"by\":" TEXT,
                         "\"id\",\"kind\",\"dataset\",\"object\"")},
    {"Violations", LIST(REF("Violation"))},
    {"Structures", LIST("{\"type\":\"object\"}")},
    {"Subscription",
     OBJECT("\"name\":" TEXT ",\"account\":" TEXT ",\"kind\":" SUBSCRIPTION_KIND
            ",\"url\":" TEXT_OR_NULL ",\"agency\":" TEXT_OR_NULL ",\"dataset\":" TEXT_OR_NULL
            ",\"classes\":" TEXTS_OR_NULL ",\"types\":" TEXTS_OR_NULL ",\"state\":" TEXT
            ",\"waiting\":" COUNT ",\"missed\":" COUNT ",\"failing_since\":" TEXT_OR_NULL
            ",\"created_at\":" TEXT ",\"created_by\":" TEXT ",\"disabled_at\":" TEXT_OR_NULL
            ",\"disabled_by\":" TEXT_OR_NULL ",\"disabled_why\":" TEXT_OR_NULL ",\"secret\":" TEXT,
            "\"name\",\"account\",\"kind\",\"state\",\"waiting\",\"missed\"")},
    {"Subscriptions", LIST(REF("Subscription"))},
    {"Deliveries",
     LIST(OBJECT("\"id\":" COUNT ",\"guid\":" TEXT ",\"type\":" TEXT ",\"at\":" TEXT
                 ",\"state\":" TEXT ",\"attempts\":" COUNT
                 ",\"status\":{\"type\":\"integer\",\"nullable\":true},\"error\":" TEXT_OR_NULL
                 ",\"last_at\":" TEXT_OR_NULL ",\"delivered_at\":" TEXT_OR_NULL,
                 "\"guid\",\"type\",\"state\",\"attempts\""))},
    {"Guid", OBJECT("\"guid\":" TEXT, "\"guid\"")},
    {"Notification",
     OBJECT("\"id\":" COUNT ",\"guid\":" TEXT ",\"at\":" TEXT ",\"type\":" TEXT ",\"name_ar\":" TEXT
            ",\"agency\":" TEXT_OR_NULL ",\"datasets\":" TEXTS_OR_NULL ",\"class\":" TEXT_OR_NULL
            ",\"effective_at\":" TEXT_OR_NULL ",\"object\":" TEXT ",\"acknowledged\":" COUNT
            ",\"data\":{\"type\":\"object\"},\"acknowledgements\":" LIST("{\"type\":\"object\"}"),
            "\"id\",\"guid\",\"at\",\"type\",\"object\",\"acknowledged\"")},
    {"Notifications", LIST(REF("Notification"))},
    {"Incident",
     OBJECT("\"id\":" COUNT ",\"kind\":" TEXT ",\"severity\":" COUNT ",\"state\":" TEXT
            ",\"owner\":" TEXT_OR_NULL ",\"count\":" COUNT ",\"opened_at\":" TEXT
            ",\"last_seen_at\":" TEXT ",\"dataset\":" TEXT_OR_NULL ",\"topic\":" TEXT_OR_NULL
            ",\"partition\":" COUNT_OR_NULL ",\"engine\":" TEXT_OR_NULL
            ",\"assigned_to\":" TEXT_OR_NULL ",\"caused_by\":" NUMBER_OR_NULL ",\"detail\":" TEXT
            ",\"closed_at\":" TEXT_OR_NULL ",\"reopened\":" COUNT ",\"closed_why\":" TEXT_OR_NULL
            ",\"acknowledged_by\":" TEXT_OR_NULL ",\"acknowledged_at\":" TEXT_OR_NULL
            ",\"causes\":" COUNT ",\"opens_when\":" TEXT_OR_NULL ",\"opens_when_ar\":" TEXT_OR_NULL
            ",\"closes_when\":" TEXT_OR_NULL ",\"what_to_do\":" TEXT_OR_NULL
            ",\"what_to_do_ar\":" TEXT_OR_NULL ",\"history\":" LIST(
                "{\"type\":\"object\"}") ",\"told\":" LIST("{\"type\":\"object\"}"),
            "\"id\",\"kind\",\"severity\",\"state\",\"opened_at\",\"detail\"")},
    {"Incidents", OBJECT("\"cursor\":" TEXT ",\"incidents\":" LIST(REF("Incident")),
                         "\"cursor\",\"incidents\"")},
    {"Handover",
     OBJECT("\"from\":" TEXT ",\"to\":" TEXT ",\"opened\":" INCIDENTS ",\"closed\":" INCIDENTS
            ",\"open\":" INCIDENTS ",\"unacknowledged\":" INCIDENTS ",\"comments\":" OBJECTS
            ",\"sentence\":" TEXT ",\"sentence_ar\":" TEXT,
            "\"from\",\"to\",\"sentence\",\"sentence_ar\"")},
    {"AuditRow",
     OBJECT("\"id\":" COUNT ",\"at\":" TEXT ",\"what\":" TEXT ",\"object\":" TEXT
            ",\"agency\":" TEXT_OR_NULL ",\"by\":" TEXT ",\"db_login\":" TEXT
            ",\"why\":" TEXT_OR_NULL ",\"before\":" FREE_OR_NULL ",\"after\":" FREE_OR_NULL,
            "\"id\",\"at\",\"what\",\"object\",\"agency\",\"by\",\"db_login\",\"why\"")},
    {"AuditRows", LIST(REF("AuditRow"))},
    {"Description", "{\"type\":\"object\"}"},
};

const struct reg_query_row *reg_query_row(enum reg_query which)
{
    return &queries[which];
}

const struct reg_named_schema *reg_schemas(size_t *count)
{
    *count = COUNT_OF(schemas);
    return schemas;
}
