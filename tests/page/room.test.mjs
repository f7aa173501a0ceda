/* SPDX-License-Identifier: Apache-2.0
 * room.test.mjs - the overview with planted faults: whoever has never seen it can say which source is worst, since when, why,
 * and what to do. And the picture of it that README shows. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessible, done, launch, loaded, reader, shot, signIn, text, visit } from './browser.mjs';

const { secrets, names } = JSON.parse(process.env.PAGE_ABOUT);
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const PICTURES = join(ROOT, process.env.NRC_TEST_PICTURES ? 'ops/doc' : 'build/page'); // README shows them: kept with NRC_TEST_PICTURES=1
const SILENCES = {
    // dataset: what the page says of it, in both languages
    'moh.births': ['quiet', 'هادئ'],
    'moj.marriages': ['no sign of life', 'إشارة حياة'],
    'rop.vehicles': ['', ''],
    'moci.companies': ['', ''],
    'moe.pupils': ['announced stop', 'إيقاف معلن'],
};
let browser;
before(async () => {
    browser = await launch();
});
after(() => browser.close());

for (const [i, language] of ['en', 'ar'].entries()) {
    test(`the five silences are told apart: ${language}`, async () => {
        const page = await reader(browser, {
            language,
            theme: language === 'ar' ? 'dark' : 'light',
            width: 1280,
            height: 860,
        });
        await signIn(page, 'salim', secrets.salim);
        await page.waitForSelector('.live:not(.off)');
        const rows = await page.$$eval('#sources tr:not(.gap)', (all) => all.map((r) => r.innerText));
        assert.equal(rows.length, Object.keys(names).length);
        const worst = await text(page, '.headline');
        assert.ok(worst.includes(language === 'en' ? 'What to do' : 'ما العمل'), worst);
        assert.ok(
            Object.values(names).some((n) => worst.includes(n[i])),
            worst,
        );
        const sentences = new Set();
        for (const [dataset, said] of Object.entries(SILENCES)) {
            const row = rows.find((r) => r.includes(dataset));
            assert.ok(row.toLowerCase().includes(said[i]), `${dataset}: ${row}`);
            assert.ok(row.includes(names[dataset][i]), row);
            sentences.add(row.split('\n').slice(4).join(' '));
        }
        assert.equal(sentences.size, 5);
        await accessible(page, 'overview');
        await shot(page, `real-overview-${language}`);
        const picture = join(PICTURES, language === 'en' ? 'page.png' : 'page-ar.png');
        await page.screenshot({ path: picture });
        assert.ok(statSync(picture).size < 300000, 'a picture of README has at most 300 kB');
        for (const dataset of Object.keys(SILENCES)) {
            await visit(page, `#/sources/${dataset}`);
            assert.ok((await text(page, 'h1')).includes(names[dataset][i]));
            if (dataset === 'moci.companies') {
                await accessible(page, dataset);
                await shot(page, `real-source-${language}`, { fullPage: true });
            }
        }
        for (const hash of ['#/incidents', '#/notices', '#/catalogue', '#/handover']) {
            await visit(page, hash);
            await loaded(page);
            assert.ok(!(await page.$('main > .wrong')), `${hash}: ${await text(page)}`);
            await shot(page, `real-${hash.slice(2)}-${language}`, { fullPage: true });
        }
        await done(page);
    });
}
