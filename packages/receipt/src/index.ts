export { createReceipts, receiptPath } from './codes.ts';
export type { Receipts } from './codes.ts';
export { readReference, referenceOf } from './reference.ts';
export type { Reference } from './reference.ts';
