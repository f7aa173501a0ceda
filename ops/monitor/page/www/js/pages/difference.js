/* SPDX-License-Identifier: Apache-2.0
 * difference.js - what changed between two structures, rule by rule, and whom it concerns. */
import { h } from '../dom.js';
import { code, empty, mark, said } from '../parts.js';
import { table } from '../table.js';
import { t, word } from '../text.js';

const SEVERITY = { safe: 0, review: 1, breaking: 3 };

export function difference(diff) {
    const findings = diff.findings ?? [];
    return [
        h(
            'p',
            {},
            t('diff.between', { from: diff.from?.version ?? '–', to: diff.to?.version ?? '–' }),
            ' ',
            ['breaking', 'review', 'safe']
                .filter((c) => diff[c] > 0)
                .map((c) =>
                    h(
                        'span',
                        { class: `badge s${SEVERITY[c]}` },
                        mark(SEVERITY[c]),
                        t(`diff.${c}`, { n: diff[c] }),
                    ),
                ),
            diff.collects_more && h('span', { class: 'badge s1' }, mark(1), t('diff.collects_more')),
        ),
        findings.length
            ? table(
                  [
                      {
                          id: 'c',
                          label: t('diff.class'),
                          cell: (f) =>
                              h(
                                  'span',
                                  { class: `badge s${SEVERITY[f.class] ?? 1}` },
                                  mark(SEVERITY[f.class] ?? 1),
                                  word('class', f.class),
                              ),
                      },
                      { id: 'p', label: t('diff.path'), heads: true, cell: (f) => code(f.path) },
                      { id: 'r', label: t('diff.what'), cell: (f) => said(f, 'text') ?? code(f.rule) },
                      {
                          id: 'w',
                          label: t('diff.was'),
                          cell: (f) => [
                              f.before && code(text(f.before)),
                              f.after && [` ${t('arrow')} `, code(text(f.after))],
                          ],
                      },
                  ],
                  findings,
                  { caption: t('diff.what') },
              )
            : empty(t('diff.none')),
        diff.omitted > 0 && h('p', { class: 'faint' }, t('diff.omitted', { n: diff.omitted })),
        (diff.dependents ?? []).length > 0 &&
            h(
                'details',
                {},
                h('summary', {}, t('diff.dependents', { n: diff.dependents.length })),
                h(
                    'ul',
                    {},
                    diff.dependents.map((d) =>
                        h('li', {}, code(d.kind), ' ', code(d.name), d.path && [' · ', code(d.path)]),
                    ),
                ),
            ),
    ];
}

const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 300);
