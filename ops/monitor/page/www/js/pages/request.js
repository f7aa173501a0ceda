/* SPDX-License-Identifier: Apache-2.0
 * request.js - one structure that waits for a decision: what it changes, whom that concerns, and yes or no. */
import { get, path, post } from '../api.js';
import { announce, h } from '../dom.js';
import { number } from '../format.js';
import { askFor, code, empty, facts, link, name, section, when } from '../parts.js';
import { current, may } from '../session.js';
import { table } from '../table.js';
import { t, word } from '../text.js';
import { difference } from './difference.js';

function actions(request, page) {
    if (request.state !== 'pending') {
        return null;
    }
    const ask = (what, title, danger) => () =>
        askFor({
            title: t(title, { id: request.id }),
            danger,
            action: t(what === 'approval' ? 'approve' : 'reject'),
            text: h('p', {}, t('request.sure', { dataset: request.dataset })),
            fields: [{ name: 'reason', label: t('why'), kind: 'area', needed: true }],
            act: async ({ reason }) => {
                await post(path(`/nrc/v1/requests/{}/${what}`, request.id), { reason });
                announce(t('done'));
                page.reload();
            },
        });
    const own = request.filed_by === current()?.account || request.filed_by === current()?.person;
    return h(
        'p',
        { class: 'buttons' },
        may('request.approve') &&
            !own &&
            h(
                'button',
                { type: 'button', class: 'main', onclick: ask('approval', 'request.approve') },
                t('approve'),
            ),
        may('request.reject') &&
            h(
                'button',
                { type: 'button', class: 'quiet', onclick: ask('rejection', 'request.reject', true) },
                t(own ? 'request.withdraw' : 'reject'),
            ),
        may('request.approve') && own && h('span', { class: 'note' }, t('request.own')),
    );
}

export default {
    hears: ['sources'],
    title: (_, page) => t('request.n', { id: page.args[0] }),
    load: ([id]) => get(path('/nrc/v1/requests/{}', id)),

    view(request, page) {
        return [
            h(
                'p',
                { class: 'crumbs' },
                link('#/requests', t('page.requests')),
                ' › ',
                link(`#/sources/${encodeURIComponent(request.dataset)}`, code(request.dataset)),
            ),
            actions(request, page),
            facts([
                [t('state'), word('request_state', request.state)],
                [t('diff.class'), word('class', request.class)],
                [t('approvals'), t('approvals.of', { n: request.approvals ?? 0, of: request.people ?? 0 })],
                [t('effective_at'), request.effective_at ? when(request.effective_at) : t('at_once')],
                [
                    t('notice'),
                    request.notice ? number(request.notice) : request.needs_notice ? t('notice.needed') : t('none'),
                ],
                [t('filed'), [name(request.filed_by), ' · ', when(request.filed_at)]],
                [t('reason'), request.reason ? h('bdi', { dir: 'auto' }, request.reason) : null],
                [t('subject'), code(request.subject)],
            ]),
            section(
                'difference',
                t('structure.differences'),
                request.difference ? difference(request.difference) : empty(t('diff.none')),
            ),
            section(
                'decisions',
                t('decisions'),
                (request.decisions ?? []).length
                    ? table(
                          [
                              { id: 'a', label: t('time'), cell: (d) => when(d.at) },
                              {
                                  id: 'w',
                                  label: t('decision'),
                                  heads: true,
                                  cell: (d) => word('did', d.decision ?? d.what ?? d.kind),
                              },
                              { id: 'b', label: t('who'), cell: (d) => name(d.by ?? d.decided_by) },
                              {
                                  id: 'r',
                                  label: t('reason'),
                                  class: 'wide',
                                  cell: (d) => h('bdi', { dir: 'auto' }, d.reason ?? d.why ?? ''),
                              },
                          ],
                          request.decisions,
                          { caption: t('decisions') },
                      )
                    : empty(t('decisions.none')),
            ),
        ];
    },
};
