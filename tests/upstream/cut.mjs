// Cuts the operations on TURN keys, and what they refer to, out of Cloudflare's document: node cut.mjs <file or address>
// The whole describes some 2,000 operations, and any schema that oasdiff cannot merge would end the comparison.
import { readFile } from 'node:fs/promises';

const [source] = process.argv.slice(2);

async function read() {
  if (!/^https?:/.test(source)) return readFile(source, 'utf8');
  const response = await fetch(source, { signal: AbortSignal.timeout(90_000) });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.text();
}

function cut(whole) {
  if (!whole?.openapi || !whole.paths) throw new Error('not an OpenAPI 3 document');
  const small = { openapi: whole.openapi, info: whole.info, paths: {}, components: {} };
  const copyReferences = (part) => {
    for (const [name, value] of Object.entries(part)) {
      if (name === '$ref') copyComponent(value);
      else if (value && typeof value === 'object') copyReferences(value);
    }
  };
  const copyComponent = (reference) => {
    const [section, name] = reference.split('/').slice(2);
    const component = whole.components?.[section]?.[name];
    if (!component) throw new Error(`${reference} does not exist`);
    small.components[section] ??= {};
    if (small.components[section][name]) return;
    small.components[section][name] = component;
    copyReferences(component);
  };
  for (const [path, item] of Object.entries(whole.paths)) {
    if (path.includes('/calls/turn_keys')) small.paths[path] = item;
  }
  if (!Object.keys(small.paths).length) throw new Error('no path contains /calls/turn_keys');
  copyReferences(small.paths);
  return small;
}

// A media type without a schema documents nothing. oasdiff would not notice when it gets one.
const isEmpty = (name, value) => name === 'application/json' && !value.schema;

try {
  const small = cut(JSON.parse(await read()));
  console.log(JSON.stringify(small, (name, value) => (name === 'security' || isEmpty(name, value) ? undefined : value), 2));
} catch (error) {
  console.error(`upstream: ${source}: ${(error.cause ?? error).message.replaceAll(/\s+/g, ' ')}`);
  process.exit(1);
}
