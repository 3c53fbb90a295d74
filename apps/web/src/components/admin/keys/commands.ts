'use client';

import { FileSearch, Keyboard, LogOut, Pause, Play, Search, Upload } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useDestinations } from '#components/admin/destinations.ts';
import { LISTS } from '#components/admin/list/lists.ts';
import { useLive } from '#components/admin/live.tsx';
import { useMay } from '#components/admin/me.tsx';
import { SWITCHES } from '#components/admin/overview/switch-dialog.tsx';
import type { SwitchName } from '#components/admin/overview/switch-dialog.tsx';
import { signOut } from '#lib/auth-client.ts';
import { isIdOrReference } from '#lib/reference.ts';

/** What opens in place of the palette: the help, or the dialog of something that is done. */
export type Shown = 'help' | 'recover' | SwitchName;

export interface Command {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly run: () => void;
}

export interface CommandGroup {
  readonly name: string;
  readonly items: readonly Command[];
}

/** The commands of the palette that match the input. */
export function useCommands(typed: string, show: (shown: Shown) => void): readonly CommandGroup[] {
  const router = useRouter();
  const goTo = (path: string) => () => router.push(path);
  const text = typed.trim();
  const pages = usePages(goTo);
  const actions = useActions(show);
  const found = { name: isIdOrReference(text) ? 'Submission' : 'Search', items: lookUps(text, goTo) };
  return [
    { name: 'Pages', items: pages.filter(fits(text)) },
    { name: 'Actions', items: actions.filter(fits(text)) },
    found,
  ].filter((group) => group.items.length > 0);
}

function fits(text: string): (command: Command) => boolean {
  const words = text.toLowerCase().split(/\s+/);
  return ({ label }) => words.every((word) => label.toLowerCase().includes(word));
}

/** Commands that treat the input as the name of a submission, or as a part of a payload. */
function lookUps(text: string, goTo: (path: string) => () => void): readonly Command[] {
  if (text === '') return [];
  if (isIdOrReference(text)) {
    const path = `/admin/submissions/${encodeURIComponent(text)}`;
    return [{ label: `Open ${text}`, icon: FileSearch, run: goTo(path) }];
  }
  return Object.values(LISTS).map(({ path, title }) => ({
    label: `Search for “${text}” in ${title}`,
    icon: Search,
    run: goTo(`${path}?${new URLSearchParams({ q: text }).toString()}`),
  }));
}

function usePages(goTo: (path: string) => () => void): readonly Command[] {
  return useDestinations().map(({ href, label, icon }) => ({ label, icon, run: goTo(href) }));
}

function useActions(show: (shown: Shown) => void): readonly Command[] {
  const mayAct = useMay('operator');
  const controls = useLive().data?.overview.controls;
  const recover = {
    label: 'Recover now: push waiting submissions from Postgres to Redis',
    icon: Upload,
    run: () => show('recover'),
  };
  const switches = controls && [
    switchCommand('worker', controls.workerPaused, show),
    switchCommand('recovery', controls.recoveryPaused, show),
  ];
  return [
    { label: 'Show keyboard shortcuts', icon: Keyboard, run: () => show('help') },
    ...(mayAct ? [recover, ...(switches ?? [])] : []),
    { label: 'Sign out', icon: LogOut, run: () => void leave() },
  ];
}

function switchCommand(what: SwitchName, isPaused: boolean, show: (shown: Shown) => void): Command {
  const verb = isPaused ? 'Resume' : 'Pause';
  return {
    label: `${verb} ${SWITCHES[what].name.toLowerCase()}`,
    icon: isPaused ? Play : Pause,
    run: () => show(what),
  };
}

async function leave(): Promise<void> {
  if (await signOut()) window.location.assign('/admin/sign-in');
}
