/* SPDX-License-Identifier: Apache-2.0
 * requests.js - structures that wait for a decision. */
import { get, path } from '../api.js';
import { h } from '../dom.js';
import { code, empty, link, mark, name, when } from '../parts.js';
import { table } from '../table.js';
import { t, word } from '../text.js';

export const LEVEL = { safe: 0, review: 1, breaking: 3 };

const columns = () => [
    {
        id: 'i',
        label: t('request'),
        heads: true,
        cell: (r) => link(`#/requests/${r.id}`, t('request.n', { id: r.id })),
    },
    {
        id: 'd',
        label: t('source'),
        cell: (r) => link(`#/sources/${encodeURIComponent(r.dataset)}`, code(r.dataset)),
    },
    {
        id: 'c',
        label: t('diff.class'),
        cell: (r) =>
            h(
                'span',
                { class: `badge s${LEVEL[r.class] ?? 1}` },
                mark(LEVEL[r.class] ?? 1),
                word('class', r.class),
            ),
    },
    { id: 's', label: t('state'), cell: (r) => word('request_state', r.state) },
    { id: 'p', label: t('approvals'), cell: (r) => t('approvals.of', { n: r.approvals ?? 0, of: r.people ?? 0 }) },
    { id: 'e', label: t('effective_at'), cell: (r) => (r.effective_at ? when(r.effective_at) : t('at_once')) },
    { id: 'f', label: t('filed'), cell: (r) => [name(r.filed_by), ' · ', when(r.filed_at)] },
    { id: 'r', label: t('reason'), class: 'wide', cell: (r) => h('bdi', { dir: 'auto' }, r.reason ?? '') },
];

export default {
    hears: ['sources'],
    reloads: ['over'],
    title: () => t('page.requests'),
    load: (_, page) => get(path('/nrc/v1/requests', { over: page.query.over })),

    view(requests, page) {
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
            requests.length
                ? table(columns(), requests, { caption: t('page.requests'), keyOf: (r) => r.id })
                : empty(t('requests.none')),
        ];
    },
};
