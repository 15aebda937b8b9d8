// Opens the page that `make docs` renders in headless Chromium.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

const build = new URL('../../.build/', import.meta.url);
const { chromium } = createRequire(new URL('docs/', build))('playwright-core');
const pageURL = new URL('openapi.html', build).href;

const operations = [
  ['Create a TURN key', 'post', '/accounts/{account_id}/calls/turn_keys'],
  ['List the TURN keys', 'get', '/accounts/{account_id}/calls/turn_keys'],
  ['Get a TURN key', 'get', '/accounts/{account_id}/calls/turn_keys/{key_id}'],
  ['Edit a TURN key', 'put', '/accounts/{account_id}/calls/turn_keys/{key_id}'],
  ['Delete a TURN key', 'delete', '/accounts/{account_id}/calls/turn_keys/{key_id}'],
];

let browser, page;
const errors = [];
const requests = [];

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROME,
    // Names resolve to nothing: no outcome depends on a network.
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND'],
  });
  page = await browser.newPage();
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pageURL);
  await page.getByRole('heading', { level: 1, name: 'Cloudflare TURN keys' }).waitFor({ timeout: 60_000 });
  page.setDefaultTimeout(10_000);
});

after(() => browser?.close());

for (const [summary, method, path] of operations) {
  test(`shows ${method.toUpperCase()} ${path}: ${summary}`, async () => {
    await page.getByRole('link', { name: summary }).click(); // sections render as they come into view
    const section = page.getByRole('region', { name: summary });
    await section.getByRole('heading', { name: summary }).waitFor();
    await section.getByRole('group', { name: `Request Example for ${method}${path}`, exact: true }).waitFor();
  });
}

const failures = ['malformedToken', 'rejectedToken', 'noSuchKey', 'rateLimited', 'fullShape'];
for (const summary of ['Create a TURN key', 'List the TURN keys', 'Get a TURN key', 'Edit a TURN key']) {
  test(`offers the failures of "${summary}" by name`, async () => {
    await page.getByRole('link', { name: summary }).click();
    const section = page.getByRole('region', { name: summary });
    await section.getByRole('tab', { name: '4XX' }).click();
    await section.getByText('Malformed token (400)').waitFor();
    await section.getByRole('button', { name: failures[0] }).click();
    await page.getByRole('option').first().waitFor();
    assert.deepEqual(await page.getByRole('option').allInnerTexts(), failures);
    await page.keyboard.press('Escape');
  });
}

test('says what a caller can set once, and the same to a creator and an editor', async () => {
  for (const summary of ['Create a TURN key', 'Edit a TURN key']) {
    const section = page.getByRole('region', { name: summary });
    assert.equal(await section.getByText('The fields that a caller can set').count(), 1);
    assert.equal(await section.getByText('A short label for telling keys apart; not shown to end users').count(), 1);
  }
});

// The last: by now every section was on the screen.
test('asks no other host and logs no error', async () => {
  await page.waitForTimeout(6_000); // telemetry is sent in batches, every five seconds as a rule
  assert.ok(requests.includes(pageURL), 'no request was recorded, not even the page');
  assert.deepEqual(requests.filter((url) => !/^(file|data|blob):/.test(url)), []);
  assert.deepEqual(errors, []);
});
