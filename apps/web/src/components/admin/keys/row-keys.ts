/* Keys that walk over the rows of a list. They ask the page itself: the list need not know of them. */

const TYPED_INTO = 'input:not([type=checkbox]), textarea, select, [contenteditable]';
const DIALOG = '[role=dialog], [role=alertdialog]';

/** The shortcut of this page that was pressed. `undefined`: the key is no shortcut, or is meant for a field. */
export function pressedKey({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): string | undefined {
  if (key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey) return 'palette';
  if (ctrlKey || metaKey || altKey) return undefined;
  if (target instanceof Element && target.closest(TYPED_INTO)) return undefined;
  if (document.querySelector(DIALOG)) return undefined;
  return key;
}

/** Focuses the next or the previous row; without a focused row, the first one. */
export function moveInList(by: 1 | -1): void {
  const links = [...document.querySelectorAll('[data-row-link]')];
  const row = document.activeElement?.closest('tr');
  const index = links.findIndex((link) => link.closest('tr') === row);
  const next = links[index === -1 ? 0 : index + by];
  if (next instanceof HTMLElement) next.focus();
}

/** Selects or deselects the focused row. */
export function toggleRow(): void {
  const box = document.activeElement?.closest('tr')?.querySelector('td input[type=checkbox]');
  if (box instanceof HTMLInputElement) box.click();
}
