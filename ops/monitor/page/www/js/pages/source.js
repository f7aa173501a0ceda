/* SPDX-License-Identifier: Apache-2.0
 * source.js - one source: what is wrong and what to do, how it was in the last hours, and everything that explains it. */
import { asNow, get, maybe, path } from '../api.js';
import { chart } from '../chart.js';
import { h } from '../dom.js';
import { number, percent, short, span } from '../format.js';
import { code, empty, english, facts, link, mark, name, plain, said, section, since } from '../parts.js';
import { inQuarantine, lagAge, lagEvents, share } from '../status.js';
import { table } from '../table.js';
import { language, t, word } from '../text.js';
import { coordinator } from './coordinator.js';
import { difference } from './difference.js';
import { incidentColumns } from './incidents.js';
import { noticeColumns } from './notices.js';
import { partitionColumns, pausing } from './partitions.js';
import { qualitySection } from './quality.js';

const seconds = (v, axis) => (axis ? span(v, 'narrow') : span(v));

function head(source) {
    return h(
        'section',
        { class: `headline s${source.severity}`, 'aria-label': t('status') },
        mark(source.severity, source.status),
        h(
            'div',
            {},
            h(
                'p',
                { class: 'first' },
                h('strong', {}, word('status', source.status)),
                ' · ',
                t('since'),
                ' ',
                since(source.since),
            ),
            h('p', {}, said(source, 'sentence')),
            said(source, 'what_to_do') &&
                h('p', { class: 'do' }, h('strong', {}, t('what_to_do')), ' ', said(source, 'what_to_do')),
            source.cause &&
                h(
                    'p',
                    {},
                    link(
                        `#/incidents/${source.cause.incident}`,
                        t('see_incident', { id: source.cause.incident }),
                        ': ',
                        word('kind', source.cause.kind),
                    ),
                ),
            h('p', { class: 'faint' }, t('judged_at'), ' ', since(source.judged_at)),
        ),
    );
}

function tiles(source) {
    const { lag, freshness } = source;
    return facts(
        [
            [t('lag'), lagEvents(lag), lag?.events > 0 ? t('events') : null],
            [t('lag.age'), lagAge(lag)],
            [
                t('lag.catch_up'),
                lag?.events > 0 ? (lag.catch_up_s === null ? t('lag.never') : span(lag.catch_up_s)) : null,
            ],
            [
                t('lag.headroom'),
                lag?.headroom_s === null || lag?.headroom_s === undefined ? null : span(lag.headroom_s),
            ],
            [
                t('freshness'),
                freshness ? word('freshness', freshness.state) : t('freshness.not_promised'),
                freshness?.reason && word('silence', freshness.reason),
            ],
            [t('freshness.last'), freshness?.last_arrival_at ? since(freshness.last_arrival_at) : null],
            [t('completeness'), share(source.completeness)],
            [
                t('quarantine'),
                source.quarantine_open
                    ? link(
                          `#/quarantine?dataset=${encodeURIComponent(source.dataset)}`,
                          inQuarantine(source.quarantine_open),
                      )
                    : number(0),
            ],
        ],
        'tiles',
    );
}

function charts({ series, source }, page) {
    if (!series) {
        return null;
    }
    const chosen = page.query.span === 'week' ? 'week' : 'hour';
    const common = { points: series.points, language: language() };
    return section(
        'charts',
        t('course'),
        h(
            'div',
            { class: 'chips', role: 'group', 'aria-label': t('course') },
            ['hour', 'week'].map((s) =>
                h(
                    'button',
                    {
                        type: 'button',
                        class: 'chip',
                        'aria-pressed': String(chosen === s),
                        onclick: () => page.setQuery({ span: s === 'hour' ? null : s }),
                    },
                    t(`course.${s}`),
                ),
            ),
        ),
        h(
            'div',
            { class: 'charts' },
            chart({
                ...common,
                id: 'lag',
                title: t('chart.lag'),
                lines: [{ id: 'lag_events', label: t('events') }],
                say: (v, a) => (a ? short(v) : number(v)),
            }),
            chart({
                ...common,
                id: 'age',
                title: t('chart.age'),
                lines: [{ id: 'lag_age_s', label: t('lag.age') }],
                say: seconds,
                spans: true,
            }),
            chart({
                ...common,
                id: 'latency',
                title: t('chart.latency'),
                lines: [{ id: 'latency_s', label: t('latency') }],
                say: seconds,
                spans: true,
            }),
            chart({
                ...common,
                id: 'volume',
                title: t(series.step_s === 60 ? 'chart.volume.minute' : 'chart.volume.five'),
                say: (v, a) => (a ? short(v) : number(v)),
                lines: [
                    { id: 'taken', label: t('taken') },
                    { id: 'rejected', label: t('rejected') },
                ],
            }),
        ),
        source.judged_at && h('p', { class: 'faint' }, t('chart.holes')),
    );
}

