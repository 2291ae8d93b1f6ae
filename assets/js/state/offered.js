/** A file dropped on another page, on its way to the import page. */
let offered = null;

export function offerFile(file) { offered = file; }

export function takeOffered() {
  const file = offered;
  offered = null;
  return file;
}
