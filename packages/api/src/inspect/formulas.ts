/** What stands between two characters at which some reader begins a new cell. */
const SEGMENT = /[^,;\t\r\n]+/g;

/**
 * The signs that begin a formula, also in the full-width and small forms that some spreadsheets read alike. Blanks,
 * invisible characters and quotation marks before the sign may be dropped by a reader.
 */
const FORMULA = /^([\s\p{C}"]*)([=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])/u;

/**
 * Puts an apostrophe before each sign that would begin a formula for some reader of the file: at the start, and after
 * a comma, a semicolon, a tab and a line break. Quotation marks do not protect a cell from a reader with another
 * separator: spreadsheets split at semicolons where a comma is the decimal sign. Takes time linear in the length.
 */
export function defuseFormulas(cell: string): string {
  return cell.replace(SEGMENT, (segment) => segment.replace(FORMULA, "$1'$2"));
}
