// The README's JavaScript, run against the fake that CLOUDFLARE_BASE_URL names.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../.build/interop/', import.meta.url));
const { default: Cloudflare } = require('cloudflare');

const client = new Cloudflare();
const key = await client.calls.turn.create({ account_id: process.env.CLOUDFLARE_ACCOUNT_ID, name: 'video calls' });

assert.equal(key.name, 'video calls');
console.log("ok  the README's create");
