// Compiles if openapi-typescript generates the types that a caller would expect.
import type { components, paths } from './openapi.js';

type Keys = paths['/accounts/{account_id}/calls/turn_keys'];
type Key = paths['/accounts/{account_id}/calls/turn_keys/{key_id}'];
type Body<Response extends { content: { 'application/json': unknown } }> = Response['content']['application/json'];

export function create(response: Body<Keys['post']['responses'][201]>): string {
  return response.result.key + response.result.uid;
}

export function list(response: Body<Keys['get']['responses'][200]>): string[] {
  return response.result.map((key) => key.name);
}

export function get(response: Body<Key['get']['responses'][200]>): components['schemas']['TurnKey'] {
  return response.result;
}

export function edit(response: Body<Key['put']['responses'][200]>): string {
  return response.result.modified;
}

export function remove(response: Body<Key['delete']['responses'][200]>): string {
  return response.result.created;
}

export function failure(response: Body<Key['get']['responses']['4XX']>): number | undefined {
  return response.errors[0]?.code;
}

export function succeeded(response: Body<Keys['post']['responses'][201]>): true {
  return response.success;
}

export function failed(response: Body<Keys['post']['responses']['4XX']>): false {
  return response.success;
}

export const input: NonNullable<Keys['post']['requestBody']>['content']['application/json'] = { name: 'video calls' };
export const parameters: Key['get']['parameters']['path'] = {
  account_id: '023e105f4ecef8ad9ca31a8372d0c353',
  key_id: '3f8a2c6d1b9e40577ac5d2e8f0314b96',
};

// @ts-expect-error: get has no secret
export type NoSecret = Body<Key['get']['responses'][200]>['result']['key'];
// @ts-expect-error: delete's failure documents no body
export type NoBody = Body<Key['delete']['responses']['4XX']>;
