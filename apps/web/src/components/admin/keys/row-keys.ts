/* Keys that walk over the rows of a list. They ask the page itself: the list need not know of them. */

const TYPED_INTO = 'input:not([type=checkbox]), textarea, select, [contenteditable]';
const DIALOG = '[role=dialog], [role=alertdialog]';

/** The key of ours that was pressed, and meant for the page. `undefined`: it is somebody else's. */
export function pressedKey({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): string | undefined {
  if (key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey) return 'palette';
  if (ctrlKey || metaKey || altKey) return undefined;
  if (target instanceof Element && target.closest(TYPED_INTO)) return undefined;
  if (document.querySelector(DIALOG)) return undefined;
  return key;
}

/** To the next row, or to the one before; to the first where nobody is at a row. */
export function moveInList(by: 1 | -1): void {
  const links = [...document.querySelectorAll('[data-row-link]')];
  const row = document.activeElement?.closest('tr');
  const index = links.findIndex((link) => link.closest('tr') === row);
  const next = links[index === -1 ? 0 : index + by];
  if (next instanceof HTMLElement) next.focus();
}

/** Chooses the row at which somebody is, or not any more. */
export function toggleRow(): void {
  const box = document.activeElement?.closest('tr')?.querySelector('td input[type=checkbox]');
  if (box instanceof HTMLInputElement) box.click();
}
