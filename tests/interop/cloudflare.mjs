// Tests a fake, which rejects the first call of each operation, with Cloudflare's npm package. CLOUDFLARE_BASE_URL,
// CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID point to it; the package reads the first two by itself.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../.build/interop/', import.meta.url));
const { default: Cloudflare } = require('cloudflare');

const account = { account_id: process.env.CLOUDFLARE_ACCOUNT_ID };
const unknown = '0'.repeat(32);

const operationsOf = (client) => ({
  create: (name) => client.calls.turn.create({ ...account, name }),
  list: async () => (await client.calls.turn.list(account)).result,
  get: (uid) => client.calls.turn.get(uid, account),
  edit: (uid, name) => client.calls.turn.update(uid, { ...account, name }),
  delete: (uid) => client.calls.turn.delete(uid, account),
});
const turn = operationsOf(new Cloudflare({ maxRetries: 0 })); // retries would hide the rejections

async function check(what, action) {
  await action();
  console.log(`ok  ${what}`);
}

const fails = (call, type, status, code) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof type, `${error}`);
    assert.equal(error.status, status);
    assert.equal(error.errors[0].code, code);
    return true;
  });

for (const [name, operation] of Object.entries(turn)) {
  await check(`${name}: rate-limited, 429 and code 10100`, () =>
    fails(operation(unknown, 'video calls'), Cloudflare.RateLimitError, 429, 10100));
}
const withToken = (apiToken) => Object.entries(operationsOf(new Cloudflare({ apiToken, maxRetries: 0 })));
for (const [name, operation] of withToken('too-short')) {
  await check(`${name}: malformed token, 400 and code 6003`, () =>
    fails(operation(unknown, 'video calls'), Cloudflare.BadRequestError, 400, 6003));
}
for (const [name, operation] of withToken('an-invalid-token-but-in-the-right-form-1')) {
  await check(`${name}: invalid token, 403 and code 10000`, () =>
    fails(operation(unknown, 'video calls'), Cloudflare.PermissionDeniedError, 403, 10000));
}

let key;
await check('create', async () => {
  const { key: secret, ...rest } = await turn.create('video calls');
  key = rest;
  assert.match(secret, /^[0-9a-f]{64}$/);
  assert.match(key.uid, /^[0-9a-f]{32}$/);
  assert.equal(key.name, 'video calls');
});
await check('list', async () => assert.deepEqual(await turn.list(), [key]));
await check('get', async () => assert.deepEqual(await turn.get(key.uid), key));
await check('edit', async () => {
  const edited = await turn.edit(key.uid, 'video calls, EU');
  assert.deepEqual(edited, { ...key, modified: edited.modified, name: 'video calls, EU' });
  key = edited;
});
await check('delete', async () => assert.deepEqual(await turn.delete(key.uid), key));
await check('list: none left', async () => assert.deepEqual(await turn.list(), []));
for (const name of ['get', 'edit', 'delete']) {
  await check(`${name}: not found, 404 and code 20008`, () =>
    fails(turn[name](key.uid, 'video calls'), Cloudflare.NotFoundError, 404, 20008));
}

// The known bugs of the package. The fake's -check reports the requests that it should not have sent.
for (const name of ['get', 'edit', 'delete']) {
  await check(`${name}: the id "." is invalid, so it sends no request`, () => assert.rejects(async () => turn[name]('.', 'n'), /can't be safely passed/));
  for (const id of ['../../x', 'a/b?c']) {
    await check(`${name}: known bug: the id "${id}" is invalid, so expected no request; it was sent`, () =>
      fails(turn[name](id, 'n'), Cloudflare.NotFoundError, 404, 20008));
  }
}
const globalKey = { apiEmail: 'user@example.com', apiKey: '0'.repeat(37) }; // as CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY would
for (const [name, operation] of Object.entries(operationsOf(new Cloudflare({ ...globalKey, maxRetries: 0 })))) {
  await check(`${name}: known bug: expected either an API token or a global key; it sent both`, () =>
    fails(operation(unknown, 'n'), Cloudflare.BadRequestError, 400, 6003));
}
await check('create: known bug: expected an error and one key after a lost response; it retried and made two', async () => {
  const lose = { method: 'POST', body: JSON.stringify({ operation: 'createTurnKey', times: 1 }) };
  assert.equal((await fetch(new URL('/fake/lose', process.env.CLOUDFLARE_BASE_URL), lose)).status, 204);
  await operationsOf(new Cloudflare()).create('once');
  assert.equal((await turn.list()).length, 2);
});
