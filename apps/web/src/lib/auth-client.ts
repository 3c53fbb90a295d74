import { z } from 'zod';

/** Signs in. `undefined`: done; otherwise why not, in words. */
export async function signIn(email: string, password: string): Promise<string | undefined> {
  try {
    const response = await post('/api/auth/sign-in/email', { email: email.trim(), password });
    return response.ok ? undefined : failureOf(response);
  } catch {
    return 'The server could not be reached. Check your connection and try again.';
  }
}

/** Goes to the provider's page for single sign-on, from where one comes back signed in. Otherwise: why not, in words. */
export async function signInElsewhere(): Promise<string | undefined> {
  try {
    const response = await post('/api/auth/sign-in/social', {
      provider: 'sso',
      callbackURL: '/admin',
      errorCallbackURL: '/admin/sign-in',
    });
    const { url } = z.object({ url: z.url().optional() }).parse(await response.json());
    if (!response.ok || url === undefined)
      return 'Single sign-on does not answer right now. Try again, or use your password.';
    window.location.assign(url);
    return undefined;
  } catch {
    return 'Single sign-on could not be reached. Try again, or use your password.';
  }
}

/** Ends the session here and on the server. False: the request to the server failed. */
export async function signOut(): Promise<boolean> {
  try {
    return (await post('/api/auth/sign-out', {})).ok;
  } catch {
    return false;
  }
}

function post(path: string, body: object): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function failureOf({ status, headers }: Response): string {
  if (status === 429) {
    const seconds = headers.get('x-retry-after');
    return `Too many attempts. Wait ${seconds ? `${seconds} seconds` : 'a moment'} and try again.`;
  }
  if (status >= 500)
    return 'Sign-in needs Postgres, which cannot be reached right now. Try again in a moment.';
  if (status === 403)
    return 'This page was opened under an address that is not trusted. Open it at its usual address.';
  return 'Wrong email address or password.';
}
