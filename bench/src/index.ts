export { replaceSection } from './report/document.ts';
export { markdownTable, textTable } from './report/table.ts';
export type { Row } from './report/table.ts';
