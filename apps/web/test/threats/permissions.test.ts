import type { Role } from '@spillway/api';
import { waitFor } from '@spillway/devstack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite } from './site.ts';
import type { Site } from './site.ts';

type Need = Role | 'nothing' | 'viewer, also in an outage' | 'operator, also in an outage';

/** What each procedure needs, and whether it also answers while Postgres is away. A procedure without a line fails. */
const NEEDS: Readonly<Record<string, Need>> = {
  'submission.submit': 'nothing',
  'submission.status': 'nothing',
  'submission.watch': 'nothing',
  'admin.me': 'viewer, also in an outage',
  'admin.overview': 'viewer, also in an outage',
  'admin.watch': 'viewer, also in an outage',
  'admin.list': 'viewer, also in an outage',
  'admin.backlog': 'viewer, also in an outage',
  'admin.dead': 'viewer, also in an outage',
  'admin.submissions': 'viewer, also in an outage',
  'admin.settings': 'viewer',
  'admin.submission': 'viewer',
  'admin.reference': 'viewer',
  'admin.flow': 'viewer',
  'admin.count': 'viewer',
  'admin.operation': 'viewer',
  'admin.watchOperation': 'viewer',
  'admin.operations': 'viewer',
  'admin.audit': 'viewer',
  'admin.changePassword': 'viewer',
  'admin.start': 'operator',
  'admin.cancel': 'operator',
  'admin.retry': 'operator',
  'admin.discard': 'operator',
  'admin.requeue': 'operator',
  'admin.recoverNow': 'operator',
  'admin.pause': 'operator',
  'admin.users.list': 'admin',
  'admin.users.create': 'admin',
  'admin.users.setRole': 'admin',
  'admin.users.setPassword': 'admin',
  'admin.users.disable': 'admin',
  'admin.users.enable': 'admin',
  'admin.users.remove': 'admin',
  'sandbox.act': 'operator, also in an outage',
  'sandbox.send': 'operator, also in an outage',
  'sandbox.ledger': 'operator, also in an outage',
};

const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];
const STATES = ['fresh', 'demoted', 'removed', 'disabled', 'signed out', 'given another password'] as const;

/** Accepted by no procedure that takes an input: `invalid` shows that the door was passed, and nothing is done. */
const INPUT = { unknown: true };
const REFUSALS = ['unauthorized', 'forbidden', 'uncheckable'];

interface Person {
  readonly role: Role;
  readonly state: (typeof STATES)[number];
  readonly headers: Headers;
}

let site: Site;
const people: Person[] = [];

beforeAll(async () => {
  site = await startSite();
  const boss = await site.signIn('boss@example.org', 'admin');
  for (const role of ROLES) {
    for (const state of STATES) {
      const email = `${role}-${state.replaceAll(' ', '-')}@example.org`;
      const headers = await site.signIn(email, role);
      // Used once before, so that it would be remembered.
      await site.must('admin.me', headers);
      await bring(state, boss, role, await site.idOf(email), headers);
      people.push({ role, state, headers });
    }
  }
}, 120_000);
afterAll(() => site?.close());

async function bring(
  state: Person['state'],
  boss: Headers,
  role: Role,
  id: string,
  headers: Headers,
): Promise<void> {
  const password = 'quite-another-Passphrase-41';
  const change = (procedure: string, more: object = {}) =>
    site.must(`admin.users.${procedure}`, boss, { id, ...more });
  if (state === 'demoted' && role !== 'viewer')
    await change('setRole', { role: role === 'admin' ? 'operator' : 'viewer' });
  if (state === 'removed' || (state === 'demoted' && role === 'viewer')) await change('remove');
  if (state === 'disabled') await change('disable');
  if (state === 'given another password') await change('setPassword', { password });
  if (state === 'signed out') {
    const request = new Request('http://spillway.test/api/auth/sign-out', {
      method: 'POST',
      headers: { cookie: headers.get('cookie') ?? '', origin: 'http://spillway.test' },
    });
    const { status } = await site.auth.handler(request);
    if (status !== 200) throw new Error(`The sign-out was answered with ${status}.`);
  }
}

/** The role that counts now. */
function roleNow({ role, state }: Person): Role | undefined {
  if (state === 'fresh') return role;
  if (state !== 'demoted') return undefined;
  return ROLES[ROLES.indexOf(role) - 1];
}

function expected(person: Person, procedure: string, isAway: boolean): string {
  const needs = NEEDS[procedure];
  if (needs === 'nothing') return 'admitted';
  const role = roleNow(person);
  const alsoAway = needs?.endsWith(', also in an outage') ?? false;
  if (isAway && (role === undefined || !alsoAway)) return 'uncheckable';
  if (role === undefined) return 'unauthorized';
  const needed = ROLES.findIndex((one) => needs?.startsWith(one));
  return ROLES.indexOf(role) >= needed ? 'admitted' : 'forbidden';
}

async function ask(person: Person, procedure: string): Promise<string> {
  const code = await site.call(procedure, person.headers, INPUT);
  return REFUSALS.includes(code) ? code : 'admitted';
}

/** Every cell: by person and procedure, what was answered beside what should be. */
async function matrix(isAway: boolean) {
  const answered: Record<string, string> = {};
  const right: Record<string, string> = {};
  for (const person of people) {
    for (const procedure of Object.keys(NEEDS)) {
      const cell = `${person.role}, ${person.state}: ${procedure}`;
      answered[cell] = await ask(person, procedure);
      right[cell] = expected(person, procedure, isAway);
    }
  }
  return { answered, right };
}

describe('permissions', () => {
  it('are stated for each existing procedure', () => {
    expect(Object.keys(site.api.router._def.procedures).toSorted()).toEqual(Object.keys(NEEDS).toSorted());
  });

  it('hold for each role, procedure and state of the session', async () => {
    const { answered, right } = await matrix(false);
    expect(answered).toEqual(right);
  }, 120_000);

  it('hold without a session, and with an invented one', async () => {
    for (const cookie of ['', 'spillway.session_token=x', 'spillway.session_token=x.y']) {
      for (const [procedure, needs] of Object.entries(NEEDS)) {
        const code = await ask(
          { role: 'viewer', state: 'fresh', headers: new Headers({ cookie }) },
          procedure,
        );
        expect([procedure, code]).toEqual([procedure, needs === 'nothing' ? 'admitted' : 'unauthorized']);
      }
    }
  });

  it('hold while Postgres is away: a remembered session opens the overview and the lists, and nothing else', async () => {
    await site.postgres.kill();
    try {
      await waitFor(() => site.queue.health().postgres.state === 'down');
      const { answered, right } = await matrix(true);
      expect(answered).toEqual(right);
      await opensNoPayloads();
    } finally {
      await site.postgres.start();
    }
  }, 120_000);
});

async function opensNoPayloads(): Promise<void> {
  const admin = people.find(({ role, state }) => role === 'admin' && state === 'fresh');
  if (!admin) throw new Error('There is an admin with a session.');
  const search = { list: 'redis', filter: { search: 'ada' } };
  expect(await site.call('admin.list', admin.headers, search)).toBe('uncheckable');
  expect(await site.call('admin.watch', admin.headers, { list: search })).toBe('uncheckable');
  const wanted = new Request('http://spillway.test/api/admin/export?list=redis', { headers: admin.headers });
  expect((await site.api.handleExport(wanted)).status).toBe(503);
}
