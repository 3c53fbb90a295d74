import type { World } from './world.ts';

/** A contact form's fields as a browser posts them. */
export const ANSWERS = { name: 'Ada', email: 'ada@example.com', topic: '', message: 'By post' };

/** Posts the contact form as a browser without JavaScript does. */
export function postContact({ web }: Pick<World, 'web'>, answers: Record<string, string>): Promise<Response> {
  return fetch(`${web.url}/forms/contact`, {
    method: 'POST',
    body: new URLSearchParams(answers),
    redirect: 'manual',
  });
}

/** The id in a fresh page. */
export async function mintedId({ web }: World): Promise<string> {
  const page = await (await fetch(`${web.url}/forms/contact`)).text();
  const id = /name="_id"[^>]*value="([^"]+)"/.exec(page)?.[1];
  if (!id) throw new Error('The page carries no id.');
  return id;
}

/** Signs in as the page itself does, and gives the answer. */
export function postSignIn(url: string, email: string, password: string): Promise<Response> {
  return fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email, password }),
  });
}
