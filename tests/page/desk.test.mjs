/* SPDX-License-Identifier: Apache-2.0
 * desk.test.mjs - what people do on the page, and that the register has done it: sign-in, a replay, an approval, roles. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { BASE, accessible, confirm, done, launch, loaded, reader, shot, signIn, text, visit } from './browser.mjs';

const { secrets, request } = JSON.parse(process.env.PAGE_ABOUT);
let browser;
before(async () => {
    browser = await launch();
});
after(() => browser.close());

const as = (page, account, hash) => signIn(page, account, secrets[account], hash);
const answer = (page, path) =>
    page.evaluate(async (at) => {
        const r = await fetch(at);
        return { status: r.status, body: await r.json().catch(() => null) };
    }, path);

test('nobody is let in without a secret, and nobody stays in behind a sign-out', async () => {
    const page = await reader(browser, { refused: [401] });
    await page.goto(BASE);
    await page.fill('#account', 'salim');
    await page.fill('#secret', 'wrong');
    await page.press('#secret', 'Enter');
    await page.waitForFunction(() => document.querySelector('.wrong').textContent.includes('not right'));
    await page.fill('#secret', secrets.salim);
    await page.press('#secret', 'Enter');
    await loaded(page);
    assert.match(await page.evaluate(() => document.cookie), /^$/, 'no script reads the cookie');
    await page.click('.account summary');
    await page.click('.account button');
    await page.waitForSelector('#secret');
    assert.equal((await answer(page, '/nrc/v1/sources')).status, 401);
    await page.goBack().catch(() => {});
    await page.goto(`${BASE}/#/incidents`);
    await page.waitForSelector('#secret');
    await done(page);
});

test('an approval: the difference is read, a reason is asked for, and the structure is in force', async () => {
    const page = await reader(browser, { language: 'ar' });
    await as(page, 'salim', '#/requests');
    await page.click('main table a:has-text("الطلب")');
    await loaded(page);
    assert.match(await text(page), /weight/);
    assert.match(await text(page), /أُضيف حقل ليست له قيمة افتراضية/);
    await accessible(page, 'request');
    await page.click('main button:text-is("موافقة")');
    await confirm(page, 'موافقة', 'كتاب الجهة 12');
    await page.waitForFunction(() => document.querySelector('main').innerText.includes('تمت الموافقة'));
    const { body } = await answer(page, `/nrc/v1/requests/${request ?? 1}`);
    assert.equal(body.state, 'approved');
    assert.equal(body.decisions[0].reason, 'كتاب الجهة 12');
    await done(page);
});

test('a replay: what would become of it first, then the events are judged anew', async () => {
    const page = await reader(browser);
    await as(page, 'salim', '#/quarantine?dataset=moh.births');
    await page.waitForFunction(() => document.querySelector('main').innerText.includes('cut short'));
    await shot(page, 'real-quarantine');
    await page.click('td button:text-is("Replay")');
    await page.waitForSelector('dialog[open]');
    assert.match(await text(page, 'dialog'), /3 events are selected/);
    await confirm(page, 'Replay', 'sent by a system that was mended');
    // Cut short they still are: open again, with the reason of the person who tried.
    await page.waitForFunction(async () => {
        const { events } = await (await fetch('/nrc/v1/quarantine?dataset=moh.births')).json();
        return events.length === 3 && events.every((e) => e.state === 'open' && e.changed_by);
    });
    await page.click('main section:last-of-type table a >> nth=0');
    await loaded(page);
    assert.match(await text(page), /truncated|cut short/);
    await accessible(page, 'quarantined');
    await shot(page, 'real-quarantined', { fullPage: true });
    await done(page);
});

test('an incident is acknowledged and commented, in the person’s name', async () => {
    const page = await reader(browser);
    await as(page, 'maryam', '#/incidents');
    await page.waitForSelector('main table a');
    await page.click('main table a >> nth=0');
    await page.waitForSelector('main button:text-is("Acknowledge")');
    assert.equal(await page.locator('main button:text-is("Close")').count(), 0, 'an operator does not close');
    await page.click('main button:text-is("Acknowledge")');
    await confirm(page, 'Acknowledge');
    await page.waitForFunction(() =>
        document.querySelector('.headline').innerText.toLowerCase().includes('acknowledged'),
    );
    await page.click('main button:text-is("Comment")');
    await confirm(page, 'Comment', 'called <b>the coordinator</b>');
    await page.waitForFunction(() =>
        document.querySelector('main').innerText.includes('called <b>the coordinator</b>'),
    );
    await done(page);
});

test('an agency sees its own alone, whatever it asks for', async () => {
    const page = await reader(browser, { refused: [401, 403, 404] });
    await as(page, 'huda');
    const shown = await text(page);
    assert.ok(shown.includes('Births') && !shown.includes('Marriages'), shown);
    await visit(page, '#/sources/moj.marriages');
    assert.match(await text(page), /There is no such thing, or it is not yours to see/);
    const refused = await page.evaluate(async () => {
        const { csrf } = await (await fetch('/session')).json();
        const post = (path, token, body) =>
            fetch(path, {
                method: 'POST',
                headers: { 'Content-Type': 'application/json', ...(token && { 'X-NRC-CSRF': token }) },
                body: JSON.stringify(body),
            }).then((r) => r.status);
        return [
            await post('/nrc/v1/requests/1/approval', csrf, { reason: 'x' }),
            await post('/nrc/v1/quarantine/replay', csrf, { selection: { dataset: 'moh.births' }, why: 'x' }),
            await post('/nrc/v1/requests/1/rejection', null, { reason: 'x' }),
        ];
    });
    assert.deepEqual(refused, [403, 403, 403]);
    await done(page);
});
