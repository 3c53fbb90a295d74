import { readFileSync } from 'node:fs';
import { formByName, LOCALES } from '@spillway/forms';
import { z } from 'zod';
import { EnvError } from '../env.ts';

const webhook = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: 'must be an address like https://example.com/hook' }),
    /** The key that signs each call (Standard Webhooks): `whsec_` and 24 to 64 random bytes in base64. */
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and random bytes in base64'),
    /** Also to addresses inside the network, and without TLS. Default false. */
    allowPrivateNetwork: z.boolean().default(false),
    /** Most calls a second to this host, from each worker; of several forms with one host, the lowest counts. Default 20. */
    perSecond: z.int().min(1).default(20),
  })
  .refine(({ url, allowPrivateNetwork }) => allowPrivateNetwork || url.startsWith('https:'), {
    error: 'must begin with https:// (http:// is taken only with "allowPrivateNetwork": true)',
    path: ['url'],
  });

const formSettings = z.strictObject({
  /** A mail to the address in the form's email field: it confirms the arrival, and links to the status page. */
  receipt: z.boolean().default(false),
  /** The language of the mail. */
  language: z.enum(LOCALES).default('en'),
  /** A call to the form's owner, with the answers. */
  webhook: webhook.optional(),
});

export type FormSettings = z.infer<typeof formSettings>;
export type WebhookSettings = z.infer<typeof webhook>;

/** The notices of each form, by the form's name. */
export type NotifySettings = ReadonlyMap<string, FormSettings>;

/** Reads the file of settings. Throws `EnvError`, which names the error and never shows a secret. */
export function readNotifySettings(path: string): NotifySettings {
  const result = z.record(z.string(), formSettings).safeParse(parseFile(path));
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new EnvError(`Invalid settings in ${path}:\n${lines.join('\n')}`);
  }
  const settings = new Map(Object.entries(result.data));
  for (const [name, { receipt }] of settings) checkForm(path, name, receipt);
  return settings;
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read';
    throw new EnvError(`SPILLWAY_NOTIFY_FILE ${path}: ${reason}.`, { cause });
  }
}

function checkForm(path: string, name: string, wantsReceipt: boolean): void {
  const form = formByName(name);
  if (!form) throw new EnvError(`${path}: there is no form called ${name}.`);
  if (wantsReceipt && !form.fields.some(({ kind }) => kind === 'email'))
    throw new EnvError(`${path}: the form ${name} asks for no email address, so it can have no receipt.`);
}
