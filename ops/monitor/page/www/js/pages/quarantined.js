/* SPDX-License-Identifier: Apache-2.0
 * quarantined.js - one event that could not be recorded: why, where, and what of it can be read. What this account may not
 * see does not come here at all; the page only says that it was left out. */
import { get, path } from '../api.js';
import { h } from '../dom.js';
import { bytes, number } from '../format.js';
import { code, empty, english, facts, link, mark, name, said, section, when } from '../parts.js';
import { may } from '../session.js';
import { table } from '../table.js';
import { t, word } from '../text.js';
import { askAssign, askDiscard, askReopen, askReplay } from './casework.js';

function decoded(title, value, redacted) {
    if (!value) {
        return null;
    }
    return [
        h('h3', {}, title),
        value.structure &&
            h(
                'p',
                { class: 'faint' },
                t('decoded.structure'),
                ' ',
                code(value.structure.subject),
                ' ',
                t('version', { v: value.structure.version }),
            ),
        value.json !== null &&
            value.json !== undefined &&
            h('pre', { dir: 'ltr', tabindex: '0', 'aria-label': title }, JSON.stringify(value.json, null, 2)),
        (redacted ?? []).length > 0 &&
            h(
                'p',
                { class: 'note' },
                t('redacted', { n: redacted.length }),
                ' ',
                redacted.slice(0, 50).map((p, i) => [i > 0 && t('comma'), code(p)]),
            ),
        value.fault &&
            h(
                'p',
                { class: 'wrong' },
                english(value.fault),
                value.ends_at_byte !== null &&
                    value.ends_at_byte !== undefined && [' · ', t('decoded.byte', { n: value.ends_at_byte })],
            ),
    ];
}

/* 16 bytes a line, with their place, as hex editors show them. */
export function hexLines(hex) {
    const pairs = hex.match(/../g) ?? [];
    const lines = [];
    for (let at = 0; at < pairs.length; at += 16) {
        const line = pairs.slice(at, at + 16);
        const text = line
            .map((p) => {
                const c = parseInt(p, 16);
                return c > 31 && c < 127 ? String.fromCharCode(c) : '.';
            })
            .join('');
        lines.push(`${at.toString(16).padStart(6, '0')}  ${line.join(' ').padEnd(47)}  ${text}`);
    }
    return lines.join('\n');
}

function actions(event, page) {
    const selection = { ids: [event.id] };
    const button = (key, run, main) =>
        h(
            'button',
            { type: 'button', class: main ? 'main' : 'quiet', onclick: () => run(selection, page.reload) },
            t(key),
        );
    const decides = may('quarantine.decide');
    return h(
        'p',
        { class: 'buttons' },
        event.state === 'open' && [
            decides && !event.withheld && button('replay', askReplay, true),
            decides && button('discard', askDiscard),
            may('quarantine.assign') && button('assign', askAssign),
        ],
        decides && (event.state === 'discarded' || event.state === 'replay') && button('reopen', askReopen),
    );
}

export default {
    hears: ['quarantine'],
    title: (_, page) => t('event.n', { id: page.args[0] }),
    load: ([id]) => get(path('/nrc/v1/quarantine/{}', id)),

    view(event, page) {
        const severity = event.state === 'open' ? 2 : 0;
        return [
            h(
                'p',
                { class: 'crumbs' },
                link('#/quarantine', t('page.quarantine')),
                ' › ',
                link(`#/sources/${encodeURIComponent(event.dataset)}`, code(event.dataset)),
            ),
            h(
                'section',
                { class: `headline s${severity}`, 'aria-label': t('state') },
                mark(severity),
                h(
                    'div',
                    {},
                    h(
                        'p',
                        { class: 'first' },
                        h('strong', {}, word('quarantine', event.state)),
                        ' · ',
                        word('reason', event.reason),
                    ),
                    h('p', {}, said(event, 'sentence')),
                    event.withheld && h('p', {}, t('withheld.why')),
                ),
            ),
            actions(event, page),
            facts([
                [t('place'), code(`${event.topic}/${event.partition} @ ${event.offset}`)],
                [t('arrived'), when(event.recorded_at, { seconds: true })],
                [t('event_time'), event.event_time ? when(event.event_time, { seconds: true }) : null],
                [t('rule'), event.rule ? name(event.rule) : null],
                [t('path'), event.path ? code(event.path) : null],
                [t('assigned_to'), event.assigned_to ? name(event.assigned_to) : t('nobody')],
                [
                    t('note'),
                    event.note
                        ? [
                              h('bdi', { dir: 'auto' }, event.note),
                              event.changed_by && [' — ', name(event.changed_by), ' ', when(event.changed_at)],
                          ]
                        : null,
                ],
            ]),
            (event.violations ?? []).length > 0 &&
                section(
                    'violations',
                    t('broken_rules'),
                    table(
                        [
                            { id: 'r', label: t('rule'), heads: true, cell: (v) => name(v.rule ?? v.reason) },
                            { id: 'p', label: t('path'), cell: (v) => code(v.path) },
                            {
                                id: 'm',
                                label: t('detail'),
                                class: 'wide',
                                cell: (v) => english(v.message ?? v.detail ?? v.text),
                            },
                        ],
                        event.violations,
                        { caption: t('broken_rules') },
                    ),
                ),
            section(
                'content',
                t('content'),
                decoded(t('key'), event.key, []),
                decoded(t('value'), event.value, event.redacted),
                (event.headers ?? []).length > 0 && [
                    h('h3', {}, t('headers')),
                    h(
                        'pre',
                        { dir: 'ltr', tabindex: '0', 'aria-label': t('headers') },
                        JSON.stringify(event.headers, null, 2),
                    ),
                ],
                event.hex
                    ? h(
                          'details',
                          {},
                          h('summary', {}, t('hex', { size: bytes(event.raw_bytes) })),
                          h(
                              'pre',
                              {
                                  class: 'hex',
                                  dir: 'ltr',
                                  tabindex: '0',
                                  'aria-label': t('hex', { size: bytes(event.raw_bytes) }),
                              },
                              hexLines(event.hex),
                          ),
                      )
                    : empty(t('hex.none', { size: event.raw_bytes === null ? '–' : number(event.raw_bytes) })),
            ),
            section(
                'history',
                t('history'),
                (event.history ?? []).length
                    ? table(
                          [
                              { id: 'a', label: t('time'), cell: (e) => when(e.at, { seconds: true }) },
                              { id: 'w', label: t('what'), heads: true, cell: (e) => word('did', e.what) },
                              {
                                  id: 'd',
                                  label: t('why'),
                                  class: 'wide',
                                  cell: (e) => h('bdi', { dir: 'auto' }, e.why ?? e.detail ?? ''),
                              },
                              { id: 'b', label: t('who'), cell: (e) => name(e.by) },
                          ],
                          event.history,
                          { caption: t('history') },
                      )
                    : empty(t('history.none')),
            ),
        ];
    },
};
