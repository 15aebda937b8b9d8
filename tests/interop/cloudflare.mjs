// Drives a fake, whose first call of each operation is refused, with Cloudflare's npm package. CLOUDFLARE_BASE_URL,
// CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID say where it is; the package reads the first two by itself.
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
const turn = operationsOf(new Cloudflare({ maxRetries: 0 })); // else it would hide the refusals

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
  await check(`${name}: rate-limited, 429`, () => fails(operation(unknown, 'video calls'), Cloudflare.RateLimitError, 429, 20402));
}
const withToken = (apiToken) => Object.entries(operationsOf(new Cloudflare({ apiToken, maxRetries: 0 })));
for (const [name, operation] of withToken('too-short')) {
  await check(`${name}: malformed token, 400 and code 6003`, () =>
    fails(operation(unknown, 'video calls'), Cloudflare.BadRequestError, 400, 6003));
}
for (const [name, operation] of withToken('not-a-good-token-but-of-the-right-form-1')) {
  await check(`${name}: wrong token, 403 and code 10000`, () =>
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

// What the package does wrong. The fake's -check reports the requests that it should not have sent.
for (const name of ['get', 'edit', 'delete']) {
  await check(`${name}: nothing is sent for the id "."`, () => assert.rejects(async () => turn[name]('.', 'n'), /can't be safely passed/));
  for (const id of ['../../x', 'a/b?c']) {
    await check(`${name}: wrong: sent for the id "${id}", which cannot be one`, () =>
      fails(turn[name](id, 'n'), Cloudflare.NotFoundError, 404, 20008));
  }
}
const globalKey = { apiEmail: 'user@example.com', apiKey: '0'.repeat(37) }; // as CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY would
for (const [name, operation] of Object.entries(operationsOf(new Cloudflare({ ...globalKey, maxRetries: 0 })))) {
  await check(`${name}: wrong: sends a global key beside the token`, () =>
    fails(operation(unknown, 'n'), Cloudflare.BadRequestError, 400, 6003));
}
await check('create: wrong: sent again after a lost answer, there are two keys', async () => {
  const lose = { method: 'POST', body: JSON.stringify({ operation: 'createTurnKey', times: 1 }) };
  assert.equal((await fetch(new URL('/fake/lose', process.env.CLOUDFLARE_BASE_URL), lose)).status, 204);
  await operationsOf(new Cloudflare()).create('once');
  assert.equal((await turn.list()).length, 2);
});