function contract({ contract: c }) {
    return section(
        'contract',
        t('contract'),
        c
            ? facts([
                  [t('contract.version'), code(c.version)],
                  [
                      t('contract.cadence'),
                      c.cadence
                          ? english(typeof c.cadence === 'string' ? c.cadence : JSON.stringify(c.cadence))
                          : null,
                  ],
                  [t('contract.latency'), c.latency_s ? span(c.latency_s) : null],
                  [t('contract.completeness'), typeof c.completeness === 'number' ? percent(c.completeness) : null],
              ])
            : empty(t('contract.none')),
    );
}

export default {
    hears: ['sources', 'incidents', 'quarantine'],
    reloads: ['span'],
    title: (state, page) => (state ? plain(state.source, 'name') || state.source.dataset : page.args[0]),

    async load([dataset], page) {
        const at = (pattern, query) => maybe(get(path(pattern, dataset, query)));
        const later = asNow();
        const [source, series, quality, notices, incidents] = await Promise.all([
            get(path('/nrc/v1/sources/{}', dataset)),
            at('/nrc/v1/sources/{}/series', { span: page.query.span === 'week' ? 'week' : 'hour' }),
            at('/nrc/v1/datasets/{}/quality', {
                by: 'day',
                since: new Date(Date.now() - 30 * 86400000).toISOString().slice(0, 10),
            }),
            maybe(get(path('/nrc/v1/notices', { dataset, over: true }))),
            maybe(get(path('/nrc/v1/incidents', { dataset, over: true, limit: 20 }))),
        ]);
        // One structure differs from none.
        const diff =
            source.structure_version > 1 ? await later(() => at('/nrc/v1/datasets/{}/structures/diff', {})) : null;
        return { source, series, quality, diff, notices, incidents: incidents?.incidents ?? null };
    },

    view(state, page) {
        const { source } = state;
        return [
            h(
                'p',
                { class: 'crumbs' },
                link('#/', t('page.sources')),
                ' › ',
                name(plain(source, 'agency_name') || source.agency),
                ' · ',
                code(source.dataset),
            ),
            head(source),
            tiles(source),
            pausing(source, page),
            charts(state, page),
            coordinator(source),
            source.partitions &&
                section(
                    'partitions',
                    t('partitions'),
                    source.partitions.length
                        ? table(partitionColumns(page, source), source.partitions, {
                              caption: t('partitions'),
                              keyOf: (p) => `${p.topic}/${p.partition}`,
                          })
                        : empty(t('partitions.none')),
                ),
            state.incidents &&
                section(
                    'incidents',
                    t('page.incidents'),
                    state.incidents.length
                        ? table(incidentColumns(), state.incidents, {
                              caption: t('page.incidents'),
                              keyOf: (i) => i.id,
                          })
                        : empty(t('incidents.none')),
                ),
            section(
                'structure',
                t('structure'),
                facts([
                    [
                        t('structure.version'),
                        source.structure_version ? number(source.structure_version) : t('structure.none'),
                    ],
                    [
                        t('structure.changed'),
                        source.structure_changed_at ? since(source.structure_changed_at) : null,
                    ],
                ]),
                state.diff && difference(state.diff),
            ),
            state.notices &&
                section(
                    'notices',
                    t('page.notices'),
                    state.notices.length
                        ? table(noticeColumns(), state.notices, { caption: t('page.notices'), keyOf: (n) => n.id })
                        : empty(t('notices.none')),
                ),
            qualitySection(state.quality),
            contract(source),
        ];
    },
};
