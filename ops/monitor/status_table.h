/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/status_table.h - what a source can be, one row each: the worse the further down. And what is to be done when it is
 * late, by the reason.
 *
 * Tokens are what the register keeps and what programs read, so they never change. Severity: 0 fine, 1 look, 2 act, 3 act now. */
#ifndef OPS_MONITOR_STATUS_TABLE_H
#define OPS_MONITOR_STATUS_TABLE_H

/* clang-format off */

/* X(id, token, severity, what to do, the same in Arabic) */
#define OPS_STATUS_TABLE(X)                                                                        \
    X(OPS_STATUS_OK, "ok", 0, "", "")                                                              \
    X(OPS_STATUS_QUIET, "quiet", 0, "", "")                                                        \
    X(OPS_STATUS_SUSPENDED, "suspended", 0,                                                        \
      "Nothing, until the announced end.", "لا شيء حتى الموعد المعلن.")                              \
    X(OPS_STATUS_CATCHING_UP, "catching_up", 0,                                                    \
      "Nothing; see that it goes on.", "لا شيء؛ تابع استمرار الاستدراك.")                            \
    X(OPS_STATUS_PAUSED, "paused", 1,                                                              \
      "Resume it when the reason is gone: what waits is kept for as long as Kafka keeps it.",      \
      "استأنفه عند زوال السبب: ما ينتظر يبقى مدة احتفاظ Kafka به.")                                  \
    X(OPS_STATUS_NOT_WATCHED, "not_watched", 2,                                                    \
      "See that nrc monitor runs.", "تأكد من أن nrc monitor يعمل.")                                 \
    X(OPS_STATUS_UNKNOWN, "unknown", 1,                                                            \
      "See whether the brokers answer, the topic exists and the monitor may describe it: nrc doctor.", \
      "تحقق من استجابة الوسطاء ومن وجود الموضوع ومن صلاحية وصفه: nrc doctor.")                       \
    X(OPS_STATUS_BEHIND, "behind", 2,                                                              \
      "Start more engines or lanes, or find what makes the register slow: nrc lag.",               \
      "شغّل محركات أو مسارات أكثر، أو ابحث عن سبب بطء السجل: nrc lag.")                              \
    X(OPS_STATUS_LATE, "late", 2,                                                                  \
      "See where the fault is: nrc freshness.", "حدّد موضع الخلل: nrc freshness.")                   \
    X(OPS_STATUS_REWOUND, "rewound", 2,                                                            \
      "Find who resumed it at an earlier offset or restored a backup. Events taken twice count once.", \
      "ابحث عمّن أعاده إلى موضع سابق أو استعاد نسخة احتياطية. الحدث المأخوذ مرتين يُحسب مرة واحدة.")   \
    X(OPS_STATUS_STALLED, "stalled", 3,                                                            \
      "Read the engine's log: it retries, or its register does not answer.",                       \
      "اقرأ سجل المحرك: فهو يعيد المحاولة، أو لا يستجيب له السجل الوطني.")                            \
    X(OPS_STATUS_STOPPED, "stopped", 3,                                                            \
      "Start an engine.", "شغّل محركًا.")                                                            \
    X(OPS_STATUS_LOST, "lost", 3,                                                                  \
      "Ask the agency to send again what is missing; then nrc position resume --accept-gap.",      \
      "اطلب من الجهة إعادة إرسال الناقص، ثم nrc position resume --accept-gap.")                      \
    X(OPS_STATUS_HALTED, "halted", 3,                                                              \
      "nrc incident list says why and how to go on; then nrc position resume.",                    \
      "يبيّن nrc incident list السبب وطريقة المتابعة؛ ثم nrc position resume.")

/* What the agency's coordinator is told when the fault is not theirs. */
#define OPS_TELL_NOTHING    "Nothing: there is nothing that the agency has to do."
#define OPS_TELL_NOTHING_AR "لا شيء: ليس على الجهة أي إجراء."

/* X(reason of ops/monitor/freshness.h, what to do, the same in Arabic, what the coordinator is told, the same in Arabic) */
#define OPS_LATE_TABLE(X)                                                                          \
    X(OPS_REASON_QUIET_SOURCE,                                                                     \
      "Ask the coordinator why nothing was sent.", "اسأل المنسق لماذا لم يُرسل شيء.",                 \
      "Your source is alive and has sent nothing that was due. Please send it, or announce a stop.", \
      "مصدركم يعمل ولم يرسل ما حان موعده. نرجو إرساله أو إخطار المركز بالإيقاف.")                     \
    X(OPS_REASON_DEAD_SOURCE,                                                                      \
      "Call the coordinator: the source gives no sign of life.",                                   \
      "اتصل بالمنسق: المصدر لا يعطي إشارة حياة.",                                                    \
      "Your source sends neither data nor a sign of life. Please see that it runs, or announce a stop.", \
      "مصدركم لا يرسل بيانات ولا إشارة حياة. نرجو التحقق من عمله أو إخطار المركز بالإيقاف.")           \
    X(OPS_REASON_BROKEN_PATH,                                                                      \
      "Find with the coordinator where the way breaks: the sender, the network, or Kafka.",        \
      "حدّد مع المنسق موضع الانقطاع: المُرسِل أو الشبكة أو Kafka.",                                    \
      "What your source says it sent did not arrive. Please see what your sender logged.",         \
      "ما أفاد مصدركم بإرساله لم يصل. نرجو مراجعة سجل الإرسال لديكم.")                                \
    X(OPS_REASON_SLOW_CENTER,                                                                      \
      "The fault is the Center's: see its engines and the register.",                              \
      "الخلل لدى المركز: افحص محركاته والسجل.", OPS_TELL_NOTHING, OPS_TELL_NOTHING_AR)              \
    X(OPS_REASON_OLD_EVENTS,                                                                       \
      "Ask the coordinator why events are sent so late after they happen.",                        \
      "اسأل المنسق عن سبب تأخر إرسال الأحداث بعد وقوعها.",                                            \
      "Your events arrive later after they happen than agreed. Please see what holds them back.",  \
      "تصل أحداثكم بعد وقوعها بأكثر من المتفق عليه. نرجو معرفة ما يؤخرها.")                            \
    X(OPS_REASON_NO_CAUSE,                                                                         \
      "Ask the coordinator whether the source works.", "اسأل المنسق هل يعمل المصدر.",               \
      "Your source is silent beyond what was agreed. Please see that it works, or announce a stop.", \
      "مصدركم صامت بأكثر من المتفق عليه. نرجو التحقق من عمله أو إخطار المركز بالإيقاف.")                \
    X(OPS_REASON_CATCH_UP_MISSED,                                                                  \
      "Ask the coordinator when what was missed will be sent.",                                    \
      "اسأل المنسق عن موعد إرسال ما فات.",                                                           \
      "Your announced stop is over, and what was missed has not come. Please send it.",            \
      "انتهى إيقافكم المعلن ولم يصل ما فات. نرجو إرساله.")

/* clang-format on */

#endif
