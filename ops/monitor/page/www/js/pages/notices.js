/* SPDX-License-Identifier: Apache-2.0
 * notices.js - what agencies announced beforehand (NRL-7), and what changed without an announcement. */
import { get, maybe, path } from '../api.js';
import { h } from '../dom.js';
import { number } from '../format.js';
import { code, empty, link, name, section, when } from '../parts.js';
import { table } from '../table.js';
import { language, t, word } from '../text.js';

const hours = (n) => `${n.late ? '⚠ ' : ''}${number(n.lead_hours, 1)}`;

export const noticeColumns = () => [
    {
        id: 'k',
        label: t('notice.kind'),
        heads: true,
        cell: (n) => [
            (language() === 'ar' && n.kind_ar) || word('notice', n.kind),
            h('small', {}, ` ${number(n.id)}`),
        ],
    },
    { id: 's', label: t('state'), cell: (n) => word('notice_state', n.state) },
    { id: 'a', label: t('agency'), cell: (n) => name(n.agency) },
    {
        id: 'd',
        label: t('sources'),
        cell: (n) =>
            (n.datasets ?? [])
                .slice(0, 20)
                .map((d, i) => [i > 0 && t('comma'), link(`#/sources/${encodeURIComponent(d)}`, code(d))]),
    },
    {
        id: 'w',
        label: t('window'),
        cell: (n) => [when(n.starts_at), ' – ', n.ends_at ? when(n.ends_at) : t('for_good')],
    },
    {
        id: 'l',
        label: t('lead_hours'),
        class: 'n',
        cell: (n) =>
            n.late
                ? h('span', { title: t('notice.late') }, hours(n), h('span', { class: 'unseen' }, t('notice.late')))
                : hours(n),
    },
    {
        id: 'r',
        label: t('reason'),
        class: 'wide',
        cell: (n) => [h('bdi', {}, n.reason), n.means && h('small', {}, t('means'), ': ', h('bdi', {}, n.means))],
    },
];

export default {
    hears: ['sources'],
    reloads: ['over'],
    title: () => t('page.notices'),

    async load(_, page) {
        const [notices, violations] = await Promise.all([
            get(path('/nrc/v1/notices', { over: page.query.over })),
            maybe(get('/nrc/v1/violations')),
        ]);
        return { notices, violations };
    },

    view({ notices, violations }, page) {
        return [
            h(
                'div',
                { class: 'chips' },
                h(
                    'button',
                    {
                        type: 'button',
                        class: 'chip',
                        'aria-pressed': String(Boolean(page.query.over)),
                        onclick: () => page.setQuery({ over: page.query.over ? null : true }),
                    },
                    t('with_over'),
                ),
            ),
            notices.length
                ? table(noticeColumns(), notices, { caption: t('page.notices'), keyOf: (n) => n.id })
                : empty(t('notices.none')),
            violations &&
                section(
                    'violations',
                    t('violations'),
                    violations.length
                        ? table(
                              [
                                  { id: 'w', label: t('time'), cell: (v) => when(v.at) },
                                  {
                                      id: 'd',
                                      label: t('source'),
                                      heads: true,
                                      cell: (v) =>
                                          link(`#/sources/${encodeURIComponent(v.dataset)}`, code(v.dataset)),
                                  },
                                  { id: 'k', label: t('violation'), cell: (v) => word('violation', v.kind) },
                                  { id: 'o', label: t('about'), cell: (v) => code(v.object) },
                                  { id: 'b', label: t('who'), cell: (v) => name(v.by) },
                              ],
                              violations.slice(0, 200),
                              { caption: t('violations'), keyOf: (v) => v.id },
                          )
                        : empty(t('violations.none')),
                ),
        ];
    },
};
